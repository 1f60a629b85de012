"""Differential privacy: what one person adds to a gradient is bounded, and noise covers it (DP-SGD, arXiv 1607.00133).

People are drawn independently of each other in every step (Poisson sampling), as the accounting assumes. Draws and noise
come from a secret of the run, never from the seed: who knows them could take the noise away again.
"""

import contextlib
import math
import secrets
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from brandtune.core.errors import ConfigError, MissingPartError
from brandtune.core.examples import Dropped
from brandtune.core.ids import content_id
from brandtune.core.progress import Progress
from brandtune.models.loading import Model
from brandtune.training.config import TrainingConfig
from brandtune.training.guarantee import Guarantee
from brandtune.training.learner import NotFinite
from brandtune.training.loop import Run
from brandtune.training.objectives import Item, Total
from brandtune.training.objectives.items import Learnable, id_of
from brandtune.training.results import Checkpoint

TINY = 1e-6
"""Added to norms before dividing by them, as in opacus."""


class PrivateRun(Run):
    """One call of `train` under `training.privacy`."""

    def __init__(
        self, model: Model, config: TrainingConfig, *, work: Path | None, progress: Progress, start: Path | None = None
    ) -> None:
        assert config.privacy is not None
        self.settings = config.privacy
        require_accountant()
        super().__init__(model, config, work=work, progress=progress, start=start)
        self.units: list[list[Item]] = []
        self.sample_rate, self.noise, self.delta = 1.0, 0.0, 0.0

    def items(self, rows: Sequence[Learnable], *, beside: Sequence[Learnable] = ()) -> tuple[list[Item], list[Dropped]]:
        """Items that know whom they are about; what is about nobody is a unit of its own."""
        items, left_out = super().items(rows, beside=beside)
        gone = {row.id for row in left_out}
        kept = [row for row in rows if id_of(row) not in gone]
        people = self.settings.unit == "person"
        return [
            replace(item, unit=f"person {row.subject}" if people and row.subject else f"item {index}")
            for index, (item, row) in enumerate(zip(items, kept, strict=True))
        ], left_out

    def _steps_per_epoch(self, items: Sequence[Item]) -> int:
        """As many as it takes for each unit to be drawn once on average; the noise is settled here, too."""
        self.units = by_unit(items)
        count = len(self.units)
        self.sample_rate = min(1.0, self.batch_size / count)
        self.delta = self.settings.delta or 0.1 / count
        if self.delta >= 1 / count:
            raise ConfigError(
                f"delta {self.delta:g} would allow giving away one of {count} in full.",
                where="training.privacy.delta", fix=f"Choose less than {1 / count:.2g}.",
            )  # fmt: skip
        steps = math.ceil(count / self.batch_size)
        planned = max(1, math.ceil(self.config.epochs * steps))
        self.noise = self.settings.noise_multiplier or noise_for(
            self.settings.epsilon or 0.0, delta=self.delta, sample_rate=self.sample_rate, steps=planned
        )
        spent = self._guarantee(steps=planned)
        if not math.isfinite(spent.epsilon):
            raise ConfigError(
                f"noise of {self.noise:g} over {planned} steps guarantees nothing.",
                where="training.privacy.noise_multiplier", fix="Give more, or give epsilon instead.",
            )  # fmt: skip
        self.progress.say(f"{spent.said()} after {planned} steps with noise {self.noise:.3g}")
        return steps

    def _step(self, items: list[Item]) -> float:
        if not self.state.secret:
            self.state.secret = secrets.token_hex(32)
        chances = torch.rand(len(self.units), generator=self._generator("draw"))
        drawn = (chances < self.sample_rate).nonzero().flatten().tolist()
        return self._learnt([item for index in drawn for item in self.units[index]])

    def learn(self, batch: list[Item], *, rate: float) -> float:
        """One update from clipped gradients and noise; returns the mean loss of the units, in nats per token.

        A draw of nobody takes a step by noise alone, and tells the last known loss.
        """
        self.network.train()
        units = by_unit(batch)
        gradients, losses = self.clipped_sum(units)
        generator = self._generator("noise")
        expected = self.sample_rate * max(1, len(self.units))
        for master, gradient in zip(self.weights.parameters(), gradients, strict=True):
            noise = torch.randn(gradient.shape, generator=generator).to(gradient.device)
            master.grad = (gradient + self.noise * self.settings.clip * noise) / expected
        norms = [
            torch.linalg.vector_norm(master.grad) for master in self.weights.parameters() if master.grad is not None
        ]
        self.gradient_norm = float(torch.linalg.vector_norm(torch.stack(norms)))
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["rate"]
        self.optimizer.step()
        self.weights.write_back()
        return sum(losses) / len(losses) if losses else self._last_loss()

    def clipped_sum(self, units: Sequence[Sequence[Item]]) -> tuple[list[torch.Tensor], list[float]]:
        """Sum over the units of gradients of norm at most `clip`, fp32 in the order of the weights; and the losses.

        A unit's loss is the weighted mean over all its loss tokens, so that it depends on nobody else.

        Raises:
            NotFinite: A loss or gradient is not a number.
        """
        masters = self.weights.parameters()
        total = [torch.zeros_like(master) for master in masters]
        nothing = torch.zeros((), device=self.device)
        losses: list[float] = []
        for unit in units:
            tokens = Total(float(sum(item.num_loss_tokens for item in unit)))
            losses.append(self._gradients(list(unit), total=tokens, divergence=nothing))
            self.weights.take_gradients()
            found = [master.grad if master.grad is not None else torch.zeros_like(master) for master in masters]
            norm = float(torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(one) for one in found])))
            if not math.isfinite(losses[-1]) or not math.isfinite(norm):
                raise NotFinite(f"is {losses[-1]:.4g} and its gradient {norm:.4g}, for one {self.settings.unit},")
            for mine, one in zip(total, found, strict=True):
                mine.add_(one, alpha=min(1.0, self.settings.clip / (norm + TINY)))
        return total, losses

    def _generator(self, purpose: str) -> torch.Generator:
        """Random numbers of this step, the same however often it is run."""
        seed = int(content_id([self.state.secret, purpose, self.state.step]), 16) % 2**63
        return torch.Generator().manual_seed(seed)

    def _last_loss(self) -> float:
        if self.state.recent:
            return self.state.recent[-1]
        known = (
            point[name]
            for point in reversed(self.state.curve)
            for name in ("train_loss", "validation_loss")
            if name in point
        )
        return next(known, 0.0)

    def _finish(self, output: Path, left_out: list[Dropped], *, num_examples: int) -> Checkpoint:
        done = super()._finish(output, left_out, num_examples=num_examples)
        return replace(done, privacy=self._guarantee(steps=self.state.step))

    def _guarantee(self, *, steps: int) -> Guarantee:
        """What is guaranteed after so many steps."""
        return Guarantee(
            epsilon=epsilon_of(self.noise, delta=self.delta, sample_rate=self.sample_rate, steps=steps),
            delta=self.delta, unit=self.settings.unit, num_units=len(self.units), sample_rate=self.sample_rate,
            noise_multiplier=self.noise, clip=self.settings.clip, steps=steps,
        )  # fmt: skip


