"""Learning from the model's own answers: sample, reward, compare with siblings, update. The loop is `loop.Run`'s.

The prompt of a group of answers is computed once, both when they are sampled and when they are learnt from.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from brandtune.core.errors import ConfigError
from brandtune.core.examples import Dropped, Example
from brandtune.core.ids import content_id
from brandtune.core.progress import Progress
from brandtune.models.generation import batches, generate_batch_tokens
from brandtune.models.loading import Model
from brandtune.models.settings import Decoding
from brandtune.training.config import TrainingConfig
from brandtune.training.data import require_kind
from brandtune.training.identity import Identity, identity_of_reward
from brandtune.training.loop import Run
from brandtune.training.objectives import Item
from brandtune.training.objectives.items import TOO_LONG, WEIGHTLESS, Learnable, is_weightless
from brandtune.training.objectives.losses import group_advantages, leave_one_out_advantages
from brandtune.training.packing import Tokens
from brandtune.training.results import Checkpoint
from brandtune.training.rewards.answers import Answer, Reward, Rewards, Worth, mean_worth, rewards_from
from brandtune.training.shortage import until_it_fits


class OnlineRun(Run):
    """One call of `train` under `grpo` or `rloo`.

    Args:
        reward: What an answer is worth: a function, or a sum of parts.
    """

    def __init__(
        self,
        model: Model,
        config: TrainingConfig,
        *,
        reward: Reward | Rewards | None,
        work: Path | None,
        progress: Progress,
        start: Path | None = None,
    ) -> None:
        if reward is None:
            raise ConfigError(
                f"`{config.objective}` needs a reward.",
                where="training.reward",
                fix="List its parts there, or use it as a library: bt.train(..., objective=bt.GRPO(reward)).",
            )
        super().__init__(model, config, work=work, progress=progress, start=start)
        self.reward, self.rewards = reward, rewards_from(reward)
        self.asked: dict[str, Example] = {}
        self.policy = replace(model, network=self.network)
        self.before = self.weights.state() if config.online.kl > 0 else {}
        self.groups = self.flat_groups = 0
        self.together = Decoding().batch_size

    def items(self, rows: Sequence[Learnable], *, beside: Sequence[Learnable] = ()) -> tuple[list[Item], list[Dropped]]:
        """Prompts; what was answered in the data is not looked at."""
        require_kind(rows, self.config)
        room = self.max_tokens - self.config.online.max_new_tokens
        kept: list[Item] = []
        left_out: list[Dropped] = []
        for row in rows:
            assert isinstance(row, Example)
            tokens, reason, detail = self.model.renderer.prompt(row.prompt), "", ""
            if is_weightless(row):
                reason = WEIGHTLESS
            elif len(tokens) > room:
                reason, detail = TOO_LONG, f"{len(tokens)} tokens and {self.config.online.max_new_tokens} to write"
            if reason:
                left_out.append(
                    Dropped(id=row.example_id, step="train", reason=reason, detail=detail, origin=row.origin)
                )
                continue
            self.asked[row.example_id] = row
            kept.append(Item(row.example_id, (Tokens(tokens, (False,) * len(tokens)),), weight=row.weight))
        return kept, left_out

    def _identity(self, items: list[Item], held_out: list[Item]) -> Identity:
        return super()._identity(items, held_out) | {"the reward": identity_of_reward(self.reward)}

    def _step(self, items: list[Item]) -> float:
        """Sample, reward, update; returns the mean reward negated, which says more than the surrogate's value near 0."""
        answers = self._answered([items[index] for index in self.schedule.batch(self.state.step)])
        for _ in range(self.config.online.updates):
            self._learnt(answers)
        return -self.figures["reward"]

    def update(self, batch: list[Item], *, rate: float) -> float:
        answers = self._answered(batch)
        return sum(self.learn(answers, rate=rate) for _ in range(self.config.online.updates))

    def _answered(self, asked: Sequence[Item]) -> list[Item]:
        """Sampled answers to each prompt with their advantages; the same for a step however often it is run."""
        samples = self.config.online.samples
        seed = int(content_id([self.config.seed, self.state.step]), 16) % 2**31
        prompts = [item.sequences[0].token_ids for item in asked for _ in range(samples)]
        replies = self._written(prompts, temperature=1.0, seed=seed)
        worth = self._shared_worth([item for item in asked for _ in range(samples)], replies)
        grouped = torch.tensor([one.total for one in worth]).view(len(asked), samples)
        self._note(worth, grouped, replies)
        found = []
        for index, (prompt, reply) in enumerate(zip(prompts, replies, strict=True)):
            sequence = Tokens((*prompt, *reply), (False,) * len(prompt) + (True,) * len(reply))
            one = asked[index // samples]
            found.append(Item(f"{one.item_id}/{index}", (sequence,), weight=one.weight))
        return self._with_advantages(self._with_log_probs(found), grouped)

    def _with_advantages(self, items: list[Item], rewards: torch.Tensor) -> list[Item]:
        """Note how much better each answer did than its siblings, by `rewards`, [prompts, samples].

        What it costs to move away is part of the reward under `rloo`, as in the paper, and part of the loss under `grpo`.
        """
        if self.config.objective == "grpo":
            advantages = group_advantages(rewards, scaled=self.config.online.scale_advantages)
        else:
            moved = torch.tensor([sum(item.sampled) - sum(item.referred) for item in items]) if self.before else 0.0
            charged = rewards.flatten() - self.config.online.kl * moved
            advantages = leave_one_out_advantages(charged.view_as(rewards))
        once = self.config.online.updates == 1  # then the update's own log-probabilities are those of sampling
        return [
            replace(item, advantage=advantage, sampled=() if once else item.sampled)
            for item, advantage in zip(items, advantages.flatten().tolist(), strict=True)
        ]

    def _note(self, worth: Sequence[Worth], grouped: torch.Tensor, replies: Sequence[Sequence[int]]) -> None:
        """Figures of this step: the rewards, their spread within a prompt, and the length of answers in tokens."""
        spread = grouped.std(dim=1)
        self.groups += len(grouped)
        self.flat_groups += int((spread == 0).sum())
        self.figures |= mean_worth(worth)
        self.figures["reward_spread"] = float(spread.mean())
        self.figures["answer_tokens"] = sum(map(len, replies)) / len(replies)

    @torch.no_grad()
    def _with_log_probs(self, items: list[Item]) -> list[Item]:
        """Note how likely each token was when it was sampled, and before training where the objective stays near that.

        With a single update the first is what that update computes itself, so only `rloo` may need it before.
        """
        self.network.eval()
        if self.config.online.updates > 1 or (self.before and self.config.objective == "rloo"):
            found = self._token_log_probs(items)
            items = [replace(item, sampled=found[index]) for index, item in enumerate(items)]
        if self.before:
            with self.weights.held_at(self.before):
                found = self._token_log_probs(items)
            items = [replace(item, referred=found[index]) for index, item in enumerate(items)]
        return items

    def _token_log_probs(self, items: Sequence[Item]) -> dict[int, tuple[float, ...]]:
        def computed() -> dict[int, tuple[float, ...]]:
            found: dict[int, tuple[float, ...]] = {}
            for part in self._parts([items[index] for index in mine], max_tokens=self._eval_tokens):
                places = [mine[one] for one in part]
                log_probs, owners = self.forward.log_probs([items[index].sequences[0] for index in places])
                for place, index in enumerate(places):
                    found[index] = tuple(log_probs[owners == place].tolist())
            return found

        mine = list(self.team.share(items))
        return self.team.merged(self._fitting(computed, items))

    def _written(self, prompts: Sequence[Sequence[int]], *, temperature: float, seed: int) -> list[list[int]]:
        """Answers as token ids, end token included where one came."""
        self.network.eval()
        settings = Decoding(
            max_new_tokens=self.config.online.max_new_tokens, temperature=temperature, repetition_penalty=1.0, seed=seed
        )

        def written() -> dict[int, list[int]]:
            found: dict[int, list[int]] = {}
            for batch in self.team.mine(batches(prompts, size=self.together)):
                replies = generate_batch_tokens(self.policy, [prompts[index] for index in batch], decoding=settings)
                found |= dict(zip(batch, replies, strict=True))
            return found

        # Several processes cut the prompts into the same groups, so none of them can choose smaller ones alone.
        alone = self.team.size == 1
        found = until_it_fits(written, made_smaller=self._fewer_together) if alone else self.team.merged(written())
        return [found[index] for index in range(len(prompts))]

    def _fewer_together(self) -> bool:
        """Write fewer answers at once; False when it is one already."""
        if self.together == 1:
            return False
        self.together //= 2
        self.warned(f"out of memory; going on with {self.together} answers written at once")
        return True

    def _shared_worth(self, asked: Sequence[Item], replies: Sequence[Sequence[int]]) -> list[Worth]:
        """The same for everybody; each process asks for the worth of its share."""
        mine = list(self.team.mine(range(len(replies))))
        worth = self._worth([asked[index] for index in mine], [replies[index] for index in mine]) if mine else []
        found = self.team.merged(dict(zip(mine, worth, strict=True)))
        return [found[index] for index in range(len(replies))]

    def _worth(self, asked: Sequence[Item], replies: Sequence[Sequence[int]]) -> list[Worth]:
        """What the replies, one to each item, are worth."""
        ends, decode = self.model.renderer.eos_token_ids, self.model.renderer.decode
        answers = []
        for item, reply in zip(asked, replies, strict=True):
            written = [token for token in reply if token not in ends]
            answers.append(Answer(self.asked[item.item_id], decode(written), ended=len(written) < len(reply)))
        return self.rewards.of(answers)

    def held_out_loss(self, held_out: list[Item]) -> float:
        """The mean reward of the likeliest answers, negated, so that lower is better as everywhere else."""
        replies = self._written([item.sequences[0].token_ids for item in held_out], temperature=0.0, seed=0)
        found = mean_worth(self._shared_worth(held_out, replies))
        self.figures |= {f"validation_{name}": value for name, value in found.items()}
        return -found["reward"]

    def _finish(self, output: Path, left_out: list[Dropped], *, num_examples: int) -> Checkpoint:
        if self.groups and self.flat_groups == self.groups:
            self.warned(
                "all answers to a prompt earned the same reward, in every step, so nothing was learnt from them; "
                "use a reward that tells them apart"
            )
        return super()._finish(output, left_out, num_examples=num_examples)
