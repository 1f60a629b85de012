"""The append-only ledger: source -> dataset version -> run -> model -> release. Rows are added, never changed.

It holds ids, counts and hashes; no customer text, no identifiers of people.
"""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from brandtune.core.errors import MissingPartError, NotFoundError
from brandtune.core.records import Struct

metadata = sa.MetaData()
ledger_table = sa.Table(
    "ledger",
    metadata,
    sa.Column("entry", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("artifact", sa.String(200), nullable=False, index=True),
    sa.Column("parents", sa.JSON, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)


class Entry(Struct, frozen=True, kw_only=True):
    """One ledger row: `artifact` of `kind` was made from `parents`."""

    kind: str
    artifact: str
    parents: tuple[str, ...] = ()
    detail: dict[str, Any] = {}
    at: str = ""


def open_engine(url: str) -> sa.Engine:
    """Connect and create what is missing.

    Raises:
        MissingPartError: The database cannot be reached, or the file is none.
    """
    try:
        engine = sa.create_engine(url)
        _make_folder(engine.url)
        metadata.create_all(engine)
    except (sa.exc.DatabaseError, sa.exc.ArgumentError, ModuleNotFoundError) as error:
        reason = str(error).splitlines()[0]
        raise MissingPartError(
            f"the database cannot be opened ({reason}).",
            where="store.database",
            fix="Check the address and the driver.",
        ) from None
    return engine


def _make_folder(url: sa.URL) -> None:
    """The folder of a SQLite file; only the last one, so that a mistyped address is not made true."""
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        with contextlib.suppress(OSError):  # then the database cannot be opened either, which says why
            Path(url.database).parent.mkdir(exist_ok=True)


class Ledger:
    """Writes and follows the ledger in one database.

    Args:
        url: SQLAlchemy address.
    """

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)

    def record(
        self, kind: str, artifact: str, *, parents: Sequence[str] = (), detail: Mapping[str, Any] | None = None
    ) -> None:
        """Append one entry; an entry equal in kind, artifact and parents is not written twice."""
        known = [entry for entry in self.entries(artifact) if entry.kind == kind and entry.parents == tuple(parents)]
        if known:
            return
        row = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "kind": kind,
            "artifact": artifact,
            "parents": list(parents),
            "detail": dict(detail or {}),
        }
        with self.engine.begin() as connection:
            connection.execute(sa.insert(ledger_table).values(**row))

    def entries(self, artifact: str) -> list[Entry]:
        """Every entry about one artifact, oldest first."""
        query = sa.select(ledger_table).where(ledger_table.c.artifact == artifact).order_by(ledger_table.c.entry)
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Entry(kind=r["kind"], artifact=r["artifact"], parents=tuple(r["parents"]), detail=r["detail"], at=r["at"])
            for r in rows
        ]

    def trace(self, artifact: str) -> list[Entry]:
        """Everything an artifact was made from, itself first, each ancestor once.

        Raises:
            NotFoundError: The ledger knows nothing about it.
        """
        found: list[Entry] = []
        waiting, seen = [artifact], set[str]()
        while waiting:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            entries = self.entries(name)
            found += entries[-1:]
            waiting += [parent for entry in entries[-1:] for parent in entry.parents]
        if not found:
            raise NotFoundError(f"the ledger knows nothing about {artifact}.")
        return found
