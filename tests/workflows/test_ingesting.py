"""The ingest stage over a workspace: new records beside old ones, a limit that stays, a database asked when it should be."""

import json
import sqlite3

import pytest
from small_company import write_company

from brandtune.cli import run as brandtune
from brandtune.core.errors import ConfigError
from brandtune.execution import RunDirectory
from brandtune.workflows import keeping
from brandtune.workflows.ingesting import ReadingChoice, kept_records
from brandtune.workflows.journey import run_journey
from brandtune.workflows.plan import load_plan

SQL = "  - {kind: sql, url: 'sqlite:///shop.db', query: SELECT * FROM faq, maps_to: faq, cursor: changed, name: shop}\n"


@pytest.fixture
def company(tmp_path):
    """Forty conversations in a file and three questions in a database."""
    config = write_company(tmp_path, count=40)
    config.write_text(config.read_text().replace("governance:", f"{SQL}governance:"))
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE faq (id integer, question text, answer text, changed integer)")
        connection.executemany("INSERT INTO faq VALUES (?, 'Why?', 'So.', ?)", [(n, n) for n in (1, 2, 3)])
    return config


def add_question(config, number):
    with sqlite3.connect(config.parent / "shop.db") as connection:
        connection.execute("INSERT INTO faq VALUES (?, 'Why?', 'So.', ?)", (number, number))


def ingest(config, *, until="ingest", run=None, **choice):
    plan = load_plan(config)
    run = run or RunDirectory.create(plan.workspace)
    run_journey(plan, run=run, until=until, reading=ReadingChoice(**choice))
    return run, keeping.load_ingested(run.path / "ingest")


def kinds(ingested):
    return sorted({record.kind: 0 for record in ingested.records}), len(ingested.records)


def test_a_second_ingest_has_the_old_and_the_new(company):
    run, first = ingest(company)
    assert kinds(first) == (["Conversation", "Faq"], 43)
    _, same = ingest(company, run=run)
    stage = (run.path / "ingest" / "stage.json").read_text()
    assert same.records == first.records
    add_question(company, 4)
    _, second = ingest(company, run=run)
    assert len(second.records) == 44 and second.records[:43] == first.records
    assert (run.path / "ingest" / "stage.json").read_text() != stage
    _, third = ingest(company)
    assert third.records == second.records, "a new run goes on with what the workspace knows"
    assert any(file.path.startswith("sqlite://") and file.num_records == 4 for file in third.files)


def test_one_run_is_about_one_state_of_the_database(company):
    run, first = ingest(company)
    add_question(company, 4)
    _, later = ingest(company, until="link", run=run)
    assert later.records == first.records, "a later stage does not ask the database again"
    _, asked = ingest(company, run=run)
    assert len(asked.records) == 44, "asking for ingest itself does"


def test_reading_from_the_start_forgets_what_was_deleted(company):
    run, _ = ingest(company)
    with sqlite3.connect(company.parent / "shop.db") as connection:
        connection.execute("DELETE FROM faq WHERE id = 1")
    assert len(ingest(company, run=run)[1].records) == 43, "a cursor does not see what was deleted"
    assert len(ingest(company, run=run, fresh=True)[1].records) == 42


def test_a_limit_holds_for_the_run_until_it_is_ingested_again(company):
    run, limited = ingest(company, limit=2)
    assert len(limited.records) == 4
    _, linked = ingest(company, until="link", run=run)
    assert linked.records == limited.records
    assert kept_records(load_plan(company))._state.sources() == [], "a limited read leaves no trace in the workspace"
    assert len(ingest(company, run=run)[1].records) == 43


def test_from_the_command_line(company, capsys):
    (company.parent / "conversations.csv").open("a").write("ragged\n")
    assert brandtune(["ingest", "--config", str(company), "--limit", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "6 records" in found["stages"][0]["summary"]
    assert brandtune(["ingest", "--config", str(company), "--from-start"]) == 0
    assert "conversations 1 rows set aside: wrong number of fields 1." in capsys.readouterr().err
    letters = kept_records(load_plan(company)).dead_letters()
    assert [(letter.file, letter.line) for letter in letters] == [("conversations.csv", 42)]
    assert brandtune(["ingest", "--config", str(company), "--limit", "0"]) == 2


def test_a_password_in_the_file_is_refused_and_one_in_the_environment_is_kept_out(company, monkeypatch):
    text = company.read_text()
    company.write_text(text.replace("sqlite:///shop.db", "postgresql://me:planted@h/db"))
    with pytest.raises(ConfigError, match="a password or key is written into the file") as error:
        load_plan(company)
    assert "planted" not in str(error.value) and "sources[1].url" in str(error.value)
    monkeypatch.setenv("SHOP_PASSWORD", "planted")
    company.write_text(text.replace("sqlite:///shop.db", "postgresql://me:${SHOP_PASSWORD}@h/db"))
    plan = load_plan(company)
    assert "planted" not in plan.resolved_yaml() and "${SHOP_PASSWORD}" in plan.resolved_yaml()
    assert plan.sources[1].url == "postgresql://me:planted@h/db"
