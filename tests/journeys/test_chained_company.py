"""A whole journey whose training goes in two phases, SFT and then GRPO on the brand's rules, and a second one that goes on
from the first one's release."""

import json
import os
from pathlib import Path

import pytest
from small_company import write_company
from tiny_models import write_tiny_model

import brandtune as bt
from brandtune.cli import run as cli
from brandtune.evaluation.config import GatesConfig
from brandtune.execution import RunDirectory
from brandtune.lineage import Ledger, Registry
from brandtune.workflows import tuning

PHASES = """training:
  batch_size: 8
  validations: 1
  lora: {rank: 4, alpha: 8}
  then:
    - objective: grpo
      epochs: 0.2
      reward: [{kind: rules}, {kind: length, weight: 0.5}]
      online: {samples: 2, max_new_tokens: 6}
  epochs: """


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    base = write_tiny_model(folder / "base")
    config = write_company(folder / "co", count=60)
    text = config.read_text()
    start = text.index("training:")
    settings, _, _ = text[start:].split("\n", 1)[1].partition("  gates:")
    # Every gate that there is, now or later, is off: a random network earns nothing, and lineage is the matter here.
    gates = {name: False if name == "primary" else None for name in GatesConfig.model_fields}
    config.write_text(f"{text[:start]}{PHASES}1\n{settings}  gates: {json.dumps(gates)}\nbase: {base}\n")
    os.environ["BRANDTUNE_KEY"] = "test"
    assert bt.run_journey(bt.load_plan(config)) is not None
    return config


def test_the_ledger_names_every_phase(company):
    plan = bt.load_plan(company)
    release = Registry(plan.database, files=plan.workspace).get("champion")
    found = Ledger(plan.database).trace(f"model:{release.model_id}")
    assert [entry.kind for entry in found] == ["release", "checkpoint", "dataset", "phase", "phase"]
    assert [entry.artifact.rpartition("/")[2] for entry in found[3:]] == ["2-grpo", "1-sft"]
    assert found[3].parents[-1] == found[4].artifact
    assert found[3].detail["objective"] == "grpo"


def test_the_report_shows_every_phase(company):
    run = RunDirectory.latest(company.parent / ".brandtune")
    assert run is not None
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert "<h3>1-sft</h3>" in page and "<h3>2-grpo</h3>" in page
    assert "Mean reward with its sign turned" in page
    assert "reward on validation" in page


def test_check_looks_at_every_phase(company, capsys):
    assert cli(["check", "--config", str(company), "--set", "evaluation.samples=3"]) == 0
    assert "Then grpo:" in capsys.readouterr().out


def test_check_of_a_phase_on_own_answers_says_what_is_learnt(company, capsys):
    sets = ["training.objective=grpo", "training.reward=[{kind: rules}]", "training.then=[]",
            "training.online.max_new_tokens=4", "training.online.samples=2"]  # fmt: skip
    code = cli(["check", "--config", str(company), *(part for one in sets for part in ("--set", one))])
    shown = capsys.readouterr()
    assert code == 0, shown.err
    assert "Only prompts come from the data" in shown.out
    assert "assistant turns" not in shown.out


def test_the_next_round_goes_on_from_the_release_and_stays_with_it(company, capsys):
    plan = bt.load_plan(company, overrides=["training.start=champion", "training.then=[]"])
    first = Registry(plan.database, files=plan.workspace).get("champion")
    run = RunDirectory.create(plan.workspace)
    assert bt.run_journey(plan, run=run) is not None
    trained = tuning.load_trained(run.path / "train")
    assert trained.start == f"model:{first.model_id}"
    now = Registry(plan.database, files=plan.workspace).get("champion")
    assert now.model_id != first.model_id
    found = Ledger(plan.database).trace(f"model:{now.model_id}")
    assert f"model:{first.model_id}" in [entry.artifact for entry in found]
    before = (run.path / "train" / "training.json").stat().st_mtime_ns
    bt.run_journey(plan, run=run)  # the champion is another one now, the run's start is not
    assert (run.path / "train" / "training.json").stat().st_mtime_ns == before
