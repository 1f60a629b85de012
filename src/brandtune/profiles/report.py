"""What linking gives back: the records with their people, and an account of every merge made and refused."""

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from brandtune.core.records import Record, Struct, Subject


class GraphUpdate(Struct, frozen=True, kw_only=True):
    """One entry of the append-only identity graph.

    Attributes:
        subject_id: The person that appeared or was merged away.
        merged_into: The person it is part of from here on; equal to `subject_id` when the person first appeared.
        by_record: The record that made it happen.
        at: When that record happened.
    """

    subject_id: str
    merged_into: str
    by_record: str
    at: datetime | None = None


class Membership(Struct, frozen=True, kw_only=True):
    """An identifier's place after linking.

    Attributes:
        node: The identifier, as a keyed hash.
        subject_id: The person it belongs to.
        by_record: The record that brought it.
        at: When that record happened.
    """

    node: str
    subject_id: str
    by_record: str = ""
    at: datetime | None = None


class MergeRefusal(Struct, frozen=True, kw_only=True):
    """Links that were not made, by reason and identifier type."""

    reason: str
    type: str
    count: int


class LinkReport(Struct, frozen=True, kw_only=True):
    """What linking did, in numbers.

    Attributes:
        num_linked: Records that have a subject.
        num_merged: People that were first taken for two and then found to be one.
        blocked: Identifiers that name nobody (blocked or not valid), by type.
        refused: Links not made, the most frequent first.
        num_future: Records dated more than a day ahead; they count as undated wherever the latest word wins.
        num_rulings: Rulings that were followed.
        num_rulings_idle: Rulings about identifiers that these records do not have (any more).
        num_proposed: Pairs newly proposed for review.
    """

    num_records: int
    num_linked: int
    num_subjects: int
    num_merged: int
    blocked: dict[str, int] = msgspec.field(default_factory=dict)
    refused: list[MergeRefusal] = msgspec.field(default_factory=list)
    num_future: int = 0
    num_rulings: int = 0
    num_rulings_idle: int = 0
    num_proposed: int = 0


@dataclass(frozen=True)
class Profiles:
    """Records with their people.

    Attributes:
        records: In the order they came, with `subject` set where an identifier names somebody.
        subjects: The people, by `subject_id`.
        graph: How the people came about, in order of events.
        members: Each identifier's node and person; what `IdentityGraph.append` keeps.
    """

    records: list[Record]
    subjects: list[Subject]
    report: LinkReport
    graph: list[GraphUpdate] = field(default_factory=list)
    members: list[Membership] = field(default_factory=list)
