"""The training loop: flat, seeded, resumable. Batches in, adapter out; the loss is `models.likelihood`'s.

The loss of a step is the weighted mean over all loss tokens of the whole batch, however many pieces it is computed in.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from brandtune.core.errors import BrandtuneError
from brandtune.core.examples import Dropped, Example
from brandtune.core.progress import Progress, Silent, Task
from brandtune.core.storage import whole_directory
from brandtune.models.likelihood import collate, length_groups, losses, reply_losses
from brandtune.models.loading import Model
from brandtune.training import adapters, checkpoints
from brandtune.training.config import TrainingConfig
from brandtune.training.data import Encoded, encode, epoch_batches, require_some

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class Checkpoint:
    """What training leaves behind.

    Attributes:
        adapter: Folder with the adapter in PEFT's format.
        curve: Logged points: step, epoch, train_loss, validation_loss, learning_rate, seconds (losses in nats/token).
        loss_before: Validation loss of the base, nats per token.
        loss_after: Validation loss of what came out.
        best_step: The step whose weights were kept.
        left_out: Examples that did not fit, with reasons.
        tokens: Tokens trained on, padding not counted.
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


def train(
    examples: Sequence[Example],
    *,
    model: Model,
    config: TrainingConfig,
    output: Path,
    validation: Sequence[Example] = (),
    work: Path | None = None,
    progress: Progress | None = None,
) -> Checkpoint:
    """Train an adapter on `examples` and write it to `output`.

    Args:
        examples: What to learn.
        model: The base; its network is wrapped in place and must not be used afterwards.
        validation: Examples whose loss is watched and by which the best weights are chosen.
        work: Folder for checkpoints; a run that finds one there goes on from it and ends with the same weights as a
            run that was never stopped (same machine, same library versions).
        output: Folder to create for the adapter.

    Raises:
        EmptyDatasetError: No example fits into the context.
        BrandtuneError: The loss became not-a-number; names step and last good state.

    Source: LoRA (arXiv 2106.09685); token-weighted gradient accumulation as in transformers#35438.
    """
    return _Run(model, config, work=work, progress=progress or Silent()).train(examples, validation, output)


# Adapters on the bundled base (hidden size 256) learn fastest near this rate; wider layers need smaller ones.
RATE_AT_256, LARGEST_RATE = 3e-3, 3e-3


def peak_learning_rate(config: TrainingConfig, model: Model) -> float:
    """The configured rate, or one that falls with the width of the base as in muP (Yang et al. 2022, arXiv 2203.03466)."""
    if config.learning_rate != "auto":
        return config.learning_rate
    hidden = int(model.network.config.get_text_config().hidden_size)
    return min(LARGEST_RATE, RATE_AT_256 * 256 / hidden)


