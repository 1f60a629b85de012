"""`init` and `run` on real public data that was not written by us. Skips where the data is absent."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brandtune.cli import run as cli
from brandtune.execution import RunDirectory

SMALL = [
    "training.epochs=1",
    "training.lora.rank=8",
    "evaluation.max_test=24",
    "evaluation.max_validation=8",
    "evaluation.style_negatives=24",
    "evaluation.resamples=300",
    "evaluation.decoding.max_new_tokens=48",
    "evaluation.arms=[base, few_shot, tuned]",
]


@pytest.fixture(autouse=True)
def same_split_every_time(monkeypatch):
    monkeypatch.setenv("BRANDTUNE_KEY", "test")


def set_up(folder: Path, *data: Path) -> Path:
    files = [argument for path in data for argument in ("--data", str(path))]
    basis = ["--lawful-basis", "not_personal", "--assessment", "public data set, see its SOURCE.md"]
    assert cli(["init", str(folder), *files, *basis, "--name", "Somebody Else"]) == 0
    return folder / "brandtune.yaml"


def journey(config: Path, capsys, *settings: str) -> tuple[int, dict]:
    """Runs everything; a failed gate (exit 4) is a result too, and its report is read all the same."""
    overrides = [argument for setting in (*SMALL, *settings) for argument in ("--set", setting)]
    capsys.readouterr()
    code = cli(["run", "--config", str(config), "--quiet", *overrides])
    assert code in (0, 4), capsys.readouterr().err
    run = RunDirectory.latest(config.parent / ".brandtune")
    assert run is not None
    assert (run.path / "report.html").stat().st_size > 10_000
    return code, json.loads((run.path / "evaluate" / "report.json").read_text())


def value(report: dict, arm: str, metric: str) -> float:
    return next(
        c["estimate"]["value"] for c in report["cells"] if (c["arm"], c["metric"], c["task"]) == (arm, metric, "all")
    )


@pytest.mark.slow
def test_support_conversations_run_through_and_are_released_only_past_the_gates(shared_data, tmp_path, capsys):
    """The starter was pre-trained on these very dialogues, so tuning need not help; the answer must be consistent."""
    config = set_up(tmp_path / "star", shared_data / "star_dialogues" / "star.jsonl")
    code, report = journey(config, capsys, "tasks.0.max_examples=300")
    assert report["tasks"] == ["support_reply"]
    assert report["num_test"] == 24
    assert code == (0 if all(gate["passed"] for gate in report["gates"]) else 4)
    assert value(report, "tuned", "loss") < 1.25 * value(report, "base", "loss")
    assert value(report, "human", "on_brand") > 0.7


@pytest.mark.slow
def test_intent_labels_from_csv_become_a_classifier_judged_by_accuracy(shared_data, tmp_path, capsys):
    rows = [json.loads(line) for line in (shared_data / "banking77" / "train.jsonl").read_text().splitlines()]
    wanted = sorted({row["category"] for row in rows})[:8]
    chosen = [row for row in rows if row["category"] in wanted]
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=["text", "category"])
        writer.writeheader()
        writer.writerows(chosen)
    config = set_up(tmp_path / "bank", tmp_path / "labels.csv")
    _, report = journey(config, capsys)
    assert report["tasks"] == ["ticket_intent"]
    assert value(report, "tuned", "valid_label") > 0.8
    assert value(report, "tuned", "accuracy") > value(report, "base", "accuracy")


def test_parquet_pairs_run_through(shared_data, tmp_path, capsys):
    lines = (shared_data / "dstc9_faq" / "faq.jsonl").read_text().splitlines()[:400]
    faq = [json.loads(line) for line in lines]
    table = pa.table({name: [row[name] for row in faq] for name in ("question", "answer")})
    pq.write_table(table, tmp_path / "faq.parquet")
    config = set_up(tmp_path / "faq", tmp_path / "faq.parquet")
    _, report = journey(config, capsys)
    assert report["tasks"] == ["prompt_completion"]
    # These answers were in the starter's pre-training text too: no gain is asked for, only that nothing breaks.
    assert value(report, "tuned", "loss") < 1.25 * value(report, "base", "loss")
