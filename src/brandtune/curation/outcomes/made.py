"""What one kind of evidence gives: preferences, rated answers, what was left out and why, and which records were used."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from brandtune.core.examples import Dropped, Preference, Rated
from brandtune.core.records import Record


@dataclass
class Made:
    """Filled by one kind of evidence.

    Attributes:
        dropped: Evidence that was looked at and found wanting, one row each.
        left_out: Records that are no evidence of this kind, which takes nothing from them; counted by step and reason.
        used: Ids of records that gave something.
    """

    preferences: list[Preference] = field(default_factory=list)
    rated: list[Rated] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    used: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def add(self, others: "Iterable[Made]") -> "Made":
        for other in others:
            self.preferences += other.preferences
            self.rated += other.rated
            self.dropped += other.dropped
            self.left_out += other.left_out
            self.used |= other.used
            self.notes += other.notes
        return self


def of_record(record: Record) -> dict[str, Any]:
    """What evidence takes over from the one record it comes from: arguments of `Preference` and `Rated`."""
    return {
        "subject": record.subject,
        "source_record_ids": (record.record_id,),
        "origin": record.origin,
        "occurred_at": record.occurred_at,
    }
