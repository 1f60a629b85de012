"""Excel workbooks (.xlsx), streamed row by row; the line of a record is its row in the sheet."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal
from xml.etree.ElementTree import ParseError

from pydantic import Field

from brandtune.core.errors import MissingPartError, SourceError
from brandtune.sources.base import Reading
from brandtune.sources.delimited import unique_columns
from brandtune.sources.files import InputFile
from brandtune.sources.tables import BadRow, Row, TableSource

MOST_UNPACKED = 4 << 30
_OLD = b"\xd0\xcf\x11\xe0"  # the container of .xls, and of workbooks with a password
_DAMAGED = (zipfile.BadZipFile, ParseError, KeyError, ValueError, EOFError, IndexError, TypeError, AttributeError)


class ExcelSource(TableSource):
    """A sheet of an Excel workbook."""

    kind: Literal["excel"] = "excel"
    """Selects this connector."""
    sheet: str = ""
    """Name of the sheet; the first one when left out."""
    header_row: int = Field(default=0, ge=0)
    """Row that holds the column names, counted from 1; 0 takes the first row that is not empty."""

    def columns_of(self, file: InputFile, reading: Reading) -> list[str]:
        with _sheet(file, self.sheet) as sheet:
            header = self._header(_numbered(sheet, file))
            return header[1] if header else []

    def rows(self, file: InputFile, reading: Reading) -> Iterator[Row | BadRow]:
        with _sheet(file, self.sheet) as sheet:
            numbered = _numbered(sheet, file)
            header = self._header(numbered)
            if header is None:
                return
            names = header[1]
            for line, cells in numbered:
                if all(cell is None for cell in cells):
                    continue
                yield _row(cells, line, names=names)
            reading.on_bytes(file.size)

    def _header(self, numbered: Iterator[tuple[int, list[Any]]]) -> tuple[int, list[str]] | None:
        for line, cells in numbered:
            if line >= self.header_row and any(cell is not None for cell in cells):
                return line, unique_columns(["" if cell is None else str(cell) for cell in _without_end(cells)])
        return None


def _without_end(cells: list[Any]) -> list[Any]:
    """Cells up to the last one that holds something: a sheet is as wide as its widest row."""
    while cells and cells[-1] is None:
        cells = cells[:-1]
    return cells


def _row(cells: list[Any], line: int, *, names: list[str]) -> Row | BadRow:
    beyond = [cell for cell in cells[len(names) :] if cell is not None]
    if beyond:
        return BadRow(line, "wrong number of fields", f"{len(names) + len(beyond)} cells, the header has {len(names)}")
    cells = [*cells[: len(names)], *[None] * (len(names) - len(cells))]
    if [str(cell) for cell in cells] == names:
        return BadRow(line, "header repeated", "sheets pasted together repeat their header")
    return Row(dict(zip(names, cells, strict=True)), line)


@contextmanager
def _sheet(file: InputFile, name: str) -> Iterator[Any]:
    try:
        import openpyxl
    except ImportError:
        raise MissingPartError(
            "reading Excel needs openpyxl.", where=file.label, fix="pip install openpyxl, or save it as CSV."
        ) from None
    with file.open_seekable() as stream:
        start = stream.read(4)
        stream.seek(0)
        if start == _OLD:
            raise SourceError(
                "an old Excel file (.xls), or one with a password.", where=file.label, fix="Save it as .xlsx or CSV."
            )
        try:
            _require_bounded(zipfile.ZipFile(stream), file)
            stream.seek(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            sheets = {sheet.title: sheet for sheet in book.worksheets}
        except _DAMAGED as error:
            raise _damaged(file, 0, error) from None
        if name and name not in sheets:
            raise SourceError(
                f"there is no sheet {name!r}.", where=file.label, fix=f"Its sheets are: {', '.join(sheets)}."
            )
        if not sheets:
            raise SourceError("the workbook has no sheets.", where=file.label, fix="Export it again.")
        try:
            yield sheets[name] if name else next(iter(sheets.values()))
        finally:
            book.close()


def _require_bounded(archive: zipfile.ZipFile, file: InputFile) -> None:
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MOST_UNPACKED:
        raise SourceError(
            f"the workbook unpacks to {unpacked / 2**30:.0f} GB; the limit is {MOST_UNPACKED / 2**30:.0f} GB.",
            where=file.label,
            fix="Export it as CSV.",
        )


def _numbered(sheet: Any, file: InputFile) -> Iterator[tuple[int, list[Any]]]:
    line = 0
    try:
        for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield line, list(cells)
    except _DAMAGED as error:
        raise _damaged(file, line, error) from None


def _damaged(file: InputFile, line: int, error: Exception) -> SourceError:
    what = f"damaged after row {line:,}" if line else "not an Excel workbook (.xlsx), or damaged"
    return SourceError(f"{what} ({type(error).__name__}).", where=file.label, fix="Save it again as .xlsx, or as CSV.")
