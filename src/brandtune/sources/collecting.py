"""Items of one source to records and rejections: repeated ids, newer versions and times in the future are settled here."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from brandtune.core.examples import Dropped
from brandtune.core.records import Record
from brandtune.sources.base import Item, Notes, Repeats

TOLERATED_AHEAD = timedelta(days=1)
"""Clocks and time zones differ; only beyond this is a time in the future."""


@dataclass
class Collected:
    """What one source gave so far.

    Attributes:
        repeats: What a second record with the same id is.
        per_file: Records by file label.
    """

    name: str
    repeats: Repeats
    notes: Notes
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    records: list[Record] = field(default_factory=list)
    rejected: list[Dropped] = field(default_factory=list)
    per_file: Counter[str] = field(default_factory=Counter)
    _seen: dict[str, int] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        """Take the next item in reading order."""
        if isinstance(item, Dropped):
            self.rejected.append(item)
            return
        if item.occurred_at is not None and item.occurred_at > self.now + TOLERATED_AHEAD:
            self.notes.add("a time lies in the future; kept as it is", where=str(item.origin))
        known = self._seen.get(item.record_id)
        if known is None:
            self._seen[item.record_id] = len(self.records) if self.repeats == "replace" else 1
            self._keep(item)
        elif self.repeats == "drop":
            self.rejected.append(_duplicate(item, self.name))
        elif self.repeats == "replace":
            self.records[known] = item
            self.notes.add("a newer version of a row took the place of the one read before")
        else:
            self._number(item, known + 1)

    def _keep(self, record: Record) -> None:
        self.per_file[record.origin.file] += 1
        self.records.append(record)

    def _number(self, record: Record, count: int) -> None:
        """Rows that are equal, or carry one id twice, stay two records; the later are numbered in file order."""
        self._seen[record.record_id] = count
        self.notes.add("an id, or a whole row, came before; kept as a record of its own", where=str(record.origin))
        self._keep(replace(record, record_id=f"{record.record_id}#{count}"))


def _duplicate(record: Record, source: str) -> Dropped:
    return Dropped(id=f"{source}:{record.origin}", step="ingest", reason="duplicate message id", origin=record.origin)
