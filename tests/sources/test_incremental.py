"""Reading again only what is new: unchanged, grown, changed and vanished files, interruptions, dead letters."""

import json

import pytest

from brandtune.core.errors import SourceError
from brandtune.sources import CsvSource, JsonLinesSource, Kept, SegmentSource, read
from brandtune.sources.files import InputFile

EVENT = {"type": "track", "event": "Order Completed", "userId": "u1"}


def event(number, **more):
    return json.dumps({**EVENT, "messageId": f"m{number}", "timestamp": "2026-01-01T10:00:00Z", **more}) + "\n"


@pytest.fixture
def memory(tmp_path):
    return Kept(tmp_path / "ws" / "records", database=f"sqlite:///{tmp_path}/state.db")


@pytest.fixture
def opened(monkeypatch):
    """Which files were read from which byte on, by connectors (encoding checks read in other ways)."""
    seen = []
    plain = InputFile.open

    def open_(self, on_bytes=None, *, start=0):
        if on_bytes is not None:
            seen.append((self.label, start))
        return plain(self, on_bytes or (lambda _count: None), start=start)

    monkeypatch.setattr(InputFile, "open", open_)
    return seen


def ids(result):
    return [record.record_id for record in result.records]


def test_unchanged_files_are_not_read_again_and_new_ones_are_added(tmp_path, memory, opened):
    source = CsvSource(path="*.csv", maps_to="label")
    (tmp_path / "a.csv").write_text("text,label\none,x\nragged\n")
    first = memory.read([source], base_dir=tmp_path)
    assert (len(first.records), [label for label, _ in opened]) == (1, ["a.csv"])
    opened.clear()
    (tmp_path / "b.csv").write_text("text,label\ntwo,y\n")
    second = memory.read([source], base_dir=tmp_path)
    assert [label for label, _ in opened] == ["b.csv"], "only the new file is opened for reading"
    assert [record.payload.text for record in second.records] == ["one", "two"]
    assert second.rejected == first.rejected and len(second.rejected) == 1
    whole = read([source], base_dir=tmp_path)
    assert (second.records, second.rejected, second.files) == (whole.records, whole.rejected, whole.files)


@pytest.mark.parametrize("kind", ["segment", "jsonl"])
def test_a_file_that_has_grown_is_read_from_where_it_ended(tmp_path, memory, opened, kind):
    path = tmp_path / "log.jsonl"
    if kind == "segment":
        source, line = SegmentSource(path="log.jsonl"), event
    else:
        source = JsonLinesSource(path="log.jsonl", maps_to="campaign")

        def line(number):  # variants are lettered in file order and dates decided from the first rows
            row = {"campaign": f"c{number % 3}", "subject": f"Subject {number}", "sent_at": f"{13 + number}/1/2026"}
            return json.dumps(row if number else {**row, "sent_at": "13/1/2026"}) + "\n"

    path.write_text("".join(line(n) for n in range(6)))
    memory.read([source], base_dir=tmp_path)
    size = path.stat().st_size
    opened.clear()
    with path.open("a") as file:
        file.write("".join(line(n) for n in range(6, 9)))
    grown = memory.read([source], base_dir=tmp_path)
    assert opened == [("log.jsonl", size)]
    whole = read([source], base_dir=tmp_path)
    assert grown.records == whole.records and len(whole.records) == 9


def test_a_line_still_being_written_is_not_lost_or_doubled(tmp_path, memory):
    path, source = tmp_path / "e.jsonl", SegmentSource(path="e.jsonl", on_error="skip")
    line = event(2)
    path.write_text(event(1) + line[:40])
    first = memory.read([source], base_dir=tmp_path)
    assert (ids(first), [r.reason for r in first.rejected]) == (["e:m1"], ["not JSON"])
    path.write_text(event(1) + line + event(3).rstrip("\n"))
    second = memory.read([source], base_dir=tmp_path)
    assert (ids(second), second.rejected) == (["e:m1", "e:m2", "e:m3"], [])
    path.write_text(event(1) + line + event(3) + event(4))
    assert ids(memory.read([source], base_dir=tmp_path)) == ["e:m1", "e:m2", "e:m3", "e:m4"]


def test_a_file_with_another_beginning_is_read_from_the_start(tmp_path, memory, opened):
    path, source = tmp_path / "e.jsonl", SegmentSource(path="e.jsonl")
    path.write_text(event(1) + event(2))
    memory.read([source], base_dir=tmp_path)
    opened.clear()
    path.write_text(event(7) + event(2) + event(3))
    assert ids(memory.read([source], base_dir=tmp_path)) == ["e:m7", "e:m2", "e:m3"]
    assert opened == [("e.jsonl", 0)]


def test_message_ids_count_once_over_all_passes(tmp_path, memory):
    source = SegmentSource(path="*.jsonl")
    (tmp_path / "a.jsonl").write_text(event(1) + event(2))
    memory.read([source], base_dir=tmp_path)
    (tmp_path / "b.jsonl").write_text(event(2, event="Sent again") + event(3))
    result = memory.read([source], base_dir=tmp_path)
    assert [record.payload.name for record in result.records] == ["Order Completed"] * 3
    assert [(str(r.origin), r.reason) for r in result.rejected] == [("b.jsonl:1", "duplicate message id")]


