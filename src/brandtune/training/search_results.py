"""What a search for settings found, read from its study. `search` makes the trials."""

from typing import Any

from brandtune.core.errors import BrandtuneError
from brandtune.core.records import Struct
from brandtune.training.search_space import Space

LOOKS_AN_EPOCH = 2
"""Validations in each epoch of a trial: where trials are compared with each other."""


class Trial(Struct, frozen=True, kw_only=True):
    """One training of the search.

    Attributes:
        state: How it ended; `pruned` early because others did better, `failed` because its loss diverged.
        settings: What was tried, by dotted name below `training`.
        loss: Lowest held-out loss, None where it was given up before any.
        curve: (epoch, held-out loss) at each look.
    """

    number: int
    state: str
    settings: dict[str, float]
    loss: float | None
    curve: tuple[tuple[float, float], ...]
    seconds: float


class Searched(Struct, frozen=True, kw_only=True):
    """What a search found.

    Attributes:
        best: Number of the best trial; 0 is the configured settings.
        gain: Held-out loss of the configured settings less that of the best, None where the former were not finished.
    """

    best: int
    settings: dict[str, float]
    gain: float | None
    trials: tuple[Trial, ...]


def ended(study: Any) -> list[Any]:
    """Its trials that are over, pruned ones too."""
    from optuna.trial import TrialState

    return list(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)))


def searched(study: Any, space: Space) -> Searched:
    """What the trials of a study come to.

    Raises:
        BrandtuneError: None of them was seen through.
    """
    trials = tuple(_trial(trial) for trial in ended(study))
    finished = [trial for trial in trials if trial.state == "finished" and trial.loss is not None]
    if not finished:
        raise BrandtuneError(
            f"none of {len(trials)} trials came to an end: their losses diverged.",
            where="training.search",
            fix="Lower training.learning_rate, or set training.precision: fp32.",
        )
    best = min(finished, key=lambda trial: (trial.loss, trial.number))
    known = next((trial for trial in finished if trial.settings == space.configured), None)
    assert best.loss is not None
    gain = known.loss - best.loss if known is not None and known.loss is not None else None
    return Searched(best=best.number, settings=best.settings, gain=gain, trials=trials)


def _trial(trial: Any) -> Trial:
    failed = trial.user_attrs.get("failed", False)
    complete = trial.state.name == "COMPLETE"
    losses = [value for _, value in sorted(trial.intermediate_values.items())]
    return Trial(
        number=trial.number,
        state="failed" if failed else "finished" if complete else "pruned",
        settings=dict(trial.user_attrs["settings"]),
        loss=min(losses, default=None),
        curve=tuple((look / LOOKS_AN_EPOCH, value) for look, value in sorted(trial.intermediate_values.items())),
        seconds=float(trial.user_attrs.get("seconds", 0.0)),
    )
