"""Passages that were copied from one text into another, found by runs of twelve words.

A run that many people's texts share is boilerplate: a macro, a greeting, a legal line. It is the house's language, not
a leak. Two texts share a passage when the other runs that they have in common make up half or more of the shorter one;
unlike the similarity of whole texts, this sees a short text inside a long one. (Shared n-grams as a test for leaks:
Brown et al. 2020, arXiv 2005.14165, appendix C; by share of the text: Chowdhery et al. 2022, arXiv 2204.02311, §8.)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RUN, LEAST_WORDS, SHARE = 12, 20, 0.5
MOST_OWNERS, MOST_TEXTS = 5, 25
_WORD = re.compile(r"\w+")
_SEED = 20261120
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Passages:
    """What texts share.

    Attributes:
        pairs: Pairs of text indices (i < j), of different owners, that share a passage.
        num_common: Runs of twelve words that stand on more than one side, whether boilerplate or short overlap.
    """

    pairs: list[tuple[int, int]]
    num_common: int = 0


def shared_passages(texts: Sequence[str], *, owners: Sequence[str], sides: Sequence[str] | None = None) -> Passages:
    """Find the pairs of texts that share a passage. Texts of fewer than 20 words are left to the other checks.

    Args:
        owners: Whose each text is; one owner's texts are not compared, and boilerplate is counted by owners.
        sides: The split of each text: only pairs across sides are told, and the common runs are counted.

    >>> copied = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    >>> texts = [f"{copied} seventeen eighteen nineteen twenty", f"as I said before {copied} and that is all"]
    >>> shared_passages(texts, owners=["ana", "ben"]).pairs
    [(0, 1)]
    """
    hashes, text_of = _runs(texts)
    if not len(hashes):
        return Passages([])
    per_text = np.bincount(text_of, minlength=len(texts))
    owner_of = _numbers(owners)
    side_of = _numbers(sides) if sides is not None else None
    starts, sizes = _groups(hashes)
    common = _count_common(starts, sizes, text_of, side_of) if side_of is not None else 0
    codes = [
        _pair_codes(starts[sizes == size], int(size), text_of, owner_of, side_of, num_texts=len(texts))
        for size in np.unique(sizes)
        if size <= MOST_TEXTS
    ]
    pairs, shared = np.unique(np.concatenate([np.zeros(0, np.int64), *codes]), return_counts=True)
    one, other = pairs // len(texts), pairs % len(texts)
    copied = shared >= SHARE * np.minimum(per_text[one], per_text[other])
    return Passages(list(zip(one[copied].tolist(), other[copied].tolist(), strict=True)), common)


def _runs(texts: Sequence[str]) -> tuple["NDArray[np.uint64]", Ints]:
    """(hash, text) of each distinct run of each text, ordered by both. Hashes are 64 bit, from words numbered as met."""
    numbers: dict[str, int] = {}
    words: list[Ints] = []
    lengths: list[int] = []
    kept: list[int] = []
    for index, text in enumerate(texts):
        found = _WORD.findall(text.lower())
        if len(found) >= LEAST_WORDS:
            words.append(np.fromiter((numbers.setdefault(word, len(numbers)) for word in found), np.int64, len(found)))
            lengths.append(len(found))
            kept.append(index)
    if not words:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    stream = np.concatenate(words)
    text_of = np.repeat(np.asarray(kept, dtype=np.int64), lengths)
    coded = np.random.default_rng(_SEED).integers(0, 2**64, size=len(numbers), dtype=np.uint64)[stream]
    rolled = np.zeros(len(stream) - RUN + 1, dtype=np.uint64)
    for offset in range(RUN):
        rolled = rolled * np.uint64(0x9E3779B97F4A7C15) + coded[offset : offset + len(rolled)]
    whole = text_of[: len(rolled)] == text_of[RUN - 1 :]
    return _distinct(rolled[whole], text_of[: len(rolled)][whole])


def _distinct(hashes: "NDArray[np.uint64]", text_of: Ints) -> tuple["NDArray[np.uint64]", Ints]:
    order = np.lexsort((text_of, hashes))
    hashes, text_of = hashes[order], text_of[order]
    new = np.ones(len(hashes), dtype=bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (text_of[1:] != text_of[:-1])
    return hashes[new], text_of[new]


def _groups(hashes: "NDArray[np.uint64]") -> tuple[Ints, Ints]:
    """(start, size) of each stretch of equal hashes that is longer than one."""
    edges = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1], [True])))
    sizes = np.diff(edges)
    return edges[:-1][sizes > 1], sizes[sizes > 1]


def _pair_codes(
    starts: Ints, size: int, text_of: Ints, owner_of: Ints, side_of: Ints | None, *, num_texts: int
) -> Ints:
    """One number a pair of texts and run, for all runs that `size` texts share and that are not boilerplate."""
    texts = text_of[starts[:, None] + np.arange(size)]
    owners = np.sort(owner_of[texts], axis=1)
    texts = texts[1 + (owners[:, 1:] != owners[:, :-1]).sum(axis=1) <= MOST_OWNERS]
    codes = [np.zeros(0, np.int64)]
    for place in range(size - 1):
        one, other = np.repeat(texts[:, place], size - 1 - place), texts[:, place + 1 :].ravel()
        wanted = owner_of[one] != owner_of[other]
        if side_of is not None:
            wanted &= side_of[one] != side_of[other]
        codes.append(one[wanted] * num_texts + other[wanted])
    return np.concatenate(codes)


def _count_common(starts: Ints, sizes: Ints, text_of: Ints, side_of: Ints) -> int:
    """How many runs stand on more than one side."""
    ends = starts + sizes
    sides = side_of[text_of]
    changes = np.concatenate(([0], np.cumsum(sides[1:] != sides[:-1])))
    return int((changes[ends - 1] > changes[starts]).sum())


def _numbers(values: Sequence[Any]) -> Ints:
    numbers: dict[Any, int] = {}
    return np.asarray([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)
