"""What all sources that answer a query have in common: rows in batches, and a cursor that outlives the database.

With `cursor: updated_at` only rows at or beyond the last value are asked for. Rows that share that value and were read
already are recognised by their content, so nothing is lost and nothing comes twice.
"""

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from pydantic import Field, field_validator, model_validator

from brandtune.core.errors import SourceError
from brandtune.core.ids import content_id
from brandtune.sources.base import Item, Reading, Repeats
from brandtune.sources.delimited import unique_columns
from brandtune.sources.files import InputFile
from brandtune.sources.tables import RecordBuilder, Row, RowSource

BATCH = 1000
MOST_TIES = 100_000
"""Rows that share one cursor value and are put in order; beyond it they come as the database gives them."""
Batches = Iterator[tuple[list[str], Sequence[Sequence[Any]]]]
_Ordered = tuple[Any, list[str], Sequence[Any], str]


class QuerySource(RowSource):
    """Rows that a query gives."""

    query: str = Field(min_length=1)
    """The SELECT whose rows are read."""
    cursor: str = ""
    """Column that grows with every new or changed row, e.g. `updated_at`. With it, a later ingest reads on from the
    last value, and a row with a known id replaces the one before; without it, all rows are read each time."""
    name: str = ""
    """Name of the source in record ids and messages; `sql` or `duckdb` when left out."""
    max_field_mb: float = Field(default=8.0, gt=0)
    """Rows with a larger field are dropped with a reason."""

    @field_validator("cursor")
    @classmethod
    def _plain_cursor(cls, value: str) -> str:
        if value and not re.fullmatch(r"\w+", value):
            raise ValueError("`cursor` must be the name of one column of the query's result")
        return value

    @model_validator(mode="after")
    def _cursor_fits(self) -> "QuerySource":
        if self.cursor and self.maps_to == "message":
            raise ValueError("messages are grouped over all rows of a query; leave out `cursor`")
        return self

    @property
    def is_service(self) -> bool:
        return True

    @property
    def repeats(self) -> Repeats:
        return "replace" if self.cursor else "number"

    @abstractmethod
    def address(self) -> str:
        """The database without user and password."""

    @abstractmethod
    def quoted(self, column: str) -> str:
        """A column name as this database wants it."""

    @abstractmethod
    def answer(self, query: str, *, start: Any, reading: Reading) -> AbstractContextManager[Batches]:
        """Run a query (with `start` as its only parameter `:brandtune_start`, unless None) and give batches of rows."""

    def source_name(self) -> str:
        return self.name or str(getattr(self, "kind", "query"))

    def files(self, base_dir: Any, *, number: int = 1) -> list[InputFile]:
        return []

    def records(self, reading: Reading) -> Iterator[Item]:
        builder = RecordBuilder(self, reading, limit_bytes=int(self.max_field_mb * 1e6))
        rows = self._rows_by_cursor(reading) if self.cursor else self._all_rows(reading)
        yield from builder.unit(self.source_name(), names=[], rows=rows)
        yield from builder.end()

    def _all_rows(self, reading: Reading) -> Iterator[Row]:
        with self.answer(self.query, start=None, reading=reading) as batches:
            for number, (names, row) in enumerate(_each(batches, reading), start=1):
                yield Row(dict(zip(names, row, strict=True)), number)

    def _rows_by_cursor(self, reading: Reading) -> Iterator[Row]:
        place = _Place.restored(reading.resume)
        if reading.resume is None:
            self._note_unread(reading)
        with self.answer(self._from(place.value), start=place.value, reading=reading) as batches:
            for value, names, row, digest in self._in_order(batches, reading):
                if place.take(value, digest):
                    yield Row(dict(zip(names, row, strict=True)), place.number, place.mark())

    def _in_order(self, batches: Batches, reading: Reading) -> Iterator[_Ordered]:
        """Rows by cursor value; those that share one in an order of their own, because databases promise none."""
        same: list[_Ordered] = []
        at = -1
        for names, row in _each(batches, reading):
            at = at if at >= 0 else self._column(names, reading)
            if same and (row[at] != same[0][0] or len(same) >= MOST_TIES):
                yield from sorted(same, key=itemgetter(3))
                same = []
            same.append((row[at], names, row, content_id(list(row))))
        yield from sorted(same, key=itemgetter(3))

    def _note_unread(self, reading: Reading) -> None:
        """Rows without a cursor value are in no range; they are counted rather than passed over in silence."""
        column = self.quoted(self.cursor)
        query = f"SELECT count(*) FROM (\n{self._rows_query}\n) AS brandtune_rows WHERE {column} IS NULL"
        with self.answer(query, start=None, reading=reading) as batches:
            count = next((int(row[0]) for _, rows in batches for row in rows), 0)
        if count:
            reading.notes.add(f"{count:,} rows have no value in `{self.cursor}` and are not read")

    @property
    def _rows_query(self) -> str:
        return self.query.strip().rstrip(";")

    def _from(self, start: Any) -> str:
        column = self.quoted(self.cursor)
        rows = f"SELECT * FROM (\n{self._rows_query}\n) AS brandtune_rows"
        condition = f"{column} IS NOT NULL" if start is None else f"{column} >= :brandtune_start"
        return f"{rows} WHERE {condition} ORDER BY {column}"

    def _column(self, names: list[str], reading: Reading) -> int:
        lower = [name.lower() for name in names]
        if self.cursor.lower() not in lower:
            raise SourceError(
                f"the query gives no column `{self.cursor}`. Its columns are: {', '.join(names)}.",
                where=f"{reading.where}.cursor",
                fix="Name a column of the result.",
            )
        return lower.index(self.cursor.lower())


