"""Attention over a pack: each node sees itself causally and all of its ancestors. Two ways, equal to the last bits.

Shapes: H query heads, G key/value heads (G divides H), S positions in the row, D head size.

`blocks` computes each node on itself (causal) and each subtree on the node it begins with (dense), and joins the parts
by their log-sum-exp, as ring attention does (Liu et al. 2023, arXiv 2310.01889). Nothing of size S x S exists. `mask`
hands one boolean mask to PyTorch's attention, for other devices and for architectures with sliding windows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch

from brandtune.training import tile_attention
from brandtune.training.packing import Node
from brandtune.training.tile_attention import KEPT_SCORES, Kept

_sparing: ContextVar[bool] = ContextVar("sparing", default=False)


@contextmanager
def sparing() -> Iterator[None]:
    """While the block runs, no attention weights are kept for the way back."""
    token = _sparing.set(True)
    try:
        yield
    finally:
        _sparing.reset(token)


@dataclass(frozen=True)
class Block:
    """Queries `rows` look at keys `columns`; causally when both are the same node."""

    rows: slice
    columns: slice
    causal: bool

    @property
    def area(self) -> int:
        """Scores of one head."""
        return int(self.rows.stop - self.rows.start) * int(self.columns.stop - self.columns.start)


def blocks_of(nodes: tuple[Node, ...]) -> list[Block]:
    """Every node on itself first, so that each query has something to join to; then the subtrees on their beginnings."""
    own = [Block(slice(n.start, n.end), slice(n.start, n.end), True) for n in nodes]
    seen = [Block(slice(n.end, n.subtree_end), slice(n.start, n.end), False) for n in nodes if n.subtree_end > n.end]
    return own + seen


def tree_mask(nodes: tuple[Node, ...], position_ids: torch.Tensor, *, window: int | None = None) -> torch.Tensor:
    """What may be seen, [S, S] bool; `window` limits it to so many positions back, itself counted."""
    size = len(position_ids)
    device = position_ids.device
    node_of = torch.empty(size, dtype=torch.long, device=device)
    for index, node in enumerate(nodes):
        node_of[node.start : node.end] = index
    ancestor = torch.zeros(len(nodes), len(nodes), dtype=torch.bool, device=device)
    for index, node in enumerate(nodes):
        ancestor[index, index] = True
        if node.parent >= 0:
            ancestor[index] |= ancestor[node.parent]
    places = torch.arange(size, device=device)
    mask = ancestor[node_of][:, node_of] & (places[:, None] >= places[None, :])
    if window is not None:
        mask &= position_ids[:, None] - position_ids[None, :] < window
    return mask


def block_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, blocks: list[Block], scale: float
) -> torch.Tensor:
    """Attention of `query` [1, H, S, D] over `key` and `value` [1, G, S, D]; differentiable, [1, H, S, D]."""
    result: torch.Tensor = _BlockAttention.apply(query, key, value, blocks, scale)  # type: ignore[no-untyped-call]
    return result


class _BlockAttention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, blocks: list[Block], scale: float
    ) -> torch.Tensor:
        out, joined, ctx.kept = attend(query, key, value, blocks=blocks, scale=scale)
        ctx.save_for_backward(query, key, value, out, joined)
        ctx.blocks, ctx.scale = blocks, scale
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        query, key, value, out, joined = ctx.saved_tensors
        found = torch.empty_like(query), torch.empty_like(key), torch.empty_like(value)
        attend_back(
            gradients[0], query, key, value, out, joined, *found, blocks=ctx.blocks, scale=ctx.scale, kept=ctx.kept
        )
        return *found, None, None


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, blocks: list[Block], scale: float, keep: bool = True
) -> tuple[torch.Tensor, torch.Tensor, list[Kept] | None]:
    """What `block_attention` gives, laid out so that [S, H · D] is a view of it, and its log-sum-exp, [1, H, S] fp32.

    The third is what `attend_back` may use; None where keeping it would take much memory, or `keep` says so.
    """
    batch, heads, size, width = query.shape
    out = query.new_empty(batch, size, heads, width).transpose(1, 2)
    joined = query.new_empty((batch, heads, size), dtype=torch.float32)
    keeps = keep and keeps_weights(blocks, heads=heads)
    kept: list[Kept] | None = [] if keeps else None
    for block in blocks:
        tiles: list[torch.Tensor] = []
        part, weight = tile_attention.forward(
            query[0, :, block.rows], key[0, :, block.columns], value[0, :, block.columns], causal=block.causal,
            scale=scale, keep=None if kept is None else tiles,
        )  # fmt: skip
        if kept is not None:
            kept.append(Kept(tiles, weight))
        if block.causal:
            out[0, :, block.rows], joined[0, :, block.rows] = part, weight
        else:
            _join(out[0, :, block.rows], joined[0, :, block.rows], part, weight)
    return out, joined, kept


def attend_back(
    gradient: torch.Tensor,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    out: torch.Tensor,
    joined: torch.Tensor,
    d_query: torch.Tensor,
    d_key: torch.Tensor,
    d_value: torch.Tensor,
    *,
    blocks: list[Block],
    scale: float,
    kept: list[Kept] | None = None,
) -> None:
    """Write the gradients of query, key and value into the last three.

    A block needs only the joined output and log-sum-exp to give its share exactly.
    """
    slope = (gradient * out).sum(dim=-1, keepdim=True, dtype=torch.float32)
    for number, block in enumerate(blocks):
        rows, columns = block.rows, block.columns
        parts = tile_attention.backward(
            gradient[0, :, rows], query[0, :, rows], key[0, :, columns], value[0, :, columns], joined[0, :, rows],
            slope[0, :, rows], causal=block.causal, scale=scale, kept=kept[number] if kept is not None else None,
        )  # fmt: skip
        if block.causal:
            d_query[0, :, rows], d_key[0, :, columns], d_value[0, :, columns] = parts
        else:
            d_query[0, :, rows] += parts[0]
            d_key[0, :, columns] += parts[1]
            d_value[0, :, columns] += parts[2]


def keeps_weights(blocks: list[Block], *, heads: int) -> bool:
    """Whether the attention weights of a pack are few enough to be kept for the way back."""
    return not _sparing.get() and heads * sum(block.area for block in blocks) <= KEPT_SCORES


def _join(out: torch.Tensor, joined: torch.Tensor, part: torch.Tensor, weight: torch.Tensor) -> None:
    """Add one more block's result to `out` in place: a mean of both, weighted by how much attention each drew."""
    share = torch.sigmoid(weight - joined).unsqueeze(-1)
    if out.dtype == torch.float32:
        out.lerp_(part, share)
    else:
        out.copy_(torch.lerp(out.float(), part.float(), share))
    joined.copy_(torch.logaddexp(joined, weight))
