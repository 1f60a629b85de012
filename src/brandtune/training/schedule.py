"""Which items each step of a run meets, and at what rate. A resumed run needs nothing but the step."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from brandtune.training.mixing import Mixture


@dataclass
class Schedule:
    """The steps of a run, counted over all its epochs.

    Attributes:
        lengths: Tokens of every item, as the data has them; own ones first, as in `mixture`.
        steps_per_epoch: Optimizer steps of one epoch.
        peak_rate: Learning rate after the warm-up.
        warmup_share: Share of the steps in which the rate rises.
    """

    mixture: Mixture
    lengths: Sequence[int]
    batch_size: int
    steps_per_epoch: int
    epochs: float
    peak_rate: float
    warmup_share: float
    _epoch: int = -1
    _order: list[list[int]] = field(default_factory=list)

    @property
    def num_steps(self) -> int:
        """Steps of the whole run."""
        return max(1, math.ceil(self.epochs * self.steps_per_epoch))

    def batch(self, step: int) -> list[int]:
        """Indices of the items of optimizer step `step`."""
        epoch, within = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = self.mixture.batches(self.lengths, batch_size=self.batch_size, epoch=epoch)
        return self._order[within]

    def batch_tokens(self, step: int) -> int:
        """Tokens of the items of that step."""
        return sum(self.lengths[index] for index in self.batch(step))

    def tokens(self) -> float:
        """Tokens of the whole run."""
        own, general = self.lengths[: self.mixture.own], self.lengths[self.mixture.own :]
        epoch = sum(own) + self.mixture.drawn * sum(general) / max(1, len(general))
        return epoch * self.epochs

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then linear decay to a tenth of the peak."""
        warmup = max(1, round(self.num_steps * self.warmup_share))
        if step < warmup:
            return self.peak_rate * (step + 1) / warmup
        done = (step - warmup) / max(1, self.num_steps - warmup)
        return self.peak_rate * (1 - 0.9 * done)
