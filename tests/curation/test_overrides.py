"""What people decide against a step is honoured, except where nobody may."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bookshop import balanced, person, record, talk

from brandtune.core.brand import Brand
from brandtune.core.errors import ConfigError
from brandtune.core.records import Record
from brandtune.core.tasks import SupportReply
from brandtune.curation import Curated, CurationConfig, GovernanceConfig, Overrides, curate, load_overrides
from brandtune.curation.overrides import FINAL_STEPS, Keep

QUESTION = "the parcel with my three novels has not arrived and I would like to know where it is now please"
ANSWER = "Your parcel left on Monday and the carrier has it, so it should be with you on Thursday at the latest."


def go(
    brand: Brand, rows: list[Record], overrides: Overrides, *, consent: Any = "granted", config: Any = None
) -> Curated:
    return curate(
        rows, subjects=[person("ana", "Ana", "Lopez", consent)], tasks=[SupportReply()], brand=brand, key="k",
        governance=GovernanceConfig(), config=config or CurationConfig(), overrides=overrides,
    )  # fmt: skip


def rows() -> list[Record]:
    return [
        record(talk("Where is the atlas of seas?", "Kindly wait until Monday."), record_id="rules"),
        record(
            talk("How long may I return it?", "Books can be returned within 60 days of delivery."), record_id="facts"
        ),
        record(talk("One more thing about the poem?", "It left the shop today.", resolved=False), record_id="outcome"),
        record(talk(QUESTION, ANSWER, csat=1.0), record_id="best"),
        record(talk(f"{QUESTION} thanks", ANSWER), record_id="near"),
        record(talk(QUESTION, ANSWER), record_id="same"),
    ]


def test_every_open_step_can_be_overruled(brand: Brand) -> None:
    before = go(brand, rows(), Overrides())
    assert {row.step for row in before.dropped} == {"rules", "facts", "outcome", "near_duplicates", "exact_duplicates"}
    choices = Overrides(keep=tuple(Keep(id=row.id, step=row.step) for row in before.dropped))
    after = go(brand, rows(), choices)
    balanced(after)
    assert after.dropped == [] and len(after.kept) == 6 and after.report.notes[-1].endswith("examples.")
    told = {row.step: row.changed.get("kept by your choice", 0) for row in after.report.funnel}
    assert (
        told["rules"] == told["facts"] == told["outcome"] == told["exact_duplicates"] == 1 and told["near_duplicates"]
    )
    near = [example for example in after.kept if example.source_record_ids[0] in ("best", "near", "same")]
    shared = set.intersection(*({g for g in example.groups if g.startswith("near:")} for example in near))
    assert shared, "near-duplicates that are kept must stay on one side of a split"


def test_kept_examples_can_be_left_out(brand: Brand) -> None:
    best = next(e for e in go(brand, rows(), Overrides()).kept if e.source_record_ids == ("best",))
    after = go(brand, rows(), Overrides(drop=(best.example_id,)))
    balanced(after)
    (gone,) = (row for row in after.dropped if row.step == "overrides")
    assert gone.id == best.example_id and gone.reason == "left out by your choice" and gone.excerpt
    assert best.example_id not in {example.example_id for example in after.kept}


@pytest.mark.parametrize("status", ["denied", "revoked", "missing"])
def test_nobody_overrules_consent_even_when_it_was_revoked_after_the_choice(brand: Brand, status: str) -> None:
    chosen = Overrides(keep=tuple(Keep(id=row.record_id, step=step) for row in rows() for step in ("consent", "rules")))
    after = go(brand, rows(), chosen, consent=status)
    assert after.kept == [] and {row.step for row in after.dropped} == {"consent"}
    assert not any(row.excerpt for row in after.dropped)
    assert any("6 of your choices were not followed" in note for note in after.report.notes)


def test_nobody_overrules_what_personal_data_is_left(brand: Brand) -> None:
    text = "Please write to the owner at 4111 1111 1111 1111 or hello@quillshop.example soon."
    config = CurationConfig(steps=("consent", "personal_data", "personal_data_check"))
    before = go(brand, [record(talk("Whom do I write to?", text))], Overrides(), config=config)
    choices = Overrides(keep=tuple(Keep(id=row.id, step=row.step) for row in before.dropped))
    assert go(brand, [record(talk("Whom do I write to?", text))], choices, config=config).dropped == before.dropped
    assert {"consent", "retention", "personal_data", "personal_data_check"} <= FINAL_STEPS


def test_choices_without_effect_are_said(brand: Brand) -> None:
    after = go(brand, rows(), Overrides(keep=(Keep(id="gone", step="rules"),), drop=("never",)))
    assert any(note.startswith("2 of your choices changed nothing") for note in after.report.notes)


def test_reading_the_file(tmp_path: Path) -> None:
    path = tmp_path / "overrides.json"
    path.write_text(
        json.dumps({"format": "brandtune-overrides-1", "keep": [{"id": "a", "step": "rules"}], "drop": ["b"]})
    )
    found = load_overrides(path)
    assert found.kept("rules") == {"a"} and found.kept("facts") == set() and found.drop == ("b",)
    assert load_overrides(None) == Overrides()
    assert msgspec.json.decode(msgspec.json.encode(found), type=Overrides) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "no such file"), ("[]", "not a file of choices"), ('{"kep": []}', "kep"), ('{"format": "other"}', "other"),
     ("\xff{", "not a file of choices")],
)  # fmt: skip
def test_a_wrong_file_says_where_and_what(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "mine.json"
    if text is not None:
        path.write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError, match=said) as raised:
        load_overrides(path)
    assert "mine.json" in str(raised.value) and "curation.html" in str(raised.value)
