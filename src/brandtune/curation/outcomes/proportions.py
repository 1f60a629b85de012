"""Comparing two rates: how large the difference is, how sure, and how much data it would have taken."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Rate:
    """`successes` out of `trials`."""

    successes: int
    trials: int

    @property
    def value(self) -> float:
        return self.successes / self.trials


@dataclass(frozen=True)
class Difference:
    """How much `one` exceeds `other`.

    Attributes:
        value: Difference of the rates, in points of 1.
        low: Lower end of the 95 % interval (Newcombe's hybrid score interval).
        high: Upper end.
        p: Two-sided p-value of the pooled two-proportion z-test.
        probability: That `one` is truly higher, under uniform priors (beta-binomial posterior).
    """

    one: Rate
    other: Rate
    value: float
    low: float
    high: float
    p: float
    probability: float


def compare(one: Rate, other: Rate) -> Difference:
    """Compare two independent rates.

    >>> found = compare(Rate(60, 300), Rate(36, 300))
    >>> round(found.value, 2), round(found.low, 3), round(found.high, 3), round(found.p, 4), found.probability > 0.99
    (0.08, 0.021, 0.138, 0.0075, True)
    """
    low, high = newcombe(one, other)
    return Difference(
        one=one, other=other, value=one.value - other.value, low=low, high=high,
        p=z_test(one, other), probability=probability_higher(one, other),
    )  # fmt: skip


def wilson(rate: Rate, *, z: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson's score interval (1927); 95 % unless `z` says otherwise."""
    n, p = rate.trials, rate.value
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def newcombe(one: Rate, other: Rate) -> tuple[float, float]:
    """95 % interval of the difference by Newcombe's method 10 (1998), from the two Wilson intervals."""
    (low_1, high_1), (low_2, high_2) = wilson(one), wilson(other)
    p, q = one.value, other.value
    low = p - q - math.sqrt((p - low_1) ** 2 + (high_2 - q) ** 2)
    return low, p - q + math.sqrt((high_1 - p) ** 2 + (q - low_2) ** 2)


def z_test(one: Rate, other: Rate) -> float:
    """Two-sided p-value that both rates are equal, with the pooled variance; 1.0 where neither varies."""
    pooled = (one.successes + other.successes) / (one.trials + other.trials)
    variance = pooled * (1 - pooled) * (1 / one.trials + 1 / other.trials)
    if variance <= 0:
        return 1.0
    return math.erfc(abs(one.value - other.value) / math.sqrt(2 * variance))


def probability_higher(one: Rate, other: Rate) -> float:
    """Probability that `one`'s true rate is higher, each rate with a uniform prior.

    The integral of one Beta posterior against the other has a finite sum for whole counts, taken in logarithms. It is
    summed over the fewest terms, so tests of millions stay cheap.
    """
    import numpy as np
    from scipy.special import betaln

    a1, b1 = one.successes + 1, one.trials - one.successes + 1
    a2, b2 = other.successes + 1, other.trials - other.successes + 1
    # P(X > Y) by the number of terms: a1, or the same sum on the failures with sides exchanged.
    if b2 < a1:
        a1, b1, a2, b2 = b2, a2, b1, a1
    i = np.arange(a1, dtype=np.float64)
    terms = betaln(a2 + i, b1 + b2) - np.log(b1 + i) - betaln(1 + i, b1) - betaln(a2, b2)
    return float(min(1.0, np.exp(terms).sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for their number by Holm's step-down method (1979), in the order given.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def trials_needed(rate: float, *, lift: float, alpha: float, power: float) -> int:
    """Trials in each arm at which a two-sided test finds a relative `lift` over `rate` with that power.

    Normal approximation with unpooled variance under the alternative (Fleiss, Levin and Paik, 2003, without the
    continuity correction).
    """
    rate = min(max(rate, 1e-6), 1 - 1e-6)
    better = min(rate * (1 + lift), 1 - 1e-9)
    middle = (rate + better) / 2
    spread = _NORMAL.inv_cdf(1 - alpha / 2) * math.sqrt(2 * middle * (1 - middle))
    spread += _NORMAL.inv_cdf(power) * math.sqrt(rate * (1 - rate) + better * (1 - better))
    return math.ceil((spread / (better - rate)) ** 2)
