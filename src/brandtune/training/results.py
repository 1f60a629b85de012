"""What training leaves behind, for whoever asked for it."""

import math
from dataclasses import dataclass
from pathlib import Path

from brandtune.core.examples import Dropped
from brandtune.training.checkpoints import State


@dataclass(frozen=True)
class Checkpoint:
    """What training leaves behind.

    Attributes:
        adapter: Folder with what was trained: an adapter in PEFT's format, or a whole model.
        curve: Logged points: step, epoch, train_loss, validation_loss, learning_rate, seconds (losses in nats/token), and
            gradient_norm, tokens_per_s and peak_memory (bytes) of the steps before.
        loss_before: Validation loss of the base, nats per token.
        loss_after: Validation loss of what came out.
        best_step: The step whose weights were kept.
        left_out: Examples that did not fit, with reasons.
        tokens: Tokens trained on, padding not counted.
        peak_memory: The most that was held while training, in bytes; of the accelerator, where there is one.
        expected_seconds: What `seconds` was estimated to be after the first few steps; 0 for shorter runs.
        expected_memory: What `peak_memory` was estimated to be before the first step.
        warnings: What whoever started the run should know, in sentences.
    """

    adapter: Path
    curve: tuple[dict[str, float], ...]
    loss_before: float
    loss_after: float
    best_step: int
    num_steps: int
    num_examples: int
    num_trainable: int
    tokens: int
    seconds: float
    left_out: tuple[Dropped, ...]
    peak_memory: int = 0
    expected_seconds: float = 0.0
    expected_memory: int = 0
    warnings: tuple[str, ...] = ()


def losses(state: State, *, kept_best: bool) -> tuple[float, float]:
    """Validation loss of the base and of what comes out; nan where there was no validation."""
    measured = [point["validation_loss"] for point in state.curve if "validation_loss" in point]
    if not measured:
        return math.nan, math.nan
    return measured[0], state.best_loss if kept_best and math.isfinite(state.best_loss) else measured[-1]


MEASURED_ANEW = frozenset({"seconds", "tokens_per_s", "peak_memory"})
"""Numbers of a logged point that differ from run to run of the same thing."""
