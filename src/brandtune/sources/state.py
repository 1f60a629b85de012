"""What earlier passes read, in the database: per source and file how far, and every row that could not be read."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from brandtune.core.examples import Dropped
from brandtune.core.ids import content_id
from brandtune.core.records import Struct
from brandtune.lineage.ledger import open_engine

metadata = sa.MetaData()
source_state = sa.Table(
    "source_state",
    metadata,
    sa.Column("source", sa.String(200), primary_key=True),
    sa.Column("unit", sa.String(900), primary_key=True),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("read_at", sa.String(40), nullable=False),
)
dead_letters = sa.Table(
    "dead_letters",
    metadata,
    sa.Column("letter", sa.String(40), primary_key=True),
    sa.Column("source", sa.String(200), nullable=False, index=True),
    sa.Column("file", sa.String(900), nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("first_seen", sa.String(40), nullable=False),
    sa.Column("last_seen", sa.String(40), nullable=False),
    sa.Column("num_seen", sa.Integer, nullable=False),
)
CHUNK = 500


class Unit(Struct, frozen=True, kw_only=True):
    """How far one file (or one service, or files that must be read together) has been read.

    Attributes:
        settings: Hash of the source's settings and our version; other settings mean reading anew.
        complete: Whether the pass ended; an interrupted one can be gone on with when it has a position.
        version: The file's version when it was read to its end.
        prefix: Hash of the bytes up to `position`, by which a grown file is told from another one.
        parts: Content hashes of the kept parts, in order.
        tail: The part behind `position`; read again when the file has grown.
        content: Sum of the hashes of all items: equal content, however many passes it took, gives an equal sum.
        notes: Sentence, count, first place.
    """

    settings: str
    complete: bool = False
    version: str = ""
    prefix: str = ""
    position: Any = None
    decided: dict[str, Any] = {}
    parts: tuple[str, ...] = ()
    tail: str = ""
    content: str = "0"
    num_items: int = 0
    notes: tuple[tuple[str, int, str], ...] = ()

    @property
    def all_parts(self) -> tuple[str, ...]:
        return (*self.parts, self.tail) if self.tail else self.parts


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A row that could not become a record: where, why, and when it was first and last met."""

    source: str
    file: str
    line: int
    reason: str
    detail: str
    first_seen: str
    last_seen: str
    num_seen: int


class SourceState:
    """Reads and writes both tables.

    Args:
        url: SQLAlchemy address of the workspace's database.
    """

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        metadata.create_all(self.engine)

    def units(self, source: str) -> dict[str, Unit]:
        query = sa.select(source_state.c.unit, source_state.c.state).where(source_state.c.source == source)
        with self.engine.connect() as connection:
            return {unit: msgspec.convert(state, Unit) for unit, state in connection.execute(query)}

    def every_part(self) -> set[str]:
        """Content hashes of all parts that any source still needs."""
        with self.engine.connect() as connection:
            states = connection.execute(sa.select(source_state.c.state)).scalars().all()
        return {part for state in states for part in msgspec.convert(state, Unit).all_parts}

    def save(self, source: str, unit: str, state: Unit) -> None:
        row = {"state": msgspec.to_builtins(state), "read_at": _now()}
        here = sa.and_(source_state.c.source == source, source_state.c.unit == unit)
        with self.engine.begin() as connection:
            if not connection.execute(sa.update(source_state).where(here).values(**row)).rowcount:
                connection.execute(sa.insert(source_state).values(source=source, unit=unit, **row))

    def forget(self, source: str, *, keep: Iterable[str] = ()) -> int:
        """Drop the state of a source's units, apart from those named; returns how many were dropped."""
        gone = sa.and_(source_state.c.source == source, source_state.c.unit.not_in(list(keep)))
        with self.engine.begin() as connection:
            return int(connection.execute(sa.delete(source_state).where(gone)).rowcount)

    def sources(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.select(source_state.c.source).distinct()).scalars())

    def record_letters(self, rejected: Sequence[Dropped]) -> None:
        """Write down rejected rows; one that was met before only has its last date and its count changed."""
        rows = {row["letter"]: row for row in map(_letter, rejected)}
        with self.engine.begin() as connection:
            for chunk in _chunks(list(rows), CHUNK):
                known = sa.select(dead_letters.c.letter).where(dead_letters.c.letter.in_(chunk))
                old = set(connection.execute(known).scalars())
                if old:
                    again = {"last_seen": _now(), "num_seen": dead_letters.c.num_seen + 1}
                    connection.execute(sa.update(dead_letters).where(dead_letters.c.letter.in_(old)).values(**again))
                if new := [rows[letter] for letter in chunk if letter not in old]:
                    connection.execute(sa.insert(dead_letters), new)

    def letters(self, *, source: str | None = None) -> list[DeadLetter]:
        """Every dead letter, in order of place."""
        query = sa.select(dead_letters).order_by(dead_letters.c.source, dead_letters.c.file, dead_letters.c.line)
        if source is not None:
            query = query.where(dead_letters.c.source == source)
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [DeadLetter(**{name: row[name] for name in DeadLetter.__struct_fields__}) for row in rows]


def _letter(dropped: Dropped) -> dict[str, Any]:
    origin = dropped.origin
    source, file, line = (origin.source, origin.file, origin.line) if origin else ("", "", 0)
    now = _now()
    return {
        "letter": content_id([source, file, line, dropped.reason], length=32),
        "source": source,
        "file": file,
        "line": line,
        "reason": dropped.reason[:200],
        "detail": dropped.detail,
        "first_seen": now,
        "last_seen": now,
        "num_seen": 1,
    }


def _chunks(items: list[str], size: int) -> Iterable[list[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
