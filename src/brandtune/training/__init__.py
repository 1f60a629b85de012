"""Stage: a dataset becomes an adapter on a base model. Read `loop` next; nothing heavy loads until `train` is used."""

from typing import TYPE_CHECKING, Any

from brandtune.training.config import LoRAConfig, TrainingConfig

__all__ = ["Checkpoint", "LoRAConfig", "TrainingConfig", "preflight", "train"]


def __getattr__(name: str) -> Any:
    if name in ("train", "Checkpoint"):
        from brandtune.training import training

        return getattr(training, name)
    if name == "preflight":
        from brandtune.training.estimate import preflight

        return preflight
    raise AttributeError(f"module 'brandtune.training' has no attribute {name!r}")


if TYPE_CHECKING:
    from brandtune.training.estimate import preflight
    from brandtune.training.results import Checkpoint
    from brandtune.training.training import train
