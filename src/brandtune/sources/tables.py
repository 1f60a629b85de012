"""Rows of any table to records; csv, jsonl, json, parquet, excel and sql only differ in how rows are read."""

from abc import abstractmethod
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from msgspec.structs import replace
from pydantic import Field, model_validator

from brandtune.core.config import Config
from brandtune.core.records import Origin
from brandtune.sources.base import FileSource, Item, Reading, RowProblem
from brandtune.sources.columns import Columns, Values
from brandtune.sources.conventions import Conventions, conventions_of
from brandtune.sources.files import InputFile
from brandtune.sources.payloads import BUILDERS
from brandtune.sources.roles import Roles
from brandtune.sources.row_fields import FIELDS, OPEN_ENDED, MapsTo, canonical
from brandtune.sources.rows import Cells
from brandtune.sources.threads import Threads, is_reply_export

PEEK = 1000
_TEXTS = frozenset({str, bytes})


class Row(NamedTuple):
    """A row as read: its values and the physical line on which it starts (in Parquet and SQL, its number).

    Attributes:
        position: Where reading can go on after it; None where it cannot.
    """

    values: Values
    line: int
    position: Any = None


class BadRow(NamedTuple):
    """A row that could not even be read."""

    line: int
    reason: str
    detail: str = ""
    position: Any = None


class RowSource(Config):
    """What all sources of rows have in common."""

    maps_to: MapsTo
    """What one row is: `profile`, `event`, `conversation`, `message` and so on."""
    fields: dict[str, str] = Field(default_factory=dict)
    """Our name to the file's column, e.g. `{text: Message Body}`; a dotted path reaches into nested JSON. What is left
    out is found by common column names."""
    agent_roles: tuple[str, ...] = ()
    """Further words that mean the company's side in a role column."""
    customer_roles: tuple[str, ...] = ()
    """Further words that mean the customer's side in a role column."""
    csat_scale: float | None = Field(default=None, gt=0)
    """Highest value of the satisfaction scale, e.g. 5; read off the first rows when left out."""
    day_first: bool | None = None
    """Whether dates such as 3/4/2024 start with the day; decided from the data when left out."""

    @model_validator(mode="after")
    def _fields_exist(self) -> "RowSource":
        if self.maps_to in OPEN_ENDED:
            return self
        for name in self.fields:
            if canonical(self.maps_to, name) is None:
                known = ", ".join(FIELDS[self.maps_to])
                raise ValueError(f"`fields.{name}` is not a field of a {self.maps_to}. Its fields are: {known}")
        return self


class TableSource(RowSource, FileSource):
    """What all tabular sources have in common."""

    @property
    def reads_files_alone(self) -> bool:
        return self.maps_to != "message"

    @abstractmethod
    def rows(self, file: InputFile, reading: Reading) -> Iterator[Row | BadRow]:
        """The rows of one file, in order."""

    def columns_of(self, file: InputFile, reading: Reading) -> list[str]:
        """Column names that are known before the first row; empty when only rows tell."""
        return []

    def records(self, reading: Reading) -> Iterator[Item]:
        builder = RecordBuilder(self, reading, limit_bytes=self.limit_bytes)
        for file in reading.files:
            rows = self.rows(file, reading)
            yield from builder.unit(file.label, names=self.columns_of(file, reading), rows=rows)
        yield from builder.end()


class RecordBuilder:
    """Turns the rows of one source, unit by unit (files, or one query), into records and rejections."""

    def __init__(self, source: RowSource, reading: Reading, *, limit_bytes: int) -> None:
        self._source, self._reading, self._limit = source, reading, limit_bytes
        self._roles = Roles(agent=source.agent_roles, customer=source.customer_roles)
        self._threads = Threads() if source.maps_to == "message" else None

    def unit(self, label: str, *, names: list[str], rows: Iterator[Row | BadRow]) -> Iterator[Item]:
        """The items of one file or query."""
        source, reading = self._source, self._reading
        columns = Columns(source.maps_to, fields=source.fields, file=label)
        columns.restore(reading.decided)
        columns.add(names)
        first = list(islice(rows, PEEK))
        for row in first:
            if isinstance(row, Row):
                columns.observe(row.values)
        if not columns.known:
            reading.notes.add(f"{label} holds no rows")
            return
        self._require(columns, ended=len(first) < PEEK)
        values = [row.values for row in first if isinstance(row, Row)]
        conventions = conventions_of(values, columns=columns, source=source, roles=self._roles, reading=reading)
        letters: dict[str, int] = reading.decided.get("letters", {}) if reading.resume is not None else {}
        reading.decided |= {**columns.state(), **conventions.state(), "letters": letters}
        for row in chain(first, rows):
            if row.position is not None and self._threads is None and len(reading.files) <= 1:
                reading.position = row.position
            yield from self._items(row, label, columns=columns, conventions=conventions, letters=letters)
        columns.require_chosen()
        if not first and reading.resume is None:
            reading.notes.add(f"{label} has a header and no rows")

    def end(self) -> Iterator[Item]:
        """What is only known after the last row."""
        if self._threads is not None:
            yield from self._threads.records(self._reading.name)
        files = self._reading.files
        self._roles.check(where=files[0].label if files else self._reading.where)

    def _items(
        self, row: Row | BadRow, label: str, *, columns: Columns, conventions: Conventions, letters: dict[str, int]
    ) -> Iterator[Item]:
        reading = self._reading
        origin = Origin(source=reading.name, file=label, line=row.line)
        if isinstance(row, BadRow):
            yield reading.rejected_at(origin, reason=row.reason, detail=row.detail)
            return
        columns.observe(row.values)
        cells = Cells(row.values, columns, conventions, where=str(origin))
        try:
            self._require_small(row.values)
            if self._threads is not None:
                self._threads.take(cells, origin=origin)
                return
            payload = BUILDERS[columns.maps_to](cells)
        except RowProblem as problem:
            yield reading.rejected_at(origin, reason=problem.reason, detail=problem.detail)
            return
        if columns.maps_to == "campaign" and "variant" not in columns.bound:
            payload = _lettered(payload, letters)
        yield cells.record(payload, record_id=f"{reading.name}:{cells.own_id()}", origin=origin)

    def _require_small(self, values: Values) -> None:
        for name, value in values.items():
            if type(value) in _TEXTS and len(value) > self._limit:
                raise RowProblem("field too large", detail=f"column {name} is larger than {self._limit / 1e6:g} MB")

    def _require(self, columns: Columns, *, ended: bool) -> None:
        """A rare column may first appear late in a JSON file; everything else must be there within the first rows."""
        if ended and self._reading.resume is None:
            columns.require_chosen()
        if columns.maps_to == "message" and is_reply_export(columns.known):
            return
        unseen, columns.unseen = columns.unseen, set()
        columns.require()
        columns.unseen = unseen
        both = {"customer_text", "agent_text"} <= set(columns.bound)
        if columns.maps_to == "conversation" and "turns" not in columns.bound and not both:
            raise columns.missing("turns", "customer_text and agent_text")


def _lettered(payload: Any, letters: dict[str, int]) -> Any:
    """Rows of one campaign without a variant column are its variants A, B, C…"""
    count = letters[payload.campaign] = letters.get(payload.campaign, 0) + 1
    return replace(payload, variant=chr(64 + count) if count <= 26 else str(count))
