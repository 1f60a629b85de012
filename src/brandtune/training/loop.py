"""The training loop: flat, seeded, resumable. Items in, weights out; `learner` does one update."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import msgspec

from brandtune.core.disk import explained
from brandtune.core.errors import Interrupted
from brandtune.core.examples import Dropped
from brandtune.core.progress import Progress, Silent, Task
from brandtune.core.storage import whole_directory
from brandtune.models.loading import Model
from brandtune.training import checkpoints, fit, memory, sharding
from brandtune.training.callbacks import Callback, callbacks_for
from brandtune.training.config import ONLINE, TrainingConfig
from brandtune.training.data import all_the_same, require_some
from brandtune.training.distributed import joined, team
from brandtune.training.guarantee import Guarantee
from brandtune.training.health import WINDOW, Diverged, overfits, runaway
from brandtune.training.learner import Learner, NotFinite
from brandtune.training.memory import PeakMemory
from brandtune.training.meter import Meter
from brandtune.training.mixing import Mixture, mixed_in
from brandtune.training.objectives import Item
from brandtune.training.objectives.items import Learnable
from brandtune.training.stopping import Stopping

if TYPE_CHECKING:
    from brandtune.training.rewards.answers import Reward, Rewards

CHECKPOINT, LAST_GOOD = "checkpoint.pt", "last_good"


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


def train(
    examples: Sequence[Learnable],
    *,
    model: Model,
    config: TrainingConfig,
    output: Path,
    validation: Sequence[Learnable] = (),
    work: Path | None = None,
    start: Path | None = None,
    reward: "Reward | Rewards | None" = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress | None = None,
) -> Checkpoint:
    """Train on `examples` and write what was trained to `output`.

    Started by `torchrun`, every process calls it alike, and they train one model together (see `distributed`).

    Args:
        examples: What to learn from: examples for `sft`, `grpo` and `rloo` (their prompts), preferences for `dpo`,
            `ipo`, `orpo`, `simpo` and `reward`, rated answers for `kto`.
        model: The base; its network is changed in place and must not be used afterwards.
        validation: More of the same kind, whose loss is watched and by which the best weights are chosen.
        work: Folder for checkpoints; a run that finds one there goes on from it and ends with the same weights as a
            run that was never stopped (same machine, same library versions).
        start: An earlier adapter on this base to go on with (SFT, then DPO); it is also the reference.
        reward: What an answer is worth, for `grpo` and `rloo`; their "loss" of validation is the mean reward negated.
        callbacks: More than the configuration asks for; a resumed run tells them the curve so far.
        output: Folder to create: an adapter in PEFT's format, or a whole model under `full` and `freeze`.

    Raises:
        EmptyDatasetError: No example fits into the context.
        ConfigError: The examples are not of the kind that the objective learns from.
        Diverged: The loss ran away or became not-a-number; names step and last good state.
        BrandtuneError: The disk is full.
        Interrupted: Ctrl-C, or the system asked to end; the state is kept.

    Source: LoRA (arXiv 2106.09685); token-weighted gradient accumulation as in transformers#35438.
    """
    with joined():
        shown = (progress if team().leads else None) or Silent()
        run: Run
        if config.objective in ONLINE:
            from brandtune.training.online import OnlineRun

            run = OnlineRun(model, config, reward=reward, work=work, start=start, progress=shown)
        elif config.privacy is not None:
            from brandtune.training.privacy import PrivateRun

            run = PrivateRun(model, config, work=work, start=start, progress=shown)
        else:
            run = Run(model, config, work=work, start=start, progress=shown)
        try:
            return run.train(examples, validation, output, callbacks=callbacks)
        finally:
            memory.give_back()


class Run(Learner):
    """One call of `train`: the learner, and where the loop stands."""

    def __init__(
        self, model: Model, config: TrainingConfig, *, work: Path | None, progress: Progress, start: Path | None = None
    ) -> None:
        super().__init__(model, config, progress=progress, start=start)
        self.work = work
        self.num_steps = 1
        self.callbacks: list[Callback] = []
        self.state = checkpoints.State()
        self.meter = Meter()

    def train(
        self,
        examples: Sequence[Learnable],
        validation: Sequence[Learnable],
        output: Path,
        *,
        callbacks: Sequence[Callback] = (),
    ) -> Checkpoint:
        items, left_out = self.items(examples)
        held_out, also = self.items(validation)
        require_some(items, name="training", max_tokens=self.max_tokens, left_out=left_out)
        left_out += [msgspec.structs.replace(row, step="validation") for row in also]
        if same := all_the_same(items):
            self.warned(same)
        general, gone, drawn = mixed_in(self, own=len(items))
        self.mixture = Mixture(own=len(items), seed=self.config.seed, general=len(general), drawn=drawn)
        items, left_out = [*items, *general], [*left_out, *gone]
        saved = self._saved()
        self._fit(items)
        if self.objective.needs_reference:
            items, held_out = self.with_reference(items), self.with_reference(held_out)
        self.lengths = [len(item) for item in items]
        self.steps_per_epoch = self._steps_per_epoch(items)
        self.num_steps = max(1, math.ceil(self.config.epochs * self.steps_per_epoch))
        self.epoch, self.order = -1, list[list[int]]()
        if saved:
            self.weights.restore(saved.apply(optimizer=self.optimizer))
            self.progress.say(f"training goes on at step {self.state.step} of {self.num_steps}")
        with explained(self.work or Path(), kept="What was saved before is whole."):
            self._guarded(items, held_out, callbacks)
            return self._finish(output, left_out, num_examples=self.mixture.own)

    def _saved(self) -> checkpoints.Saved | None:
        """The checkpoint to go on from; the reference needs the weights as they were, so they are put back later."""
        path = self.work / CHECKPOINT if self.work else None
        if path is None or not path.is_file():
            return None
        saved = checkpoints.read(path)
        self.state = saved.state
        return saved

    def _fit(self, items: list[Item]) -> None:
        """Choose what fits into memory; a run that goes on keeps to what it chose, down to how sums are rounded."""
        if self.state.micro_batch_tokens:
            self.micro_batch_tokens = self.state.micro_batch_tokens
            self.recompute(self.state.recomputed)
        else:
            self._choose(items)
        self.batch_size = self.state.batch_size or fit.batch_size(self, items)

    def _choose(self, items: list[Item]) -> None:
        """What fits into the memory of every process; a divided model is not measured."""
        if self.is_sharded:
            return
        self.state.expected_memory = fit.fit(self, items)
        self.micro_batch_tokens = -self.team.most(-self.micro_batch_tokens)
        if (layers := self.team.most(self.recomputed)) > self.recomputed:
            self.recompute(layers)

    def _guarded(self, items: list[Item], held_out: list[Item], more: Sequence[Callback]) -> None:
        """The loop, and what can happen to it: a request to stop, a loss that runs away."""
        work = self.work if self.team.leads else None
        self.callbacks = [*callbacks_for(self.config, work=work, curve=self.state.curve), *more]
        for callback in more:
            for point in self.state.curve:
                callback.logged(point)
        try:
            with (
                PeakMemory(self.device) as self.memory,
                Stopping() as self.stopping,
                self.progress.task("training", total=self.num_steps) as bar,
            ):
                self._loop(items, held_out, bar)
        except Diverged as error:
            if self.config.keep != "last_good" or not self.state.best_adapter:
                self._rescue()
                raise
            self.warned(f"training stops at step {self.state.step}, and its last good weights are kept: {error.what}")
        finally:
            for callback in self.callbacks:
                callback.finished()

    def _steps_per_epoch(self, items: Sequence[Item]) -> int:
        return -(-self.mixture.per_epoch // self.batch_size)

    def _loop(self, items: list[Item], held_out: list[Item], bar: Task) -> None:
        bar.advance(self.state.step)
        started = time.perf_counter() - self.state.seconds
        saved = time.perf_counter()
        if self.state.step == 0:
            self._validate(held_out, train_loss=None)
        marks = {round(self.num_steps * (i + 1) / self.config.validations) for i in range(self.config.validations)}
        while self.state.step < self.num_steps:
            loss = self._metered(items)
            self.state.recent.append(loss)
            self.state.step += 1
            self.state.seconds = time.perf_counter() - started
            if self.state.step in marks:
                self._validate(held_out, train_loss=sum(self.state.recent) / len(self.state.recent))
                self.state.recent = []
            elif self.state.step % max(1, self.num_steps // 60) == 0:
                self._log(train_loss=loss)
            if self.team.most(bool(self.stopping.asked)):
                self._interrupted()
            if self.work and self.team.decides(time.perf_counter() - saved > self.config.checkpoint_every_s):
                self._save()
                saved = time.perf_counter()
            bar.advance(1, note=f"loss {loss:.3f}")
            if reason := next(filter(None, (callback.wants_to_stop() for callback in self.callbacks)), ""):
                self.progress.say(f"training stops at step {self.state.step} of {self.num_steps}: {reason}")
                return

    def _metered(self, items: list[Item]) -> float:
        """One step, its time taken and its loss looked at; returns the loss."""
        began, tokens = time.perf_counter(), self.state.tokens
        loss = self._step(items)
        size = sum(self.lengths[index] for index in self._batch(self.state.step))
        self.meter.step(time.perf_counter() - began, tokens=self.state.tokens - tokens, size=size)
        mean = None if self.config.objective in ONLINE else runaway(self.state, loss)
        if mean is not None:
            first = self.state.first_loss
            raise self._diverged(
                f"has run away: its mean over {WINDOW} steps is {mean:.3g}, and it began at {first:.3g}"
            )
        if not self.state.expected_seconds:
            self.state.expected_seconds = self.meter.forecast(
                size=self._epoch_size() * self.config.epochs, validations=self.config.validations + 1
            )
        return loss

    def _epoch_size(self) -> float:
        """Tokens of one epoch, as the data has them."""
        own, general = self.lengths[: self.mixture.own], self.lengths[self.mixture.own :]
        return sum(own) + self.mixture.drawn * sum(general) / max(1, len(general))

    def _interrupted(self) -> NoReturn:
        if self.work:
            self._save()
        by = self.stopping.asked or "another process"
        raise Interrupted(
            f"training was stopped at step {self.state.step} of {self.num_steps} by {by}.",
            where="train",
            fix="Go on from there with the same command (brandtune run --resume)." if self.work else None,
        )

    def _step(self, items: list[Item]) -> float:
        """One step on the next batch; returns its loss, for `sft` in nats per token."""
        batch = [items[index] for index in self._batch(self.state.step)]
        self.team.reseed(self.config.seed, self.state.step)
        return self._learnt(batch)

    def _learnt(self, batch: list[Item]) -> float:
        """One update at the rate of this step; counts the tokens."""
        try:
            loss = self.learn(batch, rate=self.learning_rate(self.state.step))
        except NotFinite as error:
            raise self._diverged(f"became {error.loss}") from None
        self.state.tokens += sum(len(item) for item in batch)
        return loss

    def _batch(self, step: int) -> list[int]:
        """Indices of optimizer step `step`, counted over all epochs; a resumed run needs nothing but the step."""
        epoch, within = divmod(step, self.steps_per_epoch)
        if epoch != self.epoch:
            self.epoch = epoch
            self.order = self.mixture.batches(self.lengths, batch_size=self.batch_size, epoch=epoch)
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
            if self.config.keep == "last_good" and self.state.step:
                self._remember()
            return
        if not self.is_sharded:
            self.team.require_same(self.weights.parameters())
        began = time.perf_counter()
        loss = self.held_out_loss(held_out)
        self.meter.validation_s = time.perf_counter() - began
        if not math.isfinite(loss):
            raise self._diverged(f"became {loss}")
        self._log(train_loss=train_loss, validation_loss=loss)
        if self.state.step and loss < self.state.best_loss:
            self.state.best_loss = loss
            self._remember()

    def _remember(self) -> None:
        self.state.best_step, self.state.best_adapter = self.state.step, self.weights.state()

    def _log(self, *, train_loss: float | None, validation_loss: float | None = None) -> None:
        point = {
            "step": self.state.step,
            "epoch": self.state.step / self.steps_per_epoch,
            "train_loss": train_loss,
            "validation_loss": validation_loss,
            "learning_rate": self.learning_rate(self.state.step),
            "seconds": round(self.state.seconds, 2),
            **self._meters(),
            **self.figures,
        }
        self.figures = {}
        logged = {name: value for name, value in point.items() if value is not None}
        self.state.curve.append(logged)
        said = any("overfitting" in earlier for earlier in self.state.curve)
        if validation_loss is not None and not said and (sentence := overfits(self.state.curve)):
            logged["overfitting"] = 1.0
            self.warned(sentence)
        for callback in self.callbacks:
            callback.logged(logged)

    def _meters(self) -> dict[str, float]:
        """What the steps since the last point showed; nothing before the first."""
        self.state.peak_memory = max(self.state.peak_memory, self.memory.bytes)
        if not self.state.step:
            return {}
        return {
            "gradient_norm": self.gradient_norm,
            "tokens_per_s": round(self.meter.tokens_per_s(), 1),
            "peak_memory": self.state.peak_memory,
        }

    def warned(self, text: str) -> None:
        super().warned(text)
        self.state.warnings.append(text)

    def _save(self) -> None:
        assert self.work is not None
        self.state.micro_batch_tokens, self.state.recomputed = self.micro_batch_tokens, self.recomputed
        self.state.batch_size = self.batch_size
        adapter, optimizer = self.weights.state(), sharding.whole_state(self.optimizer.state_dict())
        if self.team.leads:
            checkpoints.save(self.work / CHECKPOINT, self.state, adapter=adapter, optimizer=optimizer)

    def _write(self, output: Path) -> None:
        """The leader writes what came out; the others go on when it is there."""
        if self.is_sharded:
            self.weights.join()
        if self.team.leads:
            with whole_directory(output) as folder:
                self.save(folder)
        self.team.wait()

    def _diverged(self, what: str) -> Diverged:
        good = f" The best weights so far are those of step {self.state.best_step}." if self.state.best_step else ""
        return Diverged(
            f"the loss {what} at step {self.state.step}.{good}",
            where="train",
            fix="Lower training.learning_rate, or set training.precision: fp32; the last checkpoint is kept.",
        )

    def _rescue(self) -> None:
        """Leave the best weights beside the checkpoint of a run that failed."""
        if self.work and self.state.best_adapter:
            self.weights.restore(self.state.best_adapter)
            self._write(self.work / LAST_GOOD)
            self.progress.say(f"its last good weights, of step {self.state.best_step}, are in {self.work / LAST_GOOD}")

    def _finish(self, output: Path, left_out: list[Dropped], *, num_examples: int) -> Checkpoint:
        if self.config.keep != "last" and self.state.best_adapter:
            self.weights.restore(self.state.best_adapter)
        else:
            self.state.best_step = self.state.step
        self._write(output)
        measured = [point["validation_loss"] for point in self.state.curve if "validation_loss" in point]
        after = measured[-1] if measured else math.nan
        if self.config.keep != "last" and measured:
            after = self.state.best_loss
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
            peak_memory=self.state.peak_memory,
            expected_seconds=round(self.state.expected_seconds, 2),
            expected_memory=self.state.expected_memory,
            warnings=tuple(self.state.warnings),
            num_mixed=self.mixture.drawn,
        )
