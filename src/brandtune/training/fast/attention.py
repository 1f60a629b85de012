"""Attention over a pack with the compiled kernels: tiles as in `tile_attention`, without a copy or a pass too many.

Shapes: S positions in the row, H query heads, G key/value heads, r = H / G, T positions of a tile, K keys that they see,
D head size. Queries lie as [G, S · r, D]: the rows of any tile are one matrix for each key head.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import torch

from brandtune.training.fast.compiled import Kernels
from brandtune.training.tile_attention import FEWEST_QUERIES
from brandtune.training.tree_attention import Block

TILE_SCORES = {torch.bfloat16: 1 << 21, torch.float32: 1 << 19}
"""Scores that exist at once, over all heads: 4 MB in bf16, 2 MB in fp32. Measured for each: in bf16, where a call costs more,
smaller tiles lose in calls what caches save; in fp32 these are 6 to 11 % of a step faster than those of bf16."""


@dataclass(frozen=True)
class Heads:
    """Query, key and value of one layer, rotated and laid out.

    Attributes:
        query: [G, S · r, D].
        key: [G, S, D], likewise `value`.
    """

    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """S, G, r, D as the kernels take them."""
        heads, size, width = self.key.shape
        return size, heads, self.query.shape[1] // size, width


@dataclass(frozen=True)
class Weighed:
    """What the way there leaves for the way back.

    Attributes:
        joined: Log-sum-exp of all that each query sees, [G, S · r] fp32.
        weights: Of each tile, [G, T · r, K], relative to `totals`, [G, T · r] fp32; None where they were not kept.
    """

    joined: torch.Tensor
    weights: list[torch.Tensor] | None
    totals: list[torch.Tensor]


def laid_out(
    kernels: Kernels, qkv: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, *, heads: int, queries: int, width: int
) -> Heads:
    """Heads of [S, (H + 2G) · D]; `heads` is G, `queries` H.

    Args:
        cos: [S, at least D / 2] in the type of `qkv`, likewise `sin`; their last dimension lies side by side.
    """
    size, each = len(qkv), queries // heads
    found = Heads(
        qkv.new_empty(heads, size * each, width), qkv.new_empty(heads, size, width), qkv.new_empty(heads, size, width)
    )
    kernels.lay_out(qkv, cos, sin, cos.stride(0), found.query, found.key, found.value, *found.sizes)
    return found


def attend(
    kernels: Kernels, heads: Heads, *, blocks: list[Block], scale: float, keep: bool
) -> tuple[torch.Tensor, Weighed]:
    """Output, [S, H · D], and what the way back may use.

    Args:
        keep: Whether to keep the weights.
    """
    size, groups, each, width = heads.sizes
    out = heads.key.new_empty(size, groups * each * width)
    joined = torch.empty(groups, size * each)
    tiles = list(_tiles(blocks, heads))
    scratch = _Scratch(heads.key, tiles)
    kept, totals = list[torch.Tensor](), list[torch.Tensor]()
    for tile in tiles:
        query, keys = heads.query[:, tile.rows], slice(tile.first_key, tile.first_key + tile.keys)
        shape = (groups, query.shape[1], tile.keys)
        weights = heads.key.new_empty(shape) if keep else scratch.of(0, shape)
        torch.bmm(query, heads.key[:, keys].transpose(1, 2), out=weights)
        total = torch.empty(shape[:2])
        kernels.weigh(weights, total, shape[1], *shape, each, scale, tile.causal)
        part = torch.bmm(weights, heads.value[:, keys], out=scratch.of(1, (groups, shape[1], width)))
        kernels.join(
            part, total, out[tile.start :], joined[:, tile.rows], joined.stride(0), groups, shape[1], each, width,
            tile.causal,
        )  # fmt: skip
        if keep:
            kept.append(weights)
            totals.append(total)
    return out, Weighed(joined, kept if keep else None, totals)


def attend_back(
    kernels: Kernels,
    gradient: torch.Tensor,
    heads: Heads,
    out: torch.Tensor,
    weighed: Weighed,
    cos: torch.Tensor,
    sin: torch.Tensor,
    *,
    blocks: list[Block],
    scale: float,
) -> torch.Tensor:
    """Gradient of what `laid_out` was given, from that of the output."""
    size, groups, each, width = heads.sizes
    wanted, joined = torch.empty_like(heads.query), weighed.joined
    slope = torch.empty_like(joined)
    kernels.turn(gradient, out, wanted, slope, *heads.sizes)
    d_query = torch.empty(heads.query.shape)  # each position's own block comes first and sets it
    d_key, d_value = torch.zeros(heads.key.shape), torch.zeros(heads.value.shape)
    tiles = list(_tiles(blocks, heads))
    scratch = _Scratch(heads.key, tiles)
    for number, tile in enumerate(tiles):
        keys = slice(tile.first_key, tile.first_key + tile.keys)
        query, asked, key = heads.query[:, tile.rows], wanted[:, tile.rows], heads.key[:, keys]
        shape = (groups, query.shape[1], tile.keys)
        known = joined[:, tile.rows]
        total = None if weighed.weights is None else weighed.totals[number]
        if weighed.weights is None:
            kept = torch.bmm(query, key.transpose(1, 2), out=scratch.of(2, shape))
            kernels.weigh_again(kept, known, known.stride(0), *shape, each, scale, tile.causal)
        else:
            kept = weighed.weights[number]
        d_scores = torch.bmm(asked, heads.value[:, keys].transpose(1, 2), out=scratch.of(0, shape))
        weights = scratch.of(1, shape)
        kernels.scores_back(
            d_scores, kept, weights, total, shape[1], known, slope[:, tile.rows], known.stride(0), *shape, scale
        )
        narrow = (groups, tile.keys, width)
        _add(kernels, d_value[:, keys], torch.bmm(weights.transpose(1, 2), asked, out=scratch.of(3, narrow)))
        _add(kernels, d_key[:, keys], torch.bmm(d_scores.transpose(1, 2), query, out=scratch.of(3, narrow)))
        part = torch.bmm(d_scores, key, out=scratch.of(3, (groups, shape[1], width)))
        _add(kernels, d_query[:, tile.rows], part, instead=tile.causal)
    d_qkv = gradient.new_empty(size, groups * (each + 2) * width)
    kernels.lay_back(d_query, d_key, d_value, cos, sin, cos.stride(0), d_qkv, *heads.sizes)
    return d_qkv


@dataclass(frozen=True)
class _Tile:
    """Positions from `start` (`rows` of the queries) and the keys that they look at; causal on its own node."""

    start: int
    rows: slice
    first_key: int
    keys: int
    causal: bool


def _tiles(blocks: Sequence[Block], heads: Heads) -> Iterator[_Tile]:
    _, groups, each, _ = heads.sizes
    for block in blocks:
        first, size = block.columns.start, block.columns.stop - block.columns.start
        step = max(FEWEST_QUERIES, TILE_SCORES[heads.key.dtype] // (groups * each * size))
        for start in range(block.rows.start, block.rows.stop, step):
            end = min(block.rows.stop, start + step)
            keys = end - first if block.causal else size
            yield _Tile(start, slice(start * each, end * each), first, keys, block.causal)


class _Scratch:
    """Buffers that every tile uses again, so that they stay in the cache."""

    def __init__(self, like: torch.Tensor, tiles: Sequence[_Tile]) -> None:
        groups, _, width = like.shape
        rows = [tile.rows.stop - tile.rows.start for tile in tiles]
        scores = max((count * tile.keys for count, tile in zip(rows, tiles, strict=True)), default=0)
        values = max([*rows, *(tile.keys for tile in tiles)], default=0)
        self._size, self._like = groups * max(scores, values * width), like
        self._buffers: dict[int, torch.Tensor] = {}

    def of(self, number: int, shape: tuple[int, ...]) -> torch.Tensor:
        """Buffer `number` in this shape; valid until it is asked for again."""
        if number not in self._buffers:
            self._buffers[number] = self._like.new_empty(self._size)
        return self._buffers[number][: prod(shape)].view(shape)


def _add(kernels: Kernels, sums: torch.Tensor, part: torch.Tensor, *, instead: bool = False) -> None:
    kernels.add(sums, sums.stride(0), part, len(part), part.shape[1] * part.shape[2], instead)
