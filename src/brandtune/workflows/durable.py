"""What makes a stage durable: run once, reused while what it was made from stays the same, and said. `stages` has them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brandtune
from brandtune.core.errors import UsageError
from brandtune.core.progress import Progress
from brandtune.execution import RunDirectory, StageRecord
from brandtune.execution.stages import Artifact, fingerprint_of

JOURNEY = ("ingest", "link", "curate", "freeze", "train", "evaluate", "release")


class _Reached(Exception):
    """The stage that was asked for is done."""


class Durable:
    """Stages over one run directory, up to the last one that is wanted.

    Args:
        run: Where results are kept.
        progress: Where bars and sentences go.
    """

    def __init__(self, *, run: RunDirectory, progress: Progress) -> None:
        self.run, self.progress = run, progress
        self._last = JOURNEY[-1]

    @contextmanager
    def until(self, name: str) -> Iterator[None]:
        """Leave the block quietly once stage `name` is done.

        Raises:
            UsageError: No such stage.
        """
        if name not in JOURNEY:
            raise UsageError(f"there is no stage {name!r}.", fix=f"Stages: {', '.join(JOURNEY)}.")
        self._last = name
        try:
            yield
        except _Reached:
            return

    def _stage(
        self, name: str, made_from: Any, compute: Any, save: Any, load: Any, *, then: Callable[[], object] | None = None
    ) -> Artifact[Any]:
        """Run or reuse one stage, say so, and leave the journey when this was the last one wanted."""
        reused: list[StageRecord] = []
        artifact = self.run.stage(
            name,
            made_from=self._versioned(made_from),
            compute=compute,
            save=save,
            load=load,
            versions={"brandtune": brandtune.__version__},
            on_reuse=reused.append,
        )
        self.progress.say(f"{name}: {artifact.record.summary}{' (kept from before)' if reused else ''}")
        if then:
            then()
        if name == self._last != JOURNEY[-1]:
            raise _Reached(name)
        return artifact

    def _work(self, name: str, made_from: Any) -> Path:
        """Where a stage keeps what it is working on."""
        return self.run.work(name, fingerprint=self._fingerprint(name, made_from))

    def _versioned(self, made_from: Any) -> Any:
        return {"code": brandtune.__version__, **made_from}

    def _fingerprint(self, name: str, made_from: Any) -> str:
        return fingerprint_of(name, self._versioned(made_from))
