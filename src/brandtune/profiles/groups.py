"""People as growing sets of identifiers: a union-find that knows limits and keeps a log of what it joined."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from brandtune.core.ids import keyed_id
from brandtune.core.records import Identifier
from brandtune.profiles.report import GraphUpdate


class Birth(NamedTuple):
    """Order in which people are first seen: position of the record, then of the identifier on it."""

    record: int
    rank: int
    value: str


class Group:
    """One person so far."""

    __slots__ = ("birth", "counts", "members", "subject_id")

    def __init__(self, identifier: Identifier, *, birth: Birth, subject_id: str) -> None:
        self.members: set[Identifier] = {identifier}
        self.counts: Counter[str] = Counter({identifier.type: 1})
        self.birth, self.subject_id = birth, subject_id


class Groups:
    """All people so far.

    Args:
        limits: Most values of each identifier type in one group.
        key: Key of the hash that names a person after its first-seen identifier.
    """

    def __init__(self, *, limits: dict[str, int], key: str) -> None:
        self._limits, self._key = limits, key
        self._group: dict[Identifier, Group] = {}
        self.graph: list[GraphUpdate] = []
        self.num_merged = 0

    def of(self, identifier: Identifier) -> Group:
        return self._group[identifier]

    def start(self, identifier: Identifier, *, birth: Birth, by_record: str, at: datetime | None) -> Group:
        """The group of an identifier; a new one when it was never seen."""
        group = self._group.get(identifier)
        if group is None:
            subject_id = keyed_id(self._key, f"{identifier.type}:{identifier.value}")
            group = self._group[identifier] = Group(identifier, birth=birth, subject_id=subject_id)
            self.graph.append(GraphUpdate(subject_id=subject_id, merged_into=subject_id, by_record=by_record, at=at))
        return group

    def join(self, group: Group, identifier: Identifier, *, by_record: str, at: datetime | None) -> str | None:
        """Bring an identifier, with everything it already belongs to, into a group.

        Returns:
            None when joined; else the identifier type whose limit stands in the way.
        """
        other = self._group.get(identifier)
        if other is group:
            return None
        added = other.counts if other is not None else Counter({identifier.type: 1})
        for type_, count in added.items():
            if group.counts[type_] + count > self._limits.get(type_, count + group.counts[type_]):
                return type_
        if other is None:
            group.members.add(identifier)
            group.counts[identifier.type] += 1
            self._group[identifier] = group
        else:
            self._merge(group, other, by_record=by_record, at=at)
        return None

    def _merge(self, one: Group, other: Group, *, by_record: str, at: datetime | None) -> None:
        """The smaller set moves, but the person seen first keeps the name."""
        older, younger = sorted((one, other), key=lambda group: group.birth)
        self.graph.append(
            GraphUpdate(subject_id=younger.subject_id, merged_into=older.subject_id, by_record=by_record, at=at)
        )
        self.num_merged += 1
        birth, subject_id = older.birth, older.subject_id
        large, small = (one, other) if len(one.members) >= len(other.members) else (other, one)
        large.members |= small.members
        large.counts += small.counts
        large.birth, large.subject_id = birth, subject_id
        for identifier in small.members:
            self._group[identifier] = large

    def all(self) -> list[Group]:
        return sorted({id(group): group for group in self._group.values()}.values(), key=lambda group: group.subject_id)
