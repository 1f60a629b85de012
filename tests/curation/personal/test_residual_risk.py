"""Residual risk: what is planted is counted, what is the brand's is not, and no text gets into the report."""

import msgspec
import pytest
from bookshop import Curate, record, talk
from statsmodels.stats.proportion import proportion_confint

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.records import Subject
from brandtune.curation import GovernanceConfig
from brandtune.curation.personal import ResidualRisk, residual_risk
from brandtune.curation.personal.making import pseudonyms_for
from brandtune.curation.personal.risk import wilson
from brandtune.curation.steps.personal_data import PersonalDataConfig


def example(number: int, answer: str, *, subject: str | None = None) -> Example:
    messages = (Message(role="user", content="Where is my book?"), Message(role="assistant", content=answer))
    return Example(example_id=f"e{number}", task="support_reply", messages=messages, target=1, subject=subject)


def risk(answers: list[str], brand: Brand, subjects: list[Subject], *, subject: str | None = None) -> ResidualRisk:
    names = pseudonyms_for(
        {s.subject_id: s for s in subjects},
        [],
        brand,
        settings=PersonalDataConfig(),
        governance=GovernanceConfig(),
        key="k",
    )
    examples = [example(i, answer, subject=subject) for i, answer in enumerate(answers)]
    return residual_risk(examples, names=names, replaced={"EMAIL": 3}, key="k")


def test_what_is_planted_is_counted(brand: Brand, subjects: list[Subject]) -> None:
    found = risk(
        ["My friend Greta Lindqvist has it, write to greta@mail.test."] + ["It left today."] * 9, brand, subjects
    )
    assert found.direct["EMAIL"] == 1 and found.direct["PERSON"] >= 1 and found.replaced == {"EMAIL": 3}
    assert (found.examples_with_direct.count, found.examples_with_direct.of) == (1, 10)
    told = msgspec.json.encode(found).decode() + found.markdown()
    assert "Greta" not in told and "greta" not in told


def test_marks_and_the_brands_own_are_no_risk(brand: Brand, subjects: list[Subject]) -> None:
    found = risk(["Hi [CUSTOMER_NAME], [ORDER_ID] left. Quill Books, hello@quillshop.example"] * 3, brand, subjects)
    assert found.direct == {} and found.examples_with_direct.count == 0 and found.named_others == 0


def test_surrogates_are_no_risk(brand: Brand, subjects: list[Subject]) -> None:
    found = risk(["Write to robin.keller27@example.com or +44 7700 900123."], brand, subjects)
    assert found.direct == {}


def test_known_people_in_other_peoples_texts(brand: Brand, subjects: list[Subject]) -> None:
    texts = ["Zoe Adeyemi asked the same yesterday.", "It is for Ana Lopez alone."]
    assert risk(texts, brand, subjects, subject="ana").named_others == 1


def test_rare_combinations_and_crowds(brand: Brand, subjects: list[Subject]) -> None:
    alone = "She is 34 years old and lives in Madrid, Spain."
    crowd = ["He is 71 years old and lives in Oslo, Norway."] * 8
    found = risk([alone, *crowd, "It left today."], brand, subjects)
    assert found.indirect["AGE"] == 9 and found.rare_combinations == 1 and found.examples_with_rare.count == 1


def test_odd_capitals_are_those_in_no_vocabulary(brand: Brand, subjects: list[Subject]) -> None:
    found = risk(["we met Qwyzx there", "we met on Monday", "we like a book", "a Book we like"], brand, subjects)
    assert found.odd_capitals.count == 1 and found.odd_capitals.low < found.odd_capitals.rate < found.odd_capitals.high


@pytest.mark.parametrize(("count", "of"), [(0, 10), (1, 10), (5, 50), (50, 50), (3, 2000)])
def test_wilson_as_in_statsmodels(count: int, of: int) -> None:
    assert wilson(count, of) == pytest.approx(proportion_confint(count, of, method="wilson"), abs=1e-4)


def test_curation_reports_it(run: Curate) -> None:
    curated = run([record(talk("Where is my book? Ana", "Hi Ana, it left on Monday morning."))])
    left = curated.report.personal_data.risk
    assert left is not None and left.examples == len(curated.kept) == 1 and left.replaced == {"CUSTOMER_NAME": 2}
    assert run([]).report.personal_data.risk is not None
    off = run(
        [record(talk("Where is my book?", "It left on Monday."))], governance=GovernanceConfig(pseudonymize=False)
    )
    assert off.report.personal_data.risk is None
