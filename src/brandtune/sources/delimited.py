"""CSV and its relatives: any delimiter, quoted line breaks, physical line numbers; misfits are written down."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field

from brandtune.core.errors import SourceError
from brandtune.sources.base import Reading
from brandtune.sources.encoding import decide_encoding
from brandtune.sources.files import InputFile
from brandtune.sources.tables import BadRow, Row, TableSource

DELIMITERS = (",", "\t", ";", "|")
SNIFFED_LINES = 30
_NAMED = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "\\t": "\t"}


class CsvSource(TableSource):
    """A CSV or TSV file with a header line."""

    kind: Literal["csv"] = "csv"
    """Selects this connector."""
    delimiter: str = Field(default="auto", min_length=1)
    """`auto`, a character, or `tab`, `comma`, `semicolon`, `pipe`."""
    on_error: Literal["stop", "skip"] = "stop"
    """What to do when a quote is opened and never closed: stop, or drop that row with a reason."""

    def columns_of(self, file: InputFile, reading: Reading) -> list[str]:
        encoding = decide_encoding(file, wanted=self.encoding, reading=reading)
        with file.open() as stream:
            text = io.TextIOWrapper(stream, encoding=encoding, newline="")
            header = next(self._reader(text, _start(file, encoding)), None)
        if not header or not any(name.strip() for name in header):
            if file.alone:
                raise SourceError("the file is empty; a header was expected.", where=file.label, fix="Export it again.")
            return []
        for name in sorted({name for name in header if header.count(name) > 1}):
            reading.notes.add(f"{file.label} has several columns `{name}`; the later carry their position as well")
        return unique_columns(header)

    def _reader(self, lines: Iterable[str], start: str) -> "Iterator[list[str]]":
        csv.field_size_limit(2**31 - 1)  # a larger field than allowed costs one row, not the whole file
        return csv.reader(lines, delimiter=self._delimiter(start))

    def _delimiter(self, start: str) -> str:
        if self.delimiter == "auto":
            return sniff_delimiter(start)
        return _NAMED.get(self.delimiter, self.delimiter)

    def rows(self, file: InputFile, reading: Reading) -> Iterator[Row | BadRow]:
        encoding = decide_encoding(file, wanted=self.encoding, reading=reading)
        with file.open(reading.on_bytes) as stream:
            lines = _Lines(io.TextIOWrapper(stream, encoding=encoding, newline=""))
            reader = self._reader(lines, _start(file, encoding))
            header = next(reader, None)
            if header is None:
                return
            names = unique_columns(header)
            yield from self._body(reader, lines, names=names, file=file)

    def _body(
        self, reader: "Iterator[list[str]]", lines: "_Lines", *, names: list[str], file: InputFile
    ) -> Iterator[Row | BadRow]:
        limit = self.limit_bytes
        while True:
            line = lines.begin_row()
            row = next(reader, None)
            if row is None:
                return
            if lines.ended and lines.quotes % 2:
                yield self._unclosed(line, lines=lines, file=file)
                return
            if row:
                yield _checked(row, line, names=names, limit=limit, large=lines.characters > limit)

    def _unclosed(self, line: int, *, lines: "_Lines", file: InputFile) -> BadRow:
        spanned = lines.number - line + 1
        if self.on_error == "skip":
            return BadRow(line, "quote never closed", f"the row runs over {spanned:,} lines to the end of the file")
        raise SourceError(
            f"a quote is opened in the row that starts here and never closed; it swallows {spanned:,} lines.",
            where=f"{file.label}:{line}",
            fix='Close the quote (or double it: ""), or set `on_error: skip` to drop this row.',
        )


def unique_columns(header: list[str]) -> list[str]:
    """Column names that differ: empty ones get their position as name, repeated ones have it added."""
    names: list[str] = []
    for position, written in enumerate(header, start=1):
        name = written.strip() or f"column {position}"
        names.append(f"{name} ({position})" if name in names else name)
    return names


class _Lines:
    """Feeds the CSV reader and keeps what it does not tell: where a row begins and whether its quotes balance."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream
        self.number = self.quotes = self.characters = 0
        self.ended = False
        self._ahead = next(stream, None)

    def begin_row(self) -> int:
        self.quotes = self.characters = 0
        return self.number + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead
        if line is None:
            raise StopIteration
        self._ahead = next(self._stream, None)
        self.ended = self._ahead is None
        self.number += 1
        self.quotes += line.count('"')
        self.characters += len(line)
        return line


def _checked(row: list[str], line: int, *, names: list[str], limit: int, large: bool) -> Row | BadRow:
    if row == names:
        return BadRow(line, "header repeated", "exports joined together repeat their header")
    if len(row) != len(names):
        return BadRow(line, "wrong number of fields", f"{len(row)} fields, the header has {len(names)}")
    if large and any(len(value) > limit for value in row):
        name = max(zip(row, names, strict=True), key=lambda pair: len(pair[0]))[1]
        return BadRow(line, "field too large", f"column {name} is larger than {limit / 1e6:g} MB")
    if any("\0" in value for value in row):
        return BadRow(line, "NUL byte", "the file may be damaged or in another encoding")
    return Row(dict(zip(names, row, strict=True)), line)


def _start(file: InputFile, encoding: str) -> str:
    with file.open() as stream:
        return stream.read(1 << 16).decode(encoding, errors="ignore")


def sniff_delimiter(start: str) -> str:
    """The delimiter that splits the first rows into the same number of fields; the one with most fields wins."""
    lines = io.StringIO(start, newline="").readlines()[:SNIFFED_LINES]
    if len(lines) > 1 and not lines[-1].endswith(("\n", "\r")):
        lines = lines[:-1]

    def score(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if not widths or widths[0] < 2:
            return (0.0, 0)
        return (sum(width == widths[0] for width in widths) / len(widths), widths[0])

    csv.field_size_limit(2**31 - 1)
    best = max(DELIMITERS, key=score)
    return best if score(best)[1] else ","
