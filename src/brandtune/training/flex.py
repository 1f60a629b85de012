"""Attention over a pack on GPUs: PyTorch's FlexAttention, which skips blocks of the row that nobody looks at.

In a pack's depth-first order, position j is seen from i exactly if j ≤ i and i lies before the end of everything that
begins with j's node. One number for each position says it all, and no mask of row by row is stored.

Source: FlexAttention (Dong et al. 2024, arXiv 2412.05496).
"""

import logging
from functools import cache
from typing import Any

import torch
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

from brandtune.training.packing import Node

log = logging.getLogger(__name__)


def reach(nodes: tuple[Node, ...], *, device: torch.device) -> torch.Tensor:
    """For each position, one past the last position from which it can be seen, [S].

    >>> nodes = Node(0, 2, 4, -1, 0), Node(2, 3, 3, 0, 2), Node(3, 4, 4, 0, 2)
    >>> reach(nodes, device=torch.device("cpu")).tolist()
    [4, 4, 3, 4]
    """
    ends = [node.subtree_end for node in nodes for _ in range(node.end - node.start)]
    return torch.tensor(ends, device=device)


def block_mask(ends: torch.Tensor, positions: torch.Tensor, *, window: int | None) -> BlockMask:
    """What may be seen, as FlexAttention needs it.

    Args:
        ends: What `reach` gives.
        positions: Position of each token within its own sequence, [S].
        window: How many positions back, itself counted, a token sees at most.
    """

    def sees(_batch: torch.Tensor, _head: torch.Tensor, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        seen = (key <= query) & (query < ends[key])
        return seen if window is None else seen & (positions[query] - positions[key] < window)

    size = len(ends)
    found: BlockMask = create_block_mask(sees, None, None, size, size, device=ends.device)
    return found


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: BlockMask, *, scale: float, cap: float | None
) -> torch.Tensor:
    """Attention of `query` [1, H, S, D] over `key` and `value` [1, G, S, D]; differentiable on GPUs, [1, H, S, D].

    Args:
        cap: Squeezes scores to `cap · tanh(score / cap)` before the mask (Gemma 2).
    """
    compute = _compiled() if query.device.type == "cuda" else flex_attention
    out: torch.Tensor = compute(
        query, key, value, block_mask=mask, scale=scale, score_mod=_capped(cap) if cap is not None else None,
        enable_gqa=query.shape[1] != key.shape[1],
    )  # fmt: skip
    return out


@cache
def usable(device: torch.device, dtype: torch.dtype, width: int) -> bool:
    """Whether this device computes it, there and back; found out by trying once, and said in the log when not."""
    if device.type != "cuda":
        return False
    try:
        tokens = 256
        ends = torch.full((tokens,), tokens, device=device)
        mask = block_mask(ends, torch.arange(tokens, device=device), window=None)
        one = torch.randn(1, 2, tokens, width, device=device, dtype=dtype, requires_grad=True)
        attend(one, one, one, mask, scale=1.0, cap=None).sum().backward()  # type: ignore[no-untyped-call]
    except Exception as error:  # compilers and drivers fail in their own ways
        log.warning("flex_attention=off device=%s width=%d error=%s", device, width, type(error).__name__)
        return False
    return True


@cache
def _compiled() -> Any:
    return torch.compile(flex_attention, dynamic=True)


@cache
def _capped(cap: float) -> Any:
    def squeezed(
        score: torch.Tensor, _batch: torch.Tensor, _head: torch.Tensor, _query: torch.Tensor, _key: torch.Tensor
    ) -> torch.Tensor:
        return torch.tanh(score / cap) * cap

    return squeezed
