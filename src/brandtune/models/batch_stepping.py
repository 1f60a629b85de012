"""One token of several sequences at once; the beginning that they share is read once, not once a sequence.

Reading keys and values is most of what a token costs after a long prompt. Where all sequences begin with the same voice
guide, its keys and values are one matrix for all of them (Juravsky et al. 2024, "Hydragen", arXiv 2402.05099).
"""

from typing import Any

import torch
from torch.nn import functional

from brandtune.models.stepping import Stepper, gated, stepper_for, turned


class BatchStepper:
    """Computes the scores that follow one more token of each sequence.

    Shapes: R sequences, H heads, K heads of keys and values, G = H / K, D size of a head, P shared positions, N own ones.

    Args:
        stepper: The network's weights and arithmetic.
        cache: Holds the prompts; what each sequence has of the shared beginning is the same.
        shared: P, how many positions all sequences share.
    """

    def __init__(self, stepper: Stepper, *, cache: Any, shared: int) -> None:
        self.stepper, self.cache, self.shared = stepper, cache, shared
        self.prefixes = [
            tuple(room[0, :, :shared].contiguous() for room in layer.room) for layer in cache.layers
        ]  # each [K, P, D]

    def __call__(self, tokens: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Scores [R, vocabulary] after `tokens` [R] at `positions` [R].

        Args:
            mask: 1 where a sequence has a token, the new one included, 0 where padding [R, P + N].
        """
        step = self.stepper
        hidden = step.embedding[tokens]
        cosine, sine = (turn[0][:, None] for turn in step.rotary(hidden[None], positions[None]))
        own = mask[:, self.shared :]
        padding = None if bool(own.all()) else (own == 0)[:, None, None]
        for weights, kept, prefix in zip(step.layers, self.cache.layers, self.prefixes, strict=True):
            normed = step.normed(hidden, weights.input_norm)
            parts = [functional.linear(normed, weight, bias) for weight, bias in weights.query_key_value]
            every = parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
            rows = every.view(len(tokens), step.heads + 2 * step.key_heads, step.size)
            moved = turned(rows[:, : step.heads + step.key_heads], cosine, sine)
            keys, values = kept.append_rows(moved[:, step.heads :], rows[:, step.heads + step.key_heads :])
            found = self._attended(
                moved[:, : step.heads], prefix, (keys[:, :, self.shared :], values[:, :, self.shared :]), padding
            )
            hidden = hidden + functional.linear(found, weights.output, weights.output_bias)
            inner = step.normed(hidden, weights.inner_norm)
            hidden = hidden + functional.linear(gated(inner, weights.gate_up), weights.down)
        return functional.linear(step.normed(hidden, step.norm), step.head)

    def _attended(
        self,
        query: torch.Tensor,
        prefix: tuple[torch.Tensor, ...],
        own: tuple[torch.Tensor, torch.Tensor],
        padding: torch.Tensor | None,
    ) -> torch.Tensor:
        """Attention's output, [R, H · D], over the shared beginning and each sequence's own rest as one softmax."""
        step, count = self.stepper, len(query)
        grouped = query.view(count, step.key_heads, -1, step.size)  # [R, K, G, D]
        scores = torch.matmul(grouped, own[0].transpose(-1, -2)).float()
        if padding is not None:
            scores = scores.masked_fill(padding, -torch.inf)
        if not self.shared:
            return torch.matmul((scores * step.scale).softmax(dim=-1).to(query.dtype), own[1]).reshape(count, -1)
        together = grouped.transpose(0, 1).reshape(step.key_heads, -1, step.size)  # [K, R · G, D]
        before = torch.bmm(together, prefix[0].transpose(1, 2)).float()
        before = before.view(step.key_heads, count, -1, self.shared).transpose(0, 1)
        shares = (torch.cat([before, scores], dim=-1) * step.scale).softmax(dim=-1).to(query.dtype)
        there = shares[..., : self.shared].transpose(0, 1).reshape(step.key_heads, -1, self.shared)
        found = torch.bmm(there, prefix[1]).view(step.key_heads, count, -1, step.size).transpose(0, 1)
        return (found + torch.matmul(shares[..., self.shared :], own[1])).reshape(count, -1)


def batch_stepper_for(network: Any, *, cache: Any, shared: int) -> BatchStepper | None:
    """A stepper for sequences whose prompts are in `cache`, where the architecture is known, else None."""
    stepper = stepper_for(network)
    return None if stepper is None else BatchStepper(stepper, cache=cache, shared=shared)
