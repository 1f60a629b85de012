"""How far two raters agree beyond chance: Cohen's kappa for two, Krippendorff's alpha for many with gaps."""

from collections import Counter
from collections.abc import Hashable, Sequence


def cohen_kappa(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> float | None:
    """Agreement beyond what both raters' habits would give by chance (Cohen 1960); None where chance alone agrees.

    Raises:
        ValueError: The raters rated different numbers of things.

    >>> cohen_kappa(["a", "b", "a", "b"], ["a", "b", "b", "b"])
    0.5
    """
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} ratings beside {len(theirs)}")
    if not ours:
        return None
    observed = sum(one == other for one, other in zip(ours, theirs, strict=True)) / len(ours)
    one_counts, other_counts = Counter(ours), Counter(theirs)
    expected = sum(count * other_counts[label] for label, count in one_counts.items()) / len(ours) ** 2
    return (observed - expected) / (1 - expected) if expected < 1 else None


def krippendorff_alpha(ratings: Sequence[Sequence[Hashable | None]]) -> float | None:
    """Agreement of any number of raters on unordered labels (Krippendorff 2011); None where everybody says one thing.

    Args:
        ratings: One row a rater, one column a thing; None where a rater said nothing. Things rated once do not count.
    """
    columns = [[value for value in column if value is not None] for column in zip(*ratings, strict=True)]
    columns = [column for column in columns if len(column) > 1]
    totals = Counter(value for column in columns for value in column)
    number = totals.total()
    if number < 2:
        return None
    disagreed = sum(
        (len(column) ** 2 - sum(count**2 for count in Counter(column).values())) / (len(column) - 1)
        for column in columns
    )
    by_chance = (number**2 - sum(count**2 for count in totals.values())) / (number - 1)
    return 1 - disagreed / by_chance if by_chance else None
