"""A local model as a judge: the probabilities of the two label tokens, read before it writes anything."""

from collections.abc import Sequence
from typing import Any

import torch

from brandtune.core.errors import ConfigError
from brandtune.evaluation.judges.asking import LABELS, messages
from brandtune.evaluation.judges.pairwise import Pair
from brandtune.models.loading import Model

TOO_LONG = "longer than the judge's context"
_TOKENS_TOGETHER = 8192


class LabelTokenJudge:
    """Judges by p(A) against p(B), so that no answer can fail to be read.

    Args:
        model: Any loaded model.
        voice: The brand's voice guide, if the judge is to know it.

    Raises:
        ConfigError: The tokenizer writes both labels with one first token.
    """

    def __init__(self, model: Model, *, voice: str = "") -> None:
        self.model, self.voice = model, voice
        self.failures: dict[str, int] = {}
        self._labels = [model.renderer.tokenizer.encode(label, add_special_tokens=False)[0] for label in LABELS]
        if len(set(self._labels)) < len(LABELS):
            raise ConfigError("the judge's tokenizer cannot tell A from B.", where="evaluation.judge.model")

    @property
    def name(self) -> str:
        return self.model.reference

    @torch.inference_mode()
    def prefer_first(self, pairs: Sequence[Pair]) -> list[float | None]:
        """p(A) / (p(A) + p(B)) for each pair; None where the question is longer than the model's context."""
        prompts = [self.model.renderer.prompt(messages(pair, voice=self.voice)) for pair in pairs]
        found: list[float | None] = [None] * len(pairs)
        fitting = [index for index, prompt in enumerate(prompts) if len(prompt) < self.model.context]
        if len(fitting) < len(prompts):
            self.failures[TOO_LONG] = self.failures.get(TOO_LONG, 0) + len(prompts) - len(fitting)
        for group in _groups(fitting, [len(prompt) for prompt in prompts]):
            longest = max(len(prompts[index]) for index in group)
            ids = torch.zeros((len(group), longest), dtype=torch.long)
            for row, index in enumerate(group):
                # Padding on the right: causal attention never looks there from the last token of the prompt.
                ids[row, : len(prompts[index])] = torch.tensor(prompts[index])
            last = torch.tensor([row * longest + len(prompts[index]) - 1 for row, index in enumerate(group)])
            logits = self._logits(ids.to(self.model.device), last.to(self.model.device))[:, self._labels].float()
            for index, sure in zip(group, logits.softmax(-1)[:, 0].tolist(), strict=True):
                found[index] = float(sure)
        return found

    def _logits(self, ids: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
        """[row, vocabulary]: only the last position of each row goes through the head, which would fill memory else."""

        def narrow(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
            return (inputs[0].flatten(0, 1).index_select(0, last).unsqueeze(0),)

        network: Any = self.model.network
        hook = network.get_output_embeddings().register_forward_pre_hook(narrow)
        try:
            return torch.as_tensor(self.model.network(input_ids=ids, use_cache=False).logits[0])
        finally:
            hook.remove()


def _groups(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for index in sorted(order, key=lambda i: (lengths[i], i)):
        if not groups or (len(groups[-1]) + 1) * lengths[index] > _TOKENS_TOGETHER:
            groups.append([])
        groups[-1].append(index)
    return groups
