"""Every logged point as a line of JSON, written at once, so that others can follow a run while it goes on."""

import json
from collections.abc import Sequence
from pathlib import Path

from brandtune.training.callbacks.outcome import Outcome


class EventFile:
    """Args: `curve`: points of a resumed run; the file is made to hold just these before new ones come."""

    def __init__(self, path: Path, curve: Sequence[dict[str, float]]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8", buffering=1)  # a killed run may have logged past its checkpoint
        for point in curve:
            self.logged(point)

    def logged(self, point: dict[str, float]) -> None:
        self._file.write(json.dumps(point) + "\n")

    def wants_to_stop(self) -> str:
        return ""

    def finished(self, outcome: Outcome) -> None:
        self._file.close()
