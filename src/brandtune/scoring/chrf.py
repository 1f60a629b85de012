"""chrF: how many runs of characters a translation shares with the translator's text (Popović 2015, W15-3049)."""

from collections import Counter
from collections.abc import Sequence

ORDER, BETA = 6, 2.0


def chrf(text: str, reference: str) -> float:
    """chrF2 of one text, 0 to 1: character n-grams of 1 to 6 without white space, recall counting twice as much.

    >>> chrf("Der Hund ist nass.", "Der Hund ist nass."), chrf("", "nass")
    (1.0, 0.0)
    """
    return corpus_chrf([text], [reference])


def corpus_chrf(texts: Sequence[str], references: Sequence[str]) -> float:
    """chrF2 of many texts together: n-grams are counted over all of them, so long texts count for more."""
    precisions, recalls, orders = 0.0, 0.0, 0
    pairs = [("".join(text.split()), "".join(wanted.split())) for text, wanted in zip(texts, references, strict=True)]
    for size in range(1, ORDER + 1):
        shared = given = expected = 0
        for text, wanted in pairs:
            ours, theirs = _runs(text, size), _runs(wanted, size)
            shared += (ours & theirs).total()
            given, expected = given + ours.total(), expected + theirs.total()
        if given and expected:
            precisions, recalls, orders = precisions + shared / given, recalls + shared / expected, orders + 1
    if not precisions or not recalls:
        return 0.0
    precision, recall = precisions / orders, recalls / orders
    return (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def _runs(text: str, size: int) -> Counter[str]:
    return Counter(text[start : start + size] for start in range(len(text) - size + 1))
