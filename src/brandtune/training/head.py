"""The output head on the positions that carry loss and on no others, in chunks that never hold more than a few logits.

Shapes: P loss positions, E hidden size, V vocabulary, C positions of one chunk.
"""

from collections.abc import Callable
from typing import Any

import torch

CHUNK_LOGITS = 16 * 2**20
"""Logits that exist at once: 64 MB in fp32."""


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

    The backward pass computes the logits anew rather than keep them: a third more products in the head, and memory
    that does not grow with the vocabulary.
    """
    if finish is not None:
        return _plain(hidden, weight, targets, bias=bias, finish=finish)
    result: torch.Tensor = _LogProbs.apply(hidden, weight, bias, targets)  # type: ignore[no-untyped-call]
    return result


def _plain(
    hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, *, bias: torch.Tensor | None,
    finish: Callable[[torch.Tensor], torch.Tensor],
) -> torch.Tensor:  # fmt: skip
    """Architectures with a finish: each chunk is checkpointed by autograd."""
    from torch.utils.checkpoint import checkpoint

    def part(rows: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        logits = finish(torch.nn.functional.linear(rows, weight, bias)).float()
        return -torch.nn.functional.cross_entropy(logits, wanted, reduction="none")

    size = _chunk(weight)
    parts = [
        checkpoint(part, hidden[at : at + size], targets[at : at + size], use_reentrant=False)
        for at in range(0, len(targets), size)
    ]
    return torch.cat(parts) if parts else hidden.new_zeros(0, dtype=torch.float32)


def _chunk(weight: torch.Tensor) -> int:
    return max(1, CHUNK_LOGITS // weight.shape[0])


class _LogProbs(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, targets: torch.Tensor
    ) -> torch.Tensor:
        found = torch.empty(len(targets), dtype=torch.float32, device=hidden.device)
        totals = torch.empty_like(found)
        for at in range(0, len(targets), _chunk(weight)):
            part = slice(at, at + _chunk(weight))
            logits = torch.nn.functional.linear(hidden[part], weight, bias).float()
            totals[part] = logits.logsumexp(dim=-1)
            found[part] = logits.gather(1, targets[part, None])[:, 0] - totals[part]
        ctx.save_for_backward(hidden, weight, bias, targets, totals)
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        hidden, weight, bias, targets, totals = ctx.saved_tensors
        gradient = gradients[0]
        needs_hidden, needs_weight, needs_bias = ctx.needs_input_grad[:3]
        d_hidden = torch.empty_like(hidden) if needs_hidden else None
        d_weight = torch.zeros(weight.shape, dtype=torch.float32, device=weight.device) if needs_weight else None
        d_bias = torch.zeros(weight.shape[0], dtype=torch.float32, device=weight.device) if needs_bias else None
        for at in range(0, len(targets), _chunk(weight)):
            part = slice(at, at + _chunk(weight))
            d_logits = torch.nn.functional.linear(hidden[part], weight, bias).float()
            d_logits.sub_(totals[part, None]).exp_().mul_(-gradient[part, None])
            d_logits.scatter_add_(1, targets[part, None], gradient[part, None])
            narrow = d_logits.to(weight.dtype)
            if d_hidden is not None:
                torch.mm(narrow, weight, out=d_hidden[part])
            if d_weight is not None:
                d_weight += (narrow.t() @ hidden[part]).float()
            if d_bias is not None:
                d_bias += d_logits.sum(dim=0)
        return (
            d_hidden,
            None if d_weight is None else d_weight.to(weight.dtype),
            None if d_bias is None or bias is None else d_bias.to(bias.dtype),
            None,
        )
