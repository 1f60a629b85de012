"""Whether outputs differ from one another: distinct n-grams (Li et al. 2016), and how much each repeats the others."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_WORD = re.compile(r"\w+(?:['’]\w+)*")
OVERLAP_WORDS = 4


def distinct(texts: Sequence[str], *, size: int) -> float | None:
    """Share of word n-grams over all texts that are different ones; None where no text is that long.

    It falls as texts are added, so compare only sets of one size.

    >>> distinct(["we are here", "we are there"], size=2)
    0.75
    """
    runs = Counter(run for text in texts for run in _runs(text, size))
    return len(runs) / runs.total() if runs else None


def self_overlaps(texts: Sequence[str]) -> list[float | None]:
    """For each text, the share of its runs of four words that stand in another text too; None for shorter texts.

    >>> self_overlaps(["one two three four", "one two three four", "a b c d"])
    [1.0, 1.0, 0.0]
    """
    sets = [set(_runs(text, OVERLAP_WORDS)) for text in texts]
    in_texts = Counter(run for runs in sets for run in runs)
    return [sum(in_texts[run] > 1 for run in runs) / len(runs) if runs else None for runs in sets]


def _runs(text: str, size: int) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return (tuple(words[start : start + size]) for start in range(len(words) - size + 1))
