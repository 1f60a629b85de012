"""Near-duplicates: MinHash bands (rensa) propose pairs, the exact Jaccard of word 3-shingles decides."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import rensa

_WORD = re.compile(r"\w+")
_NUM_PERM, _SEED, _BLOCK = 128, 20260, 20_000
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


@dataclass(frozen=True)
class Neighbours:
    """Which texts resemble which.

    Attributes:
        group_of: For each text the group of texts with the very same shingles.
        near: For each group the other groups at or over the threshold.
    """

    group_of: tuple[int, ...]
    near: dict[int, frozenset[int]]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every pair of texts (i < j) at or over the threshold."""
        members: dict[int, list[int]] = defaultdict(list)
        for index, group in enumerate(self.group_of):
            members[group].append(index)
        for group, texts in members.items():
            others = [text for other in self.near.get(group, ()) if other > group for text in members[other]]
            for place, text in enumerate(texts):
                yield from ((min(text, other), max(text, other)) for other in [*texts[place + 1 :], *others])

    def links(self) -> Iterator[tuple[int, int]]:
        """Just enough pairs of texts to connect every cluster."""
        first: dict[int, int] = {}
        for index, group in enumerate(self.group_of):
            if group in first:
                yield first[group], index
            else:
                first[group] = index
        for group, others in self.near.items():
            yield from ((first[group], first[other]) for other in others if other > group)

    def clusters(self) -> list[int]:
        """A cluster number per text; texts joined by any chain of neighbours share it."""
        union = Union()
        for group, others in self.near.items():
            for other in others:
                union.join(group, other)
        return [union.find(group) for group in self.group_of]

    def keep_best(self, ranking: Sequence[int]) -> dict[int, int]:
        """Walk texts from best to worst; returns dropped text -> the kept text that it resembles."""
        kept: dict[int, int] = {}
        dropped: dict[int, int] = {}
        for text in ranking:
            group = self.group_of[text]
            instead = next((kept[other] for other in (group, *sorted(self.near.get(group, ()))) if other in kept), None)
            if instead is None:
                kept[group] = text
            else:
                dropped[text] = instead
        return dropped


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
    """Find all texts whose word 3-shingles overlap by at least `threshold` (Jaccard).

    No false pairs: each is verified. At 0.7 and over, fewer than 1 pair in 100 is missed.
    Empty texts resemble nothing.

    >>> list(find_neighbours(["a b c d e f g h i j", "a b c d e f g h i j!", "x y z"]).pairs())
    [(0, 1)]
    """
    sets, group_of = _distinct(texts)
    near: dict[int, set[int]] = defaultdict(set)
    for one, other in _candidates(sets, threshold=threshold):
        if jaccard(sets[one], sets[other]) >= threshold:
            near[one].add(other)
            near[other].add(one)
    return Neighbours(tuple(group_of), {group: frozenset(others) for group, others in near.items()})


def _distinct(texts: Iterable[str]) -> tuple[list[Shingles], list[int]]:
    numbers: dict[Shingles, int] = {}
    sets: list[Shingles] = []
    group_of: list[int] = []
    for text in texts:
        found = shingles(text)
        number = numbers.setdefault(found, len(sets)) if found else len(sets)
        if number == len(sets):
            sets.append(found)
        group_of.append(number)
    return sets, group_of


def _candidates(sets: Sequence[Shingles], *, threshold: float) -> Iterator[tuple[int, int]]:
    """Pairs that share a band of the signature, each once; sizes alone rule many out before any set is touched."""
    rows = 5 if threshold >= 0.8 else 4 if threshold >= 0.65 else 2
    signatures = _signatures(sets)
    sizes = [len(found) for found in sets]
    seen: set[int] = set()
    for start in range(0, _NUM_PERM - rows + 1, rows):
        for bucket in _buckets(signatures[:, start : start + rows]):
            for place, one in enumerate(bucket):
                for other in bucket[place + 1 :]:
                    code = one * len(sets) + other
                    if code not in seen and min(sizes[one], sizes[other]) >= threshold * max(sizes[one], sizes[other]):
                        seen.add(code)
                        yield one, other


def _signatures(sets: Sequence[Shingles]) -> "np.ndarray[Any, np.dtype[np.uint32]]":
    blocks = [np.zeros((0, _NUM_PERM), dtype=np.uint32)]
    for start in range(0, len(sets), _BLOCK):
        tokens = [sorted(found) for found in sets[start : start + _BLOCK]]
        matrix = rensa.RMinHash.digest_matrix_from_token_sets(tokens, _NUM_PERM, _SEED)
        blocks.append(np.asarray(matrix.to_rows(), dtype=np.uint32))
    signatures = np.vstack(blocks)
    empty = [index for index, found in enumerate(sets) if not found]
    signatures[empty] = np.arange(len(empty), dtype=np.uint32)[:, None]
    return signatures


def _buckets(band: "np.ndarray[Any, np.dtype[np.uint32]]") -> Iterator[list[int]]:
    """Rows with equal bands, two or more at a time, in ascending order."""
    if len(band) < 2:
        return
    order = np.lexsort(band.T)
    ranked = band[order]
    edges = np.flatnonzero((ranked[1:] != ranked[:-1]).any(axis=1)) + 1
    for bucket in np.split(order, edges):
        if len(bucket) > 1:
            yield sorted(bucket.tolist())
