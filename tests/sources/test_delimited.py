"""CSV as companies really export it."""

import gzip
from pathlib import Path

import pytest

from brandtune.core.errors import SourceError
from brandtune.sources import CsvSource, read


def texts(result):
    return [record.payload.text for record in result.records]


def test_label_rows_know_their_line(reads):
    result = reads(CsvSource, "a.csv", "Message Body,Intent\nwhere is it?,delivery\n\nhello,greeting\n",
                   maps_to="label", fields={"text": "Message Body"})  # fmt: skip
    assert [(r.payload.text, r.payload.label, r.origin.line) for r in result.records] == [
        ("where is it?", "delivery", 2), ("hello", "greeting", 4)]  # fmt: skip
    assert str(result.records[0].origin) == "a.csv:2"
    assert result.files[0].num_records == 2 and len(result.files[0].sha256) == 64


def test_missing_mapped_column_names_file_columns_and_nearest(reads):
    with pytest.raises(SourceError) as error:
        reads(CsvSource, "a.csv", "body,intent\nx,y\n", maps_to="label", fields={"text": "bdy"})
    assert (
        "a.csv" in str(error.value)
        and "body, intent" in str(error.value)
        and "Did you mean `body`?" in str(error.value)
    )


def test_required_field_without_column_says_how_to_map_it(reads):
    with pytest.raises(SourceError, match=r"no column found for `label` of a label.*fields: \{label: "):
        reads(CsvSource, "a.csv", "text,foo\nx,y\n", maps_to="label")


def test_unknown_field_name_is_a_config_mistake():
    with pytest.raises(ValueError, match=r"fields\.txt"):
        CsvSource(path="a.csv", maps_to="label", fields={"txt": "a"})


def test_ragged_row_is_rejected_with_its_line(reads):
    result = reads(CsvSource, "a.csv", 'text,label\n"two\nlines",a\nx,y,z\nok,b\n', maps_to="label")
    assert [(r.payload.text, r.origin.line) for r in result.records] == [("two\nlines", 2), ("ok", 5)]
    (letter,) = result.rejected
    assert (letter.step, letter.reason, letter.origin.line) == ("ingest", "wrong number of fields", 4)
    assert "3 fields, the header has 2" in letter.detail


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_ending(reads, end):
    result = reads(CsvSource, "a.csv", f"text,label{end}one,a{end}two,b{end}", maps_to="label")
    assert [(t.payload.text, t.origin.line) for t in result.records] == [("one", 2), ("two", 3)]


def test_mixed_line_endings(reads):
    result = reads(CsvSource, "a.csv", "text,label\r\none,a\rtwo,b\nthree,c", maps_to="label")
    assert [(t.payload.text, t.origin.line) for t in result.records] == [("one", 2), ("two", 3), ("three", 4)]


def test_byte_order_mark_emoji_and_right_to_left_stay_as_they_are(reads):
    text = "شكرا 👩‍👩‍👧 \u202bmixed\u202c ok"
    result = reads(CsvSource, "a.csv", b"\xef\xbb\xbf" + f"text,label\n{text},a\n".encode(), maps_to="label")
    assert texts(result) == [text]


def test_utf16_with_mark(reads):
    assert texts(reads(CsvSource, "a.csv", "text,label\nä,b\n".encode("utf-16"), maps_to="label")) == ["ä"]


@pytest.mark.parametrize(
    ("delimiter", "setting"), [(";", "auto"), ("\t", "auto"), ("|", "auto"), ("\t", "tab"), (";", ";")]
)
def test_delimiters(reads, delimiter, setting):
    content = f"text{delimiter}label\na, b and c{delimiter}x\n"
    assert texts(reads(CsvSource, "a.csv", content, maps_to="label", delimiter=setting)) == ["a, b and c"]


def test_western_encoding_is_detected_and_said(reads, said):
    rows = "Où est ma commande ? Je l’attends déjà depuis une semaine,livraison\n" * 5
    result = reads(CsvSource, "a.csv", ("text,label\n" + rows).encode("cp1252"), maps_to="label")
    assert texts(result)[0].startswith("Où est ma commande ? Je l’attends déjà")
    assert "not UTF-8 (line 2); read as cp1252" in said.text


def test_undecidable_encoding_names_offset_line_and_guess(reads):
    with pytest.raises(SourceError, match=r"a\.csv:3: not utf-8 text: byte 0xe9 at offset 18") as error:
        reads(CsvSource, "a.csv", b"text,label\nabc,x\nb\xe9\xff\x81,y\n", maps_to="label")
    assert "encoding:" in str(error.value)


