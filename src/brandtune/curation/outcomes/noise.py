"""How much more rates vary than chance alone would make them, measured where one text was sent twice in one test."""

from collections.abc import Iterable, Sequence

from brandtune.curation.outcomes.proportions import Rate

FEWEST = 30
"""Degrees of freedom below which nothing is measured."""


def measured_noise(same_text: Iterable[Sequence[Rate]]) -> float:
    """The variance of equal texts' rates over what independent sends would give (Pearson's chi-square over its degrees of
    freedom), at least 1; exactly 1 where too few texts were sent twice to say.

    Real sends are not independent: one person counts several times, and hours, senders and lists differ. Without this,
    A/A tests come out "significant" far more often than the p-value says.

    Args:
        same_text: For each text of each test, the rates of the rows that sent it.
    """
    chi_square, freedom = 0.0, 0
    for rates in same_text:
        trials = sum(rate.trials for rate in rates)
        mean = sum(rate.successes for rate in rates) / trials if trials else 0.0
        if len(rates) < 2 or not 0 < mean < 1:
            continue
        chi_square += sum((r.successes - r.trials * mean) ** 2 / (r.trials * mean * (1 - mean)) for r in rates)
        freedom += len(rates) - 1
    return max(1.0, chi_square / freedom) if freedom >= FEWEST else 1.0


def discounted(rate: Rate, *, noise: float) -> Rate:
    """The rate as if from so many fewer independent sends.

    >>> discounted(Rate(40, 200), noise=2.0)
    Rate(successes=20, trials=100)
    """
    trials = max(1, round(rate.trials / noise))
    return Rate(min(trials, round(rate.successes / noise)), trials)
