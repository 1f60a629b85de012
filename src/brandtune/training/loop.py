"""The training loop: flat, seeded, resumable. Items in, weights out; `objectives` say what the loss is.

The loss of a step is that of the whole batch, however many parts it is computed in.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from brandtune.core.errors import BrandtuneError
from brandtune.core.examples import Dropped, Rated
from brandtune.core.progress import Progress, Silent, Task
from brandtune.core.storage import whole_directory
from brandtune.models.loading import Model
from brandtune.training import checkpoints, methods
from brandtune.training.callbacks import Callback, callbacks_for
from brandtune.training.config import TrainingConfig
from brandtune.training.data import epoch_batches, require_kind, require_some
from brandtune.training.forward import Forward, accelerate_exactly, packs_are_exact
from brandtune.training.objectives import Item, Part, objective_of
from brandtune.training.objectives.items import Learnable, items_of, with_mismatched

if TYPE_CHECKING:
    from brandtune.training.online import Reward

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class Checkpoint:
    """What training leaves behind.

    Attributes:
        adapter: Folder with what was trained: an adapter in PEFT's format, or a whole model.
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
    examples: Sequence[Learnable],
    *,
    model: Model,
    config: TrainingConfig,
    output: Path,
    validation: Sequence[Learnable] = (),
    work: Path | None = None,
    start: Path | None = None,
    reward: "Reward | None" = None,
    progress: Progress | None = None,
) -> Checkpoint:
    """Train on `examples` and write what was trained to `output`.

    Args:
        examples: What to learn from: examples for `sft`, preferences for `dpo`, `ipo`, `orpo` and `simpo`, rated
            answers for `kto`.
        model: The base; its network is changed in place and must not be used afterwards.
        validation: More of the same kind, whose loss is watched and by which the best weights are chosen.
        work: Folder for checkpoints; a run that finds one there goes on from it and ends with the same weights as a
            run that was never stopped (same machine, same library versions).
        start: An earlier adapter on this base to go on with (SFT, then DPO); it is also the reference.
        reward: What an answer is worth, for `grpo` and `rloo`; their "loss" of validation is the mean reward negated.
        output: Folder to create: an adapter in PEFT's format, or a whole model under `full` and `freeze`.

    Raises:
        EmptyDatasetError: No example fits into the context.
        ConfigError: The examples are not of the kind that the objective learns from.
        BrandtuneError: The loss became not-a-number; names step and last good state.

    Source: LoRA (arXiv 2106.09685); token-weighted gradient accumulation as in transformers#35438.
    """
    if config.objective in ("grpo", "rloo"):
        from brandtune.training.online import OnlineRun

        online = OnlineRun(model, config, reward=reward, work=work, start=start, progress=progress or Silent())
        return online.train(examples, validation, output)
    return Run(model, config, work=work, start=start, progress=progress or Silent()).train(examples, validation, output)


# Adapters on the bundled base (hidden size 256) learn fastest near this rate; wider layers need smaller ones.
RATE_AT_256, LARGEST_RATE = 3e-3, 3e-3


def peak_learning_rate(config: TrainingConfig, model: Model) -> float:
    """The configured rate, or one that falls with the width of the base as in muP (Yang et al. 2022, arXiv 2203.03466)."""
    if config.learning_rate != "auto":
        return config.learning_rate
    hidden = int(model.network.config.get_text_config().hidden_size)
    return min(LARGEST_RATE, RATE_AT_256 * 256 / hidden)


SMALLEST_PART = 256
"""Tokens below which running out of memory is final."""


