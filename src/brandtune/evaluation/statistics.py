"""The statistics of comparing arms on the same examples: intervals, exact tests, what a test set can show.

Units are examples, resampled by cluster (customer). Sources: Miller 2024 (arXiv 2411.00640) for clustering, Efron 1987
for BCa intervals, McNemar 1947 in its exact form.
"""

import math
import warnings
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from brandtune.evaluation.results import Contrast, Estimate

Values = NDArray[np.float64]
CONFIDENCE = 0.95
POWER = 0.8
# Fewer customers than this carry no verdict: neither interval nor test is to be trusted on so few.
FEWEST_CLUSTERS = 10
# Sign patterns looked at in one go, which bounds the memory of a permutation test.
PATTERNS_AT_ONCE = 1000
# Half-way between the 20 % and 40 % of discordant pairs that comparisons of prompts and tuned models show.
ASSUMED_DISCORDANT_SHARE = 0.3


def estimate(values: Sequence[float], *, clusters: Sequence[Hashable], resamples: int, seed: int) -> Estimate:
    """Mean with a 95 % interval: Wilson for shares of unclustered examples, else BCa over clusters.

    A share of one cluster may be anything from 0 to 1.
    """
    array = np.asarray(values, dtype=np.float64)
    if len(array) == 0:
        return Estimate(value=math.nan, n=0)
    if _is_binary(array) and len(set(clusters)) == len(array):
        low, high = wilson(int(array.sum()), len(array))
    else:
        least = 0.0 if array.min() >= 0 else -1.0
        low, high = _mean_interval(array, clusters, resamples=resamples, seed=seed, least=least)
    if _is_binary(array):
        low, high = max(low, 0.0), min(high, 1.0)
    return Estimate(value=float(array.mean()), low=low, high=high, n=len(array))


