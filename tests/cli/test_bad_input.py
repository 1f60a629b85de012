"""Bad input through the command line: a clear message with its place, the right exit code, nothing half-written."""

import csv
import json
from pathlib import Path

import pytest
from small_company import write_company

from brandtune.cli import run as cli
from brandtune.execution import RunDirectory

HEADER = ["ticket_id", "customer_id", "customer_text", "agent_text"]


@pytest.fixture
def company(tmp_path) -> Path:
    return write_company(tmp_path / "company", count=60)


def fail(capsys, config: Path, *arguments: str) -> tuple[int, str]:
    """Run until the dataset is frozen; returns exit code and stderr as one line, without colour."""
    code = cli(["run", "--until", "freeze", "--config", str(config), *arguments])
    return code, " ".join(capsys.readouterr().err.split())


def replace_source(config: Path, source: str) -> None:
    text = config.read_text()
    config.write_text(text.replace("{kind: csv, path: conversations.csv, maps_to: conversation}", source))


def write_rows(config: Path, rows: list[list[str]], *, newline: str = "\n", encoding: str = "utf-8") -> None:
    with (config.parent / "conversations.csv").open("w", newline="", encoding=encoding) as file:
        csv.writer(file, lineterminator=newline).writerows([HEADER, *rows])


def nothing_half_written(config: Path, *, until: str) -> bool:
    """No stage from `until` on exists, and no temporary file or folder is left beside the stages."""
    runs = RunDirectory.all(config.parent / ".brandtune")
    left = [
        path.name for run in runs for path in run.path.iterdir() if path.name.startswith(".") and path.name != ".lock"
    ]
    return not left and all(run.finished(until) is None for run in runs)


def test_a_missing_file_names_the_file_and_its_neighbours(capsys, company):
    replace_source(company, "{kind: csv, path: conversation.csv, maps_to: conversation}")
    code, err = fail(capsys, company)
    assert code == 3
    assert "conversation.csv" in err
    assert "conversations.csv" in err
    assert nothing_half_written(company, until="ingest")


def test_bytes_in_no_known_encoding_name_the_file_and_line(capsys, company):
    data = (company.parent / "conversations.csv").read_bytes()
    (company.parent / "conversations.csv").write_bytes(data[:300] + b"\x00\xff\xfe\x81\x8d\x8f\x90\x9d" + data[300:])
    code, err = fail(capsys, company)
    assert code == 3
    assert "conversations.csv" in err
    assert nothing_half_written(company, until="ingest")


def test_a_latin_1_file_is_read_and_said_to_be(capsys, company):
    rows = [[f"t{n}", f"c{n}", f"Où est mon café numéro {n} ?", f"Votre café {n} est à Liège."] for n in range(60)]
    write_rows(company, rows, encoding="cp1252")
    code, err = fail(capsys, company)
    assert "1252" in err or "8859" in err or "latin" in err.lower() or code == 3
    kept = [run.path / "ingest" / "records.jsonl" for run in RunDirectory.all(company.parent / ".brandtune")]
    if code == 0:
        assert "Liège" in kept[0].read_text(encoding="utf-8")


def test_a_missing_column_names_the_columns_there_are(capsys, company):
    source = "{kind: csv, path: conversations.csv, maps_to: conversation, fields: {agent_text: answer_txt}}"
    replace_source(company, source)
    code, err = fail(capsys, company)
    assert code == 3
    assert "answer_txt" in err
    assert "agent_text" in err
    assert nothing_half_written(company, until="ingest")


def test_truncated_jsonl_names_file_and_line(capsys, company):
    rows = [{"text": f"Where is parcel {n}?", "label": "delivery"} for n in range(30)]
    text = "\n".join(json.dumps(row) for row in rows)
    (company.parent / "labels.jsonl").write_text(text[:-12], encoding="utf-8")
    replace_source(company, "{kind: jsonl, path: labels.jsonl, maps_to: label}")
    code, err = fail(capsys, company)
    assert code == 3
    assert "labels.jsonl:30" in err
    assert nothing_half_written(company, until="ingest")