def out_of_memory(error: RuntimeError) -> bool:
    """Whether an allocation failed, on whatever device."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


class Run:
    """The state of one call of `train`; exists so that the loop's steps can be short."""

    def __init__(
        self, model: Model, config: TrainingConfig, *, work: Path | None, progress: Progress, start: Path | None = None
    ) -> None:
        self.model, self.config, self.work, self.progress = model, config, work, progress
        self.device = model.device
        self.max_tokens = min(config.max_tokens or model.context, model.context)
        self.num_fast_layers, self.num_steps = 0, 1
        self.micro_batch_tokens = config.micro_batch_tokens
        self.callbacks: list[Callback] = []
        self.objective = objective_of(config)
        self.network = methods.prepare(model, config, start=start)
        self.weights = methods.MasterWeights(self.network)
        self.forward = Forward(self.network, packed=self._packed())
        self.peak_rate = peak_learning_rate(config, model)
        self.optimizer = torch.optim.AdamW(
            self.weights.groups(config),
            lr=self.peak_rate,
            weight_decay=config.weight_decay,
            betas=(0.9, 0.99),
            fused=True,
        )
        self.state = checkpoints.State()

    def _packed(self) -> bool:
        if self.config.packing == "none":
            return False
        exact = packs_are_exact(self.network)
        if not exact:
            kind = type(self.model.network).__name__
            self.progress.say(f"{kind} cannot be packed exactly; conversations are padded instead, which is slower")
        elif self.device.type == "cpu":
            self.num_fast_layers = accelerate_exactly(self.network)
        return exact

    def train(self, examples: Sequence[Learnable], validation: Sequence[Learnable], output: Path) -> Checkpoint:
        items, left_out = self.items(examples)
        held_out, _ = self.items(validation)
        require_some(items, name="training", max_tokens=self.max_tokens)
        if self.objective.needs_reference:
            items, held_out = self.with_reference(items), self.with_reference(held_out)
        self.lengths = [len(item) for item in items]
        steps_per_epoch = -(-len(items) // self.config.batch_size)
        self.num_steps = max(1, math.ceil(self.config.epochs * steps_per_epoch))
        self.steps_per_epoch = steps_per_epoch
        self.epoch, self.order = -1, list[list[int]]()
        self._resume()
        self.callbacks = callbacks_for(self.config, work=self.work, curve=self.state.curve)
        try:
            with self.progress.task("training", total=self.num_steps) as bar:
                self._loop(items, held_out, bar)
        finally:
            for callback in self.callbacks:
                callback.finished()
        return self._finish(output, left_out, num_examples=len(items))

    def items(self, rows: Sequence[Learnable]) -> tuple[list[Item], list[Dropped]]:
        """Rows as the loop learns from them, and those that do not fit."""
        require_kind(rows, self.config)
        renderer = self.model.renderer
        items, left_out = items_of(rows, renderer=renderer, max_tokens=self.max_tokens)
        if self.config.objective == "kto" and items:
            gone = {row.id for row in left_out}
            rated = [row for row in rows if isinstance(row, Rated) and row.rated_id not in gone]
            items = with_mismatched(items, rated, renderer=renderer, max_tokens=self.max_tokens, seed=self.config.seed)
        return items, left_out

    @torch.no_grad()
    def with_reference(self, items: list[Item]) -> list[Item]:
        """Note what the untrained model makes of every sequence; computed once, before the first step."""
        self.network.eval()
        found: dict[int, tuple[float, ...]] = {}
        with self.progress.task("reference", total=len(items)) as bar:
            for part in self.forward.parts([item.all_sequences for item in items], max_tokens=self._eval_tokens):
                sequences = [one for index in part for one in items[index].all_sequences]
                log_probs, owners = self.forward.log_probs(sequences)
                sums = torch.zeros(len(sequences), device=self.device).index_add(0, owners, log_probs).tolist()
                for index in part:
                    count = len(items[index].all_sequences)
                    found[index], sums = tuple(sums[:count]), sums[count:]
                bar.advance(len(part))
        return [replace(item, reference=found[index]) for index, item in enumerate(items)]

    @property
    def _eval_tokens(self) -> int:
        """Without gradients twice as much fits."""
        return 2 * self.micro_batch_tokens

    def _resume(self) -> None:
        path = self.work / CHECKPOINT if self.work else None
        if path and path.is_file():
            self.state, adapter = checkpoints.restore(path, optimizer=self.optimizer)
            self.weights.restore(adapter)
            self.progress.say(f"training goes on at step {self.state.step} of {self.num_steps}")

    def _loop(self, items: list[Item], held_out: list[Item], bar: Task) -> None:
        bar.advance(self.state.step)
        started = time.perf_counter() - self.state.seconds
        saved = time.perf_counter()
        if self.state.step == 0:
            self._validate(held_out, train_loss=None)
        marks = {round(self.num_steps * (i + 1) / self.config.validations) for i in range(self.config.validations)}
        while self.state.step < self.num_steps:
            loss = self._step(items)
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
            if reason := next(filter(None, (callback.wants_to_stop() for callback in self.callbacks)), ""):
                self.progress.say(f"training stops at step {self.state.step} of {self.num_steps}: {reason}")
                return

    def _step(self, items: list[Item]) -> float:
        """One step on the next batch; returns its loss, for `sft` in nats per token."""
        batch = [items[index] for index in self._batch(self.state.step)]
        return self.learn(batch)

    def learn(self, batch: list[Item]) -> float:
        """One update of the weights; returns the loss before it."""
        self.network.train()
        total, divergence = self.objective.total(batch), self._divergence(batch)
        loss = self._gradients(batch, total=total, divergence=divergence)
        self._require_finite(loss)
        self.weights.take_gradients()
        torch.nn.utils.clip_grad_norm_(self.weights.parameters(), self.config.max_grad_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(self.state.step) * group["rate"]
        self.optimizer.step()
        self.weights.write_back()
        self.state.tokens += sum(len(item) for item in batch)
        return loss

    def _gradients(self, batch: list[Item], *, total: float, divergence: torch.Tensor) -> float:
        """Add up the gradients of a batch; returns its loss. Out of memory, it starts again in smaller parts."""
        while True:
            try:
                loss = 0.0
                for members in self._parts(batch, max_tokens=self.micro_batch_tokens):
                    part = self._part([batch[i] for i in members])
                    value = self.objective.loss(part, total=total, divergence=divergence)
                    value.backward()  # type: ignore[no-untyped-call]
                    loss += float(value.detach())
                return loss
            except RuntimeError as error:
                if not out_of_memory(error) or self.micro_batch_tokens <= SMALLEST_PART:
                    raise
            self.weights.drop_gradients()
            self.micro_batch_tokens //= 2
            self.progress.say(f"out of memory; going on with parts of {self.micro_batch_tokens} tokens")

    def _parts(self, batch: Sequence[Item], *, max_tokens: int) -> Iterator[list[int]]:
        return self.forward.parts([item.sequences for item in batch], max_tokens=max_tokens)

    def _part(self, items: Sequence[Item]) -> Part:
        log_probs, owners = self.forward.log_probs([one for item in items for one in item.sequences])
        return Part(items, log_probs, owners)

    @torch.no_grad()
    def _divergence(self, batch: Sequence[Item]) -> torch.Tensor:
        """KTO's estimate of how far the model has moved, from answers to other prompts; 0 for other objectives."""
        probes = [(item.mismatched, item.reference[-1]) for item in batch if item.mismatched]
        if not probes:
            return torch.zeros((), device=self.device)
        moved = 0.0
        for part in self.forward.parts([(one,) for one, _ in probes], max_tokens=self._eval_tokens):
            log_probs, _ = self.forward.log_probs([probes[i][0] for i in part])
            moved += float(log_probs.sum()) - sum(probes[i][1] for i in part)
        return torch.tensor(max(0.0, moved / len(probes)), device=self.device)

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

    def _validate(self, held_out: list[Item], *, train_loss: float | None) -> None:
        if not held_out:
            self._log(train_loss=train_loss)
            return
        loss = self.held_out_loss(held_out)
        self._require_finite(loss)
        self._log(train_loss=train_loss, validation_loss=loss)
        if self.state.step and loss < self.state.best_loss:
            self.state.best_loss, self.state.best_step = loss, self.state.step
            self.state.best_adapter = self.weights.state()

    @torch.no_grad()
    def held_out_loss(self, held_out: list[Item]) -> float:
        """The objective's loss over all of them as one batch; weights do not count, so that runs compare."""
        self.network.eval()
        plain = [replace(item, weight=1.0) for item in held_out]
        total, divergence = self.objective.total(plain), self._divergence(plain)
        parts = self._parts(plain, max_tokens=self._eval_tokens)
        return sum(
            float(self.objective.loss(self._part([plain[i] for i in part]), total=total, divergence=divergence))
            for part in parts
        )

    def _log(self, *, train_loss: float | None, validation_loss: float | None = None) -> None:
        point = {
            "step": self.state.step,
            "epoch": self.state.step / self.steps_per_epoch,
            "train_loss": train_loss,
            "validation_loss": validation_loss,
            "learning_rate": self.learning_rate(self.state.step),
            "seconds": round(self.state.seconds, 2),
        }
        logged = {name: value for name, value in point.items() if value is not None}
        self.state.curve.append(logged)
        for callback in self.callbacks:
            callback.logged(logged)

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
            good = f" The best weights so far are those of step {self.state.best_step}." if self.state.best_step else ""
            raise BrandtuneError(
                f"the loss became {loss} at step {self.state.step}.{good}",
                where="train",
                fix="Lower training.learning_rate, or set training.precision: fp32; the last checkpoint is kept.",
            )

    def _finish(self, output: Path, left_out: list[Dropped], *, num_examples: int) -> Checkpoint:
        if self.config.keep == "best" and self.state.best_adapter:
            self.weights.restore(self.state.best_adapter)
        else:
            self.state.best_step = self.state.step
        with whole_directory(output) as folder:
            self.weights.save(folder, base=self.model.reference, source=self.model.folder)
        measured = [point["validation_loss"] for point in self.state.curve if "validation_loss" in point]
        after = self.state.best_loss if self.config.keep == "best" else (measured[-1] if measured else math.nan)
        return Checkpoint(
            adapter=output,
            curve=tuple(self.state.curve),
            loss_before=measured[0] if measured else math.nan,
            loss_after=after,
            best_step=self.state.best_step,
            num_steps=self.state.step,
            num_examples=num_examples,
            num_trainable=sum(master.numel() for master in self.weights.parameters()),
            tokens=self.state.tokens,
            seconds=round(self.state.seconds, 2),
            left_out=tuple(left_out),
        )
