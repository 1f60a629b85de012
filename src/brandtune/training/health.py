"""Signs that a run goes wrong: a loss that runs away, and held-out loss that rises while training loss falls."""

from collections.abc import Sequence

from brandtune.core.errors import BrandtuneError
from brandtune.training.checkpoints import State

WINDOW = 20
"""Steps whose mean loss is compared: single batches differ too much."""
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
        fix="Lower training.learning_rate, or set training.precision: fp32; the last checkpoint is kept.",
    )


def runaway(state: State, loss: float) -> float | None:
    """Take note of a step's loss; the mean of the last `WINDOW` where it has run away, else None.

    It has when that mean stands above its lowest by more than one and a half times the first step's loss, which is the
    base's own, and by more than twice what had been won until then. Not for a reward negated, which has no zero.
    """
    if state.step == 0 or state.first_loss is None:
        state.first_loss = state.lowest_mean = loss
    state.window = [*state.window[1 - WINDOW :], loss]
    if len(state.window) < WINDOW:
        return None
    mean = sum(state.window) / WINDOW
    state.lowest_mean = min(state.lowest_mean, mean)
    first, lowest = state.first_loss, state.lowest_mean
    return mean if mean - lowest > max(1.5 * abs(first), 2 * (first - lowest)) else None


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
