"""The training loop: flat, seeded, resumable. Items in, weights out; `learner` does one update."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from brandtune.core.errors import BrandtuneError
from brandtune.core.examples import Dropped
from brandtune.core.progress import Progress, Silent, Task
from brandtune.core.storage import whole_directory
from brandtune.models.loading import Model
from brandtune.training import checkpoints, sharding
from brandtune.training.callbacks import Callback, callbacks_for
from brandtune.training.config import ONLINE, TrainingConfig
from brandtune.training.data import all_the_same, require_some
from brandtune.training.distributed import joined, team
from brandtune.training.guarantee import Guarantee
from brandtune.training.learner import Learner, NotFinite
from brandtune.training.mixing import Mixture, mixed_in
from brandtune.training.objectives import Item
from brandtune.training.objectives.items import Learnable

if TYPE_CHECKING:
    from brandtune.training.rewards.answers import Reward, Rewards

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class Checkpoint:
    """What training leaves behind.

    Attributes:
        adapter: Folder with what was trained: an adapter in PEFT's format, or a whole model.
        curve: Logged points: step, epoch, train_loss, validation_loss, learning_rate, seconds (losses in nats/token);
            where there are pairs `accuracy` on held-out ones; online `reward` and each part of it.
        loss_before: Validation loss of the base, nats per token.
        loss_after: Validation loss of what came out.
        best_step: The step whose weights were kept.
        left_out: Examples that did not fit, with reasons.
        tokens: Tokens trained on, padding not counted.
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
        BrandtuneError: The loss became not-a-number; names step and last good state.

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
        return run.train(examples, validation, output, callbacks=callbacks)


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
            self.progress.say(same)
        general, gone, drawn = mixed_in(self, own=len(items))
        self.mixture = Mixture(own=len(items), seed=self.config.seed, general=len(general), drawn=drawn)
        items, left_out = [*items, *general], [*left_out, *gone]
        if self.objective.needs_reference:
            items, held_out = self.with_reference(items), self.with_reference(held_out)
        self.lengths = [len(item) for item in items]
        self.steps_per_epoch = self._steps_per_epoch(items)
        self.num_steps = max(1, math.ceil(self.config.epochs * self.steps_per_epoch))
        self.epoch, self.order = -1, list[list[int]]()
        self._resume()
        work = self.work if self.team.leads else None
        self.callbacks = [*callbacks_for(self.config, work=work, curve=self.state.curve), *callbacks]
        for callback in callbacks:
            for point in self.state.curve:
                callback.logged(point)
        try:
            with self.progress.task("training", total=self.num_steps) as bar:
                self._loop(items, held_out, bar)
        finally:
            for callback in self.callbacks:
                callback.finished()
        return self._finish(output, left_out, num_examples=self.mixture.own)

    def _steps_per_epoch(self, items: Sequence[Item]) -> int:
        return -(-self.mixture.per_epoch // self.config.batch_size)

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
            if self.work and self.team.decides(time.perf_counter() - saved > self.config.checkpoint_every_s):
                self._save()
                saved = time.perf_counter()
            bar.advance(1, note=f"loss {loss:.3f}")
            if reason := next(filter(None, (callback.wants_to_stop() for callback in self.callbacks)), ""):
                self.progress.say(f"training stops at step {self.state.step} of {self.num_steps}: {reason}")
                return

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
            raise self._diverged(error.loss) from None
        self.state.tokens += sum(len(item) for item in batch)
        return loss

    def _batch(self, step: int) -> list[int]:
        """Indices of optimizer step `step`, counted over all epochs; a resumed run needs nothing but the step."""
        epoch, within = divmod(step, self.steps_per_epoch)
        if epoch != self.epoch:
            self.epoch = epoch
            self.order = self.mixture.batches(self.lengths, batch_size=self.config.batch_size, epoch=epoch)
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
        if not self.is_sharded:
            self.team.require_same(self.weights.parameters())
        loss = self.held_out_loss(held_out)
        if not math.isfinite(loss):
            raise self._diverged(loss)
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
            **self.figures,
        }
        self.figures = {}
        logged = {name: value for name, value in point.items() if value is not None}
        self.state.curve.append(logged)
        for callback in self.callbacks:
            callback.logged(logged)

    def _save(self) -> None:
        assert self.work is not None
        adapter, optimizer = self.weights.state(), sharding.whole_state(self.optimizer.state_dict())
        if self.team.leads:
            checkpoints.save(self.work / CHECKPOINT, self.state, adapter=adapter, optimizer=optimizer)

    def _write(self, output: Path) -> None:
        """The leader writes what came out; the others go on when it is there."""
        if self.is_sharded:
            self.weights.join()
        if self.team.leads:
            with whole_directory(output) as folder:
                self.weights.save(folder, base=self.model.reference, source=self.model.folder)
        self.team.wait()

    def _diverged(self, loss: float) -> BrandtuneError:
        good = f" The best weights so far are those of step {self.state.best_step}." if self.state.best_step else ""
        return BrandtuneError(
            f"the loss became {loss} at step {self.state.step}.{good}",
            where="train",
            fix="Lower training.learning_rate, or set training.precision: fp32; the last checkpoint is kept.",
        )

    def _finish(self, output: Path, left_out: list[Dropped], *, num_examples: int) -> Checkpoint:
        if self.config.keep == "best" and self.state.best_adapter:
            self.weights.restore(self.state.best_adapter)
        else:
            self.state.best_step = self.state.step
        self._write(output)
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
            num_mixed=self.mixture.drawn,
        )
