"""What other choices would have brought, from logged ones: the value of a policy off the log, with its uncertainty.

Sources: Horvitz & Thompson 1952 (inverse propensity), Swaminathan & Joachims 2015 (self-normalised), Dudík et al. 2011
(doubly robust). The log must hold every decision, those that brought nothing too, and the chance each had.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from brandtune.core.errors import DataError

Array = np.ndarray[Any, np.dtype[np.float64]]
_95 = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Logged:
    """One logged decision beside what another policy would choose.

    Attributes:
        reward: What came of the action taken, e.g. 1.0 for a conversion.
        propensity: The chance with which the action taken had been chosen.
        agrees: How likely the other policy takes that same action; 0 or 1 for one that always chooses the same.
        expected: A model's guess of the reward of what the other policy would do (for the doubly robust estimate).
        expected_taken: The same model's guess of the reward of the action taken.
    """

    reward: float
    propensity: float
    agrees: float
    expected: float = 0.0
    expected_taken: float = 0.0


@dataclass(frozen=True)
class PolicyValue:
    """The mean reward that a policy would bring; `effective` is how many decisions the weights are worth."""

    value: float
    error: float
    low: float
    high: float
    n: int
    effective: float
    method: str


def inverse_propensity(log: Sequence[Logged], *, clusters: Sequence[Hashable] | None = None) -> PolicyValue:
    """Unbiased, and wide where propensities are small.

    Raises:
        DataError: No decisions, or a propensity that is no chance above 0.
    """
    reward, weight = _columns(log)
    return _mean(weight * reward, weight, clusters, "inverse propensity")


def self_normalised(log: Sequence[Logged], *, clusters: Sequence[Hashable] | None = None) -> PolicyValue:
    """Rewards weighed by their weights' own mean: slightly biased, much narrower; errors as in `inverse_propensity`.

    The variance is the delta method's. Raises DataError too where no decision agrees at all.
    """
    reward, weight = _columns(log)
    if not weight.sum():
        raise DataError("the policy agrees with no logged decision, so the log says nothing about it.")
    value = float((weight * reward).sum() / weight.sum())
    influence = weight * (reward - value) / weight.mean()
    error = _error(influence, clusters)
    return _result(value, error, weight, "self-normalised inverse propensity")


def doubly_robust(log: Sequence[Logged], *, clusters: Sequence[Hashable] | None = None) -> PolicyValue:
    """A model's guess, corrected by what the log shows; right if the model or the propensities are."""
    reward, weight = _columns(log)
    expected = np.array([one.expected for one in log])
    taken = np.array([one.expected_taken for one in log])
    return _mean(expected + weight * (reward - taken), weight, clusters, "doubly robust")


def uplift(log: Sequence[Logged], *, clusters: Sequence[Hashable] | None = None) -> PolicyValue:
    """What the policy would bring more than what was done, a decision; doubly robust, errors as in `doubly_robust`."""
    reward, weight = _columns(log)
    expected = np.array([one.expected for one in log])
    taken = np.array([one.expected_taken for one in log])
    return _mean(expected + weight * (reward - taken) - reward, weight, clusters, "doubly robust, less what was done")


def _columns(log: Sequence[Logged]) -> tuple[Array, Array]:
    if not log:
        raise DataError("there are no logged decisions.", fix="Log every decision, with the chance it had.")
    for index, one in enumerate(log):
        if not 0 < one.propensity <= 1 or not 0 <= one.agrees <= 1 or not math.isfinite(one.reward):
            raise DataError(
                f"propensity {one.propensity}, agreement {one.agrees} and reward {one.reward} are no chances and a number.",
                where=f"decision {index}",
            )
    reward = np.array([one.reward for one in log], dtype=np.float64)
    weight = np.array([one.agrees / one.propensity for one in log], dtype=np.float64)
    return reward, weight


def _mean(values: Array, weight: Array, clusters: Sequence[Hashable] | None, method: str) -> PolicyValue:
    return _result(float(values.mean()), _error(values - values.mean(), clusters), weight, method)


def _error(influence: Array, clusters: Sequence[Hashable] | None) -> float:
    """Standard error of the mean, decisions about one customer taken together."""
    number = len(influence)
    if clusters is None:
        return math.sqrt(float((influence**2).sum()) / max(1, number - 1) / number)
    index: dict[Hashable, int] = {}
    groups = np.array([index.setdefault(cluster, len(index)) for cluster in clusters])
    sums = np.bincount(groups, weights=influence)
    return math.sqrt(float((sums**2).sum()) * len(sums) / max(1, len(sums) - 1)) / number


def _result(value: float, error: float, weight: Array, method: str) -> PolicyValue:
    effective = float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 0.0
    return PolicyValue(value, error, value - _95 * error, value + _95 * error, len(weight), effective, method)