class _Run:
    """The state of one call of `train`; exists so that the loop's steps can be short."""

    def __init__(self, model: Model, config: TrainingConfig, *, work: Path | None, progress: Progress) -> None:
        self.model, self.config, self.work, self.progress = model, config, work, progress
        self.device = model.device
        self.max_tokens = min(config.max_tokens or model.context, model.context)
        self.network = adapters.add_adapter(model, config.lora, seed=config.seed)
        self.weights = adapters.MasterWeights(self.network)
        self.peak_rate = peak_learning_rate(config, model)
        self.optimizer = torch.optim.AdamW(
            self.weights.parameters(), lr=self.peak_rate, weight_decay=config.weight_decay, betas=(0.9, 0.99)
        )
        self.state = checkpoints.State()

    def train(self, examples: Sequence[Example], validation: Sequence[Example], output: Path) -> Checkpoint:
        encoded, left_out = encode(examples, renderer=self.model.renderer, max_tokens=self.max_tokens)
        held_out, _ = encode(validation, renderer=self.model.renderer, max_tokens=self.max_tokens)
        require_some(encoded, name="training", max_tokens=self.max_tokens)
        self.lengths = [len(item) for item in encoded]
        steps_per_epoch = -(-len(encoded) // self.config.batch_size)
        self.num_steps = max(1, math.ceil(self.config.epochs * steps_per_epoch))
        self.steps_per_epoch = steps_per_epoch
        self.epoch, self.order = -1, list[list[int]]()
        self._resume()
        with self.progress.task("training", total=self.num_steps) as bar:
            self._loop(encoded, held_out, bar)
        return self._finish(output, left_out, num_examples=len(encoded))

    def _resume(self) -> None:
        path = self.work / CHECKPOINT if self.work else None
        if path and path.is_file():
            self.state, adapter = checkpoints.restore(path, optimizer=self.optimizer)
            self.weights.restore(adapter)
            self.progress.say(f"training goes on at step {self.state.step} of {self.num_steps}")

    def _loop(self, encoded: list[Encoded], held_out: list[Encoded], bar: Task) -> None:
        bar.advance(self.state.step)
        started = time.perf_counter() - self.state.seconds
        saved = time.perf_counter()
        if self.state.step == 0:
            self._validate(held_out, train_loss=None)
        marks = {round(self.num_steps * (i + 1) / self.config.validations) for i in range(self.config.validations)}
        while self.state.step < self.num_steps:
            loss = self._step(encoded)
            self.state.recent.append(loss)
            self.state.step += 1
            self.state.seconds = time.perf_counter() - started
            if self.state.step in marks:
                self._validate(held_out, train_loss=sum(self.state.recent) / len(self.state.recent))
                self.state.recent = []
            elif self.state.step % max(1, self.num_steps // 60) == 0:
                self._log(train_loss=loss)
            if self.work and time.perf_counter() - saved > self.config.checkpoint_every_s:
                self._save()
                saved = time.perf_counter()
            bar.advance(1, note=f"loss {loss:.3f}")

    def _step(self, encoded: list[Encoded]) -> float:
        """One optimizer step; returns its loss in nats per token."""
        self.network.train()
        items = [encoded[index] for index in self._batch(self.state.step)]
        total = sum(item.rendered.num_loss_tokens * item.weight for item in items)
        loss = 0.0
        for group in length_groups([len(item) for item in items], max_tokens=self.config.micro_batch_tokens):
            batch = collate([items[i].rendered for i in group], weights=[items[i].weight for i in group])
            value = (losses(self.network, batch, device=self.device) * batch.weights.to(self.device)).sum() / total
            value.backward()  # type: ignore[no-untyped-call]
            loss += float(value.detach())
        self._require_finite(loss)
        self.weights.take_gradients()
        torch.nn.utils.clip_grad_norm_(self.weights.parameters(), self.config.max_grad_norm)
        for group_options in self.optimizer.param_groups:
            group_options["lr"] = self.learning_rate(self.state.step)
        self.optimizer.step()
        self.weights.write_back()
        self.state.tokens += sum(len(item) for item in items)
        return loss

    def _batch(self, step: int) -> list[int]:
        """Indices of optimizer step `step`, counted over all epochs; a resumed run needs nothing but the step."""
        epoch, within = divmod(step, self.steps_per_epoch)
        if epoch != self.epoch:
            self.epoch = epoch
            self.order = epoch_batches(
                self.lengths, batch_size=self.config.batch_size, seed=self.config.seed, epoch=epoch
            )
        return self.order[within]

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then linear decay to a tenth of the peak."""
        warmup = max(1, round(self.num_steps * self.config.warmup_share))
        if step < warmup:
            return self.peak_rate * (step + 1) / warmup
        done = (step - warmup) / max(1, self.num_steps - warmup)
        return self.peak_rate * (1 - 0.9 * done)

    def _validate(self, held_out: list[Encoded], *, train_loss: float | None) -> None:
        if not held_out:
            self._log(train_loss=train_loss)
            return
        self.network.eval()
        found = reply_losses(self.network, [item.rendered for item in held_out], device=self.device)
        loss = sum(value for value, _ in found) / sum(count for _, count in found)
        self._require_finite(loss)
        self._log(train_loss=train_loss, validation_loss=loss)
        if self.state.step and loss < self.state.best_loss:
            self.state.best_loss, self.state.best_step = loss, self.state.step
            self.state.best_adapter = self.weights.state()

    def _log(self, *, train_loss: float | None, validation_loss: float | None = None) -> None:
        point = {
            "step": self.state.step,
            "epoch": self.state.step / self.steps_per_epoch,
            "train_loss": train_loss,
            "validation_loss": validation_loss,
            "learning_rate": self.learning_rate(self.state.step),
            "seconds": round(self.state.seconds, 2),
        }
        self.state.curve.append({name: value for name, value in point.items() if value is not None})

    def _save(self) -> None:
        assert self.work is not None
        checkpoints.save(
            self.work / CHECKPOINT,
            self.state,
            adapter=self.weights.state(),
            optimizer=self.optimizer,
        )

    def _require_finite(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise BrandtuneError(
                f"the loss became {loss} at step {self.state.step}.",
                where="train",
                fix="Lower training.learning_rate, or set training.precision: fp32.",
            )

    def _finish(self, output: Path, left_out: list[Dropped], *, num_examples: int) -> Checkpoint:
        if self.config.keep == "best" and self.state.best_adapter:
            self.weights.restore(self.state.best_adapter)
        else:
            self.state.best_step = self.state.step
        with whole_directory(output) as folder:
            self.weights.save(folder, base=self.model.reference)
        measured = [point["validation_loss"] for point in self.state.curve if "validation_loss" in point]
        after = self.state.best_loss if self.config.keep == "best" else (measured[-1] if measured else math.nan)
        return Checkpoint(
            adapter=output,
            curve=tuple(self.state.curve),
            loss_before=measured[0] if measured else math.nan,
            loss_after=after,
            best_step=self.state.best_step,
            num_steps=self.num_steps,
            num_examples=num_examples,
            num_trainable=sum(master.numel() for master in self.weights.parameters()),
            tokens=self.state.tokens,
            seconds=round(self.state.seconds, 2),
            left_out=tuple(left_out),
        )
