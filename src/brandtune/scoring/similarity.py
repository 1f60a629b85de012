"""Near-duplicates by the exact Jaccard similarity of word 3-shingles; how they are found fast is in `joining`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from brandtune.scoring.joining import Joiner, ranges
from brandtune.scoring.shingling import Ints, ShingleSets, mixed, shingle_sets

_WORD = re.compile(r"\w+")
Shingles = frozenset[str]


def normalised(text: str) -> str:
    """Words in lower case with single spaces: two texts that differ in nothing else are the same text."""
    return " ".join(_WORD.findall(text.lower()))


def shingles(text: str, *, size: int = 3) -> Shingles:
    """The runs of `size` words in `text`; a shorter text is one shingle.

    >>> sorted(shingles("a b c d"))
    ['a b c', 'b c d']
    """
    words = _WORD.findall(text.lower())
    if len(words) <= size:
        return frozenset([" ".join(words)] if words else [])
    return frozenset(" ".join(words[index : index + size]) for index in range(len(words) - size + 1))


def jaccard(one: Shingles, other: Shingles) -> float:
    """Shared over all shingles; 0.0 when both are empty."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Which texts resemble which.

    Attributes:
        group_of: For each text the group of texts with the very same shingles, numbered by first appearance.
        ones: With `others`, every pair of groups at or over the threshold, ones < others, ascending.
    """

    group_of: Ints
    ones: Ints
    others: Ints

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every pair of texts (i < j) at or over the threshold, in ascending order."""
        return zip(*(side.tolist() for side in self.pair_arrays()), strict=True)

    def pair_arrays(self) -> tuple[Ints, Ints]:
        """`pairs` as two arrays."""
        members = np.argsort(self.group_of, kind="stable")
        starts = np.searchsorted(self.group_of[members], np.arange(len(self._first) + 1))
        found = [np.zeros(0, np.int64)]
        groups = self.group_of[members]
        for places, partners in ranges(starts[groups], np.arange(len(members))):
            found.append(self._codes(members[places], members[partners]))
        for pair, place in ranges(starts[self.ones], starts[self.ones + 1]):
            others = self.others[pair]
            for row, partner in ranges(starts[others], starts[others + 1]):
                found.append(self._codes(members[place[row]], members[partner]))
        codes = np.sort(np.concatenate(found))
        return codes // max(1, len(members)), codes % max(1, len(members))

    def _codes(self, ones: Ints, others: Ints) -> Ints:
        return np.asarray(np.minimum(ones, others) * len(self.group_of) + np.maximum(ones, others))

    def links(self) -> Iterator[tuple[int, int]]:
        """Just enough pairs of texts to connect every cluster."""
        first = self._first.tolist()
        for index, group in enumerate(self.group_of.tolist()):
            if first[group] != index:
                yield first[group], index
        for one, other in zip(self.ones.tolist(), self.others.tolist(), strict=True):
            yield first[one], first[other]

    def clusters(self) -> list[int]:
        """A cluster number per text; texts joined by any chain of neighbours share it."""
        union = Union()
        for one, other in zip(self.ones.tolist(), self.others.tolist(), strict=True):
            union.join(one, other)
        return [union.find(group) for group in self.group_of.tolist()]

    @cached_property
    def _first(self) -> Ints:
        return np.unique(self.group_of, return_index=True)[1]


class Union:
    """Union-find over any hashable members; the smaller root wins, so results do not depend on order."""

    def __init__(self) -> None:
        self._parent: dict[Any, Any] = {}

    def find(self, member: Any) -> Any:
        """The representative of `member`'s component."""
        root = member
        while self._parent.setdefault(root, root) != root:
            root = self._parent[root]
        while self._parent[member] != root:
            self._parent[member], member = root, self._parent[member]
        return root

    def join(self, one: Any, other: Any) -> None:
        """Put both into one component."""
        small, large = sorted((self.find(one), self.find(other)))
        self._parent[large] = small


def find_neighbours(texts: Sequence[str], *, threshold: float = 0.8) -> Neighbours:
    """Find all texts whose word 3-shingles overlap by at least `threshold` (Jaccard). Exact: none missed, none false.

    Empty texts resemble nothing. Memory: about 40 bytes a shingle.

    >>> list(find_neighbours(["a b c d e f g h i j", "a b c d e f g h i j!", "x y z"]).pairs())
    [(0, 1)]
    """
    sets, group_of = _distinct(shingle_sets(texts))
    ones, others = Joiner(sets, threshold=threshold).pairs()
    return Neighbours(group_of, ones, others)


def find_links(texts: Sequence[str], *, threshold: float = 0.8) -> Iterator[tuple[int, int]]:
    """Pairs of similar texts (i < j), just enough to connect every cluster; cheaper than all pairs of large clusters.

    >>> list(find_links(["a b c d e f g h", "A b c d e f g h!", "a b c d e f g h", "x y z"]))
    [(0, 1), (0, 2)]
    """
    sets, group_of = _distinct(shingle_sets(texts))
    ones, others = Joiner(sets, threshold=threshold).links()
    return Neighbours(group_of, np.minimum(ones, others), np.maximum(ones, others)).links()


def find_duplicates(texts: Sequence[str], *, ranking: Sequence[int], threshold: float = 0.8) -> dict[int, int]:
    """Walk texts from best to worst and keep each that resembles none kept before.

    The cost grows with the number of texts, however many of them are copies of one another.

    Args:
        ranking: Indices of all texts from best to worst.

    Returns:
        Dropped text -> the best kept text that it resembles.

    >>> find_duplicates(["a b c d e f g h", "A b c d e f g h!", "x y z"], ranking=[1, 0, 2])
    {0: 1}
    """
    sets, group_of = _distinct(shingle_sets(texts))
    ranked = np.asarray(ranking, dtype=np.int64)
    groups, places = np.unique(group_of[ranked], return_index=True)
    best = ranked[places]
    leader = Joiner(sets, threshold=threshold).leaders(groups[np.argsort(places)])
    kept = best[leader][group_of]
    return {index: instead for index, instead in enumerate(kept.tolist()) if index != instead}


def _distinct(sets: ShingleSets) -> tuple[ShingleSets, Ints]:
    """Each distinct set once, and which one each text has; empty sets stay apart. Sets are told by 64 bits."""
    sizes = sets.sizes
    names = mixed(np.arange(len(sets), dtype=np.uint64))
    filled = np.flatnonzero(sizes)
    if len(filled):
        sums = np.add.reduceat(sets.values * sets.values, sets.starts[filled])
        names[filled] = mixed(sums + sizes[filled].astype(np.uint64))
    _, first, group = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    chosen = first[order]
    taken = np.zeros(len(sets), dtype=np.bool_)
    taken[chosen] = True
    values = sets.values[np.repeat(taken, sizes)]
    starts = np.concatenate([[0], np.cumsum(sizes[chosen])]).astype(np.int64)
    return ShingleSets(values, starts), number[group]
