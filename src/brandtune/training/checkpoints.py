"""The whole state of a training run in one file that is either complete or absent, so that a kill loses little."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from brandtune.core.storage import whole_file
from brandtune.training.sharding import divided_state


@dataclass
class State:
    """All that the loop changes. `step` counts finished optimizer steps; `recent` are losses not yet averaged.

    `window`, `norms`, `first_loss`, `calmest` and `lowest_*` are what `health` looks at; `rate_share` is what it has left
    of the learning rate. `micro_batch_tokens` is what fitted, and
    `recomputed` how many layers are computed anew: both take part in how sums are rounded. `expected_*` was estimated.
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
    window: list[float] = field(default_factory=list)
    first_loss: float | None = None
    lowest_mean: float = float("inf")
    calmest: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    lowest_norm: float = float("inf")
    rate_share: float = 1.0
    micro_batch_tokens: int = 0
    batch_size: int = 0
    recomputed: int = 0
    peak_memory: int = 0
    expected_seconds: float = 0.0
    expected_memory: int = 0
    warnings: list[str] = field(default_factory=list)
    secret: str = ""


def save(path: Path, state: State, *, adapter: dict[str, torch.Tensor], optimizer: dict[str, Any]) -> None:
    """Write everything needed to go on exactly where the run stood, random state included.

    Args:
        optimizer: Its state, in whole tensors.
    """
    content: dict[str, Any] = {
        "state": vars(state),
        "adapter": adapter,
        "optimizer": optimizer,
        "rng": torch.get_rng_state(),
        "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    with whole_file(path) as file:
        torch.save(content, file)


@dataclass(frozen=True)
class Saved:
    """A checkpoint as it was read: first where the loop stood, later, by `apply`, the rest."""

    state: State
    content: dict[str, Any]

    def apply(self, *, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
        """Put optimizer and random state back; returns the adapter."""
        optimizer.load_state_dict(divided_state(self.content["optimizer"], optimizer))
        torch.set_rng_state(self.content["rng"])
        if self.content["cuda_rng"] and torch.cuda.is_available():
            torch.cuda.set_rng_state_all(self.content["cuda_rng"])
        adapter: dict[str, torch.Tensor] = self.content["adapter"]
        return adapter


def read(path: Path) -> Saved:
    """Read a checkpoint; nothing is changed by it until `apply`."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    return Saved(State(**content["state"]), content)