@pytest.mark.parametrize("content", ["", "ticket_id,customer_id,customer_text,agent_text\n"])
def test_an_empty_file_is_exit_3(capsys, company, content):
    (company.parent / "conversations.csv").write_text(content)
    code, err = fail(capsys, company)
    assert code == 3
    assert "conversations.csv" in err or "no " in err
    assert nothing_half_written(company, until="freeze")


def test_five_examples_are_too_few_and_it_says_how_many_are_needed(capsys, tmp_path):
    config = write_company(tmp_path / "few", count=5)
    code, err = fail(capsys, config)
    assert code == 3
    assert "5 examples" in err
    assert nothing_half_written(config, until="freeze")


def test_a_field_of_two_megabytes_is_dropped_with_its_reason_and_the_rest_goes_on(capsys, company):
    rows = [
        [f"t{n}", f"c{n}", f"Question {n} about item {n * 7}?", f"Answer {n}: take number {n * 3}."] for n in range(60)
    ]
    rows[10][2] = "tent " * 400_000
    write_rows(company, rows)
    code, _ = fail(capsys, company)
    assert code == 0
    run = RunDirectory.all(company.parent / ".brandtune")[-1]
    dropped = [json.loads(line) for line in (run.path / "curate" / "dropped.jsonl").read_text().splitlines()]
    assert "field too large" in {row["reason"] for row in dropped}


def test_mixed_newlines_emoji_and_right_to_left_text_survive(capsys, company):
    rows = [
        [f"t{n}", f"c{n}", f"שאלה {n} 🏕️\r\nsecond\rthird line {n}?", f"תשובה {n}: مرحبا 👋 {n * 3}."] for n in range(60)
    ]
    write_rows(company, rows, newline="\r\n")
    code, err = fail(capsys, company)
    assert code == 0, err
    run = RunDirectory.all(company.parent / ".brandtune")[-1]
    text = (run.path / "curate" / "kept.jsonl").read_text(encoding="utf-8")
    assert "תשובה 7: مرحبا 👋 21." in text
    assert "\\r" not in text


def test_an_unknown_key_names_file_line_and_the_nearest_key(capsys, company):
    company.write_text(company.read_text().replace("epochs: 1", "epoch: 1"))
    code, err = fail(capsys, company)
    assert code == 2
    assert "brandtune.yaml:6 (training.epoch)" in err
    assert "training.epoch" in err
    assert "Did you mean `epochs`?" in err
    assert not (company.parent / ".brandtune").exists()


def test_consent_without_any_consent_says_what_dropped_everybody(capsys, company):
    company.write_text(company.read_text().replace("{lawful_basis: legitimate_interest, assessment: LIA-1}", "{}"))
    code, err = fail(capsys, company)
    assert code == 3
    assert "consent" in err
    assert nothing_half_written(company, until="freeze")


def test_legitimate_interest_without_assessment_is_a_configuration_error(capsys, company):
    company.write_text(company.read_text().replace(", assessment: LIA-1", ""))
    code, err = fail(capsys, company)
    assert code == 2
    assert "assessment" in err


def test_errors_come_as_json_too(capsys, company):
    company.write_text(company.read_text().replace("epochs: 1", "epoch: 1"))
    assert cli(["run", "--config", str(company), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["error"]["exit_code"] == 2
    assert "epoch" in document["error"]["what"]


def test_customer_text_is_in_no_log_error_or_ledger(capsys, company):
    rows = [
        [f"t{n}", f"c{n}", f"I am Zebulon Quartermaine number {n}", f"Dear friend, parcel {n * 7} left."]
        for n in range(60)
    ]
    write_rows(company, rows)
    cli(["run", "--until", "freeze", "--config", str(company), "--verbose"])
    printed = capsys.readouterr()
    database = (company.parent / ".brandtune" / "brandtune.db").read_bytes()
    assert "Quartermaine" not in printed.out + printed.err
    assert b"Quartermaine" not in database
