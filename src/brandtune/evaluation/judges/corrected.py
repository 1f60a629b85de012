"""A judge's bias taken out by what people said: prediction-powered inference with a tuned weight.

People voted on some outputs, a judge on all. However biased the judge, people's mean plus a multiple of how the judge's
mean on everything differs from its mean on what people voted on is an estimate of what people would say of everything.
The multiple is chosen so that the interval is narrowest; 0 takes people alone, 1 is the judge on all plus the mean of
people minus judge. Angelopoulos, Duchi and Zrnic 2023, PPI++ (arXiv 2311.01453), with variances clustered by customer.
"""

from collections.abc import Hashable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from brandtune.core.records import Struct
from brandtune.evaluation.results import Estimate
from brandtune.evaluation.statistics import CONFIDENCE, cluster_sums

# On fewer outputs that both looked at, neither the weight nor the interval is to be trusted.
FEWEST_BOTH = 30


class Corrected(Struct, frozen=True, kw_only=True):
    """People's mean with the judge's help; `weight` is how much of the judge went in."""

    estimate: Estimate
    weight: float


def prediction_powered(
    people: Mapping[str, float],
    judge: Mapping[str, float],
    *,
    clusters: Mapping[str, Hashable],
    weight: float | None = None,
) -> Corrected | None:
    """The mean that people would give to every output, from theirs on some and a judge's on all.

    Holds where the outputs that people voted on were chosen by chance.

    Args:
        people: Output to what people gave it, 0 to 1.
        judge: Output to what the judge gave it, on the same scale; those that people voted on are among them.
        clusters: Output to customer.
        weight: How much of the judge goes in; None chooses it, between 0 and 1.

    Returns:
        None where fewer than `FEWEST_BOTH` customers' outputs have both, or the judge looked at nothing else.
    """
    both, rest = [name for name in people if name in judge], [name for name in judge if name not in people]
    if len({clusters[name] for name in both}) < FEWEST_BOTH or len({clusters[name] for name in rest}) < 2:
        return None
    base = _Part(people, list(people), clusters, share=1.0)
    # The judge's mean on all differs from that on the voted by this share of how rest and voted differ.
    share = len(rest) / (len(rest) + len(both))
    seen, other = _Part(judge, both, clusters, share=-share), _Part(judge, rest, clusters, share=share)
    moved = {name: seen.sums.get(name, 0.0) + other.sums.get(name, 0.0) for name in {**seen.sums, **other.sums}}
    tuned = weight is None
    if weight is None:
        against = sum(base.sums.get(name, 0.0) * value for name, value in moved.items())
        spread = sum(value**2 for value in moved.values())
        weight = min(1.0, max(0.0, -against / spread)) if spread else 0.0
    value = base.mean + weight * (seen.mean + other.mean)
    sums = [base.sums.get(name, 0.0) + weight * moved.get(name, 0.0) for name in {**base.sums, **moved}]
    return Corrected(
        estimate=_estimate(value, sums, free=base.num_clusters - 1 - tuned, num=len({*people, *judge})), weight=weight
    )


class _Part:
    """One mean, times a share, and how far each customer pulls it from there."""

    def __init__(
        self, values: Mapping[str, float], names: list[str], clusters: Mapping[str, Hashable], *, share: float
    ) -> None:
        array: NDArray[np.float64] = np.array([values[name] for name in names], dtype=np.float64)
        own = [clusters[name] for name in names]
        self.num_clusters = len(set(own))
        self.mean = share * float(array.mean())
        sums, _ = cluster_sums(array - array.mean(), own)
        wider = (self.num_clusters / (self.num_clusters - 1)) ** 0.5
        self.sums = dict(zip(dict.fromkeys(own), (share * wider * sums / len(array)).tolist(), strict=True))


def _estimate(value: float, sums: list[float], *, free: int, num: int) -> Estimate:
    """The interval by Student's t; none where everybody said the same, which a variance can say nothing about."""
    error = float(np.sqrt(np.square(sums).sum()))
    if error < 1e-12:
        return Estimate(value=value, n=num)
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, free)) * error
    return Estimate(value=value, low=max(0.0, value - half), high=min(1.0, value + half), n=num)
