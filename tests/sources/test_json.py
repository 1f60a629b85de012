"""JSON Lines, JSON documents and Parquet."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brandtune.core.errors import SourceError
from brandtune.sources import JsonLinesSource, JsonSource, ParquetSource, read


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_nested_fields_by_dotted_path_and_common_name(reads):
    row = {"q": {"text": "How?"}, "answer": "So.", "customer": {"email": "a@b.co"}}
    result = reads(JsonLinesSource, "a.jsonl", lines(row), maps_to="pair", fields={"prompt": "q.text"})
    (record,) = result.records
    assert (record.payload.prompt, record.payload.completion) == ("How?", "So.")
    assert [(i.type, i.value) for i in record.identifiers] == [("email", "a@b.co")]


def test_cut_off_line_stops_with_place_and_fix_or_is_skipped(reads):
    content = lines({"text": "a b", "label": "x"}) + '{"text": "PLANTED'
    with pytest.raises(SourceError) as error:
        reads(JsonLinesSource, "a.jsonl", content, maps_to="label")
    assert (
        error.value.where == "a.jsonl:2:10"
        and "on_error: skip" in str(error.value)
        and "PLANTED" not in str(error.value)
    )
    result = reads(JsonLinesSource, "a.jsonl", content, maps_to="label", on_error="skip")
    assert len(result.records) == 1
    assert (result.rejected[0].reason, result.rejected[0].origin.line) == ("not JSON", 2)


def test_json_document_given_as_lines_gets_the_hint(reads):
    with pytest.raises(SourceError, match="kind: json"):
        reads(JsonLinesSource, "a.jsonl", json.dumps([{"text": "a", "label": "b"}], indent=1), maps_to="label")
    with pytest.raises(SourceError, match="kind: jsonl"):
        reads(JsonSource, "a.json", lines({"a": 1}, {"a": 2}), maps_to="label")


def test_bare_carriage_returns_mark_nan_and_blank_lines(reads):
    content = b'\xef\xbb\xbf{"text":"a","label":"x"}\r{"text":"b","label":"y","n":NaN}\r\n\n{"text":"c","label":"z"}'
    result = reads(JsonLinesSource, "a.jsonl", content, maps_to="label")
    assert [(r.payload.text, r.origin.line) for r in result.records] == [("a", 1), ("b", 2), ("c", 4)]


def test_lines_that_are_no_objects_and_empty_files(reads):
    result = reads(JsonLinesSource, "a.jsonl", '[1]\n{"text":"a","label":"x"}\n', maps_to="label")
    assert result.rejected[0].reason == "not an object" and len(result.records) == 1
    for kind, name in ((JsonLinesSource, "e.jsonl"), (JsonSource, "e.json")):
        with pytest.raises(SourceError, match="empty"):
            reads(kind, name, " \n", maps_to="label")


def test_a_column_that_appears_late_is_found_and_a_wrong_one_refused(reads):
    rows = [{"text": "a", "label": "x"}] * 1500
    content = lines(*rows, {"text": "b", "label": "y", "mail": "z@z.co"})
    result = reads(JsonLinesSource, "a.jsonl", content, maps_to="label", fields={"email": "mail"})
    assert result.records[-1].identifiers[0].value == "z@z.co"
    with pytest.raises(SourceError, match="there is no column `mial`"):
        reads(JsonLinesSource, "a.jsonl", content, maps_to="label", fields={"email": "mial"})


def test_document_shapes_and_physical_lines(reads):
    rows = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]
    for value, settings in (
        (rows, {}), ({"meta": 1, "rows": rows}, {}), ({"a": {"b": rows}, "c": []}, {"records_at": "a.b"}),
        ({"k1": rows[0], "k2": rows[1]}, {}),
    ):  # fmt: skip
        content = json.dumps(value, indent=1)
        result = reads(JsonSource, "a.json", content, maps_to="label", **settings)
        found = [(r.payload.text, r.origin.line) for r in result.records]
        written = content.splitlines()
        assert [text for text, _ in found] == ["a", "b"]
        assert all(f'"text": "{text}"' in written[line] for text, line in found)


def test_document_mistakes(reads):
    with pytest.raises(SourceError, match=r"these lists: x, y.*records_at"):
        reads(JsonSource, "a.json", '{"x": [], "y": []}', maps_to="label")
    with pytest.raises(SourceError, match="there is no `b`; found x"):
        reads(JsonSource, "a.json", '{"a": {"x": 1}}', maps_to="label", records_at="a.b")
    with pytest.raises(SourceError) as error:
        reads(JsonSource, "a.json", '[{"text":\n "a"', maps_to="label")
    assert error.value.where.startswith("a.json:2:")


def test_parquet(tmp_path):
    table = pa.table({"Text": ["a", "b"], "category": ["x", "y"], "CustomerID": [17850, None]})
    pq.write_table(table, tmp_path / "a.parquet")
    result = read([ParquetSource(path="a.parquet", maps_to="label")], base_dir=tmp_path)
    assert [(r.payload.text, r.origin.line) for r in result.records] == [("a", 1), ("b", 2)]
    assert result.records[0].identifiers[0].value == "17850" and result.records[1].identifiers == ()
    with pytest.raises(SourceError, match="no column found for `prompt` of a pair"):
        read([ParquetSource(path="a.parquet", maps_to="pair")], base_dir=tmp_path)
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-9])
    with pytest.raises(SourceError, match="not a Parquet file"):
        read([ParquetSource(path="b.parquet", maps_to="label")], base_dir=tmp_path)