def test_other_settings_and_lost_parts_mean_reading_anew(tmp_path, memory, opened):
    (tmp_path / "a.csv").write_text("text,label,mood\none,x,y\n")
    memory.read([CsvSource(path="a.csv", maps_to="label")], base_dir=tmp_path)
    other = CsvSource(path="a.csv", maps_to="label", fields={"label": "mood"})
    assert memory.read([other], base_dir=tmp_path).records[0].payload.label == "y"
    parts = list((tmp_path / "ws" / "records").glob("??/*.jsonl"))
    assert len(parts) == 1, "what nobody needs any more is deleted"
    parts[0].unlink()
    opened.clear()
    assert len(memory.read([other], base_dir=tmp_path).records) == 1 and opened


def test_a_file_that_is_gone_takes_its_records_with_it(tmp_path, memory, said):
    source = CsvSource(path="*.csv", maps_to="label", name="asked")
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(f"text,label\n{name},x\n")
    memory.read([source], base_dir=tmp_path)
    (tmp_path / "a.csv").unlink()
    result = memory.read([source], base_dir=tmp_path, progress=said)
    assert [record.payload.text for record in result.records] == ["b"]
    assert "1 files that were read before are gone" in said.text


def test_an_interrupted_pass_goes_on_at_its_checkpoint(tmp_path, memory, opened, monkeypatch):
    monkeypatch.setattr("brandtune.sources.incremental.CHECKPOINT", 10)
    path, source = tmp_path / "e.jsonl", SegmentSource(path="e.jsonl")
    path.write_text("".join(event(n) for n in range(35)) + "{broken\n" + event(99))
    with pytest.raises(SourceError, match=r"e\.jsonl:36"):
        memory.read([source], base_dir=tmp_path)
    opened.clear()
    path.write_text("".join(event(n) for n in range(35)) + event(98) + event(99))
    result = memory.read([source], base_dir=tmp_path)
    assert len(result.records) == 37 and opened[0][1] > 0
    assert result.records == read([source], base_dir=tmp_path).records


def test_the_same_content_gives_the_same_sum_however_many_passes(tmp_path, memory, monkeypatch):
    path, source = tmp_path / "e.jsonl", SegmentSource(path="e.jsonl")
    path.write_text("".join(event(n) for n in range(20)))
    memory.read([source], base_dir=tmp_path)
    path.write_text("".join(event(n) for n in range(50)))
    memory.read([source], base_dir=tmp_path)
    other = Kept(tmp_path / "other" / "records", database=f"sqlite:///{tmp_path}/other.db")
    other.read([source], base_dir=tmp_path)
    both = [each._state.units("e")["e.jsonl"] for each in (memory, other)]
    assert len(both[0].parts) == 2 and len(both[1].parts) == 1
    assert (both[0].content, both[0].num_items) == (both[1].content, both[1].num_items)


def test_dead_letters_keep_reason_place_and_dates(tmp_path, memory):
    source = CsvSource(path="a.csv", maps_to="label")
    (tmp_path / "a.csv").write_text("text,label\nPLANTED NAME\nfine,x\n,y\n")
    memory.read([source], base_dir=tmp_path)
    memory.read([source], base_dir=tmp_path)
    ragged, empty = memory.dead_letters(source="a")
    assert (ragged.file, ragged.line, ragged.reason, ragged.num_seen) == ("a.csv", 2, "wrong number of fields", 2)
    assert empty.reason == "empty text" and ragged.first_seen <= ragged.last_seen
    assert b"PLANTED" not in (tmp_path / "state.db").read_bytes()
    (tmp_path / "a.csv").write_text("text,label\nfine,x\n")
    memory.read([source], base_dir=tmp_path)
    assert len(memory.dead_letters()) == 2, "the table keeps what was ever met"


def test_notes_are_said_again_when_nothing_is_read(tmp_path, memory, said):
    source = CsvSource(path="a.csv", maps_to="label")
    rows = "Où est ma commande ? Je l’attends déjà depuis une semaine,livraison\n" * 5
    (tmp_path / "a.csv").write_bytes(("text,label\n" + rows).encode("cp1252"))
    memory.read([source], base_dir=tmp_path)
    result = memory.read([source], base_dir=tmp_path, progress=said)
    assert "read as cp1252" in said.text and any("read as cp1252" in note for note in result.notes)


def test_a_source_that_was_taken_out_leaves_nothing_behind(tmp_path, memory):
    (tmp_path / "a.csv").write_text("text,label\none,x\n")
    (tmp_path / "b.csv").write_text("text,label\ntwo,x\n")
    both = [CsvSource(path=name, maps_to="label") for name in ("a.csv", "b.csv")]
    memory.read(both, base_dir=tmp_path)
    memory.read(both[1:], base_dir=tmp_path)
    (part,) = (tmp_path / "ws" / "records").glob("??/*.jsonl")
    assert "two" in part.read_text() and memory._state.sources() == ["b"]
