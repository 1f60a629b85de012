"""Which items an epoch meets: all of one's own, and some general ones against forgetting. A function of seed and epoch."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandtune.core.errors import ConfigError, EmptyDatasetError
from brandtune.core.examples import Dropped
from brandtune.training.config import TrainingConfig
from brandtune.training.data import epoch_batches, require_kind, require_some
from brandtune.training.objectives import Item
from brandtune.training.objectives.items import Learnable
from brandtune.training.shapes import learnable

if TYPE_CHECKING:
    from brandtune.training.learner import Learner


@dataclass(frozen=True)
class Mixture:
    """Own items and, behind them in one list, general ones.

    Attributes:
        general: How many general ones there are to draw from.
        drawn: How many of them each epoch meets; where there are fewer, some come twice in it.

    >>> mixture = Mixture(own=3, general=4, drawn=2, seed=0)
    >>> first, second = (sorted(mixture.epoch(number)[3:]) for number in (0, 1))
    >>> sorted(first + second)
    [3, 4, 5, 6]
    """

    own: int
    seed: int
    general: int = 0
    drawn: int = 0

    @property
    def per_epoch(self) -> int:
        """Items of one epoch."""
        return self.own + self.drawn

    def epoch(self, epoch: int) -> list[int]:
        """Indices into the list of own and general items; over the epochs every general one comes equally often."""
        place, end = epoch * self.drawn, (epoch + 1) * self.drawn
        chosen: list[int] = []
        while place < end:
            number, within = divmod(place, self.general)
            chosen += self._shuffled(number)[within : within + end - place]
            place = epoch * self.drawn + len(chosen)
        return [*range(self.own), *chosen]

    def batches(self, lengths: Sequence[int], *, batch_size: int, epoch: int) -> list[list[int]]:
        """Indices of each optimizer step of one epoch, by the lengths of all items."""
        members = self.epoch(epoch)
        order = epoch_batches([lengths[index] for index in members], batch_size=batch_size, seed=self.seed, epoch=epoch)
        return [[members[place] for place in batch] for batch in order]

    def _shuffled(self, number: int) -> list[int]:
        """The general ones in the order of one pass over them."""
        order = list(range(self.own, self.own + self.general))
        random.Random(f"general/{self.seed}/{number}").shuffle(order)
        return order


def drawn_for(own: int, *, share: float) -> int:
    """How many general items make up `share` of an epoch; at least one.

    >>> drawn_for(80, share=0.2)
    20
    """
    return max(1, math.floor(own * share / (1 - share) + 0.5))


def general_rows(config: TrainingConfig) -> list[Learnable]:
    """The rows to mix in; none where nothing is mixed in.

    Raises:
        NotFoundError: No such file.
        DataError: A row cannot be read; names file and line.
        EmptyDatasetError: The file has no rows.
        ConfigError: They are not of the kind that the objective learns from.
    """
    if config.mix is None:
        return []
    rows = learnable(config.mix.path, objective=config.objective)
    if not rows:
        raise EmptyDatasetError(
            f"{config.mix.path} has no rows.", where="training.mix.path", fix="Add rows, or remove training.mix."
        )
    try:
        require_kind(rows, config)
    except ConfigError as error:
        raise ConfigError(error.what, where=f"training.mix.path: {config.mix.path}") from None
    return rows


def mixed_in(learner: "Learner", *, own: int) -> tuple[list[Item], list[Dropped], int]:
    """General items to draw from, those that do not fit, and how many an epoch meets beside so many own ones.

    Raises:
        EmptyDatasetError: None fits; beside what `general_rows` raises.
    """
    mix = learner.config.mix
    if mix is None:
        return [], [], 0
    items, left_out = learner.items(general_rows(learner.config))
    require_some(items, name="general", max_tokens=learner.max_tokens, left_out=left_out)
    return items, left_out, drawn_for(own, share=mix.share)
