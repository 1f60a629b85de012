"""The ledger: rows are added, never changed; an artifact can be followed back to its sources."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from brandtune.core.errors import MissingPartError, NotFoundError
from brandtune.lineage import Ledger, Registry
from brandtune.lineage.ledger import ledger_table, open_engine


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'brandtune.db'}"


@pytest.fixture
def ledger(url: str) -> Ledger:
    return Ledger(url)


def rows(ledger: Ledger) -> list[tuple[Any, ...]]:
    with ledger.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(ledger_table).order_by(ledger_table.c.entry))]


def test_an_entry_is_kept_on_disk_for_the_next_process(url: str, ledger: Ledger) -> None:
    ledger.record("dataset", "dataset:1", parents=["source:crm"], detail={"count": 3, "steps": ["clean"]})
    (entry,) = Ledger(url).entries("dataset:1")
    assert (entry.kind, entry.artifact, entry.parents) == ("dataset", "dataset:1", ("source:crm",))
    assert entry.detail == {"count": 3, "steps": ["clean"]}
    assert entry.at.endswith("+00:00")


def test_an_equal_entry_is_written_once_and_its_first_details_stay(ledger: Ledger) -> None:
    ledger.record("dataset", "dataset:1", parents=["source:crm"], detail={"count": 3})
    ledger.record("dataset", "dataset:1", parents=["source:crm"], detail={"count": 99})
    assert [entry.detail for entry in ledger.entries("dataset:1")] == [{"count": 3}]


@pytest.mark.parametrize(
    ("kind", "artifact", "parents"), [("run", "x", ["p"]), ("dataset", "y", ["p"]), ("dataset", "x", ["p", "q"])]
)
def test_an_entry_that_differs_in_kind_artifact_or_parents_is_added(
    ledger: Ledger, kind: str, artifact: str, parents: list[str]
) -> None:
    ledger.record("dataset", "x", parents=["p"])
    ledger.record(kind, artifact, parents=parents)
    assert len(rows(ledger)) == 2


def test_entries_come_oldest_first(ledger: Ledger) -> None:
    for number in range(3):
        ledger.record("model", "model:a", parents=[f"run:{number}"])
    assert [entry.parents for entry in ledger.entries("model:a")] == [("run:0",), ("run:1",), ("run:2",)]
    assert ledger.entries("model:b") == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.sampled_from("abc"), max_size=2)), max_size=6))
def test_whatever_is_recorded_earlier_rows_stay_as_they_are(writes: list[tuple[str, list[str]]]) -> None:
    ledger = Ledger("sqlite://")
    before: list[tuple[Any, ...]] = []
    for artifact, parents in writes:
        ledger.record("any", artifact, parents=parents)
        after = rows(ledger)
        assert after[: len(before)] == before
        assert len(after) - len(before) <= 1
        before = after
    assert len(before) == len({(artifact, tuple(parents)) for artifact, parents in writes})


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that reaches any database."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(" ".join(statement.lower().split()))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


def test_nothing_in_lineage_updates_or_deletes_ledger_or_alias_rows(
    tmp_path: Path, url: str, statements: list[str]
) -> None:
    ledger, registry = Ledger(url), Registry(url, files=tmp_path)
    (tmp_path / "adapter").mkdir()
    for model in ("m1", "m2", "m1"):
        ledger.record("model", f"model:{model}", parents=["run:1"])
        registry.publish(
            tmp_path / "adapter", model_id=model, base="starter", run_id="1", dataset="d", evidence={}, card=""
        )
    registry.promote("m2")
    ledger.trace("model:m1")
    assert any(text.startswith("insert into ledger") for text in statements)
    changing = [text for text in statements if text.startswith(("update", "delete", "drop", "replace"))]
    assert [text for text in changing if "ledger" in text or "aliases" in text] == []


def test_a_trace_goes_from_the_release_to_its_sources_nearest_first(ledger: Ledger) -> None:
    ledger.record("source", "source:crm")
    ledger.record("source", "source:shop")
    ledger.record("dataset", "dataset:1", parents=["source:crm", "source:shop"])
    ledger.record("run", "run:1", parents=["dataset:1"])
    ledger.record("model", "model:a", parents=["run:1", "dataset:1"])
    ledger.record("model", "model:unrelated", parents=["run:2"])
    found = [entry.artifact for entry in ledger.trace("model:a")]
    assert found == ["model:a", "run:1", "dataset:1", "source:crm", "source:shop"]


def test_a_trace_follows_the_newest_entry_of_an_artifact(ledger: Ledger) -> None:
    for source in ("source:old", "source:new"):
        ledger.record("source", source)
        ledger.record("dataset", "dataset:1", parents=[source])
    found = ledger.trace("dataset:1")
    assert [entry.artifact for entry in found] == ["dataset:1", "source:new"]
    assert found[0].parents == ("source:new",)


def test_a_trace_of_things_made_from_each_other_ends(ledger: Ledger) -> None:
    ledger.record("x", "a", parents=["b"])
    ledger.record("x", "b", parents=["a"])
    assert [entry.artifact for entry in ledger.trace("a")] == ["a", "b"]


def test_parents_that_nobody_recorded_are_left_out_of_a_trace(ledger: Ledger) -> None:
    ledger.record("run", "run:1", parents=["dataset:gone"])
    assert [entry.artifact for entry in ledger.trace("run:1")] == ["run:1"]


def test_a_trace_of_something_unknown_is_not_found(ledger: Ledger) -> None:
    with pytest.raises(NotFoundError, match="the ledger knows nothing about model:a"):
        ledger.trace("model:a")


@pytest.mark.parametrize(
    "address",
    ["sqlite:////no/such/folder/brandtune.db", "postgresql+nodriver://x", "nosuchdatabase://x", "not an address"],
)
def test_a_database_that_cannot_be_reached_is_a_missing_part(address: str) -> None:
    with pytest.raises(MissingPartError, match="the database cannot be opened") as caught:
        open_engine(address)
    assert caught.value.where == "store.database"
    assert caught.value.fix
    assert "\n" not in caught.value.what


def test_a_password_in_the_address_is_not_shown() -> None:
    with pytest.raises(MissingPartError) as caught:
        open_engine("postgresql+nodriver://ana:hunter2@host/db")
    assert "hunter2" not in str(caught.value)


def test_the_folder_of_a_new_sqlite_file_is_made_but_not_a_whole_mistyped_path(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path / 'work' / 'brandtune.db'}")
    assert (tmp_path / "work" / "brandtune.db").is_file()
    with pytest.raises(MissingPartError):
        open_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'brandtune.db'}")
    assert not (tmp_path / "no").exists()


def test_a_file_that_is_no_database_is_a_missing_part(tmp_path: Path) -> None:
    (tmp_path / "brandtune.db").write_bytes(b"these are notes, not a database " * 200)
    with pytest.raises(MissingPartError):
        open_engine(f"sqlite:///{tmp_path / 'brandtune.db'}")
