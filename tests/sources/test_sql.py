"""Databases: a real PostgreSQL, SQLite and DuckDB; cursors, a database that goes away, and passwords that stay hidden."""

import sqlite3
from collections.abc import Iterator

import postgres as pg
import pytest
import sqlalchemy as sa

from brandtune.core.errors import ConfigError, MissingPartError, SourceError
from brandtune.sources import DuckDbSource, Kept, SqlSource, read, refuse_literal_secrets
from brandtune.sources.base import Reading
from brandtune.testing import check_connector

QUERY = "SELECT id, body AS text, intent::text AS label, updated_at FROM tickets WHERE body <> ' :none 100%'"
ROWS = 2500


@pytest.fixture(scope="module")
def server() -> Iterator[pg.Postgres]:
    place = pg.programs()
    if place is None:
        pytest.skip("PostgreSQL's programs (initdb, pg_ctl) are not installed")
    running = pg.Postgres(place)
    yield running
    running.remove()


@pytest.fixture
def tickets(server):
    """A table of 2,500 rows, ten of each moment, so that ties are the rule."""
    engine = sa.create_engine(server.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS tickets"))
        connection.execute(
            sa.text("CREATE TABLE tickets (id int primary key, body text, intent text, updated_at timestamptz)")
        )
        connection.execute(
            sa.text(
                "INSERT INTO tickets SELECT n, 'text number ' || n, 'i' || n % 7, "
                "timestamptz '2026-01-01 00:00+00' + (n / 10) * interval '1 minute' FROM generate_series(1, :rows) n"
            ),
            {"rows": ROWS},
        )
    return engine


def source(server, **settings):
    return SqlSource(url=server.url, query=QUERY, maps_to="label", **settings)


def kept(folder):
    return Kept(folder / "records", database=f"sqlite:///{folder}/state.db")


def numbers(result):
    return sorted(int(record.record_id.removeprefix("sql:")) for record in result.records)


@pytest.mark.parametrize("settings", [{}, {"cursor": "updated_at"}], ids=["whole", "cursor"])
def test_postgres_keeps_the_contract(server, tickets, tmp_path, settings):
    report = check_connector(source(server, **settings), base_dir=tmp_path)
    assert report.num_records == ROWS
    assert (report.num_resumed > 0) == bool(settings)


def test_rows_are_streamed_not_fetched_at_once(server, tickets, tmp_path):
    """A server-side cursor answers at once; fetching fifty million rows would not end."""
    many = SqlSource(
        url=server.url, maps_to="label",
        query="SELECT n AS id, 'text' AS text, 'x' AS label FROM generate_series(1, 50000000) n",
    )  # fmt: skip
    assert len(read([many], base_dir=tmp_path, limit=1500).records) == 1500


def test_a_later_pass_asks_only_for_what_is_new(server, tickets, tmp_path):
    given = source(server, cursor="updated_at")
    first = kept(tmp_path).read([given], base_dir=tmp_path)
    assert numbers(first) == list(range(1, ROWS + 1))
    with tickets.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO tickets SELECT 3000 + n, 'late ' || n, 'x', (SELECT max(updated_at) FROM tickets) "
                "FROM generate_series(1, 5) n"
            )
        )
        connection.execute(sa.text("UPDATE tickets SET body = 'corrected', updated_at = now() WHERE id = 7"))
    memory = kept(tmp_path)
    memory.ask([given], base_dir=tmp_path)
    second = memory.read([given], base_dir=tmp_path)
    assert numbers(second) == [*range(1, ROWS + 1), *range(3001, 3006)]
    texts = {record.record_id: record.payload.text for record in second.records}
    assert texts["sql:7"] == "corrected"
    assert any("newer version" in note for note in second.notes)
    started = Reading(name="sql", files=[], base_dir=tmp_path, resume=memory._state.units("sql")["*"].position)
    assert list(given.records(started)) == [], "nothing new, nothing read"


def test_a_database_that_goes_away_is_gone_on_with(server, tickets, tmp_path, monkeypatch):
    monkeypatch.setattr("brandtune.sources.incremental.CHECKPOINT", 100)
    wide = f"SELECT *, repeat('x', 20000) AS padding FROM ({QUERY}) t"
    given = SqlSource(url=server.url, query=wide, maps_to="label", cursor="updated_at")
    memory, met = kept(tmp_path), 0

    class Killing(SqlSource):
        def records(self, reading):
            nonlocal met
            for met, item in enumerate(super().records(reading), start=1):
                if met == 1200:
                    server.stop("immediate")
                yield item

    try:
        with pytest.raises(SourceError) as error:
            memory.ask([Killing(**given.model_dump() | {"url": given.url})], base_dir=tmp_path)
    finally:
        server.start()
    assert "went away" in str(error.value) and "brandtune ingest" in str(error.value)
    assert pg.PASSWORD not in str(error.value) and "text number" not in str(error.value)
    assert error.value.where and error.value.where.startswith("sources[0] (postgresql://127.0.0.1")
    already = memory._state.units("sql")["*"].num_items
    assert 1100 <= already < ROWS
    asked = []
    monkeypatch.setattr(
        SqlSource, "_from", lambda self, start, _old=SqlSource._from: asked.append(start) or _old(self, start)
    )
    memory.ask([given], base_dir=tmp_path)
    assert asked[0] is not None, "the second pass begins at the cursor, not at the start"
    assert numbers(memory.read([given], base_dir=tmp_path)) == list(range(1, ROWS + 1))


