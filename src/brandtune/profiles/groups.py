"""People as growing sets of identifiers: a union-find that knows limits and rulings and logs what it joined."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from brandtune.core.records import Identifier
from brandtune.profiles.consent import in_utc
from brandtune.profiles.identity import Limit
from brandtune.profiles.report import GraphUpdate, Membership
from brandtune.profiles.rulings import node_of

KEPT_APART = "kept apart by a ruling"


class Birth(NamedTuple):
    """Order in which people are first seen: position of the record, then of the identifier on it."""

    record: int
    rank: int
    value: str


class Seen(NamedTuple):
    """The record that brought an identifier, and when that was."""

    by_record: str
    at: datetime | None


class Group:
    """One person so far. `ruled` are its nodes that rulings name, `forbidden` the nodes that it may not take in."""

    __slots__ = ("birth", "counts", "forbidden", "members", "ruled", "subject_id")

    def __init__(self, identifier: Identifier, *, birth: Birth, subject_id: str) -> None:
        self.members: set[Identifier] = {identifier}
        self.counts: Counter[str] = Counter({identifier.type: 1})
        self.birth, self.subject_id = birth, subject_id
        self.ruled: frozenset[str] = frozenset()
        self.forbidden: frozenset[str] = frozenset()


class Groups:
    """All people so far.

    Args:
        limits: Most values of each identifier type in one group.
        key: Key of the hash that names identifiers, and a person after the first-seen one.
        apart: Each node to the nodes that it may not be one person with.
    """

    def __init__(
        self, *, limits: Mapping[str, Limit], key: str, apart: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self._limits, self._key, self._apart = limits, key, apart or {}
        self._group: dict[Identifier, Group] = {}
        self._seen: dict[Identifier, Seen] = {}
        self._ruled = set(self._apart)
        self.graph: list[GraphUpdate] = []
        self.num_merged = 0

    def of(self, identifier: Identifier) -> Group:
        return self._group[identifier]

    def start(self, identifier: Identifier, *, birth: Birth, seen: Seen) -> Group:
        """The group of an identifier; a new one when it was never seen."""
        group = self._group.get(identifier)
        if group is None:
            group = self._new(identifier, birth=birth, seen=seen)
            name = group.subject_id
            self.graph.append(GraphUpdate(subject_id=name, merged_into=name, by_record=seen.by_record, at=seen.at))
        return group

    def join(self, group: Group, identifier: Identifier, *, birth: Birth, seen: Seen) -> str | None:
        """Bring an identifier, with everything it already belongs to, into a group.

        Returns:
            None when joined; else what stands in the way: a ruling, or the identifier type whose limit is reached.
        """
        other = self._group.get(identifier)
        if other is group:
            return None
        if other is None:
            self._seen[identifier] = seen
            alone = self._alone(identifier, birth=birth)
            reason = self._obstacle(group, alone)
            if reason is None:
                self._absorb(group, alone)
            else:
                del self._seen[identifier]
            return reason
        reason = self._obstacle(group, other)
        if reason is None:
            self._merge(group, other, seen=seen)
        return reason

    def unite(self, one: Identifier, other: Identifier, *, seen: Seen) -> str | None:
        """Merge on a person's word: limits do not count, being kept apart does. Returns what stands in the way."""
        group, second = self._group[one], self._group[other]
        if group is second:
            return None
        if group.forbidden & second.ruled:
            return KEPT_APART
        self._merge(group, second, seen=seen)
        return None

    def all(self) -> list[Group]:
        return sorted({id(group): group for group in self._group.values()}.values(), key=lambda group: group.subject_id)

    def memberships(self) -> Iterator[Membership]:
        """Every identifier's node, the person it belongs to, and the record that brought it."""
        for identifier, group in self._group.items():
            seen = self._seen[identifier]
            node = node_of(identifier, key=self._key)
            yield Membership(node=node, subject_id=group.subject_id, by_record=seen.by_record, at=seen.at)

    def identifiers(self, nodes: set[str]) -> dict[str, Identifier]:
        """The identifiers that have these nodes, as far as they occur."""
        if not nodes:
            return {}
        named = ((node_of(identifier, key=self._key), identifier) for identifier in self._group)
        return {node: identifier for node, identifier in named if node in nodes}

    def _new(self, identifier: Identifier, *, birth: Birth, seen: Seen) -> Group:
        group = self._group[identifier] = self._alone(identifier, birth=birth)
        self._seen[identifier] = seen
        group.subject_id = node_of(identifier, key=self._key)
        return group

    def _alone(self, identifier: Identifier, *, birth: Birth) -> Group:
        """A group of one, not yet among the people; it is named only when it stays."""
        group = Group(identifier, birth=birth, subject_id="")
        if self._ruled and (node := node_of(identifier, key=self._key)) in self._ruled:
            group.ruled, group.forbidden = frozenset((node,)), self._apart[node]
        return group

    def _obstacle(self, group: Group, other: Group) -> str | None:
        if group.forbidden & other.ruled:
            return KEPT_APART
        for type_, count in other.counts.items():
            limit = self._limits.get(type_)
            if limit is None or group.counts[type_] + count <= limit.values:
                continue
            if limit.days is None or self._most_within(type_, group, other, days=limit.days) > limit.values:
                return f"limit of {type_}"
        return None

    def _most_within(self, type_: str, group: Group, other: Group, *, days: int) -> int:
        """Most values of a type that two groups together gained in any stretch of `days`; undated ones always count."""
        times = [self._seen[item].at for member in (group, other) for item in member.members if item.type == type_]
        dated = sorted(in_utc(at) for at in times if at is not None)
        most, start = 0, 0
        for end, at in enumerate(dated):
            while (at - dated[start]).days >= days:
                start += 1
            most = max(most, end - start + 1)
        return most + len(times) - len(dated)

    def _absorb(self, group: Group, alone: Group) -> None:
        (identifier,) = alone.members
        group.members.add(identifier)
        group.counts[identifier.type] += 1
        group.ruled, group.forbidden = group.ruled | alone.ruled, group.forbidden | alone.forbidden
        self._group[identifier] = group

    def _merge(self, one: Group, other: Group, *, seen: Seen) -> None:
        """The smaller set moves, but the person seen first keeps the name."""
        older, younger = sorted((one, other), key=lambda group: group.birth)
        self.graph.append(
            GraphUpdate(
                subject_id=younger.subject_id, merged_into=older.subject_id, by_record=seen.by_record, at=seen.at
            )
        )
        self.num_merged += 1
        birth, subject_id = older.birth, older.subject_id
        large, small = (one, other) if len(one.members) >= len(other.members) else (other, one)
        large.members |= small.members
        large.counts += small.counts
        large.ruled, large.forbidden = large.ruled | small.ruled, large.forbidden | small.forbidden
        large.birth, large.subject_id = birth, subject_id
        for identifier in small.members:
            self._group[identifier] = large
