"""The review queue: what a person should decide, and what was decided. Rows are added, never changed.

Items hold ids, scores and words of ours; what a reviewer needs to see of people is joined in when they are exported.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from brandtune.core.errors import NotFoundError
from brandtune.core.records import Struct
from brandtune.lineage.ledger import metadata, open_engine

review_table = sa.Table(
    "review_queue",
    metadata,
    sa.Column("entry", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("queue", sa.String(40), nullable=False, index=True),
    sa.Column("item", sa.String(80), nullable=False, index=True),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
)
Status = Literal["proposed", "accepted", "rejected"]


class ReviewItem(Struct, frozen=True, kw_only=True):
    """One thing to decide, as it stands now.

    Attributes:
        item: Names it within its queue; the same proposal has the same name again.
        detail: What was proposed and why; ids and our own words only.
        by: Who decided; empty while it waits.
    """

    queue: str
    item: str
    status: Status
    detail: dict[str, Any] = {}
    at: str = ""
    by: str = ""


class ReviewQueue:
    """All queues of one database.

    Args:
        url: SQLAlchemy address.
    """

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)

    def propose(self, queue: str, proposals: Mapping[str, Mapping[str, Any]]) -> int:
        """Add what was never proposed before; what is waiting or decided is left as it is. Returns how many."""
        known = {item.item for item in self.items(queue)}
        new = {name: detail for name, detail in proposals.items() if name not in known}
        self._insert((queue, name, "proposed", detail, "") for name, detail in new.items())
        return len(new)

    def decide(self, queue: str, item: str, status: Literal["accepted", "rejected"], *, by: str) -> bool:
        """Write down a decision; False when it was decided so before.

        Raises:
            NotFoundError: The queue has no such item.
        """
        known = {found.item: found for found in self.items(queue)}
        if item not in known:
            raise NotFoundError(f"queue {queue} has no item {item}.", fix="Export the queue again.")
        if known[item].status == status:
            return False
        self._insert([(queue, item, status, known[item].detail, by)])
        return True

    def items(self, queue: str, *, status: Status | None = None) -> list[ReviewItem]:
        """Every item with its latest status, in the order they were proposed."""
        query = sa.select(review_table).where(review_table.c.queue == queue).order_by(review_table.c.entry)
        latest: dict[str, ReviewItem] = {}
        with self.engine.connect() as connection:
            for row in connection.execute(query).mappings():
                values = {name: value for name, value in row.items() if name != "entry"}
                latest[row["item"]] = ReviewItem(**values)
        return [item for item in latest.values() if status in (None, item.status)]

    def _insert(self, rows: Iterable[tuple[str, str, str, Mapping[str, Any], str]]) -> None:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        values = [
            {"queue": queue, "item": item, "status": status, "detail": dict(detail), "at": at, "by": by}
            for queue, item, status, detail, by in rows
        ]
        if values:
            with self.engine.begin() as connection:
                connection.execute(sa.insert(review_table), values)
