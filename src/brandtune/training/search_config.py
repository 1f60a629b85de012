"""Settings of the search for settings."""

from typing import Literal

from pydantic import Field, model_validator

from brandtune.core.config import Config


class SearchConfig(Config):
    """How `brandtune train --search` looks for better settings; it sees training and validation examples only."""

    trials: int = Field(default=12, ge=1)
    """Trainings to try, the configured settings first."""
    budget: float = Field(default=6.0, gt=0)
    """No further trial begins once they have cost so many times one training as configured."""
    share: float = Field(default=1.0, gt=0, le=1)
    """Share of the training examples that a trial learns from."""
    learning_rate: tuple[float, float] = (0.1, 3.0)
    """Learning rates to try, as multiples of the configured (or automatic) one: lowest and highest. Equal ones: no search."""
    ranks: tuple[int, ...] = (8, 16, 32, 64)
    """Ranks of the adapter to try; `alpha` keeps its ratio to the rank. Empty: no search. Unused without adapters."""
    epochs: tuple[float, float] = (1.0, 3.0)
    """Fewest and most passes over the examples, in steps of a half. Equal ones: no search."""
    batch_sizes: tuple[int, ...] = ()
    """Batch sizes to try. Empty: no search."""
    dropouts: tuple[float, ...] = ()
    """Dropouts of the adapter to try. Empty: no search. Unused without adapters."""
    pruning: Literal["median", "halving", "none"] = "median"
    """Which trials are given up early: worse than half of the others at the same point, the worse half at each doubling
    (successive halving, arXiv 1810.05934), or none."""
    seed: int = 0
    """Seed of what is tried."""

    @model_validator(mode="after")
    def _ordered(self) -> "SearchConfig":
        for name in ("learning_rate", "epochs"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ValueError(f"{name} must be two numbers above 0, the lower one first")
        if any(rank < 1 for rank in self.ranks) or any(size < 1 for size in self.batch_sizes):
            raise ValueError("ranks and batch_sizes must be 1 or more")
        if any(not 0 <= dropout < 1 for dropout in self.dropouts):
            raise ValueError("dropouts must lie from 0 to below 1")
        return self
