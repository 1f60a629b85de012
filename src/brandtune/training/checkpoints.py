"""The whole state of a training run in one file that is either complete or absent, so that a kill loses little."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from brandtune.core.errors import ConfigError, DataError
from brandtune.core.storage import whole_file
from brandtune.training.identity import differences
from brandtune.training.sharding import divided_state

_ANEW = "Name another work folder, or delete this one to train anew."


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


def save(
    path: Path,
    state: State,
    *,
    adapter: dict[str, torch.Tensor],
    optimizer: dict[str, Any],
    identity: Mapping[str, str],
) -> None:
    """Write everything needed to go on exactly where the run stood, random state included.

    Args:
        optimizer: Its state, in whole tensors.
        identity: Which run this is.
    """
    content: dict[str, Any] = {
        "identity": dict(identity),
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


def read(path: Path, *, identity: Mapping[str, str]) -> Saved:
    """Read a checkpoint of the run that is going on; nothing is changed by it until `apply`.

    Raises:
        ConfigError: It belongs to another run; says what differs.
        DataError: It is damaged, or was written by another version of Brandtune.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, ValueError, LookupError, UnpicklingError) as error:
        raise DataError(
            f"the checkpoint cannot be read ({type(error).__name__}); it is damaged or cut off.",
            where=str(path), fix=_ANEW,
        ) from error  # fmt: skip
    if not _is_ours(content):
        raise DataError(
            "the checkpoint was written by another version of Brandtune.",
            where=str(path), fix=f"Go on with that version. {_ANEW}",
        )  # fmt: skip
    if differs := differences(identity, content["identity"]):
        more = f" and {len(differs) - 4} more" if len(differs) > 4 else ""
        raise ConfigError(
            f"the checkpoint in {path.parent} belongs to another run, which differs in {', '.join(differs[:4])}{more}.",
            where="work",
            fix=_ANEW,
        )
    return Saved(State(**content["state"]), content)


def _is_ours(content: Any) -> bool:
    parts = {"identity", "state", "adapter", "optimizer", "rng", "cuda_rng"}
    if not isinstance(content, dict) or not parts <= content.keys():
        return False
    return bool(content["state"].keys() == {one.name for one in fields(State)})
