"""What a run of training leaves behind, and how it is told from where the loop ended."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from brandtune.core.examples import Dropped
from brandtune.training.checkpoints import State
from brandtune.training.guarantee import Guarantee


@dataclass(frozen=True)
class Checkpoint:
    """What training leaves behind.

    Attributes:
        adapter: Folder with what was trained: an adapter in PEFT's format, or a whole model.
        curve: Logged points: step, epoch, train_loss, validation_loss, learning_rate, seconds (losses in nats/token);
            gradient_norm, tokens_per_s and peak_memory (bytes) of the steps before; where there are pairs `accuracy`
            on held-out ones; online `reward` and each part of it.
        loss_before: Validation loss of the base, nats per token.
        loss_after: Validation loss of what came out.
        best_step: The step whose weights were kept.
        left_out: Examples that did not fit, with reasons.
        tokens: Tokens trained on, padding not counted.
        peak_memory: The most that was held while training, in bytes; of the accelerator, where there is one.
        expected_seconds: What `seconds` was estimated to be after the first few steps; 0 for shorter runs.
        expected_memory: What `peak_memory` was estimated to be before the first step.
        warnings: What whoever started the run should know, in sentences.
        num_mixed: General examples that each epoch met beside `num_examples` own ones.
        privacy: What differential privacy guarantees, where it was asked for.
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
    num_mixed: int = 0
    privacy: Guarantee | None = None


def checkpoint_of(
    state: State,
    *,
    adapter: Path,
    keep: Literal["best", "last", "last_good"],
    left_out: Sequence[Dropped],
    num_examples: int,
    num_mixed: int,
    num_trainable: int,
) -> Checkpoint:
    """What is left of a run whose loop has ended and whose weights are written; `keep` says which of them they are."""
    measured = [point["validation_loss"] for point in state.curve if "validation_loss" in point]
    after = measured[-1] if measured else math.nan
    if keep != "last" and measured:
        after = state.best_loss
    return Checkpoint(
        adapter=adapter,
        curve=tuple(state.curve),
        loss_before=measured[0] if measured else math.nan,
        loss_after=after,
        best_step=state.best_step,
        num_steps=state.step,
        num_examples=num_examples,
        num_trainable=num_trainable,
        tokens=state.tokens,
        seconds=round(state.seconds, 2),
        left_out=tuple(left_out),
        peak_memory=state.peak_memory,
        expected_seconds=round(state.expected_seconds, 2),
        expected_memory=state.expected_memory,
        warnings=tuple(state.warnings),
        num_mixed=num_mixed,
    )
