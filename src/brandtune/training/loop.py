"""The training loop: flat, seeded, resumable. Items in, weights out; `learner` does one update."""

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from brandtune.core.disk import explained
from brandtune.core.errors import Interrupted
from brandtune.core.examples import Dropped
from brandtune.core.ids import content_id
from brandtune.core.progress import Progress, Task
from brandtune.core.storage import whole_directory
from brandtune.models.loading import Model
from brandtune.training import checkpoints, fit, sharding, shortage
from brandtune.training.callbacks import Callback, Outcome, callbacks_for
from brandtune.training.config import ONLINE, TrainingConfig
from brandtune.training.curve import add_point
from brandtune.training.data import all_the_same, counted, require_some
from brandtune.training.health import WINDOW, Diverged, diverged, runaway, unsteady
from brandtune.training.identity import Identity, identity_of
from brandtune.training.learner import Learner, NotFinite
from brandtune.training.memory import PeakMemory
from brandtune.training.meter import Meter
from brandtune.training.mixing import Mixture, mixed_in
from brandtune.training.objectives import Item
from brandtune.training.objectives.items import Learnable
from brandtune.training.rates import noise_share
from brandtune.training.reference import REFERENCE, KeptReference, weights_before
from brandtune.training.results import Checkpoint, checkpoint_of
from brandtune.training.schedule import Schedule
from brandtune.training.stopping import Stopping

CHECKPOINT, LAST_GOOD = "checkpoint.pt", "last_good"


