"""The identity graph: an append-only table of where each identifier belonged, and of what people ruled.

Rows are added, never changed; for each node the last row holds, so that any earlier state can be read again. It holds
keyed hashes, record ids and times; no identifier of a person can be read from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from brandtune.core.errors import NotFoundError, UsageError
from brandtune.core.records import Struct
from brandtune.lineage.ledger import metadata, open_engine
from brandtune.profiles.consent import in_utc
from brandtune.profiles.report import GraphUpdate, Membership, Profiles
from brandtune.profiles.rulings import Ruling, Verdict, in_force

graph_table = sa.Table(
    "identity_graph",
    metadata,
    sa.Column("entry", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(10), nullable=False, index=True),
    sa.Column("node", sa.String(40), nullable=False, index=True),
    sa.Column("other", sa.String(40), nullable=False),
    sa.Column("because", sa.String(400), nullable=False),
    sa.Column("happened_at", sa.String(40), nullable=False),
    sa.Column("written_at", sa.String(40), nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
)
MOVED, WITHDRAWN = "moved", "withdrawn"
GONE = ""
CHUNK, FEW = 10_000, 400


class GraphEntry(Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        kind: `moved`: from here on `node` belongs to person `other` (empty: no record has it any more); `apart` or
            `same`: what a person ruled about two nodes; `withdrawn`: takes back the ruling with entry number `other`.
        because: The record that caused a move.
        happened_at: When that record happened, as ISO 8601; empty when undated.
        by: The run that moved it, or who ruled.
    """

    entry: int
    kind: str
    node: str
    other: str
    because: str = ""
    happened_at: str = ""
    written_at: str = ""
    by: str = ""


class IdentityGraph:
    """The graph in one database.

    Args:
        url: SQLAlchemy address.
    """

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)

    def append(self, profiles: Profiles, *, by: str = "") -> int:
        """Write down what this linking changed since the last one; returns how many rows, 0 when nothing moved."""
        rows = list(_changes(self.replay(), profiles.members, profiles.graph))
        self._insert([row | {"by": by} for row in rows])
        return len(rows)

    def replay(self, *, until: int | None = None) -> dict[str, str]:
        """Each node's person as of entry `until`, or now."""
        query = sa.select(graph_table.c.node, graph_table.c.other).where(graph_table.c.kind == MOVED)
        if until is not None:
            query = query.where(graph_table.c.entry <= until)
        with self.engine.connect() as connection:
            state: dict[str, str] = dict(connection.execute(query.order_by(graph_table.c.entry)).tuples().all())
        return {node: person for node, person in state.items() if person != GONE}

    def history(self, nodes: Iterable[str]) -> list[GraphEntry]:
        """Every row about these nodes, the oldest first."""
        wanted, found = sorted(set(nodes)), dict[int, GraphEntry]()
        for start in range(0, len(wanted), FEW):  # databases limit how many values one question may name
            some = wanted[start : start + FEW]
            for entry in self._entries(graph_table.c.node.in_(some) | graph_table.c.other.in_(some)):
                found[entry.entry] = entry
        return [found[entry] for entry in sorted(found)]

    def rule(self, verdict: Verdict, one: str, other: str, *, by: str) -> Ruling:
        """Append what a person said about two nodes; what is in force already is not written again.

        Raises:
            UsageError: It is one and the same node.
        """
        if one == other:
            raise UsageError("both name the same identity.", fix="Name two that are to be told apart or united.")
        for known in in_force(self.rulings()):
            if known.verdict == verdict and {known.one, known.other} == {one, other}:
                return known
        self._insert([{"kind": verdict, "node": one, "other": other, "by": by}])
        return self.rulings()[-1]

    def withdraw(self, entry: int, *, by: str) -> Ruling:
        """Take a ruling back; the next linking goes by the rest.

        Raises:
            NotFoundError: No ruling in force has this number.
        """
        for ruling in self.rulings():
            if ruling.entry == entry:
                self._insert([{"kind": WITHDRAWN, "node": ruling.one, "other": str(entry), "by": by}])
                return ruling
        known = ", ".join(str(ruling.entry) for ruling in self.rulings()) or "there is none"
        raise NotFoundError(f"no ruling has number {entry}.", fix=f"Rulings: {known}.")

    def rulings(self) -> list[Ruling]:
        """Every ruling that was not withdrawn, the oldest first."""
        entries = self._entries(graph_table.c.kind != MOVED)
        withdrawn = {entry.other for entry in entries if entry.kind == WITHDRAWN}
        return [
            Ruling(
                verdict="apart" if entry.kind == "apart" else "same",
                one=entry.node, other=entry.other, entry=entry.entry, at=entry.written_at, by=entry.by,
            )
            for entry in entries
            if entry.kind != WITHDRAWN and str(entry.entry) not in withdrawn
        ]  # fmt: skip

    def _entries(self, condition: sa.ColumnElement[bool]) -> list[GraphEntry]:
        query = sa.select(graph_table).where(condition).order_by(graph_table.c.entry)
        with self.engine.connect() as connection:
            return [GraphEntry(**dict(row)) for row in connection.execute(query).mappings()]

    def _insert(self, rows: Sequence[Mapping[str, str]]) -> None:
        """All rows or none."""
        blank = {"because": "", "happened_at": "", "by": "", "written_at": datetime.now(UTC).isoformat()}
        with self.engine.begin() as connection:
            for start in range(0, len(rows), CHUNK):
                connection.execute(sa.insert(graph_table), [blank | dict(row) for row in rows[start : start + CHUNK]])


def _changes(
    before: dict[str, str], members: Iterable[Membership], graph: Iterable[GraphUpdate]
) -> Iterable[dict[str, str]]:
    merges = {update.subject_id: update for update in graph if update.subject_id != update.merged_into}
    for member in members:
        earlier = before.pop(member.node, None)
        if earlier == member.subject_id:
            continue
        merge = merges.get(earlier) if earlier else None
        because, at = (merge.by_record, merge.at) if merge else (member.by_record, member.at)
        yield {
            "kind": MOVED,
            "node": member.node,
            "other": member.subject_id,
            "because": because,
            "happened_at": in_utc(at).isoformat() if at else "",
        }
    for node in sorted(before):
        yield {"kind": MOVED, "node": node, "other": GONE}
