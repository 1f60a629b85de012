"""Near-duplicates as their definition says, one pair of Python sets at a time: what the fast search must equal."""

import itertools
from collections.abc import Sequence

from brandtune.scoring.similarity import jaccard, shingles


def all_pairs(texts: Sequence[str], *, threshold: float) -> set[tuple[int, int]]:
    """Every pair (i < j) at or over the threshold."""
    sets = [shingles(text) for text in texts]
    return {(a, b) for a, b in itertools.combinations(range(len(sets)), 2) if jaccard(sets[a], sets[b]) >= threshold}


def keep_best(texts: Sequence[str], ranking: Sequence[int], *, threshold: float) -> dict[int, int]:
    """Dropped text -> the best kept text that resembles it."""
    sets = [shingles(text) for text in texts]
    kept: list[int] = []
    dropped: dict[int, int] = {}
    for text in ranking:
        instead = next((other for other in kept if jaccard(sets[text], sets[other]) >= threshold), None)
        if instead is None:
            kept.append(text)
        else:
            dropped[text] = instead
    return dropped


def clusters(num: int, pairs: set[tuple[int, int]]) -> list[int]:
    """The smallest member of each text's cluster."""
    root = list(range(num))
    for _ in range(num):
        before = list(root)
        for one, other in pairs:
            root[one] = root[other] = min(root[one], root[other])
        if root == before:
            break
    return root
