"""Lift of the next best action: outcomes under an arm's choices over those on record, estimated off the log.

Inverse propensity (Horvitz & Thompson 1952). Estimates that need the decisions which brought nothing as well
(self-normalised, doubly robust) cannot be had: held-out examples are actions that worked.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from brandtune.core.examples import Example
from brandtune.core.records import Struct
from brandtune.core.tasks import Task
from brandtune.evaluation.metrics.intervals import clustered_error, clustered_estimate
from brandtune.evaluation.results import Estimate
from brandtune.evaluation.scored import HUMAN, Scored

LIFT = "lift"
BLANK = "The line of lift over what was done stays blank: "


class OffLog(Struct, frozen=True, kw_only=True):
    """An arm's lift with its uncertainty.

    Attributes:
        error: Standard error, decisions about one customer taken together; None where the weights do not vary.
        agrees: How often the arm chose the action on record.
        effective: How many decisions the weights are worth (Kish: their squared sum over the sum of their squares).
    """

    value: float
    error: float | None
    n: int
    agrees: int
    effective: float


def propensity(example: Example) -> float | None:
    """The logged chance of the action that was taken; None where none was logged."""
    try:
        value = float(example.facts.get("propensity", ""))
    except ValueError:
        return None
    return value if 0 < value <= 1 else None


def weight(example: Example, right: float) -> float | None:
    """1 / propensity where the arm chooses the action that worked, else 0; None where no propensity was logged.

    Over examples whose action worked, the mean estimates E[r·1(choice = action)/p] / E[r]: outcomes under the arm's
    choices over outcomes under the logged ones.
    """
    chance = propensity(example)
    return None if chance is None else right / chance


def off_log(weights: Sequence[float], *, clusters: Sequence[Hashable]) -> OffLog:
    """The lift from one weight an example; the error is the delta method's for that ratio of means."""
    array = np.asarray(weights, dtype=np.float64)
    varies = len(set(clusters)) > 1 and bool(np.ptp(array) > 0)
    squares = float((array**2).sum())
    return OffLog(
        value=float(array.mean()),
        error=clustered_error(weights, clusters) if varies else None,
        n=len(array),
        agrees=int((array > 0).sum()),
        effective=float(array.sum()) ** 2 / squares if squares else 0.0,
    )


def lift_estimate(weights: Sequence[float], *, clusters: Sequence[Hashable]) -> Estimate:
    """The lift with its 95 % interval; without one where all weights are alike, which says nothing of the error."""
    if np.ptp(np.asarray(weights)) == 0:
        return Estimate(value=float(weights[0]), n=len(weights))
    return clustered_estimate(weights, clusters=clusters, low=0.0)


def asked_for(scored: Scored, tasks: Mapping[str, Task]) -> list[Example]:
    """The held-out examples of tasks that have a lift."""
    return [one for one in scored.examples if one.task in tasks and LIFT in tasks[one.task].metrics]


def lift_notes(scored: Scored, *, tasks: Mapping[str, Task], titles: Mapping[str, str]) -> list[str]:
    """Each arm's lift with its standard error and what its weights are worth; why there is none, where there is none."""
    asked = asked_for(scored, tasks)
    if not asked:
        return []
    logged = sum(propensity(example) is not None for example in asked)
    if not logged:
        return [
            f"{BLANK}none of the {len(asked)} held-out examples has a logged chance. Log with each action the chance it "
            "had, as the property `propensity` of its event (docs/guides/brand-voice.md)."
        ]
    notes = []
    if logged < len(asked):
        notes.append(
            f"{len(asked) - logged} of {len(asked)} examples have no logged chance (`propensity`) and are in no lift."
        )
    for arm in scored.outputs:
        column = scored.column(arm, LIFT) if arm != HUMAN else []
        if column:
            clusters = [scored.clusters[index] for index, _ in column]
            notes.append(_sentence(titles.get(arm, arm), off_log([value for _, value in column], clusters=clusters)))
    return [*notes, *_certain(asked)]


def _sentence(arm: str, found: OffLog) -> str:
    if not found.agrees:
        return f"Lift, {arm}: it chose none of the {found.n} logged actions that worked, so the log cannot value its choices."
    error = "not to be told, for all weights are alike" if found.error is None else f"{found.error:.2f}"
    return (
        f"Lift, {arm}: {found.value:.2f}, standard error {error}; it chose {found.agrees} of {found.n} logged actions that "
        f"worked, and their weights are worth {found.effective:.1f} decisions (effective sample size)."
    )


def _certain(asked: Sequence[Example]) -> list[str]:
    """Where the company never chose by chance, the log knows nothing of other choices."""
    chances = Counter(chance == 1.0 for example in asked if (chance := propensity(example)) is not None)
    if not chances[True]:
        return []
    return [
        f"{chances[True]} of {chances.total()} logged actions had a chance of 1: nothing else could have been done there, "
        "so the log cannot say what another choice would have brought."
    ]
