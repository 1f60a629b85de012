"""What people said about two identities: that they are one, or that they are kept apart; the latest word holds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from brandtune.core.ids import keyed_id
from brandtune.core.records import Identifier, Struct

Verdict = Literal["apart", "same"]


class Ruling(Struct, frozen=True, kw_only=True):
    """One entry of the identity graph that a person made.

    Attributes:
        one: Node of an identifier (see `node_of`); so is `other`. Nodes keep their names from run to run.
        entry: Its number in the graph; `withdraw` takes it.
        by: Who said so.
    """

    verdict: Verdict
    one: str
    other: str
    entry: int = 0
    at: str = ""
    by: str = ""


def node_of(identifier: Identifier, *, key: str) -> str:
    """The name of an identifier in the graph: a keyed hash, so that the graph holds nothing that can be read."""
    return keyed_id(key, f"{identifier.type}:{identifier.value}")


def in_force(rulings: Iterable[Ruling]) -> list[Ruling]:
    """The latest ruling for each pair, in order of entry.

    >>> first = Ruling(verdict="apart", one="a", other="b", entry=1)
    >>> [ruling.verdict for ruling in in_force([first, Ruling(verdict="same", one="b", other="a", entry=2)])]
    ['same']
    """
    latest: dict[frozenset[str], Ruling] = {}
    for ruling in sorted(rulings, key=lambda item: item.entry):
        latest[frozenset((ruling.one, ruling.other))] = ruling
    return sorted(latest.values(), key=lambda item: item.entry)


def kept_apart(rulings: Iterable[Ruling]) -> Mapping[str, frozenset[str]]:
    """Each node to the nodes that it may not be one person with."""
    apart: dict[str, set[str]] = defaultdict(set)
    for ruling in in_force(rulings):
        if ruling.verdict == "apart":
            apart[ruling.one].add(ruling.other)
            apart[ruling.other].add(ruling.one)
    return {node: frozenset(others) for node, others in apart.items()}
