"""How long a text of one kind usually is."""

from collections.abc import Sequence


def usual_length(references: Sequence[str]) -> tuple[int, int]:
    """Half the shortest and one and a half times the longest human text in characters, the outermost hundredth left aside.

    >>> usual_length(["word " * 10, "word " * 20])
    (25, 150)
    """
    lengths = sorted(len(text) for text in references)
    if not lengths:
        return 1, 10_000
    cut = len(lengths) // 100
    return max(1, lengths[cut] // 2), int(lengths[-1 - cut] * 1.5)
