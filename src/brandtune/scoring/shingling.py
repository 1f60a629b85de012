"""Texts as sets of hashed word 3-shingles, worked out by numpy over whole blocks of characters at once.

A shingle is a 52-bit hash. Two different shingles of two texts of 1,000 words share one with probability 2e-10, so a
similarity that is worked out on hashes is the similarity of the words. Read `joining` next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.int64]]
Hashes = np.ndarray[Any, np.dtype[np.uint64]]
SIZE = 3
HASH_BITS = 52
BLOCK_CHARS, BLOCK_TEXTS = 1 << 20, 1 << (64 - HASH_BITS)
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_STEP = np.uint64(0x2545F4914F6CDD1D)
_MASK = np.uint64((1 << HASH_BITS) - 1)
_FINALISER = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)


@dataclass(frozen=True)
class ShingleSets:
    """One set a text: `values[starts[i]:starts[i + 1]]` are the hashes of text `i`, each once, in ascending order."""

    values: Hashes
    starts: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> Ints:
        return np.diff(self.starts)


def shingle_sets(texts: Sequence[str]) -> ShingleSets:
    """The hashed 3-shingles of each text; a text of one or two words is one shingle, one without words none.

    Words are runs of `\\w` in lower case, as in `similarity.shingles`. About 100 bytes of working memory a character
    of the longest block, whatever the number of texts.
    """
    found = [_block_sets(texts[start:stop]) for start, stop in _blocks(texts)]
    values = np.concatenate([values for values, _ in found]) if found else np.zeros(0, np.uint64)
    sizes = np.concatenate([sizes for _, sizes in found]) if found else np.zeros(0, np.int64)
    return ShingleSets(values, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def mixed(values: Hashes) -> Hashes:
    """Every bit of each value spread over all bits (the finaliser of splitmix64, public domain)."""
    values = values.copy()
    shifted = np.empty_like(values)
    for shift, factor in _FINALISER:
        np.right_shift(values, shift, out=shifted)
        np.bitwise_xor(values, shifted, out=values)
        np.multiply(values, factor, out=values)
    np.right_shift(values, np.uint64(31), out=shifted)
    return np.bitwise_xor(values, shifted, out=values)


def _blocks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    start, chars = 0, 0
    for index, text in enumerate(texts):
        if index > start and (chars + len(text) > BLOCK_CHARS or index - start == BLOCK_TEXTS):
            yield start, index
            start, chars = index, 0
        chars += len(text)
    if start < len(texts):
        yield start, len(texts)


def _block_sets(texts: Sequence[str]) -> tuple[Hashes, Ints]:
    """Hashes of all texts of one block, sorted within each, and how many each text has."""
    words, counts = _words(texts)
    owners = np.repeat(np.arange(len(texts), dtype=np.uint64), counts)
    hashes = [_runs(words, owners, SIZE)]
    for size in range(1, SIZE):
        few = counts == size
        if few.any():
            short = few[owners.astype(np.int64)]
            hashes.append(_runs(words[short], owners[short], size))
    keys = np.sort(np.concatenate(hashes))
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys
    sizes = np.bincount((keys >> np.uint64(HASH_BITS)).astype(np.int64), minlength=len(texts))
    return keys & _MASK, sizes.astype(np.int64)


def _runs(words: Hashes, owners: Hashes, size: int) -> Hashes:
    """Each run of `size` words within one text: the text's number in the upper bits, the run's hash below."""
    num = len(words) - size + 1
    if num <= 0:
        return np.zeros(0, np.uint64)
    total = np.full(num, size, dtype=np.uint64)
    for place in range(size):
        total += words[place : place + num] * _ODD[place]
    inside = owners[:num] == owners[size - 1 : size - 1 + num]
    hashes = mixed(total[inside]) >> np.uint64(64 - HASH_BITS)
    return np.asarray(owners[:num][inside] << np.uint64(HASH_BITS) | hashes)


def _words(texts: Sequence[str]) -> tuple[Hashes, Ints]:
    """The hash of every word of every text in order, and how many words each text has."""
    if len(texts) == 1 and len(texts[0]) > BLOCK_CHARS:
        parts = [_words([part])[0] for part in _pieces(texts[0])]
        return np.concatenate(parts), np.array([sum(map(len, parts))], dtype=np.int64)
    lowered = [text.lower() for text in texts]
    # One separator after each text, so that no word reaches into the next.
    codes = np.frombuffer("\n".join([*lowered, ""]).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    weighted = _character_values(int(codes.max()) + 1)[codes]
    inside = weighted != 0
    ends_of_texts = np.cumsum([len(text) + 1 for text in lowered])
    starts = np.flatnonzero(inside[1:] & ~inside[:-1]) + 1
    starts = np.concatenate([[0], starts]) if inside[0] else starts
    counts = np.diff(np.searchsorted(starts, ends_of_texts), prepend=0).astype(np.int64)
    if not len(starts):
        return np.zeros(0, np.uint64), counts
    powers, inverses = _powers(1 << max(21, len(codes).bit_length()))
    weighted *= powers[: len(codes)]
    words = np.add.reduceat(weighted, starts) * inverses[starts]
    return np.asarray((words ^ (words >> np.uint64(32))) * _ODD[1]), counts


def _pieces(text: str) -> Iterator[str]:
    """A very long text in pieces, cut between words; a single word longer than a block is cut anywhere."""
    start = 0
    while start < len(text):
        stop = min(len(text), start + BLOCK_CHARS)
        cut = stop
        while start < cut < len(text) and (text[cut].isalnum() or text[cut] == "_"):
            cut -= 1
        stop = cut if cut > start else stop
        yield text[start:stop]
        start = stop


def _character_values(num: int) -> Hashes:
    """A random number for each of the code points below `num` that `\\w` matches, zero for the others."""
    return _character_table(1 << max(14, num.bit_length()))


@cache
def _character_table(num: int) -> Hashes:
    words = np.array([code < 0x110000 and (chr(code).isalnum() or chr(code) == "_") for code in range(num)])
    return np.where(words, mixed(np.arange(1, num + 1, dtype=np.uint64) * _ODD[0]) | np.uint64(1), np.uint64(0))


@cache
def _powers(length: int) -> tuple[Hashes, Hashes]:
    """Powers of an odd number modulo 2**64 and their inverses: they make a word's hash free of where it stands."""
    inverse = np.uint64(pow(int(_STEP), -1, 1 << 64))
    steps = (np.full(length, step, dtype=np.uint64) for step in (_STEP, inverse))
    powers, inverses = (np.multiply.accumulate(step) for step in steps)
    return powers, inverses
