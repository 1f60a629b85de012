"""The curve of a run: where the loop stands, the losses measured there, and how the steps before it went."""

from typing import TYPE_CHECKING

from brandtune.training.health import overfits

if TYPE_CHECKING:
    from brandtune.training.callbacks import Point
    from brandtune.training.loop import Run


def add_point(run: "Run", *, train_loss: float | None, validation_loss: float | None = None) -> None:
    """Log the point at which a run stands, and tell the callbacks; the first sign of overfitting is said."""
    point = _point(run, train_loss=train_loss, validation_loss=validation_loss)
    run.figures = {}
    curve = run.state.curve
    curve.append(point)
    said = any("overfitting" in earlier for earlier in curve)
    if validation_loss is not None and not said and (sentence := overfits(curve)):
        point["overfitting"] = 1.0
        run.warned(sentence)
    for callback in run.callbacks:
        callback.logged(point)


def _point(run: "Run", *, train_loss: float | None, validation_loss: float | None) -> "Point":
    """What was not measured is not in it. The meter of the steps begins anew."""
    step = run.state.step
    point = {
        "step": step,
        "epoch": step / run.schedule.steps_per_epoch,
        "train_loss": train_loss,
        "validation_loss": validation_loss,
        "learning_rate": run.rate,
        "seconds": round(run.state.seconds, 2),
        **_meters(run),
        **run.figures,
    }
    return {name: value for name, value in point.items() if value is not None}


def _meters(run: "Run") -> "Point":
    """What the steps since the last point showed; nothing before the first."""
    run.state.peak_memory = max(run.state.peak_memory, run.memory.bytes)
    if not run.state.step:
        return {}
    return {
        "gradient_norm": run.gradient_norm,
        "tokens_per_s": round(run.meter.tokens_per_s(), 1),
        "peak_memory": run.state.peak_memory,
    }
