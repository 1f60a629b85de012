"""The output head on the positions that carry loss and on no others, in blocks that never hold more than a few logits.

Shapes: P loss positions, E hidden size, V vocabulary, C positions of one chunk.
"""

from collections.abc import Callable
from typing import Any

import torch

from brandtune.training import head_blocks

CHUNK_LOGITS = 16 * 2**20
"""Logits that exist at once where the architecture does something to them: 64 MB in fp32."""


def token_log_probs(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    targets: torch.Tensor,
    *,
    bias: torch.Tensor | None = None,
    finish: Callable[[torch.Tensor], torch.Tensor] | None = None,
) -> torch.Tensor:
    """Log-probability of each target in nats, [P], fp32; differentiable in `hidden`, `weight` and `bias`.

    Args:
        hidden: What goes into the head, [P, E].
        weight: The head, [V, E].
        targets: The token at each position, [P].
        finish: What the architecture does to its logits afterwards (scaling, soft-capping); None for nothing.

    They are those of the logits in the precision of `weight`, as `log_softmax` in fp32 gives them, and never above 0.
    Logits are never kept, so memory does not grow with the vocabulary. With a frozen head they are computed once;
    where the head is trained, the backward pass computes them anew.
    """
    if finish is not None:
        return log_probs_through(
            lambda rows: finish(torch.nn.functional.linear(rows, weight, bias)), hidden, targets,
            vocabulary=weight.shape[0],
        )  # fmt: skip
    result: torch.Tensor = _LogProbs.apply(hidden, weight, bias, targets)  # type: ignore[no-untyped-call]
    return result


def log_probs_through(
    logits_of: Callable[[torch.Tensor], torch.Tensor], hidden: torch.Tensor, targets: torch.Tensor, *, vocabulary: int
) -> torch.Tensor:
    """The same where an architecture goes its own way: `logits_of` takes [C, E] to [C, V], and autograd does the rest.

    A chunk at a time, each checkpointed, so that the logits of no more than one exist.
    """
    from torch.utils.checkpoint import checkpoint

    def part(rows: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return -torch.nn.functional.cross_entropy(logits_of(rows).float(), wanted, reduction="none")

    size = max(1, CHUNK_LOGITS // vocabulary)
    parts = [
        checkpoint(part, hidden[at : at + size], targets[at : at + size], use_reentrant=False)
        for at in range(0, len(targets), size)
    ]
    return torch.cat(parts) if parts else hidden.new_zeros(0, dtype=torch.float32)


def bytes_held(*, positions: int, vocabulary: int, element_size: int, device: torch.device, finished: bool) -> int:
    """What logits take at most while the head is computed.

    Args:
        positions: That carry loss, in one part of a batch.
        finished: Whether the architecture does something to its logits afterwards.
    """
    if finished:  # in fp32, as they came, and the gradients of both
        chunk = min(CHUNK_LOGITS, positions * vocabulary)
        return chunk * 2 * (4 + element_size)
    return head_blocks.bytes_held(positions=positions, vocabulary=vocabulary, element_size=element_size, device=device)


class _LogProbs(torch.autograd.Function):
    """With a frozen head the gradient of `hidden` is known up to one factor a row, so the way there computes it too."""

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, targets: torch.Tensor
    ) -> torch.Tensor:
        needs_hidden, needs_weight, needs_bias = ctx.needs_input_grad[:3]
        frozen = needs_hidden and not (needs_weight or needs_bias)
        found, totals, slope = head_blocks.there(hidden, weight, bias, targets, gradient=frozen)
        ctx.frozen = frozen
        if slope is not None:
            ctx.save_for_backward(slope.to(hidden.dtype))
        else:
            ctx.save_for_backward(hidden, weight, bias, targets, totals)
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        gradient = gradients[0]
        if ctx.frozen:
            (slope,) = ctx.saved_tensors
            return (slope * gradient[:, None]).to(slope.dtype), None, None, None
        hidden, weight, bias, targets, totals = ctx.saved_tensors
        found = head_blocks.back(hidden, weight, bias, targets, totals, gradient, needed=ctx.needs_input_grad[:3])
        return *found, None
