"""Stops when the held-out loss has not improved for a number of measurements."""

from collections.abc import Sequence

from brandtune.training.callbacks.outcome import Outcome


class EarlyStopping:
    """Args: `patience`: measurements without a new best after which to stop."""

    def __init__(self, patience: int, curve: Sequence[dict[str, float]]) -> None:
        self.patience = patience
        self.best, self.since = float("inf"), 0
        for point in curve:
            self.logged(point)

    def logged(self, point: dict[str, float]) -> None:
        loss = point.get("validation_loss")
        if loss is None or point["step"] == 0:
            return
        self.since = 0 if loss < self.best else self.since + 1
        self.best = min(self.best, loss)

    def wants_to_stop(self) -> str:
        return f"no better held-out loss in {self.since} measurements" if self.since >= self.patience else ""

    def finished(self, outcome: Outcome) -> None:
        return
