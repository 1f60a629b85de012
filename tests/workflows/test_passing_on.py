"""What a card says of a registered model."""

from brandtune.lineage import Release
from brandtune.models.references import STARTER
from brandtune.workflows.passing_on import facts_of


def release(**values: object) -> Release:
    known = {"model_id": "house-1", "base": "starter", "adapter": "models/house-1", "run_id": "r", "dataset": "d1"}
    return Release(**(known | {"created_at": "2026-11-20T00:00:00+00:00"} | values))


def test_the_evidence_becomes_sentences_verdict_first():
    gates = [
        {"name": "gain", "passed": True, "sentence": "12 points."},
        {"name": "form", "passed": False, "sentence": "No."},
        {"name": "facts", "passed": False, "sentence": "Worse."},
        {"name": "leaks", "passed": True, "sentence": "Nobody looked.", "measured": False},
    ]
    evidence = {"verdict": {"sentence": "Better."}, "gates": gates, "overrides": [{"gate": "form"}], "num_test": 100}
    found = facts_of(release(evidence=evidence))
    assert found.evaluation == (
        "Better.", "passed: 12 points.", "FAILED, overridden: No.", "FAILED: Worse.", "not measured: Nobody looked.",
    )  # fmt: skip
    assert (found.name, found.base, found.dataset, found.model_id) == ("house-1", "starter", "d1", "house-1")


def test_no_card_tells_how_a_machine_is_laid_out():
    assert facts_of(release(base="/home/ana/models/tiny")).base == "tiny"
    assert facts_of(release(base="./models/tiny")).base == "tiny"
    assert facts_of(release(base="owner/name")).base == "owner/name"
    assert facts_of(release(base=str(STARTER))).base == "starter"


def test_a_model_without_evidence_has_no_evaluation():
    assert facts_of(release(evidence={"imported": {"whole": True}})).evaluation == ()
