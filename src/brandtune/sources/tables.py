"""Rows of any tabular file to records; csv, jsonl, json and parquet only differ in how rows are read."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from msgspec.structs import replace
from pydantic import Field, model_validator

from brandtune.core.records import Record
from brandtune.sources.base import FileSource, Item, Reading, RowProblem
from brandtune.sources.columns import Columns, Values
from brandtune.sources.files import InputFile
from brandtune.sources.payloads import BUILDERS, csat_bottom
from brandtune.sources.roles import Roles
from brandtune.sources.rows import Cells, Conventions
from brandtune.sources.threads import Threads, is_reply_export
from brandtune.sources.values import as_number, days_come_first, is_slashed
from brandtune.sources.vocabulary import FIELDS, OPEN_ENDED, MapsTo, canonical

PEEK = 1000
CSAT_TOPS = (1.0, 5.0, 7.0, 10.0, 100.0)


class Row(NamedTuple):
    """A row as read: its values and the physical line on which it starts (in Parquet, its number)."""

    values: Values
    line: int


class BadRow(NamedTuple):
    """A row that could not even be read."""

    line: int
    reason: str
    detail: str = ""


class TableSource(FileSource):
    """What all tabular sources have in common."""

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
    def _fields_exist(self) -> "TableSource":
        if self.maps_to in OPEN_ENDED:
            return self
        for name in self.fields:
            if canonical(self.maps_to, name) is None:
                known = ", ".join(FIELDS[self.maps_to])
                raise ValueError(f"`fields.{name}` is not a field of a {self.maps_to}. Its fields are: {known}")
        return self

    @abstractmethod
    def rows(self, file: InputFile, reading: Reading) -> Iterator[Row | BadRow]:
        """The rows of one file, in order."""

    def columns_of(self, file: InputFile, reading: Reading) -> list[str]:
        """Column names that are known before the first row; empty when only rows tell."""
        return []

    def records(self, reading: Reading) -> Iterator[Item]:
        roles = Roles(agent=self.agent_roles, customer=self.customer_roles)
        threads = Threads(reading) if self.maps_to == "message" else None
        for file in reading.files:
            yield from self._file_records(file, reading=reading, roles=roles, threads=threads)
        if threads is not None:
            yield from threads.records()
        roles.check(where=reading.files[0].label)

    def _file_records(
        self, file: InputFile, *, reading: Reading, roles: Roles, threads: Threads | None
    ) -> Iterator[Item]:
        columns = Columns(self.maps_to, fields=self.fields, file=file.label)
        columns.add(self.columns_of(file, reading))
        rows = self.rows(file, reading)
        first = list(islice(rows, PEEK))
        for row in first:
            if isinstance(row, Row):
                columns.observe(row.values)
        if not columns.known:
            reading.notes.add(f"{file.label} holds no rows")
            return
        ended = len(first) < PEEK
        self._require(columns, ended=ended)
        conventions = self._conventions(first, columns=columns, reading=reading, roles=roles)
        letters: dict[str, int] = {}
        for row in chain(first, rows):
            if isinstance(row, BadRow):
                yield reading.rejected(file, row.line, reason=row.reason, detail=row.detail)
                continue
            columns.observe(row.values)
            cells = Cells(row.values, columns, conventions, where=f"{file.label}:{row.line}")
            yield from _record(cells, row.line, file=file, reading=reading, threads=threads, letters=letters)
        columns.require_chosen()
        if not first:
            reading.notes.add(f"{file.label} has a header and no rows")

    def _require(self, columns: Columns, *, ended: bool) -> None:
        """A rare column may first appear late in a JSON file; everything else must be there within the first rows."""
        if ended:
            columns.require_chosen()
        if self.maps_to == "message" and is_reply_export(columns.known):
            return
        unseen, columns.unseen = columns.unseen, set()
        columns.require()
        columns.unseen = unseen
        if (
            self.maps_to == "conversation"
            and "turns" not in columns.bound
            and not {
                "customer_text",
                "agent_text",
            }
            <= set(columns.bound)
        ):
            raise columns.missing("turns", "customer_text and agent_text")

    def _conventions(
        self, first: Iterable[Row | BadRow], *, columns: Columns, reading: Reading, roles: Roles
    ) -> Conventions:
        rows = [row.values for row in first if isinstance(row, Row)]
        times = [columns.get(values, name) for name in ("time", "consent_at") for values in rows]
        day_first = days_come_first(times) if self.day_first is None else self.day_first
        if day_first is None and any(is_slashed(value) for value in times):
            reading.notes.add(f"dates in {columns.file} may be day or month first; read month first. Set `day_first`")
        top = self.csat_scale or _csat_top(columns.get(values, "csat") for values in rows)
        if top is not None and self.csat_scale is None:
            reading.notes.add(f"satisfaction in {columns.file} is read on a scale of {csat_bottom(top):g} to {top:g}")
        return Conventions(roles=roles, notes=reading.notes, day_first=bool(day_first), csat_top=top)


def _csat_top(values: Iterable[Any]) -> float | None:
    numbers = [number for value in values if (number := as_number(value)) is not None]
    return next((top for top in CSAT_TOPS if max(numbers) <= top), max(numbers)) if numbers else None


def _record(
    cells: Cells, line: int, *, file: InputFile, reading: Reading, threads: Threads | None, letters: dict[str, int]
) -> Iterator[Item]:
    try:
        if threads is not None:
            threads.take(cells, file=file, line=line)
            return
        payload = BUILDERS[cells.columns.maps_to](cells)
    except RowProblem as problem:
        yield reading.rejected(file, line, reason=problem.reason, detail=problem.detail)
        return
    if cells.columns.maps_to == "campaign" and "variant" not in cells.columns.bound:
        payload = _lettered(payload, letters)
    yield Record(
        record_id=f"{reading.name}:{cells.own_id()}",
        payload=payload,
        origin=reading.origin(file, line),
        identifiers=cells.identifiers(),
        occurred_at=cells.time(),
        consents=cells.consents(),
    )


def _lettered(payload: Any, letters: dict[str, int]) -> Any:
    """Rows of one campaign without a variant column are its variants A, B, C…"""
    count = letters[payload.campaign] = letters.get(payload.campaign, 0) + 1
    return replace(payload, variant=chr(64 + count) if count <= 26 else str(count))
