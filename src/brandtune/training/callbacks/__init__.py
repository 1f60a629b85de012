"""What happens beside the training loop: events for others to read, stopping early. Each callback is a file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from brandtune.training.callbacks.early_stopping import EarlyStopping
from brandtune.training.callbacks.events import EventFile
from brandtune.training.callbacks.outcome import Outcome
from brandtune.training.callbacks.trackers import trackers
from brandtune.training.config import TrainingConfig

Point = dict[str, float]


class Callback(Protocol):
    """Hears of every logged point; may ask the loop to stop."""

    def logged(self, point: Point) -> None:
        """A point of the curve: step, epoch, learning_rate, seconds, and the losses that were measured there."""
        ...

    def wants_to_stop(self) -> str:
        """Why the loop should stop now, in a few words; empty to go on."""
        ...

    def finished(self, outcome: Outcome) -> None:
        """The loop has ended, for whatever reason."""
        ...


def callbacks_for(
    config: TrainingConfig, *, work: Path | None, identity: str, curve: Sequence[Point], warn: Callable[[str], None]
) -> list[Callback]:
    """The callbacks that a configuration asks for; a resumed run gives them the curve so far.

    Args:
        identity: Which run this is.
        warn: Told what whoever started the run should know.
    """
    found: list[Callback] = []
    if work is not None:
        found.append(EventFile(work / "events.jsonl", curve))
        found += trackers(config.track, work=work, identity=identity, curve=curve, warn=warn)
    if config.patience is not None:
        found.append(EarlyStopping(config.patience, curve))
    return found


__all__ = ["Callback", "EarlyStopping", "EventFile", "Outcome", "Point", "callbacks_for"]