def test_declared_encoding_that_is_wrong(reads):
    with pytest.raises(SourceError, match="not utf-8 text"):
        reads(CsvSource, "a.csv", "text,label\ncafé,x\n".encode("latin-1"), maps_to="label", encoding="utf-8")
    with pytest.raises(SourceError, match="no text encoding called 'utf-9'"):
        reads(CsvSource, "a.csv", "text,label\n", maps_to="label", encoding="utf-9")


def test_utf16_without_mark_is_refused_with_advice(reads):
    with pytest.raises(SourceError, match="encoding: utf-16-le"):
        reads(CsvSource, "a.csv", "text,label\nabc,x\n".encode("utf-16-le"), maps_to="label")


def test_nul_byte_rejects_the_row(reads):
    result = reads(CsvSource, "a.csv", "text,label\na\0b,x\nfine,y\n", maps_to="label")
    assert texts(result) == ["fine"] and result.rejected[0].reason == "NUL byte"


def test_empty_file_and_header_only(reads, said):
    with pytest.raises(SourceError, match="the file is empty"):
        reads(CsvSource, "a.csv", "", maps_to="label")
    assert reads(CsvSource, "b.csv", "text,label\n", maps_to="label").records == []
    assert "header and no rows" in said.text


def test_large_field_is_read_and_a_too_large_one_rejected(reads):
    content = f"text,label\n{'x' * 2_000_000},a\nok,b\n"
    assert len(texts(reads(CsvSource, "a.csv", content, maps_to="label"))[0]) == 2_000_000
    result = reads(CsvSource, "a.csv", content, maps_to="label", max_field_mb=1)
    assert texts(result) == ["ok"] and result.rejected[0].reason == "field too large"


def test_quote_that_never_closes(reads):
    content = 'text,label\nok,a\n"open,b\nswallowed,c\n'
    with pytest.raises(SourceError, match=r"a\.csv:3: a quote is opened .* swallows 2 lines"):
        reads(CsvSource, "a.csv", content, maps_to="label")
    result = reads(CsvSource, "a.csv", content, maps_to="label", on_error="skip")
    assert texts(result) == ["ok"] and result.rejected[0].reason == "quote never closed"


def test_gzip_whole_and_cut_off(reads):
    packed = gzip.compress(("text,label\n" + "hello there,a\n" * 5000).encode())
    assert len(reads(CsvSource, "a.csv.gz", packed, maps_to="label").records) == 5000
    with pytest.raises(SourceError, match="cut off"):
        reads(CsvSource, "b.csv.gz", packed[:-20], maps_to="label")
    with pytest.raises(SourceError, match="not a readable gzip file"):
        reads(CsvSource, "c.csv.gz", "text,label\n", maps_to="label")


def test_missing_file_folder_and_pattern(tmp_path: Path):
    (tmp_path / "customers.csv").write_text("text,label\na,b\n")
    (tmp_path / "sub").mkdir()
    source = CsvSource(path="customer.csv", maps_to="label")
    with pytest.raises(
        SourceError, match=r"sources\[1\]\.path: there is no file .*customer\.csv.*Did you mean customers\.csv"
    ):
        read([CsvSource(path="customers.csv", maps_to="label"), source], base_dir=tmp_path)
    with pytest.raises(SourceError, match="is a folder"):
        read([CsvSource(path="sub", maps_to="label")], base_dir=tmp_path)
    with pytest.raises(SourceError, match=r"no file matches .*\*\.tsv.*holds: customers\.csv"):
        read([CsvSource(path="*.tsv", maps_to="label")], base_dir=tmp_path)


def test_pattern_reads_all_files_in_order(tmp_path: Path):
    for name in ("b.csv", "a.csv", "empty.csv"):
        (tmp_path / name).write_text("" if name == "empty.csv" else f"text,label\n{name},x\n")
    assert texts(read([CsvSource(path="*.csv", maps_to="label")], base_dir=tmp_path)) == ["a.csv", "b.csv"]


def test_duplicate_columns_are_said(reads, said):
    result = reads(CsvSource, "a.csv", "text,text,label\none,two,a\n", maps_to="label")
    assert texts(result) == ["one"] and "several columns `text`" in said.text


def test_error_and_dead_letters_carry_no_customer_text(reads):
    result = reads(CsvSource, "a.csv", "text,label\nPLANTED NAME,a,b\nPLANTED NAME,\n", maps_to="label")
    assert len(result.rejected) == 2 and "PLANTED" not in repr(result.rejected)