def test_without_a_cursor_nothing_half_read_is_kept(server, tickets, tmp_path):
    memory, given = kept(tmp_path), source(server)

    class Killing(SqlSource):
        def records(self, reading):
            for number, item in enumerate(super().records(reading)):
                if number == 10:
                    raise SourceError("gone")
                yield item

    with pytest.raises(SourceError, match="gone"):
        memory.ask([Killing(**given.model_dump() | {"url": given.url})], base_dir=tmp_path)
    assert memory._state.units("sql") == {}
    assert numbers(memory.read([given], base_dir=tmp_path)) == list(range(1, ROWS + 1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"query": "SELECT * FROM nothing_here"}, "the query cannot be run"),
        ({"cursor": "nope"}, "nope"),
        ({"url": "postgresql://reader:wrong-secret@127.0.0.1:1/postgres"}, "cannot be reached"),
    ],
)
def test_mistakes_are_said_without_the_password(server, tickets, tmp_path, change, said):
    with pytest.raises(SourceError, match=said) as error:
        read([source(server).model_copy(update=change)], base_dir=tmp_path)
    text = str(error.value)
    assert pg.PASSWORD not in text and "wrong-secret" not in text
    assert error.value.where and error.value.fix


def test_rows_without_a_cursor_value_are_counted(server, tickets, tmp_path):
    with tickets.begin() as connection:
        connection.execute(sa.text("UPDATE tickets SET updated_at = NULL WHERE id <= 3"))
    result = read([source(server, cursor="updated_at")], base_dir=tmp_path)
    assert len(result.records) == ROWS - 3
    assert any("3 rows have no value in `updated_at`" in note for note in result.notes)


def test_passwords_are_in_no_dump_and_no_file(server, monkeypatch):
    given = source(server)
    assert pg.PASSWORD not in str(given.model_dump(mode="json")) and pg.PASSWORD not in repr(given)
    other = SqlSource(url="mysql+pymysql://u@h/db?password=pw-planted&x=1", query="x", maps_to="label")
    assert "pw-planted" not in str(other.model_dump(mode="json")) + other.address()
    with pytest.raises(ConfigError, match=r"sources\[0\]\.url.*\$\{NAME\}") as error:
        refuse_literal_secrets([{"kind": "sql", "url": server.url}])
    assert pg.PASSWORD not in str(error.value)
    with pytest.raises(ConfigError, match=r"storage\.secret"):
        refuse_literal_secrets([{"kind": "csv", "path": "s3://b/k", "storage": {"secret": "abc"}}])
    with pytest.raises(ConfigError, match="path"):
        refuse_literal_secrets([{"kind": "csv", "path": "https://h/f.csv?token=abc"}])
    refuse_literal_secrets(
        [{"kind": "sql", "url": "postgresql://u:${PW}@h/db"}, {"path": "s3://b/k", "storage": {"key": "${K}"}}]
    )


@pytest.fixture
def shop(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE faq (id integer, question text, answer text, changed integer)")
        rows = [(n, f"Question {n} at 12:30?", f"Answer {n}", n // 3) for n in range(40)]
        connection.executemany("INSERT INTO faq VALUES (?, ?, ?, ?)", rows)
    return tmp_path


@pytest.mark.parametrize("cursor", ["", "changed"])
def test_sqlite_keeps_the_contract(shop, cursor):
    given = SqlSource(
        url="sqlite:///shop.db", query="SELECT * FROM faq WHERE question LIKE '% 12:30?';", maps_to="faq", cursor=cursor
    )
    assert check_connector(given, base_dir=shop, min_records=40).num_records == 40


def test_duckdb_over_files_and_databases(shop):
    duckdb = pytest.importorskip("duckdb")
    (shop / "faq.csv").write_text(
        "id,question,answer,changed\n" + "".join(f"{n},Q{n}?,A{n},{n // 3}\n" for n in range(30))
    )
    for cursor in ("", "changed"):
        files = DuckDbSource(query="SELECT * FROM 'faq.csv'", maps_to="faq", cursor=cursor)
        assert check_connector(files, base_dir=shop).num_records == 30
    with duckdb.connect(str(shop / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE faq AS SELECT 1 AS id, 'Q?' AS question, 'A' AS answer")
    for given in (
        DuckDbSource(path="shop.duckdb", query="SELECT * FROM faq", maps_to="faq"),
        SqlSource(url="duckdb:///shop.duckdb", query="SELECT * FROM faq", maps_to="faq"),
    ):
        assert check_connector(given, base_dir=shop).num_records == 1
    with pytest.raises(SourceError, match="the query cannot be run"):
        read([DuckDbSource(query="SELECT * FROM 'none.parquet'", maps_to="faq")], base_dir=shop)
    with pytest.raises(SourceError, match=r"gone\.duckdb cannot be opened"):
        read([DuckDbSource(path="gone.duckdb", query="SELECT 1", maps_to="faq")], base_dir=shop)


def test_a_missing_driver_names_its_package(tmp_path):
    with pytest.raises(MissingPartError, match="pip install"):
        read([SqlSource(url="mysql+pymysql://u@h/db", query="SELECT 1", maps_to="label")], base_dir=tmp_path)
    with pytest.raises(SourceError, match="not a database address"):
        read([SqlSource(url="nosuch://u:hidden@h/db", query="SELECT 1", maps_to="label")], base_dir=tmp_path)


def test_a_cursor_needs_rows_that_stand_alone():
    with pytest.raises(ValueError, match="leave out `cursor`"):
        SqlSource(url="sqlite:///x.db", query="SELECT 1", maps_to="message", cursor="at")
    with pytest.raises(ValueError, match="name of one column"):
        SqlSource(url="sqlite:///x.db", query="SELECT 1", maps_to="label", cursor="a; DROP TABLE x")
