"""The whole state of a training run in one file that is either complete or absent, so that a kill loses little."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from brandtune.core.storage import write_bytes
from brandtune.training.sharding import divided_state


@dataclass
class State:
    """All that the loop changes. `step` counts finished optimizer steps; `recent` are losses not yet averaged.

    `secret` is what noise and draws of differential privacy come from.
    """

    step: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    recent: list[float] = field(default_factory=list)
    best_loss: float = float("inf")
    best_step: int = 0
    best_adapter: dict[str, torch.Tensor] = field(default_factory=dict)
    tokens: int = 0
    seconds: float = 0.0
    secret: str = ""


def save(path: Path, state: State, *, adapter: dict[str, torch.Tensor], optimizer: dict[str, Any]) -> None:
    """Write everything needed to go on exactly where the run stood, random state included.

    Args:
        optimizer: Its state, in whole tensors.
    """
    buffer = io.BytesIO()
    content: dict[str, Any] = {
        "state": vars(state),
        "adapter": adapter,
        "optimizer": optimizer,
        "rng": torch.get_rng_state(),
        "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    torch.save(content, buffer)
    write_bytes(path, buffer.getvalue())


def restore(path: Path, *, optimizer: torch.optim.Optimizer) -> tuple[State, dict[str, torch.Tensor]]:
    """Read a checkpoint back into the optimizer and random state; returns the loop's state and the adapter."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    optimizer.load_state_dict(divided_state(content["optimizer"], optimizer))
    torch.set_rng_state(content["rng"])
    if content["cuda_rng"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(content["cuda_rng"])
    return State(**content["state"]), content["adapter"]
