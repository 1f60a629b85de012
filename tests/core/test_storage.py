"""Files are whole or absent, whatever fails in between."""

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandtune.core import storage
from brandtune.core.errors import DataError
from brandtune.core.examples import Dropped
from brandtune.core.records import Origin

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


class Broken(Exception):
    """The failure that a test causes."""


def broken(*args: object, **more: object) -> None:
    raise Broken


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_is_written_as_utf8_into_folders_that_are_made(tmp_path: Path) -> None:
    storage.write_text(tmp_path / "a" / "b" / "c.txt", "Grüße\n")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == "Grüße\n".encode()
    assert names(tmp_path / "a" / "b") == ["c.txt"]


def test_a_written_file_is_readable_by_others(tmp_path: Path) -> None:
    """mkstemp makes files that only their owner can read; a shared workspace needs more."""
    storage.write_text(tmp_path / "a.txt", "x")
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("failing", ["fsync", "fdopen"])
def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    storage.write_text(tmp_path / "a.txt", "old")
    monkeypatch.setattr(os, failing, broken)
    with pytest.raises(Broken):
        storage.write_text(tmp_path / "a.txt", "new")
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_rename_that_fails_leaves_the_old_file_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.write_text(tmp_path / "a.txt", "old")
    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(Broken):
        storage.write_text(tmp_path / "a.txt", "new")
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_full_disk_while_writing_a_first_file_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        storage.write_bytes(tmp_path / "a.bin", b"x" * 10_000)
    assert names(tmp_path) == []


def test_data_is_on_the_disk_before_the_name_points_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noting_fsync(handle: int) -> None:
        steps.append("fsync")
        fsync(handle)

    def noting_replace(path: Path, target: Path) -> Path:
        steps.append("replace")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(Path, "replace", noting_replace)
    storage.write_text(tmp_path / "a.txt", "x")
    assert steps == ["fsync", "replace"]


def test_readers_see_one_whole_version_while_writers_write(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    versions = [letter * 50_000 for letter in "abc"]
    storage.write_text(path, versions[0])
    done = threading.Event()

    def write() -> None:
        for turn in range(30):
            storage.write_text(path, versions[turn % 3])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(path.read_text())
    writer.join()
    assert seen
    assert seen <= set(versions)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=8,
    )
)
def test_json_is_read_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.getbasetemp() / "value.json"
    storage.write_json(path, value)
    assert storage.read_json(path) == value


def test_json_is_readable_by_people_and_knows_structs_and_paths(tmp_path: Path) -> None:
    value = {"where": Path("a") / "b", "origin": Origin(source="crm", line=3), "name": "Zoë"}
    storage.write_json(tmp_path / "a.json", value)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert '\n  "name": "Zoë"\n}\n' in text
    assert storage.read_json(tmp_path / "a.json") == {
        "where": "a/b",
        "origin": {"source": "crm", "line": 3},
        "name": "Zoë",
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_have_are_refused_and_nothing_is_written(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        storage.write_json(tmp_path / "a.json", {"loss": value})
    assert names(tmp_path) == []


def test_json_that_is_missing_or_broken_names_file_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist") as caught:
        storage.read_json(tmp_path / "a.json")
    assert caught.value.where == str(tmp_path / "a.json")
    (tmp_path / "b.json").write_text('{"a": 1,\n "b" 2}')
    with pytest.raises(DataError, match="not JSON") as caught:
        storage.read_json(tmp_path / "b.json")
    assert caught.value.where == f"{tmp_path / 'b.json'}:2:6"


def test_json_that_is_not_utf8_is_a_data_error(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(DataError):
        storage.read_json(tmp_path / "a.json")


def rows(number: int) -> list[Dropped]:
    return [Dropped(id=f"r{i}", step="length", reason="too\nlong", detail="é") for i in range(number)]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_lines_are_counted_and_read_back_typed(tmp_path: Path, number: int) -> None:
    assert storage.write_jsonl(tmp_path / "a.jsonl", iter(rows(number))) == number
    assert (tmp_path / "a.jsonl").read_bytes().count(b"\n") == number
    assert storage.read_jsonl(tmp_path / "a.jsonl", Dropped) == rows(number)


def test_rows_that_fail_to_come_leave_the_old_file(tmp_path: Path) -> None:
    storage.write_jsonl(tmp_path / "a.jsonl", rows(2))

    def failing():
        yield from rows(1)
        raise Broken

    with pytest.raises(Broken):
        storage.write_jsonl(tmp_path / "a.jsonl", failing())
    assert storage.read_jsonl(tmp_path / "a.jsonl", Dropped) == rows(2)


@pytest.mark.parametrize("line", [b'{"id": "r1"', b'{"id": 3, "step": "s", "reason": "r"}', b'{"id": "r1"}'])
def test_a_line_that_is_not_what_was_asked_for_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "a.jsonl"
    storage.write_jsonl(path, rows(2))
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(DataError, match="cannot be read back") as caught:
        storage.read_jsonl(path, Dropped)
    assert caught.value.where == f"{path}:3"


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": "\xff", "step": "s", "reason": "r"}\n')
    with pytest.raises(DataError) as caught:
        storage.read_jsonl(path, Dropped)
    assert caught.value.where == f"{path}:1"


def test_a_folder_appears_when_the_block_ends_well(tmp_path: Path) -> None:
    with storage.whole_directory(tmp_path / "runs" / "a") as folder:
        (folder / "x.txt").write_text("x")
        assert not (tmp_path / "runs" / "a").exists()
    assert names(tmp_path / "runs") == ["a"]
    assert names(tmp_path / "runs" / "a") == ["x.txt"]
    assert (tmp_path / "runs" / "a").stat().st_mode & 0o777 == 0o755


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    for name in ("old.txt", "new.txt"):
        with storage.whole_directory(tmp_path / "a") as folder:
            (folder / name).write_text(name)
    assert names(tmp_path / "a") == ["new.txt"]


@pytest.mark.parametrize("failure", [Broken, KeyboardInterrupt, SystemExit])
def test_a_block_that_fails_leaves_what_was_there_before(tmp_path: Path, failure: type[BaseException]) -> None:
    with storage.whole_directory(tmp_path / "a") as folder:
        (folder / "old.txt").write_text("old")
    with pytest.raises(failure), storage.whole_directory(tmp_path / "a") as folder:
        (folder / "new.txt").write_text("half")
        raise failure
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["old.txt"]
