"""The whole journey on a small company: from a CSV to a released model that answers; killed, resumed, changed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_company import write_company

import brandtune as bt
from brandtune.cli import run as cli
from brandtune.execution import RunDirectory
from brandtune.lineage import Ledger, Registry

FILES = (
    "ingest/records.jsonl",
    "link/subjects.jsonl",
    "curate/kept.jsonl",
    "curate/dropped.jsonl",
    "freeze/dataset.json",
    "train/adapter/adapter_model.safetensors",
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A company whose journey ran through, in the library's own words."""
    config = write_company(tmp_path_factory.mktemp("company"))
    os.environ["BRANDTUNE_KEY"] = "test"
    release = bt.run_journey(bt.load_plan(config))
    assert release is not None
    return config


def latest(config: Path) -> RunDirectory:
    run = RunDirectory.latest(config.parent / ".brandtune")
    assert run is not None
    return run


def report_of(run: RunDirectory) -> dict:
    """The report without how long things took, which no two runs share."""
    report = json.loads((run.path / "evaluate" / "report.json").read_text())
    for arm in report["arms"]:
        for name in ("mean_seconds", "p50_seconds", "p95_seconds"):
            arm.pop(name, None)
    return report


def test_the_journey_ends_in_a_release_with_report_and_lineage(finished):
    run = latest(finished)
    assert run.status == "complete"
    assert "House Goods" in (run.path / "report.html").read_text(encoding="utf-8")
    plan = bt.load_plan(finished)
    release = Registry(plan.database, files=plan.workspace).get("champion")
    kinds = [entry.kind for entry in Ledger(plan.database).trace(f"model:{release.model_id}")]
    assert kinds == ["release", "checkpoint", "dataset"]


def test_held_out_loss_falls_and_no_customer_is_on_both_sides(finished):
    run = latest(finished)
    losses = {c["arm"]: c["estimate"]["value"] for c in report_of(run)["cells"] if c["metric"] == "loss"}
    assert losses["tuned"] < 0.9 * losses["base"]
    from brandtune.workflows.keeping import load_version

    version = load_version(finished.parent / ".brandtune")(run.path / "freeze")
    people = [{e.subject for e in version.examples(split)} for split in ("train", "validation", "test")]
    assert not (people[0] & people[1] | people[0] & people[2] | people[1] & people[2])


def test_chat_answers_with_the_released_model(finished, capsys):
    code = cli(["chat", "--config", str(finished), "--json", "-m", "Where is my lamp? I ordered it 5 days ago."])
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert document["answers"][0]["text"].strip()


def test_every_stage_is_kept_on_resume(finished, capsys):
    run = latest(finished)
    before = {name: (run.path / name).stat().st_mtime_ns for name in FILES}
    assert cli(["run", "--resume", "--config", str(finished)]) == 0
    assert {name: (run.path / name).stat().st_mtime_ns for name in FILES} == before
    assert capsys.readouterr().err.count("kept from before") == 7


def test_a_changed_setting_redoes_what_depends_on_it_and_nothing_else(finished, capsys):
    code = cli(["evaluate", "--config", str(finished), "--set", "evaluation.samples=3", "--json"])
    err = capsys.readouterr().err
    assert code == 0
    assert err.count("kept from before") == 5
    assert len(report_of(latest(finished))["samples"]) == 3


def start(config: Path, *arguments: str) -> subprocess.Popen:
    environment = {**os.environ, "BRANDTUNE_KEY": "test", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "brandtune", "run", "--config", str(config), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for(condition, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def in_runs(workspace: Path, *parts: str) -> list[Path]:
    """What lies under that path in any run; a part may be `*`."""
    return list(workspace.glob(str(Path("runs", "*", *parts))))


def in_training(workspace: Path) -> bool:
    return bool(in_runs(workspace, "work", "train", "*", "checkpoint.pt"))


def in_evaluation(workspace: Path) -> bool:
    return any(path.stat().st_size > 0 for path in in_runs(workspace, "work", "evaluate", "*", "generated.jsonl"))


def in_curation(workspace: Path) -> bool:
    return bool(in_runs(workspace, "link", "stage.json"))


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> RunDirectory:
    config = write_company(tmp_path_factory.mktemp("uninterrupted"))
    process = start(config)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err.decode()
    return latest(config)


MOMENTS, SIGNALS = [in_curation, in_training, in_evaluation], [signal.SIGKILL, signal.SIGINT]


@pytest.mark.slow  # a minute each; tests/training kills the loop itself in every run
@pytest.mark.parametrize("how", SIGNALS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_anywhere_and_resumed_gives_the_same_result(tmp_path, uninterrupted, moment, how):
    config = write_company(tmp_path / "company")
    process = start(config)
    wait_for(lambda: moment(config.parent / ".brandtune"), process)
    process.send_signal(how)
    process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert latest(config).status == "incomplete"
    resumed = start(config, "--resume")
    _, err = resumed.communicate(timeout=300)
    assert resumed.returncode == 0, err.decode()
    run = latest(config)
    assert len(RunDirectory.all(config.parent / ".brandtune")) == 1
    for name in FILES:
        assert (run.path / name).read_bytes() == (uninterrupted.path / name).read_bytes(), name
    assert report_of(run) == report_of(uninterrupted)


def test_a_failed_gate_stops_the_release_with_exit_4_and_its_numbers(tmp_path, capsys):
    config = write_company(tmp_path / "company")
    arguments = ["run", "--config", str(config), "--set", "evaluation.gates.heldout_loss=0.99"]
    assert cli(arguments) == 4
    err = capsys.readouterr().err
    assert "heldout_loss" in err
    assert "99.0 %" in err
    run = latest(config)
    assert run.status == "gate_failed"
    assert (run.path / "report.html").is_file()
    assert cli(["chat", "--config", str(config), "-m", "Hi"]) == 5
