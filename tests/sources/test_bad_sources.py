"""What reality sends: clocks that are off, bombs, huge fields, schemas that change on the way. Counted, explained."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from brandtune.core.errors import SourceError
from brandtune.sources import (
    CsvSource,
    JsonLinesSource,
    JsonSource,
    ParquetSource,
    SegmentSource,
    ShopifySource,
    ZendeskSource,
)

HUGE = 50_000_000
EVENT = {"type": "track", "event": "x", "userId": "u1"}


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_future_dates_are_kept_and_counted(reads, said):
    ahead = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    rows = [{**EVENT, "messageId": f"m{n}", "timestamp": ahead} for n in range(3)]
    result = reads(SegmentSource, "e.jsonl", lines(*rows, {**EVENT, "timestamp": datetime.now(UTC).isoformat()}))
    assert len(result.records) == 4 and result.records[0].occurred_at.year >= 2027
    assert "a time lies in the future; kept as it is (3 times), first at e.jsonl:1" in said.text


def test_a_clock_that_is_off_is_corrected_and_counted(reads, said):
    skewed = {"originalTimestamp": "2031-05-01T10:00:00Z", "sentAt": "2031-05-01T10:00:05Z"}
    row = {**EVENT, "messageId": "m", **skewed, "receivedAt": "2026-01-01T12:00:05Z"}
    (record,) = reads(SegmentSource, "e.jsonl", lines(row)).records
    assert record.occurred_at == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert "clock was off by more than a day" in said.text


@pytest.mark.parametrize(
    "bomb", ["<div>" * 300_000, "<b><i>" * 100_000 + "x", "<!--" * 200_000 + ">", "<" * 1_000_000 + ">"]
)
def test_html_bombs_are_refused_in_no_time(reads, bomb):
    ticket = {"requester_id": 1, "comments": [{"author_id": 1, "html_body": bomb}]}
    fine = {"id": 2, "requester_id": 1, "comments": [{"author_id": 1, "html_body": "<p>Hi</p>"}]}
    start = time.process_time()
    result = reads(ZendeskSource, "t.jsonl", lines({"id": 1, **ticket}, fine))
    assert [r.reason for r in result.rejected] == ["too much HTML"] and len(result.records) == 1
    content = f"Handle,Title,Body (HTML)\ntent,Tent,{bomb}\nhat,Hat,x\n"
    result = reads(ShopifySource, "p.csv", content)
    assert [r.reason for r in result.rejected] == ["too much HTML"] and len(result.records) == 1
    assert time.process_time() - start < 5


def test_html_below_the_limit_is_parsed_in_bounded_time(reads):
    start = time.process_time()
    nested = "<div>" * 9_999 + "deep" + "</div>" * 9_999
    result = reads(ShopifySource, "p.csv", f"Handle,Title,Body (HTML)\ntent,Tent,{nested}\n")
    assert result.records[0].payload.description == "deep"
    assert time.process_time() - start < 2


def huge(shape):
    text = "y" * HUGE
    if shape == "csv":
        return CsvSource, "a.csv", f"text,label\n{text},a\nfine,b\n", {"maps_to": "label"}
    if shape == "jsonl":
        return (
            JsonLinesSource,
            "a.jsonl",
            f'{{"text":"{text}","label":"a"}}\n{{"text":"fine","label":"b"}}\n',
            {"maps_to": "label"},
        )
    if shape == "json":
        return (
            JsonSource,
            "a.json",
            f'[{{"text":"{text}","label":"a"}},\n{{"text":"fine","label":"b"}}]',
            {"maps_to": "label"},
        )
    if shape == "segment":
        row = json.dumps({**EVENT, "messageId": "m1"})
        return SegmentSource, "e.jsonl", f"{json.dumps({**EVENT, 'properties': {'t': text}})}\n{row}\n", {}
    return ZendeskSource, "t.json", json.dumps(
        {"tickets": [{"id": n, "requester_id": 1, "comments": [{"body": body}]} for n, body in enumerate((text, "fine"))]}
    ), {}  # fmt: skip


@pytest.mark.parametrize("shape", ["csv", "jsonl", "json", "segment", "zendesk"])
def test_a_field_of_50_mb_costs_one_row(reads, shape):
    kind, name, content, settings = huge(shape)
    result = reads(kind, name, content, **settings)
    assert len(result.records) == 1
    (letter,) = result.rejected
    assert letter.reason == "field too large" and "8 MB" in letter.detail
    assert len(json.dumps(letter.detail)) < 200


def test_a_field_of_50_mb_can_be_allowed(reads):
    kind, name, content, settings = huge("jsonl")
    result = reads(kind, name, content, **settings, max_field_mb=60)
    assert len(result.records[0].payload.text) == HUGE and not result.rejected


def test_a_huge_parquet_cell(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    from brandtune.sources import read

    pq.write_table(pa.table({"text": ["y" * 9_000_000, "fine"], "label": ["a", "b"]}), tmp_path / "a.parquet")
    result = read([ParquetSource(path="a.parquet", maps_to="label")], base_dir=tmp_path)
    assert [r.payload.text for r in result.records] == ["fine"] and result.rejected[0].reason == "field too large"


def test_a_schema_that_changes_in_the_middle(reads):
    content = "text,label\none,x\ntext,label\ntwo,y\nid,text,label\n7,three,z\n"
    result = reads(CsvSource, "a.csv", content, maps_to="label")
    assert [r.payload.text for r in result.records] == ["one", "two"]
    reasons = [(r.reason, r.origin.line) for r in result.rejected]
    assert reasons == [("header repeated", 3), ("wrong number of fields", 5), ("wrong number of fields", 6)]
    rows = [{"text": "one", "label": "x"}, {"body": "two", "intent": "y"}, {"text": 3, "label": ["z"]}, [1], "x", None]
    result = reads(JsonLinesSource, "a.jsonl", lines(*rows), maps_to="label")
    assert [r.payload.text for r in result.records] == ["one", "3"]
    assert [r.reason for r in result.rejected] == ["empty text", "not an object", "not an object", "not an object"]


def test_repeated_ids_are_kept_apart_and_said(reads, said):
    result = reads(CsvSource, "a.csv", "id,text,label\n7,a,x\n7,b,y\n", maps_to="label")
    assert [r.record_id for r in result.records] == ["a:7", "a:7#2"]
    assert "an id, or a whole row, came before; kept as a record of its own, first at a.csv:3" in said.text


def test_lines_ended_by_carriage_returns_alone_beyond_the_limit(reads):
    content = "\r".join(json.dumps({"text": f"text {n} {'z' * 900}", "label": "x"}) for n in range(50))
    result = reads(JsonLinesSource, "a.jsonl", content, maps_to="label", max_field_mb=0.01)
    assert len(result.records) == 50 and not result.rejected


@pytest.mark.parametrize("half", ["\\ud83d", "\\udc00 x", "a \\ud83d b"])
def test_half_a_character_is_replaced_and_said(reads, said, half):
    row = f'{{"text":"cut {half}","label":"x"}}'
    for kind, name, content in ((JsonLinesSource, "a.jsonl", row), (JsonSource, "a.json", f"[{row}]")):
        (record,) = reads(kind, name, content, maps_to="label").records
        assert "\ufffd" in record.payload.text and record.payload.text.startswith("cut ")
    assert "half of a character" in said.text


def test_json_nested_without_end(reads):
    bomb = "[" * 100_000 + "]" * 100_000
    content = f'{{"text":"a","label":{bomb}}}\n{{"text":"b","label":"y"}}\n'
    result = reads(JsonLinesSource, "a.jsonl", content, maps_to="label", on_error="skip")
    assert len(result.records) == 1 and result.rejected[0].detail.endswith("nested too deeply")
    with pytest.raises(SourceError, match="nested too deeply"):
        reads(JsonSource, "a.json", bomb, maps_to="label")
