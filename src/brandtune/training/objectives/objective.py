"""From the log-probabilities of a part of a batch to its share of the batch's loss.

A batch may be computed in parts (packs that fit in memory). Each objective says what it needs of the whole batch, so
that the sum over the parts is the loss of the batch, however it is cut.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from brandtune.core.errors import ConfigError
from brandtune.training.config import OnlineConfig, PreferenceConfig, TrainingConfig
from brandtune.training.objectives import losses
from brandtune.training.objectives.items import Item


@dataclass(frozen=True)
class Part:
    """Some items of a batch, computed.

    Attributes:
        items: The items, N of them.
        log_probs: Of all loss tokens, [P]; for a reward model, what it gives each sequence instead.
        owners: Which sequence each belongs to, counted over the sequences of `items` in order, [P].
    """

    items: Sequence[Item]
    log_probs: torch.Tensor
    owners: torch.Tensor

    @property
    def device(self) -> torch.device:
        return self.log_probs.device

    def sums(self) -> torch.Tensor:
        """Summed log-probability of each sequence."""
        count = sum(len(item.sequences) for item in self.items)
        return torch.zeros(count, device=self.device).index_add(0, self.owners, self.log_probs)

    def counts(self) -> torch.Tensor:
        """Loss tokens of each sequence."""
        found = [sum(sequence.loss_mask) for item in self.items for sequence in item.sequences]
        return torch.tensor(found, dtype=torch.float32, device=self.device)

    def references(self) -> torch.Tensor:
        """Summed log-probability of each sequence before training."""
        found = [value for item in self.items for value in item.reference[: len(item.sequences)]]
        return torch.tensor(found, device=self.device)

    def weights(self) -> torch.Tensor:
        return torch.tensor([item.weight for item in self.items], device=self.device)

    def weights_of_sequences(self) -> torch.Tensor:
        found = [item.weight for item in self.items for _ in item.sequences]
        return torch.tensor(found, device=self.device)


@dataclass(frozen=True)
class Total:
    """What the sums over a batch are divided by.

    Attributes:
        weight: Of whatever the objective takes the mean over: tokens, pairs, or answers.
        chosen_tokens: For `orpo`, that of the tokens of chosen replies.
    """

    weight: float
    chosen_tokens: float = 0.0


class Objective(Protocol):
    """What a batch's loss is."""

    @property
    def needs_reference(self) -> bool:
        """Whether items must know what the untrained model makes of them."""
        ...

    def total(self, batch: Sequence[Item]) -> Total:
        """What the loss of the batch is divided by."""
        ...

    def loss(self, part: Part, *, total: Total, divergence: torch.Tensor) -> torch.Tensor:
        """The part's share of the batch's loss; `divergence` is KTO's estimate over the whole batch, else 0."""
        ...

    def right(self, part: Part) -> torch.Tensor | None:
        """Which pairs the model puts in the order that the evidence says, [N] bool; None without pairs."""
        ...


@dataclass(frozen=True)
class Supervised:
    """Cross-entropy, a weighted mean over all loss tokens of the batch."""

    needs_reference: bool = False

    def total(self, batch: Sequence[Item]) -> Total:
        return Total(sum(item.num_loss_tokens * item.weight for item in batch))

    def loss(self, part: Part, *, total: Total, divergence: torch.Tensor) -> torch.Tensor:
        return -(part.sums() * part.weights_of_sequences()).sum() / total.weight

    def right(self, part: Part) -> torch.Tensor | None:
        return None


@dataclass(frozen=True)
class Pairwise:
    """Preferences: a weighted mean over pairs; for `orpo` also the cross-entropy that `sft` takes, on chosen replies."""

    kind: str
    settings: PreferenceConfig

    @property
    def needs_reference(self) -> bool:
        return self.kind in ("dpo", "ipo")

    def total(self, batch: Sequence[Item]) -> Total:
        tokens = sum(sum(item.sequences[0].loss_mask) * item.weight for item in batch) if self.kind == "orpo" else 0.0
        return Total(sum(item.weight for item in batch), chosen_tokens=tokens)

    def loss(self, part: Part, *, total: Total, divergence: torch.Tensor) -> torch.Tensor:
        values = _PAIRWISE[self.kind](part, self.settings)
        loss = (values * part.weights()).sum() / total.weight
        if self.kind == "orpo":
            loss = loss - (part.sums()[::2] * part.weights()).sum() / total.chosen_tokens
        return loss

    def right(self, part: Part) -> torch.Tensor | None:
        """By reward, which is measured from the reference where the objective has one."""
        if self.kind == "reward":
            worth = part.sums()
        elif self.needs_reference:
            worth = part.sums() - part.references()
        else:
            worth = part.sums() / part.counts()
        return worth[::2] > worth[1::2]


