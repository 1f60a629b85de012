"""Signs that a run goes wrong: a loss that runs away, and held-out loss that rises while training loss falls."""

import math
from collections.abc import Sequence
from statistics import fmean, median, variance

from brandtune.core.errors import BrandtuneError
from brandtune.training.checkpoints import State

WINDOW = 20
"""Steps whose mean loss is compared: single batches differ too much."""
UNSTEADY_WINDOW = 2 * WINDOW
UNSTEADY_RISE, UNSTEADY_SHARE, UNSTEADY_ERRORS, UNSTEADY_NORM = 0.3, 0.03, 4.0, 3.0
"""A loss is unsteady when its mean over that many steps stands above its lowest by more than this share of it, by this
share of all that was won, and by so many standard errors, while the gradient's median norm is so many times its lowest.
The bundled base on 77 intents (batches of 16) is, at twice the rate that suits it, after a third of the first epoch."""
RISE = 0.02
"""How far above its best the held-out loss must be, as a share of it, before it counts as risen."""


class Diverged(BrandtuneError):
    """The loss is not a number, or has run away."""


def diverged(state: State, what: str) -> Diverged:
    """What became of the loss, as an error that names the step and the last good weights."""
    good = f" The best weights so far are those of step {state.best_step}." if state.best_step else ""
    return Diverged(
        f"the loss {what} at step {state.step}.{good}",
        where="train",
        fix="Lower training.learning_rate, or set training.precision: fp32.",
    )


def runaway(state: State, loss: float) -> float | None:
    """Take note of a step's loss; the mean of the last `WINDOW` where it has run away, else None.

    It has when that mean stands above its lowest by more than one and a half times the first step's loss, which is the
    base's own, and by more than twice what had been won until then. Not for a reward negated, which has no zero.
    """
    if state.step == 0 or state.first_loss is None:
        state.first_loss = state.lowest_mean = loss
    state.window = [*state.window[1 - UNSTEADY_WINDOW :], loss]
    if len(state.window) < WINDOW:
        return None
    mean = fmean(state.window[-WINDOW:])
    state.lowest_mean = min(state.lowest_mean, mean)
    first, lowest = state.first_loss, state.lowest_mean
    return mean if mean - lowest > max(1.5 * abs(first), 2 * (first - lowest)) else None


def unsteady(state: State, norm: float) -> str:
    """A sentence when the loss rises again though the run has not failed yet; else empty. Asked after `runaway`.

    Losses of small batches differ so much that some means stand far apart in any long run, so gradients must have grown
    as well. After a sentence it looks anew: only what comes from then on is compared.

    Args:
        norm: Of the step's gradient, before it was clipped.
    """
    state.norms = [*state.norms[1 - UNSTEADY_WINDOW :], norm]
    if len(state.norms) < UNSTEADY_WINDOW or len(state.window) < UNSTEADY_WINDOW:
        return ""
    grown = median(state.norms)
    state.lowest_norm = min(state.lowest_norm, grown)
    if not state.calmest or fmean(state.window) < fmean(state.calmest):
        state.calmest = list(state.window)
        return ""
    now, lowest = fmean(state.window), fmean(state.calmest)
    error = math.sqrt((variance(state.window) + variance(state.calmest)) / UNSTEADY_WINDOW)
    won = (state.first_loss or 0.0) - lowest
    risen = now - lowest > max(UNSTEADY_RISE * abs(lowest), UNSTEADY_SHARE * won, UNSTEADY_ERRORS * error)
    if not risen or grown <= UNSTEADY_NORM * state.lowest_norm:
        return ""
    sentence = (
        f"training is not steady: at step {state.step + 1} the mean loss of {UNSTEADY_WINDOW} steps is {now:.3g} and was "
        f"{lowest:.3g}, and gradients are {grown / state.lowest_norm:.1f} times what they were"
    )
    state.window, state.norms, state.calmest, state.lowest_norm = [], [], [], math.inf
    return sentence


def overfits(curve: Sequence[dict[str, float]]) -> str:
    """A sentence when the held-out loss has risen from its best while the training loss fell; else empty.

    Looks at the validations only: there the training loss is the mean since the validation before.
    """
    measured = [point for point in curve if "validation_loss" in point and "train_loss" in point]
    if len(measured) < 2:
        return ""
    best = min(measured, key=lambda point: point["validation_loss"])
    last = measured[-1]
    risen = last["validation_loss"] - best["validation_loss"]
    if risen <= RISE * abs(best["validation_loss"]) or last["train_loss"] >= best["train_loss"]:
        return ""
    return (
        f"overfitting: held-out loss {last['validation_loss']:.3f} at step {last['step']:.0f}, after "
        f"{best['validation_loss']:.3f} at step {best['step']:.0f}, while training loss fell from "
        f"{best['train_loss']:.3f} to {last['train_loss']:.3f}"
    )
