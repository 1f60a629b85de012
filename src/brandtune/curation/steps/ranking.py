"""Which of several alike examples is kept: the better one, then the one read first."""

from collections.abc import Sequence

from brandtune.core.examples import Example


def best_first(examples: Sequence[Example]) -> list[int]:
    """Indices from best to worst."""
    return sorted(range(len(examples)), key=lambda index: (-examples[index].quality, index))