def _dpo(part: Part, settings: PreferenceConfig) -> torch.Tensor:
    sums, references = part.sums(), part.references()
    return losses.dpo(
        sums[::2], sums[1::2], references[::2], references[1::2], beta=settings.beta,
        label_smoothing=settings.label_smoothing,
    )  # fmt: skip


def _ipo(part: Part, settings: PreferenceConfig) -> torch.Tensor:
    means, references = part.sums() / part.counts(), part.references() / part.counts()
    return losses.ipo(means[::2], means[1::2], references[::2], references[1::2], beta=settings.beta)


def _simpo(part: Part, settings: PreferenceConfig) -> torch.Tensor:
    means = part.sums() / part.counts()
    return losses.simpo(means[::2], means[1::2], beta=settings.simpo_beta, gamma=settings.simpo_gamma)


def _orpo(part: Part, settings: PreferenceConfig) -> torch.Tensor:
    means = part.sums() / part.counts()
    return losses.orpo(means[::2], means[1::2], beta=settings.beta)


def _reward(part: Part, settings: PreferenceConfig) -> torch.Tensor:
    """Here `log_probs` are a reward model's scores, one for each sequence."""
    scores = part.sums()
    return losses.bradley_terry(scores[::2], scores[1::2], centering=settings.reward_centering)


_PAIRWISE: dict[str, Callable[[Part, PreferenceConfig], torch.Tensor]] = {
    "dpo": _dpo, "ipo": _ipo, "simpo": _simpo, "orpo": _orpo, "reward": _reward,
}  # fmt: skip


@dataclass(frozen=True)
class Kto:
    """Rated answers without a pair."""

    settings: PreferenceConfig
    needs_reference: bool = True

    def total(self, batch: Sequence[Item]) -> Total:
        return Total(float(len(batch)))

    def loss(self, part: Part, *, total: Total, divergence: torch.Tensor) -> torch.Tensor:
        good = torch.tensor([item.good for item in part.items], device=part.device)
        values = losses.kto(
            part.sums(), part.references(), good, divergence, beta=self.settings.beta,
            desirable_weight=self.settings.desirable_weight, undesirable_weight=self.settings.undesirable_weight,
        )  # fmt: skip
        return values.sum() / total.weight

    def right(self, part: Part) -> torch.Tensor | None:
        return None


@dataclass(frozen=True)
class Sampled:
    """Policy gradient on answers that the model itself gave, weighted as their prompts; `kind` is `grpo` or `rloo`."""

    kind: str
    settings: OnlineConfig
    needs_reference: bool = False

    def total(self, batch: Sequence[Item]) -> Total:
        """GRPO: all answer tokens of the batch, as DAPO does (arXiv 2503.14476); RLOO: its answers."""
        counts = [item.num_loss_tokens if self.kind == "grpo" else 1 for item in batch]
        return Total(sum(count * item.weight for count, item in zip(counts, batch, strict=True)))

    def loss(self, part: Part, *, total: Total, divergence: torch.Tensor) -> torch.Tensor:
        advantages = torch.tensor([item.advantage for item in part.items], device=part.device)
        before = part.log_probs.detach()  # of the first update on these answers
        if any(item.sampled for item in part.items):
            before = _per_token([item.sampled for item in part.items], part.device)
        if self.kind == "rloo":
            log_ratio = torch.zeros_like(advantages).index_add(0, part.owners, part.log_probs - before)
            values = losses.clipped(log_ratio, advantages, epsilon=self.settings.clip)
            return (values * part.weights()).sum() / total.weight
        log_ratio = part.log_probs - before
        per_token = losses.clipped(log_ratio, advantages[part.owners], epsilon=self.settings.clip)
        if self.settings.kl > 0:
            referred = _per_token([item.referred for item in part.items], part.device)
            moved = losses.divergence_of(part.log_probs, referred, log_ratio=log_ratio)
            per_token = per_token + self.settings.kl * moved
        return (per_token * part.weights()[part.owners]).sum() / total.weight

    def right(self, part: Part) -> torch.Tensor | None:
        return None


def _per_token(values: Sequence[Sequence[float]], device: torch.device) -> torch.Tensor:
    return torch.tensor([value for item in values for value in item], dtype=torch.float32, device=device)


def objective_of(config: TrainingConfig) -> Objective:
    """The objective that a configuration names."""
    if config.objective == "sft":
        return Supervised()
    if config.objective == "kto":
        return Kto(config.preference)
    if config.objective in ("grpo", "rloo"):
        return Sampled(config.objective, config.online)
    if config.objective in _PAIRWISE:
        return Pairwise(config.objective, config.preference)
    raise ConfigError(f"the objective `{config.objective}` is not implemented yet.", where="training.objective")