class _Place:
    """How far a query has been read: the last cursor value and the rows that were read at that value."""

    def __init__(self, value: Any, *, read: list[str], number: int) -> None:
        self.value, self.number = value, number
        self._read = read
        self._known = Counter(read)

    @classmethod
    def restored(cls, state: Any) -> "_Place":
        if state is None:
            return cls(None, read=[], number=0)
        return cls(_decoded(state["value"]), read=list(state["read"]), number=state["rows"])

    def take(self, value: Any, row: str) -> bool:
        """Move to a row; False when it was read before."""
        if value != self.value:
            self.value, self._read, self._known = value, [], Counter()
        elif self._known[row] > 0:
            self._known[row] -= 1
            return False
        self._read.append(row)
        self.number += 1
        return True

    def mark(self) -> Callable[[], dict[str, Any]]:
        """This place as JSON, made only when it is asked for; the list of rows read may have grown by then."""
        value, read, length, number = self.value, self._read, len(self._read), self.number
        return lambda: {"value": _encoded(value), "read": read[:length], "rows": number}


def _each(batches: Batches, reading: Reading) -> Iterator[tuple[list[str], Sequence[Any]]]:
    for given, rows in batches:
        names = unique_columns(given)
        for name in {name for name in given if given.count(name) > 1}:
            reading.notes.add(f"the query has several columns `{name}`; the later carry their position as well")
        for row in rows:
            yield names, [bytes(cell) if isinstance(cell, memoryview) else cell for cell in row]


def _encoded(value: Any) -> list[Any]:
    """A cursor value with its type, as JSON."""
    if isinstance(value, datetime):
        return ["datetime", value.isoformat()]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    if isinstance(value, int | float | str):
        return ["plain", value]
    raise SourceError(
        f"the cursor column holds {type(value).__name__}; it must be a time, a number or text.", fix="Choose another."
    )


def _decoded(value: list[Any]) -> Any:
    kind, written = value
    readers: dict[str, Any] = {"datetime": datetime.fromisoformat, "date": date.fromisoformat, "decimal": Decimal}
    return readers[kind](written) if kind in readers else written
