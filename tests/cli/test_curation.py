"""`brandtune curate` as people meet it: a table, a page, a document, and choices that count."""

import json
import re
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from brandtune import sample
from brandtune.cli.app import app
from brandtune.cli.funnel import funnel_table, idle_steps
from brandtune.curation import CurationReport, FunnelRow

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    sample.write(folder, scale=0.05)
    return folder


def curate(company: Path, *more: str) -> str:
    result = RUNNER.invoke(app, ["curate", "--config", str(company / "brandtune.yaml"), "--quiet", *more])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_funnel_ends_the_command_and_the_page_lies_in_the_run(company: Path) -> None:
    text = curate(company)
    assert (
        re.search(r"[\d,]+ records in, [\d,]+ examples kept", text)
        and "consent" in text
        and "Nothing to do for" in text
    )
    (page,) = company.glob(".brandtune/runs/*/curation.html")
    assert page.name in text.replace("\n", "") and page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_json_carries_the_same_and_choices_are_followed(company: Path) -> None:
    document = json.loads(curate(company, "--json"))
    funnel = {row["step"]: row for row in document["curation"]["funnel"]}
    assert sum(document["curation"]["by_task"].values()) == funnel["max_examples"]["left"] > 0
    assert Path(document["curation"]["page"]).is_file() and document["curation"]["representation"]
    (file,) = company.glob(".brandtune/runs/*/curate/dropped.jsonl")
    dropped = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    wanted = next(row for row in dropped if row["step"] in ("rules", "facts", "outcome"))
    refused = next(row for row in dropped if row["step"] == "consent")
    keep = [{"id": row["id"], "step": row["step"]} for row in (wanted, refused)]
    (company / "mine.json").write_text(json.dumps({"format": "brandtune-overrides-1", "keep": keep, "drop": []}))
    after = json.loads(curate(company, "--json", "--set", "curation.overrides=mine.json"))["curation"]
    told = {row["step"]: row.get("changed", {}) for row in after["funnel"]}
    assert told[wanted["step"]]["kept by your choice"] == 1
    assert any("1 of your choices were not followed" in note for note in after["notes"])


def test_choices_that_are_not_there_stop_with_the_place(company: Path) -> None:
    config = str(company / "brandtune.yaml")
    result = RUNNER.invoke(app, ["curate", "--config", config, "--set", "curation.overrides=absent.json"])
    assert isinstance(result.exception, BaseException)
    assert "absent.json" in f"{result.exception} {result.output}"


def test_the_table_says_the_most_frequent_reasons_and_counts_the_rest() -> None:
    reasons = {"a": 5, "b": 4, "[c]": 3, "d": 2, "e": 1}
    report = CurationReport(
        funnel=[
            FunnelRow(step="tasks", entered=20, left=20),
            FunnelRow(step="rules", entered=20, left=5, reasons=reasons),
        ],
        by_task={"support_reply": 5},
    )
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(funnel_table(report))
    text = console.export_text()
    assert "a 5, b 4, [c] 3, 2 more 3" in text and "20 records in, 5 examples kept" in text
    assert idle_steps(report) == "tasks"
