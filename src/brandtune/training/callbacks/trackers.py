"""Other people's experiment trackers, where they are installed: TensorBoard, MLflow, Weights & Biases.

What a tracker cannot take never ends a run. Its run is noted in the work folder, so that training which goes on goes on in it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brandtune.core.errors import BrandtuneError, ConfigError, MissingPartError
from brandtune.core.storage import read_json, write_json
from brandtune.training.callbacks.outcome import Outcome
from brandtune.training.config import TrainingConfig

log = logging.getLogger(__name__)

FOLDER = "trackers"
_PACKAGES = {"tensorboard": "tensorboard", "mlflow": "mlflow", "wandb": "wandb"}
_STATUS: dict[Outcome, str] = {"finished": "FINISHED", "failed": "FAILED", "killed": "KILLED"}
"""MLflow's words for how a run ended."""


@dataclass(frozen=True)
class Opened:
    """A tracker's run.

    Attributes:
        run_id: What the tracker calls it.
        write: Given the numbers of a point and its step.
        close: Called once at the end.
    """

    run_id: str
    write: Callable[[dict[str, float], int], object]
    close: Callable[[Outcome], object]


class Tracker:
    """Hands every point to one tracker, once, also over several starts. When it fails it is dropped, and that is said.

    Args:
        identity: Which training this is; another one in the same folder is another run of the tracker.
        curve: Points of a resumed run.
        warn: Told when the tracker has failed.

    Raises:
        MissingPartError: The tracker is not installed.
    """

    def __init__(
        self, name: str, *, work: Path, identity: str, curve: Sequence[dict[str, float]], warn: Callable[[str], None]
    ) -> None:
        self.name, self._identity, self._warn = name, identity, warn
        self._notes = work / FOLDER / f"{name}.json"
        self._run: Opened | None = None
        self._failed, self._last = False, -1
        self._attempt(lambda: self._open(work))
        for point in curve:
            self.logged(point)

    def logged(self, point: dict[str, float]) -> None:
        step = int(point["step"])
        if self._run is not None and not self._failed and step > self._last:
            self._attempt(lambda: self._write(point, step))

    def wants_to_stop(self) -> str:
        return ""

    def finished(self, outcome: Outcome) -> None:
        """Close the tracker's run, also one that has failed before: the next could not begin."""
        if self._run is None:
            return
        run = self._run
        self._attempt(lambda: run.close(outcome))
        if outcome == "finished":
            self._attempt(lambda: self._notes.unlink(missing_ok=True))

    def _open(self, work: Path) -> None:
        known: dict[str, Any] = read_json(self._notes) if self._notes.is_file() else {}
        if known.get("identity") != self._identity:
            known = {}
        self._run = _OPEN[self.name](work, str(known.get("run_id", "")))
        if self._run.run_id == known.get("run_id"):
            self._last = int(known["last_step"])
        self._note()

    def _write(self, point: dict[str, float], step: int) -> None:
        assert self._run is not None
        self._run.write({name: value for name, value in point.items() if name != "step"}, step)
        self._last = step
        self._note()

    def _note(self) -> None:
        assert self._run is not None
        write_json(self._notes, {"identity": self._identity, "run_id": self._run.run_id, "last_step": self._last})

    def _attempt(self, act: Callable[[], object]) -> None:
        try:
            act()
        except BrandtuneError:
            raise
        except Exception as error:  # somebody else's code and network: anything may come
            log.debug("tracker=%s failed", self.name, exc_info=error)
            if not self._failed:
                self._failed = True
                self._warn(
                    f"{self.name} failed with {type(error).__name__} and is told nothing more of this run; training goes on"
                )


def trackers(
    names: Sequence[str],
    *,
    work: Path,
    identity: str,
    curve: Sequence[dict[str, float]],
    warn: Callable[[str], None],
) -> list[Tracker]:
    """One tracker for each name.

    Raises:
        MissingPartError: Its package is not installed; says which.
    """
    return [Tracker(name, work=work, identity=identity, curve=curve, warn=warn) for name in names]


def require_work(config: TrainingConfig, work: Path | None) -> None:
    """Raises ConfigError where a tracker is asked for and there is no folder to note its run in."""
    if config.track and work is None:
        raise ConfigError(
            f"{', '.join(config.track)} cannot be told of a run without a work folder.",
            where="training.track",
            fix="As a library: bt.train(..., work=folder); or leave `track` out.",
        )


def _tensorboard(work: Path, _known: str) -> Opened:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise _missing("tensorboard") from None
    writer: Any = SummaryWriter(str(work / "tensorboard"))

    def write(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)
        writer.flush()  # a killed process must not lose what is noted as told

    return Opened("tensorboard", write, lambda _outcome: writer.close())


def _mlflow(work: Path, known: str) -> Opened:
    """A run that the caller has active is used and left open, as the callback of `transformers` does."""
    try:
        import mlflow
    except ImportError:
        raise _missing("mlflow") from None
    active = mlflow.active_run()
    run = active or (mlflow.start_run(run_id=known) if known else mlflow.start_run(run_name=work.parent.name))

    def close(outcome: Outcome) -> None:
        if active is None:
            mlflow.end_run(status=_STATUS[outcome])

    return Opened(run.info.run_id, lambda values, step: mlflow.log_metrics(values, step=step), close)


def _wandb(work: Path, known: str) -> Opened:
    """A run that the caller has active is used and left open; its steps are its own, so ours stand beside the numbers."""
    try:
        import wandb
    except ImportError:
        raise _missing("wandb") from None
    if wandb.run is not None:
        active = wandb.run
        return Opened(active.id, lambda values, step: active.log({**values, "step": step}), lambda _outcome: None)
    again = {"id": known, "resume": "allow"} if known else {}
    run = wandb.init(dir=str(work), name=work.parent.name, **again)
    return Opened(
        run.id,
        lambda values, step: run.log(values, step=step),
        lambda outcome: run.finish(exit_code=0 if outcome == "finished" else 1),
    )


_OPEN: dict[str, Callable[[Path, str], Opened]] = {"tensorboard": _tensorboard, "mlflow": _mlflow, "wandb": _wandb}


def _missing(name: str) -> MissingPartError:
    return MissingPartError(
        f"`{name}` is not installed.", where="training.track", fix=f"pip install {_PACKAGES[name]}, or take it out."
    )
