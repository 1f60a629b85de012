"""Posts, questions, reviewed copy, translations and mentions on their way through curation."""

import pytest
from bookshop import Curate, balanced, record

from brandtune.core.records import (
    Asset,
    Comparison,
    Edit,
    Faq,
    Mention,
    Payload,
    Rating,
    SocialPost,
    Translation,
    Turn,
)
from brandtune.core.tasks import BrandQa, ComplianceCheck, Localize, Task
from brandtune.core.tasks import SocialPost as SocialPostTask
from brandtune.curation.steps.repair import repaired
from brandtune.curation.texts import own_text, rewrite_texts

HOUSE = [
    (SocialPost(text="An atlas for slow evenings.", product="Atlas", offer="10% off"), SocialPostTask()),
    (Faq(question="May I return a book?", answer="Books can be returned within 20 days of delivery."), BrandQa()),
    (Asset(text="An atlas for slow evenings.", verdict="approved"), ComplianceCheck()),
    (Translation(source="A book", target="Ein schönes Buch für alle", target_locale="de-DE"), Localize()),
]
SAID = (Turn(role="customer", text="one"), Turn(role="agent", text="two"))
EVERY = [
    Mention(text="one"), SocialPost(text="one"), Edit(system="one", brief="two", draft="three", published="four"),
    Comparison(turns=SAID, chosen="three", rejected="four"), Rating(turns=SAID, answer="three", good=True),
    Faq(question="one", answer="two"), Asset(text="one", reason="two", verdict="no"),
    Translation(source="one", target="two"),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "task"), HOUSE, ids=lambda value: getattr(value, "kind", ""))
def test_the_companys_own_texts_need_nobodys_consent(run: Curate, payload: Payload, task: Task) -> None:
    curated = run([record(payload, subject=None)], tasks=[task])
    assert [example.task for example in curated.kept] == [task.kind]
    balanced(curated)


def test_contacts_in_the_companys_own_texts_become_marks(run: Curate) -> None:
    faq = Faq(question="Who repairs spines?", answer="Write to ana.lopez@mail.example and she will mend it.")
    (example,) = run([record(faq, subject=None)], tasks=[BrandQa()]).kept
    assert example.reference == "Write to [EMAIL] and she will mend it."


def test_wrong_answers_to_questions_are_dropped(run: Curate) -> None:
    faq = Faq(question="May I return a book?", answer="Books can be returned within 90 days of delivery.")
    (row,) = run([record(faq, subject=None)], tasks=[BrandQa()]).dropped
    assert (row.step, row.reason) == ("facts", "contradicts the facts")


@pytest.mark.parametrize("payload", EVERY, ids=lambda payload: type(payload).__name__)
def test_every_text_of_every_kind_is_rewritten(payload: Payload) -> None:
    seen = []
    rewritten = rewrite_texts(record(payload), lambda text, _: (seen.append(text), text.upper())[1])
    assert sorted(seen) == sorted(["one", "two", "three", "four"][: len(seen)])
    assert all(text.upper() in own_text(rewritten) for text in seen)
    assert repaired(own_text(rewritten)) == own_text(rewritten)


def test_a_bare_post_says_why_it_teaches_nothing(run: Curate) -> None:
    curated = run([record(SocialPost(text="Good morning, readers."), subject=None)], tasks=[SocialPostTask()])
    assert curated.kept == []
    (row,) = curated.dropped
    assert (row.step, row.reason) == ("format", "a title alone is no brief")
    balanced(curated)
