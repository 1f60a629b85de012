"""The freeze stage: what it hands over, and that a later run moves nobody who stayed."""

import csv
import json
from pathlib import Path

import msgspec
import pytest
from frozen_examples import company, preference, rated, sides
from small_company import write_company

import brandtune as bt
from brandtune.core.examples import Dropped
from brandtune.core.progress import Silent
from brandtune.core.records import Subject
from brandtune.core.storage import write_jsonl
from brandtune.curation import Curated, CurationReport
from brandtune.curation.personal import Rate, ResidualRisk
from brandtune.curation.results import PersonalDataReport, Representation
from brandtune.datasets import latest, total, versions
from brandtune.evaluation.results import FunnelStep
from brandtune.execution import RunDirectory
from brandtune.workflows import keeping
from brandtune.workflows.freezing import background, freeze_curated


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANDTUNE_KEY", "test")


def curated(**more: object) -> keeping.Curated:
    funnel = [FunnelStep(step="consent", entered=100, left=80, reasons={"no consent: denied": 20})]
    return keeping.Curated(kept=company(80), dropped=[], funnel=funnel, **more)


def test_preferences_ratings_and_consent_reach_the_version(tmp_path: Path) -> None:
    plan = bt.load_plan(write_company(tmp_path / "company", count=20))
    people = [Subject(subject_id=e.subject, training_consent="granted") for e in company(80) if e.subject]
    version = freeze_curated(
        curated(preferences=[preference(n) for n in range(30)], rated=[rated(n) for n in range(30)]),
        subjects=people, plan=plan, run_id="r1", brand="House Goods", key="k", progress=Silent(),
    )  # fmt: skip
    facts = version.facts()
    assert total(facts.preferences) == total(facts.rated) == 30
    assert {row.consent for row in version.sidecar() if row.subject} == {"legitimate_interest: granted"}
    assert latest(plan.workspace / "datasets") == version
    assert "30 preferences; 30 rated answers" in keeping.save_version(version, tmp_path)


def test_what_curation_reported_reaches_the_card(tmp_path: Path) -> None:
    plan = bt.load_plan(write_company(tmp_path / "company", count=20))
    parts = [
        {"segment": "DE", "customers": 60, "customers_share": 0.6, "learnt": 9, "learnt_share": 0.9, "examples": 9}
    ]
    none = Rate(count=0, of=7, rate=0.0, low=0.0, high=0.4)
    risk = ResidualRisk(
        examples=9, sampled=7, replaced={}, direct={"PERSON": 2}, indirect={}, examples_with_direct=none,
        odd_capitals=none, named_others=0, rare_combinations=1, examples_with_rare=none,
    )  # fmt: skip
    report = CurationReport(
        personal_data=PersonalDataReport(mentions={"EMAIL": 3}, risk=risk),
        representation=[msgspec.convert({"trait": "country", "distance": 0.3, "segments": parts}, Representation)],
    )
    found = background(curated(report=report), subjects=[Subject(subject_id="s1")], plan=plan, run_id="r1")
    assert found.personal_data == {"EMAIL": 3}
    assert (found.residual_risk["direct finds left"], found.residual_risk["examples looked at"]) == (2, 7)
    assert found.representativeness == {"country": {"distance": 0.3, "DE": {"customers": 0.6, "learnt from": 0.9}}}
    assert found.consents == {"missing": 1} and found.lawful_basis == "legitimate_interest"
    assert found.assessment == "LIA-1" and found.sources == ("conversations",)
    assert found.funnel[0].reasons == {"no consent: denied": 20}


def test_what_curation_kept_reads_back(tmp_path: Path) -> None:
    result = Curated(company(3), [Dropped(id="x", step="rules", reason="off-brand")], bt_report())
    result.preferences.append(preference(1))
    result.rated.append(rated(1))
    keeping.save_curated(result, tmp_path)
    back = keeping.load_curated(tmp_path)
    assert (back.kept, back.preferences, back.rated) == (company(3), [preference(1)], [rated(1)])
    assert back.report.by_task == {"support_reply": 3}


def bt_report():
    return CurationReport(by_task={"support_reply": 3})


def test_a_second_run_without_some_people_moves_nobody(tmp_path: Path) -> None:
    config = write_company(tmp_path / "company", count=240)
    plan = bt.load_plan(config)
    bt.run_journey(plan, until="freeze")
    path = config.parent / "conversations.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    gone = {f"c{n}" for n in range(0, 160, 9)}
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([row for row in rows if row[1] not in gone])
    bt.run_journey(plan, until="freeze")
    first, second = versions(plan.workspace / "datasets")
    before, after = sides(first), sides(second)
    assert second.facts().previous == first.version and second.facts().num_moved == 0
    # Other rows may be told apart by another line number; what kept its id kept its side.
    assert len(before.keys() & after.keys()) > 100
    assert all(before[name] == after[name] for name in before.keys() & after.keys())


def test_the_sidecar_and_card_hold_no_customer_text(tmp_path: Path) -> None:
    config = write_company(tmp_path / "company", count=120)
    plan = bt.load_plan(config)
    bt.run_journey(plan, until="freeze")
    version = latest(plan.workspace / "datasets")
    for name in ("sidecar.jsonl", "README.md", "croissant.json", "dataset.json"):
        text = (version.directory / name).read_text(encoding="utf-8")
        assert "Dear friend" not in text and "Where is my" not in text
    run = RunDirectory.latest(plan.workspace)
    assert json.loads((run.path / "freeze" / "dataset.json").read_text())["version"] == version.version


def test_a_version_without_hashes_is_refused(tmp_path: Path) -> None:
    from brandtune.core.errors import DataError

    plan = bt.load_plan(write_company(tmp_path / "company", count=60))
    bt.run_journey(plan, until="freeze")
    version = latest(plan.workspace / "datasets")
    facts = msgspec.to_builtins(version.facts()) | {"files": {}}
    (version.directory / "dataset.json").write_text(json.dumps(facts), encoding="utf-8")
    write_jsonl(version.directory / "examples.jsonl", [])
    with pytest.raises(DataError, match=r"sidecar\.jsonl: the facts hold no hash"):
        version.examples("train")
