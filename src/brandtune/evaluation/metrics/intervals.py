"""A quick 95 % interval of a mean over clusters: Student's t with the clustered standard error (Miller 2024, §2.2)."""

import math
from collections.abc import Hashable, Sequence

import numpy as np
from scipy import stats

from brandtune.evaluation.results import Estimate
from brandtune.evaluation.statistics import CONFIDENCE, cluster_sums, without_spread


def clustered_estimate(
    values: Sequence[float], *, clusters: Sequence[Hashable], low: float | None = None, high: float | None = None
) -> Estimate:
    """Mean with its interval, for the many detail metrics, where resampling each would take minutes.

    Args:
        low: The least value there can be, where there is one; the interval never reaches below. `high` likewise.

    Where every cluster agrees on a value between 0 and 1, the interval says how often others could differ.
    """
    array = np.asarray(values, dtype=np.float64)
    mean = float(array.mean()) if len(array) else math.nan
    sums, counts = cluster_sums(array, clusters)
    num = len(sums)
    if num < 2:
        return Estimate(value=mean, n=len(array))
    if (low, high) == (0.0, 1.0) and np.ptp(sums / counts) <= 1e-12:
        ends = without_spread(mean, num, confidence=CONFIDENCE, least=0.0)
        return Estimate(value=mean, low=ends[0], high=ends[1], n=len(array))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, num - 1)) * clustered_error(values, clusters)
    ends = (
        (mean - half if low is None else max(low, mean - half)),
        (mean + half if high is None else min(high, mean + half)),
    )
    return Estimate(value=mean, low=ends[0], high=ends[1], n=len(array))


def clustered_error(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """Standard error of a mean whose clusters are independent; there must be two of them."""
    array = np.asarray(values, dtype=np.float64)
    sums, counts = cluster_sums(array, clusters)
    num = len(sums)
    return math.sqrt(float(((sums - counts * array.mean()) ** 2).sum()) * num / (num - 1)) / len(array)
