"""Other people's experiment trackers, where they are installed: TensorBoard, MLflow, Weights & Biases."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from brandtune.core.errors import MissingPartError

_PACKAGES = {"tensorboard": "tensorboard", "mlflow": "mlflow", "wandb": "wandb"}


class Tracker:
    """Hands every number of a point to one function.

    Args:
        write: Called with name, value and step.
        close: Called once at the end.
    """

    def __init__(
        self,
        write: Callable[[str, float, int], None],
        close: Callable[[], None],
        curve: Sequence[dict[str, float]],
    ) -> None:
        self._write, self._close = write, close
        for point in curve:
            self.logged(point)

    def logged(self, point: dict[str, float]) -> None:
        for name, value in point.items():
            if name != "step":
                self._write(name, value, int(point["step"]))

    def wants_to_stop(self) -> str:
        return ""

    def finished(self) -> None:
        self._close()


def trackers(names: Sequence[str], *, work: Path, curve: Sequence[dict[str, float]]) -> list[Tracker]:
    """One tracker for each name.

    Raises:
        MissingPartError: Its package is not installed; says which.
    """
    found = []
    for name in names:
        write, close = _OPEN[name](work)
        found.append(Tracker(write, close, curve))
    return found


def _tensorboard(work: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise _missing("tensorboard") from None
    writer: Any = SummaryWriter(str(work / "tensorboard"))
    return (lambda name, value, step: writer.add_scalar(name, value, step)), writer.close


def _mlflow(work: Path) -> Any:
    try:
        import mlflow
    except ImportError:
        raise _missing("mlflow") from None
    mlflow.start_run(run_name=work.parent.name)
    return (lambda name, value, step: mlflow.log_metric(name, value, step=step)), mlflow.end_run


def _wandb(work: Path) -> Any:
    try:
        import wandb
    except ImportError:
        raise _missing("wandb") from None
    run = wandb.init(dir=str(work), name=work.parent.name)
    return (lambda name, value, step: run.log({name: value}, step=step)), run.finish


_OPEN: dict[str, Callable[[Path], Any]] = {"tensorboard": _tensorboard, "mlflow": _mlflow, "wandb": _wandb}


def _missing(name: str) -> MissingPartError:
    return MissingPartError(
        f"`{name}` is not installed.", where="training.track", fix=f"pip install {_PACKAGES[name]}, or take it out."
    )