def compare(
    metric: str,
    arm: tuple[str, Sequence[float]],
    baseline: tuple[str, Sequence[float]],
    *,
    clusters: Sequence[Hashable],
    resamples: int,
    seed: int,
) -> Contrast:
    """Paired comparison of two arms, (name, one value per example) each, on the same examples in the same order.

    Raises:
        ValueError: The arms have different numbers of examples, or a value is not a number.
    """
    if not len(arm[1]) == len(baseline[1]) == len(clusters):
        raise ValueError(f"{arm[0]} and {baseline[0]} were scored on different examples")
    ours, theirs = np.asarray(arm[1], dtype=np.float64), np.asarray(baseline[1], dtype=np.float64)
    for name, values in ((arm[0], ours), (baseline[0], theirs)):
        if not np.isfinite(values).all():
            raise ValueError(f"{metric} of {name} is not a number for example {int(np.argmin(np.isfinite(values)))}")
    difference = ours - theirs
    low, high = _mean_interval(difference, clusters, resamples=resamples, seed=seed)
    binary = _is_binary(ours) and _is_binary(theirs)
    unclustered = len(set(clusters)) == len(difference)
    if binary and unclustered:
        p_value, method = mcnemar(difference), "exact McNemar test, BCa bootstrap interval"
    else:
        p_value = sign_flip(difference, clusters, resamples=resamples, seed=seed)
        method = "sign-flip permutation by customer, BCa bootstrap interval by customer"
    return Contrast(
        metric=metric,
        arm=arm[0],
        baseline=baseline[0],
        difference=Estimate(value=float(difference.mean()), low=low, high=high, n=len(difference)),
        p_value=p_value,
        method=method,
        num_clusters=len(set(clusters)),
        minimum_detectable=minimum_detectable(len(set(clusters))) if binary else None,
        discordant=(int((difference > 0).sum()), int((difference < 0).sum())) if binary else None,
    )


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of a share."""
    interval = stats.binomtest(successes, n).proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def mcnemar(difference: Values) -> float:
    """Exact two-sided McNemar p-value from paired differences in {-1, 0, 1}."""
    gained, lost = int((difference > 0).sum()), int((difference < 0).sum())
    return float(stats.binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0


def sign_flip(difference: Values, clusters: Sequence[Hashable], *, resamples: int, seed: int) -> float:
    """Two-sided permutation p-value: under no effect, each cluster's summed difference is as likely negative.

    All sign patterns are looked at where there are at most `resamples` of them, so that the value is exact; else so
    many are drawn.
    """
    sums, _ = cluster_sums(difference, clusters)
    sums = sums[np.abs(sums) > 1e-12]
    if not len(sums):
        return 1.0
    observed = abs(sums.sum()) - 1e-9
    if len(sums) < 63 and 2 ** len(sums) <= resamples:
        patterns = (np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums))) & 1
        return float((np.abs((2.0 * patterns - 1.0) @ sums) >= observed).mean())
    generator, as_extreme = np.random.default_rng(seed), 0
    for start in range(0, resamples, PATTERNS_AT_ONCE):
        signs = generator.choice([-1.0, 1.0], size=(min(PATTERNS_AT_ONCE, resamples - start), len(sums)))
        as_extreme += int((np.abs(signs @ sums) >= observed).sum())
    return (as_extreme + 1) / (resamples + 1)


def cluster_sums(values: Values, clusters: Sequence[Hashable]) -> tuple[Values, Values]:
    """(sum, count) of each cluster, in order of first appearance."""
    index: dict[Hashable, int] = {}
    positions = np.array([index.setdefault(cluster, len(index)) for cluster in clusters], dtype=np.int64)
    sums = np.bincount(positions, weights=values, minlength=len(index)).astype(np.float64)
    counts = np.bincount(positions, minlength=len(index)).astype(np.float64)
    return sums, counts


def ratio_interval(
    numerators: Values, denominators: Values, *, clusters: Sequence[Hashable], resamples: int, seed: int
) -> tuple[float, float]:
    """95 % interval of sum(numerators) / sum(denominators), e.g. nats per token, clusters resampled whole."""
    sums, _ = cluster_sums(numerators, clusters)
    totals, _ = cluster_sums(denominators, clusters)
    index = np.random.default_rng(seed).integers(0, len(sums), size=(resamples, len(sums)))
    draws = sums[index].sum(axis=1) / totals[index].sum(axis=1)
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def one_sided_lower(values: Values, clusters: Sequence[Hashable], *, resamples: int, seed: int) -> float:
    """Lower end of a one-sided 95 % interval of the mean, for non-inferiority."""
    return _mean_interval(values, clusters, resamples=resamples, seed=seed, confidence=0.90)[0]


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment of a family of p-values, in the order given (Holm 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [1.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def minimum_detectable(num_clusters: int, *, discordant_share: float = ASSUMED_DISCORDANT_SHARE) -> float:
    """Smallest true difference of two shares that a paired test of this size finds with 80 % power at 5 %.

    >>> round(minimum_detectable(200), 3)
    0.109
    """
    spread = math.sqrt(discordant_share)
    return min(1.0, _z_sum() * spread / math.sqrt(num_clusters)) if num_clusters else 1.0


def power(n: int, difference: float, *, discordant_share: float = ASSUMED_DISCORDANT_SHARE) -> float:
    """How often a test set of `n` customers finds a true difference of two shares: exact for McNemar's exact test.

    Args:
        difference: True gain; at most `discordant_share`, the share of examples that only one arm gets right.

    >>> round(power(200, 0.109), 2)
    0.78
    """
    share = max(discordant_share, abs(difference))
    if n < 1 or share <= 0:
        return 0.0
    discordant = np.arange(n + 1)
    fewest_wins = stats.binom.isf((1 - CONFIDENCE) / 2, discordant, 0.5) + 1
    won = stats.binom.sf(fewest_wins - 1, discordant, (1 + abs(difference) / share) / 2)
    return float((stats.binom.pmf(discordant, n, share) * won).sum())


def needed(difference: float, *, spread: float, worthwhile: float) -> int:
    """Examples needed to see `difference` (but nothing smaller than `worthwhile`) with 80 % power."""
    return math.ceil((_z_sum() * spread / max(abs(difference), worthwhile)) ** 2)


def _z_sum() -> float:
    return float(stats.norm.ppf(1 - (1 - CONFIDENCE) / 2) + stats.norm.ppf(POWER))


def _is_binary(values: Values) -> bool:
    return bool(np.isin(values, (0.0, 1.0)).all())


def _mean_interval(
    values: Values,
    clusters: Sequence[Hashable],
    *,
    resamples: int,
    seed: int,
    confidence: float = CONFIDENCE,
    least: float = -1.0,
) -> tuple[float, float]:
    """`least`: the lowest value there can be, -1 for differences of shares."""
    sums, counts = cluster_sums(values, clusters)
    if len(sums) < 2:
        return -math.inf, math.inf
    # Sums of equal floats over clusters of unequal size differ in the last digit.
    if np.ptp(sums / counts) <= 1e-12:
        return without_spread(float(values.mean()), len(sums), confidence=confidence, least=least)

    def mean(s: Any, c: Any, axis: int = -1) -> Any:
        return s.sum(axis=axis) / c.sum(axis=axis)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = stats.bootstrap(
            (sums, counts), mean, paired=True, vectorized=True, method="BCa", n_resamples=resamples,
            confidence_level=confidence, rng=np.random.default_rng(seed), batch=1000,
        )  # fmt: skip
    low, high = float(result.confidence_interval.low), float(result.confidence_interval.high)
    if math.isnan(low) or math.isnan(high):
        percentiles = np.nanquantile(result.bootstrap_distribution, [(1 - confidence) / 2, (1 + confidence) / 2])
        return float(percentiles[0]), float(percentiles[1])
    return low, high


def without_spread(value: float, n: int, *, confidence: float, least: float) -> tuple[float, float]:
    """All clusters agree, so resampling shows no spread; bound how often they could differ (between `least` and 1)."""
    if abs(value) > 1:
        return value, value
    agreeing = float(stats.binomtest(n, n).proportion_ci(confidence_level=confidence, method="wilson").low)
    low = agreeing * value + (1 - agreeing) * least
    high = agreeing * value + (1 - agreeing) * 1.0
    return max(low, least), min(high, 1.0)
