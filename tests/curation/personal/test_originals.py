"""The originals: found again with the key, unreadable without, gone when a person is forgotten."""

import sqlite3
import stat
from pathlib import Path

import pytest

from brandtune.core.errors import DataError
from brandtune.curation.personal import Original, Originals

ROWS = [
    Original(subject="s1", type="PERSON_NAME", surrogate="Robin Keller", original="Zelda Marsh"),
    Original(subject="s1", type="EMAIL", surrogate="robin.keller27@example.com", original="zelda@mail.test"),
    Original(subject="s2", type="PERSON_NAME", surrogate="Robin Keller", original="Greta Lindqvist"),
    Original(subject=None, type="PHONE", surrogate="+1 212 555 0143", original="+1 212 736 5000"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Originals(tmp_path / "pseudonyms.db", key="k").add(ROWS)
    return tmp_path / "pseudonyms.db"


def test_what_a_surrogate_stands_for(path: Path) -> None:
    kept = Originals(path, key="k")
    assert {row.original for row in kept.reveal("PERSON_NAME", "robin keller")} == {"Zelda Marsh", "Greta Lindqvist"}
    assert kept.reveal("PHONE", "+1 212 555 0143") == [ROWS[3]]
    assert kept.reveal("PHONE", "+1 212 555 0199") == []


def test_adding_again_adds_nothing(path: Path) -> None:
    assert Originals(path, key="k").add(ROWS) == 0
    more = Original(subject="s3", type="ID", surrogate="77", original="4711")
    assert Originals(path, key="k").add([*ROWS, more]) == 1


def test_nothing_is_readable_without_the_key(path: Path) -> None:
    raw = path.read_bytes()
    for row in ROWS:
        assert row.original.encode() not in raw and row.surrogate.encode() not in raw
        assert row.subject is None or f'"{row.subject}"'.encode() not in raw
    with pytest.raises(DataError, match="another tenant key"):
        Originals(path, key="other").reveal("PERSON_NAME", "Robin Keller")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_forgetting_a_person_shreds_the_key_and_leaves_others(path: Path, tmp_path: Path) -> None:
    with sqlite3.connect(path) as base:
        rows = base.execute("select row, person, surrogate, original from pseudonyms").fetchall()
    kept = Originals(path, key="k")
    assert kept.forget("s1") == 2 and kept.forget("s1") == 0
    assert [row.original for row in kept.reveal("PERSON_NAME", "Robin Keller")] == ["Greta Lindqvist"]
    with sqlite3.connect(path) as base:  # the rows come back from somewhere, the key does not
        base.executemany("insert or ignore into pseudonyms values (?, ?, ?, ?)", rows)
    assert [row.original for row in kept.reveal("PERSON_NAME", "Robin Keller")] == ["Greta Lindqvist"]


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    broken = tmp_path / "pseudonyms.db"
    broken.write_text("not a database at all, but long enough to be looked at " * 20)
    with pytest.raises(DataError, match="not a database of pseudonyms"):
        Originals(broken, key="k").add(ROWS)


def test_a_row_that_was_changed(path: Path) -> None:
    with sqlite3.connect(path) as base:
        base.execute("update pseudonyms set original = zeroblob(60)")
    with pytest.raises(DataError, match="changed from outside"):
        Originals(path, key="k").reveal("PHONE", "+1 212 555 0143")


def test_reading_makes_no_file(tmp_path: Path) -> None:
    nowhere = Originals(tmp_path / "none.db", key="k")
    assert nowhere.reveal("ID", "x") == [] and nowhere.forget("s1") == 0 and not (tmp_path / "none.db").exists()
