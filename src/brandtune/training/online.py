"""Learning from the model's own answers: sample, reward, compare with siblings, update. The loop is `loop.Run`'s.

The prompt of a group of answers is computed once, both when they are sampled and when they are learnt from.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from brandtune.core.errors import ConfigError
from brandtune.core.examples import Dropped, Example, Message
from brandtune.core.ids import content_id
from brandtune.core.progress import Progress
from brandtune.models.generation import batches, generate_batch_tokens
from brandtune.models.loading import Model
from brandtune.models.settings import Decoding
from brandtune.training.config import TrainingConfig
from brandtune.training.data import require_kind
from brandtune.training.loop import Run
from brandtune.training.objectives import Item
from brandtune.training.objectives.items import TOO_LONG, Learnable
from brandtune.training.objectives.losses import group_advantages, leave_one_out_advantages
from brandtune.training.packing import Tokens

Reward = Callable[[Sequence[Message], str], float]
"""What an answer to a prompt is worth; larger is better. Called once for every sampled answer."""


class OnlineRun(Run):
    """One call of `train` under `grpo` or `rloo`.

    Args:
        reward: What an answer is worth.
    """

    def __init__(
        self,
        model: Model,
        config: TrainingConfig,
        *,
        reward: Reward | None,
        work: Path | None,
        progress: Progress,
        start: Path | None = None,
    ) -> None:
        if reward is None:
            raise ConfigError(
                f"`{config.objective}` needs a reward.",
                where="training.objective",
                fix="Use it as a library: bt.train(..., objective=bt.GRPO(reward)).",
            )
        if config.online.kl > 0 and (config.method != "lora" or start is not None):
            raise ConfigError(
                "staying near the base needs the base beside the model, which only a fresh adapter leaves whole.",
                where="training.online.kl",
                fix="Use method: lora without an earlier adapter, or kl: 0.",
            )
        super().__init__(model, config, work=work, progress=progress, start=start)
        if self.is_sharded:
            raise ConfigError(
                "a model that is divided among processes cannot answer.", where="training.parallel", fix="Use ddp."
            )
        self.reward = reward
        self.mean_reward = 0.0
        self.prompts: dict[str, tuple[Message, ...]] = {}
        self.policy = replace(model, network=self.network)

    def items(self, rows: Sequence[Learnable]) -> tuple[list[Item], list[Dropped]]:
        """Prompts; what was answered in the data is not looked at."""
        require_kind(rows, self.config)
        room = self.max_tokens - self.config.online.max_new_tokens
        kept: list[Item] = []
        left_out: list[Dropped] = []
        for row in rows:
            assert isinstance(row, Example)
            tokens = self.model.renderer.prompt(row.prompt)
            if len(tokens) > room:
                detail = f"{len(tokens)} tokens and {self.config.online.max_new_tokens} to write"
                left_out.append(Dropped(id=row.example_id, step="train", reason=TOO_LONG, detail=detail))
                continue
            self.prompts[row.example_id] = row.prompt
            kept.append(Item(row.example_id, (Tokens(tokens, (False,) * len(tokens)),), weight=row.weight))
        return kept, left_out

    def _step(self, items: list[Item]) -> float:
        """Sample, reward, update; returns the mean reward negated, which says more than the surrogate's value near 0."""
        answers = self._answered([items[index] for index in self._batch(self.state.step)])
        for _ in range(self.config.online.updates):
            self._learnt(answers)
        return -self.mean_reward

    def _answered(self, asked: Sequence[Item]) -> list[Item]:
        """Sampled answers to each prompt with their advantages; the same for a step however often it is run."""
        samples = self.config.online.samples
        seed = int(content_id([self.config.seed, self.state.step]), 16) % 2**31
        prompts = [item.sequences[0].token_ids for item in asked for _ in range(samples)]
        replies = self._written(prompts, temperature=1.0, seed=seed)
        rewards = torch.tensor(self._worths([item for item in asked for _ in range(samples)], replies))
        self.mean_reward = float(rewards.mean())
        grouped = rewards.view(len(asked), samples)
        if self.config.objective == "rloo":
            advantages = leave_one_out_advantages(grouped)
        else:
            advantages = group_advantages(grouped, scaled=self.config.online.scale_advantages)
        found = []
        for index, (reply, advantage) in enumerate(zip(replies, advantages.flatten().tolist(), strict=True)):
            prompt = prompts[index]
            sequence = Tokens((*prompt, *reply), (False,) * len(prompt) + (True,) * len(reply))
            found.append(Item(f"{asked[index // samples].item_id}/{index}", (sequence,), advantage=advantage))
        return self._with_log_probs(found)

    @torch.no_grad()
    def _with_log_probs(self, items: list[Item]) -> list[Item]:
        """Note how likely each token was when it was sampled, and under the base where the objective stays near it."""
        self.network.eval()
        found = self._token_log_probs(items)
        items = [replace(item, sampled=found[index]) for index, item in enumerate(items)]
        if self.config.online.kl > 0:
            with self.network.disable_adapter():
                found = self._token_log_probs(items)
            items = [replace(item, referred=found[index]) for index, item in enumerate(items)]
        return items

    def _token_log_probs(self, items: Sequence[Item]) -> dict[int, tuple[float, ...]]:
        found: dict[int, tuple[float, ...]] = {}
        for part in self.team.mine(self._parts(items, max_tokens=self._eval_tokens)):
            log_probs, owners = self.forward.log_probs([items[index].sequences[0] for index in part])
            for place, index in enumerate(part):
                found[index] = tuple(log_probs[owners == place].tolist())
        return self.team.merged(found)

    def _written(self, prompts: Sequence[Sequence[int]], *, temperature: float, seed: int) -> list[list[int]]:
        """Answers as token ids, end token included where one came."""
        self.network.eval()
        settings = Decoding(
            max_new_tokens=self.config.online.max_new_tokens, temperature=temperature, repetition_penalty=1.0, seed=seed
        )
        found: dict[int, list[int]] = {}
        for batch in self.team.mine(batches(prompts, size=settings.batch_size)):
            together = generate_batch_tokens(self.policy, [prompts[index] for index in batch], decoding=settings)
            for index, reply in zip(batch, together, strict=True):
                found[index] = reply
        found = self.team.merged(found)
        return [found[index] for index in range(len(prompts))]

    def _worths(self, items: Sequence[Item], replies: Sequence[Sequence[int]]) -> list[float]:
        """The reward of each reply; each process asks for its share."""
        mine = self.team.mine(range(len(items)))
        found = self.team.merged({index: self._worth(items[index], replies[index]) for index in mine})
        return [found[index] for index in range(len(items))]

    def _worth(self, item: Item, reply: Sequence[int]) -> float:
        ends = self.model.renderer.eos_token_ids
        written = [token for token in reply if token not in ends]
        return float(self.reward(self.prompts[item.item_id], self.model.renderer.decode(written)))

    def held_out_loss(self, held_out: list[Item]) -> float:
        """The mean reward of the likeliest answers, negated, so that lower is better as everywhere else."""
        replies = self._written([item.sequences[0].token_ids for item in held_out], temperature=0.0, seed=0)
        return -sum(self._worths(held_out, replies)) / len(held_out)