class Run(Learner):
    """One call of `train`: the learner, and where the loop stands."""

    def __init__(
        self, model: Model, config: TrainingConfig, *, work: Path | None, progress: Progress, start: Path | None = None
    ) -> None:
        self.state = checkpoints.State()
        super().__init__(model, config, progress=progress, start=start)
        self.work, self.start = work, start
        self.identity: Identity = {}
        self.callbacks: list[Callback] = []
        self.meter = Meter()
        before = weights_before(base=model.fingerprint, config=config, start=start)
        kept = work / REFERENCE if work is not None else None
        self.kept_reference = KeptReference(kept, weights=before, team=self.team, say=progress.warn)

    def train(
        self,
        examples: Sequence[Learnable],
        validation: Sequence[Learnable],
        output: Path,
        *,
        callbacks: Sequence[Callback] = (),
        reference: Path | None = None,
    ) -> Checkpoint:
        self.kept_reference.path = reference or self.kept_reference.path
        items, left_out = self.items(examples)
        held_out, also = self.items(validation, beside=examples)
        require_some(items, name="training", max_tokens=self.max_tokens, left_out=left_out)
        left_out += [msgspec.structs.replace(row, step="validation") for row in also]
        if same := all_the_same(items):
            self.warned(same)
        general, gone, drawn = mixed_in(self, own=len(items))
        self.mixture = Mixture(own=len(items), seed=self.config.seed, general=len(general), drawn=drawn)
        items, left_out = [*items, *general], [*left_out, *gone]
        if left_out:
            self.progress.warn(counted(left_out))
        if self.work:
            self.identity = self._identity(items, held_out)
        saved = self._saved()
        self._fit(items)
        if self.objective.needs_reference:
            items, held_out = self.with_reference(items), self.with_reference(held_out)
        self.schedule = self._scheduled(items)
        if saved:
            self.weights.restore(saved.apply(optimizer=self.optimizer))
            self.progress.say(f"training goes on at step {self.state.step} of {self.schedule.num_steps}")
        with explained(self.work or Path(), kept="What was saved before is whole."):
            with shortage.explained(lambda: self.state.step):
                self._guarded(items, held_out, callbacks)
            return self._finish(output, left_out, num_examples=self.mixture.own)

    def _identity(self, items: list[Item], held_out: list[Item]) -> Identity:
        """What this run is told from others by, in its checkpoint."""
        return identity_of(
            base=self.model.fingerprint, config=self.config, items=items, held_out=held_out, start=self.start
        )

    def with_reference(self, items: list[Item]) -> list[Item]:
        """The same, from the file where it was kept as far as that goes."""
        return self.kept_reference.noted(items, compute=super().with_reference)

    def _saved(self) -> checkpoints.Saved | None:
        """The checkpoint to go on from; the reference needs the weights as they were, so they are put back later."""
        path = self.work / CHECKPOINT if self.work else None
        if path is None or not path.is_file():
            return None
        saved = checkpoints.read(path, identity=self.identity)
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

    def _scheduled(self, items: Sequence[Item]) -> Schedule:
        return Schedule(
            mixture=self.mixture,
            lengths=[len(item) for item in items],
            batch_size=self.batch_size,
            steps_per_epoch=self._steps_per_epoch(items),
            epochs=self.config.epochs,
            peak_rate=self.peak_rate * noise_share(self.config, items[: self.mixture.own], batch_size=self.batch_size),
            warmup_share=self.config.warmup_share,
        )

    def _steps_per_epoch(self, items: Sequence[Item]) -> int:
        return -(-self.mixture.per_epoch // self.batch_size)

    def _guarded(self, items: list[Item], held_out: list[Item], more: Sequence[Callback]) -> None:
        """The loop, and what can happen to it: a request to stop, a loss that runs away."""
        work = self.work if self.team.leads else None
        identity, curve = content_id(self.identity), self.state.curve
        asked_for = callbacks_for(self.config, work=work, identity=identity, curve=curve, warn=self.warned)
        self.callbacks = [*asked_for, *more]
        outcome: Outcome = "failed"
        for callback in more:
            for point in self.state.curve:
                callback.logged(point)
        try:
            with (
                PeakMemory(self.device) as self.memory,
                Stopping() as self.stopping,
                self.progress.task("training", total=self.schedule.num_steps) as bar,
            ):
                self._loop(items, held_out, bar)
            outcome = "finished"
        except (Interrupted, KeyboardInterrupt):
            outcome = "killed"
            raise
        except Diverged as error:
            if self.config.keep != "last_good" or not self.state.best_adapter:
                self._rescue()
                raise
            self.warned(f"training stops at step {self.state.step}, and its last good weights are kept: {error.what}")
            outcome = "finished"
        finally:
            for callback in self.callbacks:
                callback.finished(outcome)

    def _loop(self, items: list[Item], held_out: list[Item], bar: Task) -> None:
        bar.advance(self.state.step)
        num_steps = self.schedule.num_steps
        started = time.perf_counter() - self.state.seconds
        saved = time.perf_counter()
        if self.state.step == 0:
            self._validate(held_out, train_loss=None)
        marks = {round(num_steps * (i + 1) / self.config.validations) for i in range(self.config.validations)}
        while self.state.step < num_steps:
            loss = self._metered(items)
            self.state.recent.append(loss)
            self.state.step += 1
            self.state.seconds = time.perf_counter() - started
            if self.state.step in marks:
                self._validate(held_out, train_loss=sum(self.state.recent) / len(self.state.recent))
                self.state.recent = []
            elif self.state.step % max(1, num_steps // 60) == 0:
                add_point(self, train_loss=loss)
            if self.team.most(bool(self.stopping.asked)):
                self._interrupted()
            if self.work and self.team.decides(time.perf_counter() - saved > self.config.checkpoint_every_s):
                self._save()
                saved = time.perf_counter()
            bar.advance(1, note=f"loss {loss:.3f}")
            if reason := next(filter(None, (callback.wants_to_stop() for callback in self.callbacks)), ""):
                self.progress.say(f"training stops at step {self.state.step} of {num_steps}: {reason}")
                return

    def _metered(self, items: list[Item]) -> float:
        """One step, its time taken and its loss looked at; returns the loss."""
        began, tokens = time.perf_counter(), self.state.tokens
        loss = self._step(items)
        self._look_at(loss)
        size = self.schedule.batch_tokens(self.state.step)
        self.meter.step(time.perf_counter() - began, tokens=self.state.tokens - tokens, size=size)
        if not self.state.expected_seconds:
            self.state.expected_seconds = self.meter.forecast(
                size=self.schedule.tokens(), validations=self.config.validations + 1
            )
        return loss

    def _look_at(self, loss: float) -> None:
        """Fail where the loss has run away; where it begins to, say so, and halve a rate that nobody has chosen."""
        if self.config.objective in ONLINE:
            return
        mean = runaway(self.state, loss)
        if mean is not None:
            first = self.state.first_loss
            what = f"has run away: its mean over {WINDOW} steps is {mean:.3g}, and it began at {first:.3g}"
            raise diverged(self.state, what)
        if sentence := unsteady(self.state, self.gradient_norm):
            # With differential privacy nothing but the noisy gradients may tell the run what to do.
            if self.config.learning_rate == "auto" and self.config.privacy is None:
                self.state.rate_share /= 2
                self.warned(f"{sentence}; the learning rate is halved from here on")
            else:
                self.warned(f"{sentence}; training.learning_rate may be too high")

    @property
    def rate(self) -> float:
        """The learning rate of the step that comes."""
        return self.state.rate_share * self.schedule.learning_rate(self.state.step)

    def _interrupted(self) -> NoReturn:
        if self.work:
            self._save()
        by = self.stopping.asked or "another process"
        raise Interrupted(
            f"training was stopped at step {self.state.step} of {self.schedule.num_steps} by {by}.",
            where="train",
            fix="Go on from there with the same command (brandtune run --resume)." if self.work else None,
        )

    def _step(self, items: list[Item]) -> float:
        """One step on the next batch; returns its loss, for `sft` in nats per token."""
        batch = [items[index] for index in self.schedule.batch(self.state.step)]
        self.team.reseed(self.config.seed, self.state.step)
        return self._learnt(batch)

    def _learnt(self, batch: list[Item]) -> float:
        """One update at the rate of this step; counts the tokens."""
        try:
            loss = self.learn(batch, rate=self.rate)
        except NotFinite as error:
            raise diverged(self.state, str(error)) from None
        self.state.tokens += sum(len(item) for item in batch)
        return loss

    def _validate(self, held_out: list[Item], *, train_loss: float | None) -> None:
        if not held_out:
            add_point(self, train_loss=train_loss)
            if self.config.keep == "last_good" and self.state.step:
                self._remember()
            return
        if not self.is_sharded:
            self.team.require_same(self.weights.parameters())
        began = time.perf_counter()
        loss = self.held_out_loss(held_out)
        self.meter.validation_s = time.perf_counter() - began
        if not math.isfinite(loss):
            raise diverged(self.state, f"became {loss}")
        add_point(self, train_loss=train_loss, validation_loss=loss)
        if self.state.step and loss < self.state.best_loss:
            self.state.best_loss = loss
            self._remember()

    def _remember(self) -> None:
        self.state.best_step, self.state.best_adapter = self.state.step, self.weights.state()

    def warned(self, text: str) -> None:
        super().warned(text)
        self.state.warnings.append(text)

    def _save(self) -> None:
        assert self.work is not None
        self.state.micro_batch_tokens, self.state.recomputed = self.micro_batch_tokens, self.recomputed
        self.state.batch_size = self.batch_size
        adapter, optimizer = self.weights.state(), sharding.whole_state(self.optimizer.state_dict())
        if self.team.leads:
            checkpoints.save(
                self.work / CHECKPOINT, self.state, adapter=adapter, optimizer=optimizer, identity=self.identity
            )

    def _write(self, output: Path) -> None:
        """The leader writes what came out; the others go on when it is there."""
        if self.is_sharded:
            self.weights.join()
        if self.team.leads:
            with whole_directory(output) as folder:
                self.save(folder)
        self.team.wait()

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
        return checkpoint_of(
            self.state,
            adapter=output,
            keep=self.config.keep,
            left_out=left_out,
            num_examples=num_examples,
            num_mixed=self.mixture.drawn,
            num_trainable=sum(master.numel() for master in self.weights.parameters()),
        )
