"""Marks, surrogates, or both: what curation writes, and what it keeps to turn it back."""

from pathlib import Path

import pytest
from bookshop import record, talk

from brandtune.core.brand import Brand
from brandtune.core.records import Record, Subject
from brandtune.core.tasks import SupportReply
from brandtune.curation import Curated, CurationConfig, GovernanceConfig, curate
from brandtune.curation.personal import Originals, is_surrogate

SAID = "My friend Greta Lindqvist wrote to greta@mail.test about order QB-12345. Ana Lopez"
STEPS = CurationConfig(steps=("consent", "repair", "clean", "personal_data", "personal_data_check"))


def curated(
    mode: str, brand: Brand, subjects: list[Subject], originals: Originals | None = None, n: int = 1
) -> Curated:
    rows: list[Record] = [record(talk(SAID, "Hi Ana, Greta has it."), record_id=f"r{i}") for i in range(n)]
    return curate(
        rows, subjects=subjects, tasks=[SupportReply()], brand=brand, key="test key", originals=originals, config=STEPS,
        governance=GovernanceConfig(pseudonyms=mode),  # type: ignore[arg-type]
    )  # fmt: skip


def said(result: Curated, place: int = 0) -> str:
    return [message.content for message in result.kept[0].messages if message.role != "system"][place]


def test_placeholders_are_the_default(brand: Brand, subjects: list[Subject]) -> None:
    assert GovernanceConfig().pseudonyms == "placeholders"
    assert said(curated("placeholders", brand, subjects)) == (
        "My friend [PERSON_NAME] wrote to [EMAIL] about order [ORDER_ID]. [CUSTOMER_NAME]"
    )


def test_surrogates_read_naturally_and_agree(brand: Brand, subjects: list[Subject]) -> None:
    result = curated("surrogates", brand, subjects)
    text, answer = said(result), said(result, 1)
    assert "[" not in text and not any(real in text for real in ("Greta", "Lindqvist", "12345", "Ana", "mail.test"))
    friend = text.split("My friend ")[1].split(" wrote")[0]
    assert friend.split()[0] in answer and is_surrogate("EMAIL", text.split("wrote to ")[1].split(" about")[0])
    assert said(curated("surrogates", brand, subjects)) == text


def test_others_leaves_marks_for_what_serving_fills_in(brand: Brand, subjects: list[Subject]) -> None:
    text = said(curated("others", brand, subjects))
    assert "[CUSTOMER_NAME]" in text and "[ORDER_ID]" in text and "[PERSON_NAME]" not in text and "[EMAIL]" not in text


def test_originals_are_kept_and_can_be_turned_back(brand: Brand, subjects: list[Subject], tmp_path: Path) -> None:
    kept = Originals(tmp_path / "pseudonyms.db", key="test key")
    text = said(curated("surrogates", brand, subjects, kept, n=3))
    friend = text.split("My friend ")[1].split(" wrote")[0]
    assert [(row.subject, row.original) for row in kept.reveal("PERSON_NAME", friend)] == [("ana", "Greta Lindqvist")]
    assert kept.forget("ana") >= 3 and kept.reveal("PERSON_NAME", friend) == []


def test_marks_keep_no_originals(brand: Brand, subjects: list[Subject], tmp_path: Path) -> None:
    kept = Originals(tmp_path / "pseudonyms.db", key="test key")
    curated("placeholders", brand, subjects, kept)
    assert kept.reveal("PERSON_NAME", "[PERSON_NAME]") == []


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("<b>Greta Lindqvist</b> has my book", "Lindqvist"),
        ("My friend Gre​ta Lindqvist has it", "Lindqvist"),
        ("my friend greta lindqvist has my book", "lindqvist"),
        ("MY FRIEND GRETA LINDQVIST HAS MY BOOK", "LINDQVIST"),
        ("Моя подруга Greta Lindqvist has my book", "Lindqvist"),
    ],
)
def test_however_it_is_typed(text: str, hidden: str, brand: Brand, subjects: list[Subject]) -> None:
    result = curate(
        [record(talk(text, "We will look into it today."))], subjects=subjects, tasks=[SupportReply()], brand=brand,
        key="k", governance=GovernanceConfig(), config=STEPS,
    )  # fmt: skip
    assert hidden not in said(result)


def test_who_is_named_once_is_known_in_the_whole_conversation(brand: Brand, subjects: list[Subject]) -> None:
    turns = ("My friend Greta Lindqvist has it.", "Is Greta at home?", "No. Lindqvist's bell is broken. Regret it.")
    result = curate(
        [record(talk(*turns, "We will come again."))], subjects=subjects, tasks=[SupportReply()], brand=brand,
        key="k", governance=GovernanceConfig(), config=STEPS,
    )  # fmt: skip
    texts = [message.content for example in result.kept for message in example.messages if message.role != "system"]
    assert not any(name in text for text in texts for name in ("Greta", "Lindqvist"))
    assert any("Is [PERSON_NAME] at home?" in text for text in texts) and any("Regret it." in text for text in texts)
