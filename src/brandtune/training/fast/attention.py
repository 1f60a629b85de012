"""Attention over a pack with the compiled kernels: tiles as in `tile_attention`, without a copy or a pass too many.

Shapes: S positions in the row, H query heads, G key/value heads, r = H / G, T positions of a tile, K keys that they see,
D head size. Queries lie as [G, S · r, D]: the rows of any tile are one matrix for each key head.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import torch

from brandtune.models.compiled import Kernels
from brandtune.training.tile_attention import FEWEST_QUERIES
from brandtune.training.tree_attention import Block

TILE_SCORES = {torch.bfloat16: 1 << 21, torch.float32: 1 << 19}
"""Scores that exist at once, over all heads: 4 MB in bf16, 2 MB in fp32. Measured for each: in bf16, where a call costs more,
smaller tiles lose in calls what caches save; in fp32 these are 6 to 11 % of a step faster than those of bf16."""
APART_ROWS = 1024
"""T · r from which the key heads of a bf16 product are multiplied one by one. An estimate: copying was measured, what a call
more costs was not, for want of a processor that multiplies bf16."""


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
        query, key = tile.part(heads.query, tile.rows), tile.part(heads.key, tile.keys)
        shape = (groups, tile.num_rows, tile.num_keys)
        weights = heads.key.new_empty(shape) if keep else scratch.of(0, shape)
        tile.product(query, key.transpose(1, 2), out=weights)
        total = torch.empty(shape[:2])
        kernels.weigh(weights, total, shape[1], *shape, each, scale, tile.causal)
        value = tile.part(heads.value, tile.keys)
        part = tile.product(weights, value, out=scratch.of(1, (groups, tile.num_rows, width)))
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
        query, asked = tile.part(heads.query, tile.rows), tile.part(wanted, tile.rows)
        key, value = tile.part(heads.key, tile.keys), tile.part(heads.value, tile.keys)
        shape = (groups, tile.num_rows, tile.num_keys)
        known = joined[:, tile.rows]
        total = None if weighed.weights is None else weighed.totals[number]
        if weighed.weights is None:
            kept = tile.product(query, key.transpose(1, 2), out=scratch.of(2, shape))
            kernels.weigh_again(kept, known, known.stride(0), *shape, each, scale, tile.causal)
        else:
            kept = weighed.weights[number]
        d_scores = tile.product(asked, value.transpose(1, 2), out=scratch.of(0, shape))
        weights = scratch.of(1, shape)
        kernels.scores_back(
            d_scores, kept, weights, total, shape[1], known, slope[:, tile.rows], known.stride(0), *shape, scale
        )
        found = scratch.of(3, (groups, tile.num_keys, width))
        _add(kernels, d_value[:, tile.keys], tile.product(weights.transpose(1, 2), asked, out=found))
        _add(kernels, d_key[:, tile.keys], tile.product(d_scores.transpose(1, 2), query, out=found))
        part = tile.product(d_scores, key, out=scratch.of(3, (groups, tile.num_rows, width)))
        _add(kernels, d_query[:, tile.rows], part, instead=tile.causal)
    d_qkv = gradient.new_empty(size, groups * (each + 2) * width)
    kernels.lay_back(d_query, d_key, d_value, cos, sin, cos.stride(0), d_qkv, *heads.sizes)
    return d_qkv


@dataclass(frozen=True)
class _Tile:
    """Positions from `start` (`rows` of the queries) and the keys that they look at; causal on its own node.

    The library that multiplies bf16 takes a batch whose matrices follow each other in memory, and copies any other anew
    for each product. Some rows of all heads are not such a batch; of one head they are a matrix.
    """

    start: int
    rows: slice
    keys: slice
    causal: bool
    apart: bool

    @property
    def num_rows(self) -> int:
        return int(self.rows.stop - self.rows.start)

    @property
    def num_keys(self) -> int:
        return int(self.keys.stop - self.keys.start)

    def part(self, values: torch.Tensor, positions: slice) -> torch.Tensor:
        """These positions of all heads; copied where each product would copy them."""
        part = values[:, positions]
        return part if self.apart or part.dtype == torch.float32 else part.contiguous()

    def product(self, left: torch.Tensor, right: torch.Tensor, *, out: torch.Tensor) -> torch.Tensor:
        """`torch.bmm` into `out`, which is returned."""
        if not self.apart:
            return torch.bmm(left, right, out=out)
        for each, other, place in zip(left, right, out, strict=True):
            torch.mm(each, other, out=place)
        return out


def _tiles(blocks: Sequence[Block], heads: Heads) -> Iterator[_Tile]:
    _, groups, each, _ = heads.sizes
    for block in blocks:
        first, size = block.columns.start, block.columns.stop - block.columns.start
        step = max(FEWEST_QUERIES, TILE_SCORES[heads.key.dtype] // (groups * each * size))
        for start in range(block.rows.start, block.rows.stop, step):
            end = min(block.rows.stop, start + step)
            keys = slice(first, end if block.causal else first + size)
            apart = heads.key.dtype == torch.bfloat16 and (end - start) * each >= APART_ROWS
            yield _Tile(start, slice(start * each, end * each), keys, block.causal, apart)


class _Scratch:
    """Buffers that every tile uses again, so that they stay in the cache."""

    def __init__(self, like: torch.Tensor, tiles: Sequence[_Tile]) -> None:
        groups, _, width = like.shape
        scores = max((tile.num_rows * tile.num_keys for tile in tiles), default=0)
        values = max((max(tile.num_rows, tile.num_keys) for tile in tiles), default=0)
        self._size, self._like = groups * max(scores, values * width), like
        self._buffers: dict[int, torch.Tensor] = {}

    def of(self, number: int, shape: tuple[int, ...]) -> torch.Tensor:
        """Buffer `number` in this shape; valid until it is asked for again."""
        if number not in self._buffers:
            self._buffers[number] = self._like.new_empty(self._size)
        return self._buffers[number][: prod(shape)].view(shape)


def _add(kernels: Kernels, sums: torch.Tensor, part: torch.Tensor, *, instead: bool = False) -> None:
    kernels.add(sums, sums.stride(0), part, len(part), part.shape[1] * part.shape[2], instead)