def by_unit(items: Sequence[Item]) -> list[list[Item]]:
    """Items of one unit together, units in the order in which they are met."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.unit, []).append(item)
    return list(found.values())


def require_accountant() -> None:
    """Raises MissingPartError without opacus, which does the accounting."""
    try:
        import opacus.accountants  # noqa: F401
    except ImportError:
        raise MissingPartError(
            "differential privacy needs opacus, which is not installed.",
            where="training.privacy", fix="Run: pip install 'brandtune[privacy]'",
        ) from None  # fmt: skip


def epsilon_of(noise_multiplier: float, *, delta: float, sample_rate: float, steps: int) -> float:
    """Upper bound of what so many steps spend, by numerical composition (Gopi et al. 2021, arXiv 2106.02848)."""
    from opacus.accountants import PRVAccountant

    accountant = PRVAccountant()
    accountant.history = [(noise_multiplier, sample_rate, steps)]
    with _quiet():
        return float(accountant.get_epsilon(delta=delta))


def noise_for(epsilon: float, *, delta: float, sample_rate: float, steps: int) -> float:
    """The least noise, within a few percent, with which so many steps spend at most `epsilon`.

    Raises:
        ConfigError: No noise is enough.
    """
    from opacus.accountants.utils import get_noise_multiplier

    try:
        with _quiet():
            found = get_noise_multiplier(
                target_epsilon=epsilon, target_delta=delta, sample_rate=sample_rate, steps=steps, accountant="prv",
                epsilon_tolerance=epsilon / 50,
            )  # fmt: skip
            return float(found)
    except ValueError:
        raise ConfigError(
            f"no noise keeps {steps} steps within epsilon {epsilon:g}.",
            where="training.privacy.epsilon", fix="Allow more, or train for fewer epochs.",
        ) from None  # fmt: skip


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The accounting warns while it searches, where nobody can do anything about it."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
