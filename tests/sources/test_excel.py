"""Excel workbooks, whole and damaged."""

import gzip
import zipfile
from datetime import datetime

import openpyxl
import pytest

from brandtune.core.errors import SourceError
from brandtune.sources import ExcelSource, propose, read


def book(path, *sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(path)


ROWS = [
    [None, None, None, None], ["Order ID", "SKU", "Qty", "Ordered at"], ["O1", "boots", 2, datetime(2026, 1, 2, 3, 4)],
    [None, None, None, None], ["O2", "hat", None, "2026-01-03"], ["O3", "hat", 1, None, "beyond"],
    ["Order ID", "SKU", "Qty", "Ordered at"],
]  # fmt: skip


def test_rows_types_blank_rows_and_misfits(tmp_path):
    book(tmp_path / "a.xlsx", ("Orders", ROWS), ("Other", [["x"], [1]]))
    source = ExcelSource(path="a.xlsx", maps_to="purchase", fields={"time": "Ordered at"})
    result = read([source], base_dir=tmp_path)
    first, second = result.records
    assert (first.payload.order, first.payload.quantity, first.origin.line) == ("O1", 2, 3)
    assert first.occurred_at == datetime.fromisoformat("2026-01-02T03:04:00+00:00")
    assert (second.payload.quantity, second.origin.line) == (1, 5)
    assert [(r.reason, r.origin.line) for r in result.rejected] == [
        ("wrong number of fields", 6),
        ("header repeated", 7),
    ]


def test_sheets_headers_and_gzip(tmp_path):
    book(
        tmp_path / "a.xlsx",
        ("One", [["junk", "junk 2"], ["text", "label"], ["a", "x"]]),
        ("Two", [["text", "label"], ["b", "y"]]),
    )
    (tmp_path / "a.xlsx.gz").write_bytes(gzip.compress((tmp_path / "a.xlsx").read_bytes()))
    for path in ("a.xlsx", "a.xlsx.gz"):
        second = read([ExcelSource(path=path, maps_to="label", sheet="Two")], base_dir=tmp_path)
        assert second.records[0].payload.text == "b"
    first = read([ExcelSource(path="a.xlsx", maps_to="label", header_row=2)], base_dir=tmp_path)
    assert (first.records[0].payload.text, first.records[0].origin.line) == ("a", 3)
    with pytest.raises(SourceError, match=r"no sheet 'Three'.*One, Two"):
        read([ExcelSource(path="a.xlsx", maps_to="label", sheet="Three")], base_dir=tmp_path)
    proposal = propose(tmp_path / "a.xlsx")
    assert proposal.kind == "excel"


def test_damaged_workbooks_are_explained(tmp_path):
    book(tmp_path / "a.xlsx", ("One", [["text", "label"], *[["some words here", "x"]] * 500]))
    whole = (tmp_path / "a.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "cut.xlsx", "w") as cut, zipfile.ZipFile(tmp_path / "a.xlsx") as good:
        for name in good.namelist():
            content = good.read(name)
            cut.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
    for name, content in {
        "text.xlsx": b"not a workbook", "half.xlsx": whole[: len(whole) // 2], "old.xlsx": b"\xd0\xcf\x11\xe0" + whole,
        "zip.xlsx": None, "cut.xlsx": (tmp_path / "cut.xlsx").read_bytes(), "empty.xlsx": b"",
    }.items():  # fmt: skip
        if content is None:
            with zipfile.ZipFile(tmp_path / name, "w") as archive:
                archive.writestr("a.txt", "x")
        else:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError) as error:
            read([ExcelSource(path=name, maps_to="label")], base_dir=tmp_path)
        assert str(error.value.where).startswith(name) and error.value.fix, name


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("brandtune.sources.excel.MOST_UNPACKED", 1000)
    book(tmp_path / "a.xlsx", ("One", [["text", "label"], ["a", "x"]]))
    with pytest.raises(SourceError, match="unpacks to"):
        read([ExcelSource(path="a.xlsx", maps_to="label")], base_dir=tmp_path)
