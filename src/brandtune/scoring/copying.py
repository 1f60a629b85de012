"""How much of a text was copied from known texts: the longest run of words it shares with one of them.

Runs that many of the known texts share are the house's own language (a greeting, a policy line) and do not count.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.int64]]
_WORD = re.compile(r"\w+(?:['’]\w+)*")
SEED_WORDS, MOST_OWNERS = 4, 5


@dataclass(frozen=True)
class Copied:
    """The longest shared run; offsets are characters of the text that was checked. `source` is the known text's position."""

    words: int
    start: int = 0
    end: int = 0
    source: int | None = None


class CopyIndex:
    """Known texts, ready to be compared with.

    Args:
        texts: What must not be copied, in most cases the training texts.
        owners: Whose each text is; a run that more than five owners' texts share is common language.
    """

    def __init__(self, texts: Sequence[str], *, owners: Sequence[str] | None = None) -> None:
        numbers: dict[str, int] = {}
        names = list(owners) if owners is not None else [str(index) for index in range(len(texts))]
        owner_numbers = {name: index for index, name in enumerate(dict.fromkeys(names))}
        words: list[int] = []
        self._text_of: list[int] = []
        for index, text in enumerate(texts):
            own = [numbers.setdefault(word, len(numbers)) for word in _WORD.findall(text.lower())]
            # -1 stands between texts, so that no run reaches from one into the next.
            words += [*own, -1]
            self._text_of += [index] * (len(own) + 1)
        self._numbers = numbers
        self._words = np.array(words, dtype=np.int64)
        self._owner_of = np.array([owner_numbers[names[index]] for index in self._text_of], dtype=np.int64)
        hashes = _hashes(self._words)
        self._places = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._places]

    def longest(self, text: str) -> Copied:
        """The longest run of at least four words that `text` shares with a few owners' texts, common language aside.

        >>> index = CopyIndex(["our tents are sewn by hand in a barn", "call us"])
        >>> found = index.longest("They say tents are sewn by hand there.")
        >>> found.words, found.source
        (5, 0)
        """
        found = list(_WORD.finditer(text))
        words = [self._numbers.get(match[0].lower(), -2) for match in found]
        best, start = Copied(0), 0
        while start + max(SEED_WORDS, best.words + 1) <= len(words):
            length, source = self._from(words, start, longer_than=best.words)
            if length > best.words:
                best = Copied(length, found[start].start(), found[start + length - 1].end(), source)
            start += 1
        return best

    def _from(self, words: list[int], start: int, *, longer_than: int) -> tuple[int, int | None]:
        """Length of the longest run from `start` that at most five owners share, and a text that has it."""
        run = np.array(words[start : start + SEED_WORDS], dtype=np.int64)
        first, last = (np.searchsorted(self._hashes, _hashes(run), side=side)[0] for side in ("left", "right"))
        places = self._places[first:last]
        for offset in range(SEED_WORDS):
            places = places[self._words[places + offset] == run[offset]]
        best: tuple[int, int | None] = (0, None)
        length = SEED_WORDS
        while len(places):
            if length > longer_than and len(np.unique(self._owner_of[places])) <= MOST_OWNERS:
                best = (length, self._text_of[int(places[0])])
            if start + length >= len(words):
                break
            places = places[self._words[places + length] == words[start + length]]
            length += 1
        return best


def _hashes(words: Ints) -> "np.ndarray[Any, np.dtype[np.uint64]]":
    """A hash of each run of four words; runs that only look alike are told apart by their words."""
    num = max(0, len(words) - SEED_WORDS + 1)
    total = np.zeros(num, dtype=np.uint64)
    for offset in range(SEED_WORDS):
        total = total * np.uint64(0x9E3779B97F4A7C15) + words[offset : offset + num].astype(np.uint64)
    return total
