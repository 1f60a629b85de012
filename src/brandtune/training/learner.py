"""One update: a batch of items in, gradients and a step of the optimizer out. `objectives` say what the loss is.

The loss of a step is that of the whole batch, however many parts it is computed in.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from brandtune.core.errors import ConfigError
from brandtune.core.examples import Dropped, Rated
from brandtune.core.progress import Progress
from brandtune.models import adapters
from brandtune.models.loading import Model
from brandtune.training import earlier, memory, methods, sharding
from brandtune.training.config import TrainingConfig
from brandtune.training.data import require_kind
from brandtune.training.distributed import require_possible, team
from brandtune.training.fit import DEFAULT_TOKENS
from brandtune.training.forward import Forward, accelerate_exactly, base_of, narrow_exactly, packs_are_exact
from brandtune.training.objectives import Item, Part, Total, objective_of
from brandtune.training.objectives.items import Learnable, items_of, with_mismatched
from brandtune.training.objectives.objective import Pairwise
from brandtune.training.packing import Tokens
from brandtune.training.rates import peak_learning_rate
from brandtune.training.recompute import recompute
from brandtune.training.rewards import reward_model
from brandtune.training.shortage import Found, until_it_fits

IDLE = Tokens((1, 1), (False, True))
SMALLEST_PART = 256
"""Tokens below which running out of memory is final."""


class NotFinite(Exception):
    """A loss or gradient that is not a number; says which."""


class Learner:
    """A base made trainable, with what computes its losses and changes its weights.

    Args:
        model: The base; its network is changed in place and must not be used afterwards.
        start: An earlier adapter to go on with.
    """

    def __init__(self, model: Model, config: TrainingConfig, *, progress: Progress, start: Path | None = None) -> None:
        self.model, self.config, self.progress = model, config, progress
        self.team = team()
        self.max_tokens = min(config.max_tokens or model.context, model.context)
        self.micro_batch_tokens = DEFAULT_TOKENS if config.micro_batch_tokens == "auto" else config.micro_batch_tokens
        self.num_fast_layers, self.recomputed, self.gradient_norm = 0, 0, 0.0
        self.is_sharded = config.parallel == "fsdp" and self.team.size > 1
        require_possible(config, self.team, is_sharded=self.is_sharded)
        self.objective = objective_of(config)
        self.scores = config.objective == "reward"
        if start is not None and earlier.scores(start) and not self.scores:
            raise ConfigError(f"{start} is a reward model, which does not write.", where="adapter")
        self.network = methods.prepare(model, config, start=start)
        self.device = model.device
        if self.device.type == "cpu":
            memory.hold_freed()
        if self.scores:
            reward_model.add_head(self.network, seed=config.seed, start=start)
        self.team.take_over(methods.trainable(self.network))
        self.forward = (reward_model.Scores if self.scores else Forward)(self.network, packed=self._packed())
        for sentence in self.forward.slower():
            self.warned(sentence)
        if self.is_sharded:
            from brandtune.training.sharded import shard

            shard(self.forward)
        self.weights = methods.MasterWeights(self.network)
        self.figures: dict[str, float] = {}
        self.peak_rate = peak_learning_rate(config, model)
        self.optimizer = torch.optim.AdamW(
            self.weights.groups(config),
            lr=self.peak_rate,
            weight_decay=config.weight_decay,
            betas=(0.9, 0.99),
            fused=True,
        )

    def _packed(self) -> bool:
        if self.config.packing == "none":
            return False
        exact = packs_are_exact(self.network)
        if not exact:
            kind = type(self.model.network).__name__
            self.warned(f"{kind} cannot be packed exactly; conversations are padded instead, which is slower")
        elif not self.is_sharded:  # fast layers keep hold of weights
            if self.device.type == "cpu":
                self.num_fast_layers = accelerate_exactly(self.network)
            if not self.num_fast_layers:
                narrow_exactly(self.network)
        return exact

    def recompute(self, layers: int) -> None:
        """Compute the first `layers` layers again on the way back, to save memory."""
        self.recomputed = recompute(base_of(self.network), layers=layers)

    def warned(self, text: str) -> None:
        """Something that whoever started the run should know."""
        self.progress.warn(text)

    def items(self, rows: Sequence[Learnable], *, beside: Sequence[Learnable] = ()) -> tuple[list[Item], list[Dropped]]:
        """Rows as the loop learns from them, and those that do not fit; `beside` are more, whose answers KTO may borrow."""
        require_kind(rows, self.config)
        renderer = self.model.renderer
        room = min(self.max_tokens, self.model.context - 1) if self.scores else self.max_tokens
        items, left_out = items_of(rows, renderer=renderer, max_tokens=room)
        if self.scores:
            items = reward_model.scored_items(items, network=self.network)
        if self.config.objective == "kto" and items:
            gone = {row.id for row in left_out}
            rated = [row for row in rows if isinstance(row, Rated) and row.rated_id not in gone]
            more = [row for row in beside if isinstance(row, Rated)]
            items, unmatched = with_mismatched(
                items, rated, renderer=renderer, max_tokens=self.max_tokens, seed=self.config.seed, beside=more
            )
            left_out += unmatched
        return items, left_out

    @torch.no_grad()
    def with_reference(self, items: list[Item]) -> list[Item]:
        """Note what the untrained model makes of every sequence; computed once, before the first step."""
        self.network.eval()
        found = self.team.merged(self._fitting(lambda: self._reference(items), items))
        return [replace(item, reference=found[index]) for index, item in enumerate(items)]

    def _reference(self, items: Sequence[Item]) -> dict[int, tuple[float, ...]]:
        """Log-probabilities of the sequences of this process's share of the items, by their place."""
        found: dict[int, tuple[float, ...]] = {}
        mine = self.team.share(items)
        with self.progress.task("reference", total=len(mine)) as bar:
            parts = self.forward.parts([items[i].all_sequences for i in mine], max_tokens=self._eval_tokens)
            for places in self._evenly(parts):
                part = [mine[place] for place in places]
                sequences = [one for index in part for one in items[index].all_sequences]
                log_probs, owners = self.forward.log_probs(sequences)
                sums = torch.zeros(len(sequences), device=self.device).index_add(0, owners, log_probs).tolist()
                for index in part:
                    count = len(items[index].all_sequences)
                    found[index], sums = tuple(sums[:count]), sums[count:]
                bar.advance(len(part))
        return found

    @property
    def _eval_tokens(self) -> int:
        """Without gradients twice as much fits."""
        return 2 * self.micro_batch_tokens

    def learn(self, batch: list[Item], *, rate: float) -> float:
        """One update of the weights at a learning rate; returns the loss before it, for `sft` in nats per token.

        Processes that train together are all given the whole batch; each computes its share of it.

        Raises:
            NotFinite: The loss or its gradient is not a number; the weights are as they were.
        """
        self.network.train()
        total, divergence = self.objective.total(batch), self._divergence(batch)
        mine = [batch[index] for index in self.team.share(batch)]
        loss = self.team.total(self._gradients(mine, total=total, divergence=divergence))
        if not math.isfinite(loss):
            raise NotFinite(f"became {loss}")
        self.weights.take_gradients()
        if not self.is_sharded:  # which sums them itself
            self.team.add_gradients(self.weights.masters)
        norm = torch.nn.utils.clip_grad_norm_(self.weights.parameters(), self.config.max_grad_norm)
        self.gradient_norm = float(sharding.whole(norm))
        if not math.isfinite(self.gradient_norm):  # clipping would have made all of it not-a-number
            raise NotFinite(f"is {loss:.4g}, but its gradient became {self.gradient_norm}")
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["rate"]
        self.optimizer.step()
        self.weights.write_back()
        return loss

    def _gradients(self, batch: list[Item], *, total: Total, divergence: torch.Tensor) -> float:
        """Add up the gradients of a batch; returns its loss. Out of memory, it starts again in smaller parts."""

        def added_up() -> float:
            self.weights.drop_gradients()
            loss = 0.0
            for members in self._evenly(self._parts(batch, max_tokens=self.micro_batch_tokens)):
                part = self._part([batch[i] for i in members])
                value = self.objective.loss(part, total=total, divergence=divergence)
                value.backward()  # type: ignore[no-untyped-call]
                loss += float(value.detach())
            return loss

        return self._fitting(added_up, batch)

    def _fitting(self, compute: Callable[[], Found], items: Sequence[Item]) -> Found:
        """What `compute` gives; out of memory, it is asked again with smaller parts, as long as there are any."""
        if self.is_sharded:  # everybody takes part in each of its steps: nobody can go back alone
            return compute()
        return until_it_fits(compute, made_smaller=lambda: self._made_smaller(items))

    def _made_smaller(self, batch: Sequence[Item]) -> bool:
        """Choose smaller parts, or to compute layers again where parts cannot be smaller; False when nothing is left."""
        if self.micro_batch_tokens > max((SMALLEST_PART, *(len(item) for item in batch))):
            self.micro_batch_tokens //= 2
            self.warned(f"out of memory; going on with parts of {self.micro_batch_tokens} tokens")
            return True
        if self.config.recompute == "auto" and not self.recomputed:
            self.recompute(len(methods.decoder_layers(self.model.network)))
            self.warned("out of memory; going on with all layers computed twice, which saves it")
            return True
        return False

    def _parts(self, batch: Sequence[Item], *, max_tokens: int) -> Iterator[list[int]]:
        return self.forward.parts([item.sequences for item in batch], max_tokens=max_tokens)

    def _evenly(self, parts: Iterable[list[int]]) -> Iterator[list[int]]:
        """The parts; where the model is divided, passes over nothing in front, so that everybody makes equally many."""
        if not self.is_sharded:
            yield from parts
            return
        found = list(parts)
        for _ in range(self.team.most(len(found)) - len(found)):
            nothing = 0.0 * self.forward.log_probs([IDLE])[0].sum()
            if nothing.requires_grad:
                nothing.backward()  # type: ignore[no-untyped-call]
        yield from found

    def _part(self, items: Sequence[Item]) -> Part:
        log_probs, owners = self.forward.log_probs([one for item in items for one in item.sequences])
        return Part(items, log_probs, owners)

    @torch.no_grad()
    def _divergence(self, batch: Sequence[Item]) -> torch.Tensor:
        """KTO's estimate of how far the model has moved, from answers to other prompts; 0 for other objectives."""
        probes = [(item.mismatched, item.reference[-1]) for item in batch if item.mismatched]
        if not probes:
            return torch.zeros((), device=self.device)
        moved = self.team.total(self._fitting(lambda: self._moved(list(self.team.mine(probes))), batch))
        return torch.tensor(max(0.0, moved / len(probes)), device=self.device)

    def _moved(self, probes: Sequence[tuple[Tokens, float]]) -> float:
        moved = 0.0
        for part in self._evenly(self.forward.parts([(one,) for one, _ in probes], max_tokens=self._eval_tokens)):
            log_probs, _ = self.forward.log_probs([probes[i][0] for i in part])
            moved += float(log_probs.sum()) - sum(probes[i][1] for i in part)
        return moved

    @torch.no_grad()
    def held_out_loss(self, held_out: list[Item]) -> float:
        """The objective's loss over all of them as one batch; weights do not count, so that runs compare.

        Notes in `figures` what else was measured: `accuracy`, the share of pairs put in the right order.
        """
        self.network.eval()
        plain = [replace(item, weight=1.0) for item in held_out]
        total, divergence = self.objective.total(plain), self._divergence(plain)
        mine = [plain[index] for index in self.team.share(plain)]
        loss, right = self._fitting(lambda: self._loss_and_right(mine, total=total, divergence=divergence), mine)
        if isinstance(self.objective, Pairwise):
            self.figures["accuracy"] = self.team.total(right) / len(plain)
        return self.team.total(loss)

    def _loss_and_right(self, items: Sequence[Item], *, total: Total, divergence: torch.Tensor) -> tuple[float, int]:
        """Loss of the items, and how many pairs of them are put in the right order."""
        loss, right = 0.0, 0
        for members in self._evenly(self._parts(items, max_tokens=self._eval_tokens)):
            part = self._part([items[i] for i in members])
            loss += float(self.objective.loss(part, total=total, divergence=divergence))
            correct = self.objective.right(part)
            if correct is not None:
                right += int(correct.sum())
        return loss, right

    def save(self, folder: Path) -> None:
        """Write what was trained into an empty folder, in the format that `peft` or `transformers` load."""
        self.weights.save(folder, base=self.model.reference, source=self.model.folder)
        if self.scores:
            reward_model.finish(folder, network=self.network)
        adapters.note_vocabulary(folder, tokenizer=self.model.renderer.tokenizer)

    def update(self, batch: list[Item], *, rate: float) -> float:
        """All that one step of the loop does with a batch; here one update, online also the answers."""
        return self.learn(batch, rate=rate)
