"""One token of several sequences at once; a beginning that sequences share is read once, not once a sequence.

Reading keys and values is most of what a token costs after a long prompt. Where all sequences begin with the same voice
guide, or several answer the same prompt, the keys and values of that are one matrix for all of them (Juravsky et al. 2024,
"Hydragen", arXiv 2402.05099).
"""

from collections.abc import Sequence
from typing import Any

import torch

from brandtune.models.cache import roomy_cache
from brandtune.models.step_attention import Beginning
from brandtune.models.stepping import Stepper, stepper_for, turned


class BatchStepper:
    """Computes the scores that follow one more token of each sequence.

    Shapes: R sequences, H heads, K heads of keys and values, G = H / K, D size of a head, P shared positions, N own ones.

    Args:
        stepper: The network's weights and arithmetic.
        cache: Keys and values of what each sequence has of its own.
        beginnings: What comes before that, in the order of the sequences.
        covered: Columns of a mask that the beginnings stand for.
        skipped: Columns of `cache` that they stand for.
    """

    def __init__(
        self, stepper: Stepper, *, cache: Any, beginnings: Sequence[Beginning], covered: int, skipped: int
    ) -> None:
        self.stepper, self.cache = stepper, cache
        self.beginnings, self.covered, self.skipped = list(beginnings), covered, skipped

    def __call__(self, tokens: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Scores [R, vocabulary] after `tokens` [R] at `positions` [R].

        Args:
            mask: 1 where a sequence has a token, the new one included, 0 where padding [R, covered + N].
        """
        step = self.stepper
        hidden = step.embedding[tokens]
        turn = tuple(part[0] for part in step.rotary(hidden[None], positions[None]))
        own = mask[:, self.covered :]
        padding = None if bool(own.all()) else own == 0
        for number, (weights, kept) in enumerate(zip(step.layers, self.cache.layers, strict=True)):
            every = weights.query_key_value(step.normed(hidden, weights.input_norm))
            if step.attention:
                found = step.attention(
                    every,
                    turn[0],
                    turn[1],
                    kept,
                    layer=number,
                    beginnings=self.beginnings,
                    skipped=self.skipped,
                    hidden=padding,
                )
            else:
                found = self._attended(every, turn, number, kept, padding)
            hidden = hidden + weights.output(found)
            hidden = hidden + weights.down(step.gated(weights.gate_up(step.normed(hidden, weights.inner_norm))))
        return step.head(step.normed(hidden, step.norm))

    def keep(self, rows: torch.Tensor) -> None:
        """Go on with some of the sequences only, in the same order."""
        self.cache.batch_select_indices(rows)
        if not self.beginnings:
            return
        ends = torch.tensor([one.count for one in self.beginnings]).cumsum(0)
        places = torch.bucketize(rows.cpu(), ends, right=True)
        counts = torch.bincount(places, minlength=len(ends)).tolist()
        together = zip(self.beginnings, counts, strict=True)
        self.beginnings = [Beginning(one.layers, count) for one, count in together if count]

    def _attended(
        self, every: torch.Tensor, turn: Sequence[torch.Tensor], layer: int, kept: Any, padding: torch.Tensor | None
    ) -> torch.Tensor:
        """Attention's output, [R, H · D], over the beginning and each sequence's own rest as one softmax."""
        step, count = self.stepper, len(every)
        rows = every.view(count, step.heads + 2 * step.key_heads, step.size)
        moved = turned(rows[:, : step.heads + step.key_heads], *(part[:, None] for part in turn))
        filled = kept.append_rows(moved[:, step.heads :], rows[:, step.heads + step.key_heads :])
        keys, values = (part[:, :, self.skipped :] for part in filled)
        grouped = moved[:, : step.heads].view(count, step.key_heads, -1, step.size)  # [R, K, G, D]
        scores = torch.matmul(grouped, keys.transpose(-1, -2)).float()
        if padding is not None:
            scores = scores.masked_fill(padding[:, None, None], -torch.inf)
        if not self.beginnings:
            return torch.matmul((scores * step.scale).softmax(dim=-1).to(every.dtype), values).reshape(count, -1)
        before = [
            _once(part, one.layers[layer][0].transpose(1, 2)).float()
            for part, one in zip(self._split(grouped), self.beginnings, strict=True)
        ]
        longest = max(map(len, self.beginnings))
        before = [torch.nn.functional.pad(part, (0, longest - part.shape[-1]), value=-torch.inf) for part in before]
        shares = (torch.cat([_joined(before), scores], dim=-1) * step.scale).softmax(dim=-1).to(every.dtype)
        there = [
            _once(part[..., : len(one)], one.layers[layer][1])
            for part, one in zip(self._split(shares), self.beginnings, strict=True)
        ]
        return (_joined(there) + torch.matmul(shares[..., longest:], values)).reshape(count, -1)

    def _split(self, rows: torch.Tensor) -> Sequence[torch.Tensor]:
        if len(self.beginnings) == 1:
            return (rows,)
        return torch.split(rows, [one.count for one in self.beginnings])


def _once(rows: torch.Tensor, shared: torch.Tensor) -> torch.Tensor:
    """Products [R, K, G, B] of rows [R, K, G, A] with one matrix a head, [K, A, B], which is read once."""
    count, heads, each, width = rows.shape
    found = torch.bmm(rows.transpose(0, 1).reshape(heads, count * each, width), shared)
    return found.view(heads, count, each, -1).transpose(0, 1)


def _joined(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


def batch_stepper_for(network: Any, *, cache: Any, shared: int, rows: int) -> BatchStepper | None:
    """A stepper for sequences whose prompts are in `cache`, where the architecture is known, else None.

    Args:
        shared: How many tokens all of them begin with.
        rows: How many sequences there are.
    """
    stepper = stepper_for(network)
    if stepper is None:
        return None
    beginnings = []
    if shared:
        layers = [tuple(room[0, :, :shared].contiguous() for room in layer.room) for layer in cache.layers]
        beginnings = [Beginning(layers, rows)]
    return BatchStepper(stepper, cache=cache, beginnings=beginnings, covered=shared, skipped=shared)


def sampling_stepper_for(
    network: Any, *, cache: Any, mask: torch.Tensor, counts: Sequence[int], room: int
) -> BatchStepper | None:
    """A stepper for several sequences to each of some prompts, where the architecture is known, else None.

    Args:
        cache: All of the prompts but their last tokens, one row each.
        mask: 1 where `cache` holds a token, 0 where padding [prompts, columns].
        counts: How many sequences follow each prompt.
        room: Most tokens that a sequence will have.
    """
    stepper = stepper_for(network)
    if stepper is None:
        return None
    beginnings = []
    for row, count in enumerate(counts):
        real = mask[row].nonzero().flatten()
        beginnings.append(
            Beginning([tuple(room[row].index_select(1, real) for room in layer.room) for layer in cache.layers], count)
        )
    own = roomy_cache(stepper.config, capacity=room)
    return BatchStepper(stepper, cache=own, beginnings=beginnings, covered=mask.shape[1], skipped=0)
