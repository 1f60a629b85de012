"""All pairs of sets whose Jaccard similarity reaches a threshold: exact, by prefix filtering; nothing is sampled.

Two sets that are alike enough must share one of their rarest elements (Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma
and Srikant 2007). So only the rarest few of each set are looked up, lengths and 256-bit sketches rule most candidates
out, and the rest are counted element by element. Works on hashed elements in blocks of fixed size.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from brandtune.scoring.shingling import HASH_BITS, Hashes, Ints, ShingleSets

PAIR_BLOCK, ELEMENT_BLOCK, RANK_BLOCK = 1 << 18, 1 << 19, 1 << 12
CROWD = 1 << 20
_MASK = np.uint64((1 << HASH_BITS) - 1)
_MAX_COUNT = (1 << (64 - HASH_BITS)) - 1
_SKETCH_WORDS = 4
_SLACK = 1e-9


class Joiner:
    """Sets made ready to be compared at one threshold.

    Args:
        sets: Hashed sets, each without repeats.
        threshold: Jaccard similarity over 0 and at most 1.
    """

    def __init__(self, sets: ShingleSets, *, threshold: float) -> None:
        self.sets, self.threshold = sets, threshold
        self.sizes = sets.sizes
        self._sketches = _sketches(sets)
        self.owners, self.rare = self._prefixes()

    def pairs(self) -> tuple[Ints, Ints]:
        """Every pair (i < j) at or over the threshold, in ascending order."""
        # Ordered by element and then by size, so that the size alone bounds where a partner can stand.
        sizes = np.minimum(self.sizes[self.owners], _MAX_COUNT)
        keys = self.rare << np.uint64(64 - HASH_BITS) | sizes.astype(np.uint64)
        order = np.argsort(keys)
        keys, owners = keys[order], self.owners[order]
        least = np.ceil(self.threshold * sizes[order] - _SLACK).astype(np.uint64)
        left = np.searchsorted(keys, (keys & ~np.uint64(_MAX_COUNT)) | least)
        return self.verified(owners, owners, left, np.arange(len(owners)), ascending=True)

    def links(self) -> tuple[Ints, Ints]:
        """Just enough pairs at or over the threshold to connect all sets that any chain of such pairs connects.

        Sets that follow one leader are known to be connected; only pairs across such clusters are looked at.
        """
        leader = self.leaders(np.arange(len(self.sets)))
        followers = np.flatnonzero(leader != np.arange(len(self.sets)))
        order = np.lexsort((leader[self.owners], self.rare))
        owners, elements = self.owners[order], self.rare[order]
        left = _starts_of_runs(elements)
        right = np.maximum(left, _starts_of_runs(leader[owners]))
        ones, others = self.verified(owners, owners, left, right)
        return np.concatenate([leader[followers], others]), np.concatenate([followers, ones])

    def leaders(self, ranking: Ints) -> Ints:
        """Walk the sets in `ranking`; each is its own leader unless it is alike to an earlier one, the earliest wins.

        Only leaders are compared with, so a thousand copies of one text cost a thousand comparisons, not a million.
        """
        walk = _Walk(self, ranking)
        blocks = [(start, start + RANK_BLOCK) for start in range(0, len(ranking), RANK_BLOCK)][::-1]
        while blocks:
            start, stop = blocks.pop()
            if not walk.settle(start, stop):
                middle = (start + stop) // 2
                blocks += [(middle, stop), (start, middle)]
        return walk.leader

    def verified(
        self, ones: Ints, others: Ints, left: Ints, right: Ints, *, ascending: bool = False
    ) -> tuple[Ints, Ints]:
        """The truly alike among the candidates `ones[i]` with each of `others[left[i]:right[i]]`; each pair once.

        Args:
            ascending: Which of the two is which does not matter: the smaller comes first.
        """
        found = [np.zeros(0, np.int64)]
        for places, matches in ranges(left, right):
            one, other = self._plausible(ones[places], others[matches])
            if ascending:
                one, other = np.minimum(one, other), np.maximum(one, other)
            found.append(_distinct(one * len(self.sets) + other))
        codes = _distinct(np.concatenate(found))
        one, other = codes // max(1, len(self.sets)), codes % max(1, len(self.sets))
        verdicts = [self._alike(one[start:stop], other[start:stop]) for start, stop in self._cut(one, other)]
        alike = np.concatenate([np.zeros(0, np.bool_), *verdicts])
        return one[alike], other[alike]

    def _plausible(self, ones: Ints, others: Ints) -> tuple[Ints, Ints]:
        """Candidates whose sizes and sketches allow the threshold."""
        sizes, others_sizes = self.sizes[ones], self.sizes[others]
        fits = np.minimum(sizes, others_sizes) >= self.threshold * np.maximum(sizes, others_sizes) - _SLACK
        ones, others = ones[fits], others[fits]
        allowed = (1 - self.threshold) / (1 + self.threshold) * (sizes + others_sizes)[fits] + _SLACK
        for word in range(_SKETCH_WORDS):
            sketch = self._sketches[word]
            allowed = allowed - np.bitwise_count(sketch[ones] ^ sketch[others])
            fits = allowed >= 0
            ones, others, allowed = ones[fits], others[fits], allowed[fits]
        return ones, others

    def _cut(self, ones: Ints, others: Ints) -> Iterator[tuple[int, int]]:
        """Pairs in blocks of a bounded number of elements."""
        ends = np.cumsum(self.sizes[ones] + self.sizes[others])
        start = 0
        while start < len(ones):
            before = int(ends[start - 1]) if start else 0
            stop = int(np.searchsorted(ends, before + ELEMENT_BLOCK, "right"))
            stop = min(max(stop, start + 1), start + _MAX_COUNT)
            yield start, stop
            start = stop

    def _alike(self, ones: Ints, others: Ints) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Whether each pair's exact Jaccard similarity reaches the threshold."""
        numbers = np.arange(len(ones), dtype=np.int64)
        sides = [(numbers, self._elements(side), self.sizes[side]) for side in (ones, others)]
        keys = np.concatenate(
            [np.repeat(pair, sizes).astype(np.uint64) << np.uint64(HASH_BITS) | found for pair, found, sizes in sides]
        )
        keys.sort()
        equal = keys[1:][keys[1:] == keys[:-1]] >> np.uint64(HASH_BITS)
        shared = np.bincount(equal.astype(np.int64), minlength=len(ones))
        return np.asarray(shared / (self.sizes[ones] + self.sizes[others] - shared) >= self.threshold)

    def _elements(self, sets: Ints) -> Hashes:
        """The elements of `sets`, one set after the other."""
        sizes = self.sizes[sets]
        first = self.sets.starts[sets] - np.concatenate([[0], np.cumsum(sizes)[:-1]])
        return self.sets.values[np.repeat(first, sizes) + np.arange(int(sizes.sum()))]

    def _prefixes(self) -> tuple[Ints, Hashes]:
        """The rarest elements of each set that decide whom it is compared with, without those that nobody shares."""
        counts, shift = _counts(self.sets.values)
        owners, elements = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
        for size, members in _by_size(self.sizes):
            keep = size - int(np.ceil(self.threshold * size - _SLACK)) + 1
            rows = max(1, ELEMENT_BLOCK // size)
            for start in range(0, len(members), rows):
                some = members[start : start + rows]
                found = self._elements(some).reshape(len(some), size)
                keys = counts[found >> shift].astype(np.uint64) << np.uint64(HASH_BITS) | found
                keys = np.partition(keys, keep - 1, axis=1)[:, :keep] if keep < size else keys
                shared = keys >> np.uint64(HASH_BITS) > 1
                owners.append(np.repeat(some, shared.sum(axis=1)))
                elements.append(keys[shared] & _MASK)
        return np.concatenate(owners), np.concatenate(elements)


class _Walk:
    """The state of `leaders`: who leads whom so far, and the rare elements of the leaders in order."""

    def __init__(self, joiner: Joiner, ranking: Ints) -> None:
        self.joiner = joiner
        self.place = np.empty(len(ranking), dtype=np.int64)
        self.place[ranking] = np.arange(len(ranking))
        self.leader = np.arange(len(ranking), dtype=np.int64)
        order = np.argsort(self.place[joiner.owners], kind="stable")
        self.owners, self.elements = joiner.owners[order], joiner.rare[order]
        self.places = self.place[self.owners]
        self.known, self.known_owners = np.zeros(0, np.uint64), np.zeros(0, np.int64)

    def settle(self, start: int, stop: int) -> bool:
        """Find the leaders of the sets ranked from `start` to `stop`; False when they are too many alike at once."""
        first, last = np.searchsorted(self.places, [start, stop])
        elements, owners = self._open(self.elements[first:last], self.owners[first:last])
        self._follow(elements, owners)
        elements, owners = self._open(elements, owners)
        order = np.argsort(elements, kind="stable")
        left = _starts_of_runs(elements[order])
        if stop - start > 1 and int((np.arange(len(order)) - left).sum()) > CROWD:
            return False
        later, earlier = self.joiner.verified(owners[order], owners[order], left, np.arange(len(order)))
        order = np.lexsort((self.place[earlier], self.place[later]))
        for one, other in zip(later[order].tolist(), earlier[order].tolist(), strict=True):
            if self.leader[one] == one and self.leader[other] == other:
                self.leader[one] = other
        self._remember(*self._open(elements, owners))
        return True

    def _open(self, elements: Hashes, owners: Ints) -> tuple[Hashes, Ints]:
        """Those of sets that follow nobody."""
        open_ = self.leader[owners] == owners
        return elements[open_], owners[open_]

    def _follow(self, elements: Hashes, owners: Ints) -> None:
        """Give sets the earliest of the known leaders that they are alike to."""
        left, right = (np.searchsorted(self.known, elements, "left"), np.searchsorted(self.known, elements, "right"))
        ones, others = self.joiner.verified(owners, self.known_owners, left, right)
        order = np.argsort(-self.place[others], kind="stable")
        self.leader[ones[order]] = others[order]

    def _remember(self, elements: Hashes, owners: Ints) -> None:
        """Add new leaders to the known ones."""
        merged = np.concatenate([self.known, elements])
        order = np.argsort(merged, kind="stable")
        self.known, self.known_owners = merged[order], np.concatenate([self.known_owners, owners])[order]


def _counts(values: Hashes) -> tuple["np.ndarray[Any, np.dtype[np.uint16]]", np.uint64]:
    """How often elements occur, at most 4,095, by the upper bits of their hash; 1 means that the element is alone."""
    bits = min(26, max(8, len(values).bit_length()))
    shift = np.uint64(HASH_BITS - bits)
    counts = np.bincount((values >> shift).astype(np.int64), minlength=1 << bits)
    return np.minimum(counts, _MAX_COUNT).astype(np.uint16), shift


def _by_size(sizes: Ints) -> Iterator[tuple[int, Ints]]:
    """The sets of each size; empty sets resemble nothing and are left out."""
    order = np.argsort(sizes, kind="stable")
    if not len(sizes):
        return
    distinct, starts = np.unique(sizes[order], return_index=True)
    for size, members in zip(distinct.tolist(), np.split(order, starts[1:]), strict=True):
        if size:
            yield size, members


def _sketches(sets: ShingleSets) -> Hashes:
    """256 bits a set, each the parity of the elements that fall on it: at most as many bits differ as elements do."""
    sketches = np.zeros((_SKETCH_WORDS, len(sets)), dtype=np.uint64)
    filled = np.flatnonzero(sets.sizes)
    starts = sets.starts[filled]
    edges = np.searchsorted(starts, np.arange(0, len(sets.values) + ELEMENT_BLOCK, ELEMENT_BLOCK))
    for first, last in itertools.pairwise(np.unique(edges).tolist()):
        values = sets.values[starts[first] : starts[last] if last < len(starts) else len(sets.values)]
        bits = np.uint64(1) << ((values >> np.uint64(2)) & np.uint64(63))
        for word in range(_SKETCH_WORDS):
            mine = np.where(values & np.uint64(3) == word, bits, np.uint64(0))
            sketches[word, filled[first:last]] = np.bitwise_xor.reduceat(mine, starts[first:last] - starts[first])
    return sketches


def _distinct(values: Ints) -> Ints:
    """Each value once, ascending."""
    values = np.sort(values)
    return values[np.concatenate([[True], values[1:] != values[:-1]])] if len(values) else values


def _starts_of_runs(ranked: Hashes | Ints) -> Ints:
    """For each place, where its run of equal values starts."""
    if not len(ranked):
        return np.zeros(0, np.int64)
    edges = np.concatenate([[True], ranked[1:] != ranked[:-1]])
    starts: Ints = np.flatnonzero(edges)
    return np.asarray(starts[np.cumsum(edges) - 1])


def ranges(left: Ints, right: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Each place `i` beside every number in `left[i]:right[i]`, in blocks of about a million."""
    ends = np.cumsum(right - left)
    start = 0
    while start < len(left):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + PAIR_BLOCK, "right")))
        counts = right[start:stop] - left[start:stop]
        first = left[start:stop] - np.concatenate([[0], np.cumsum(counts)[:-1]])
        yield np.repeat(np.arange(start, stop), counts), np.repeat(first, counts) + np.arange(int(counts.sum()))
        start = stop
