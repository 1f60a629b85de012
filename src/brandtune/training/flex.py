"""Attention over a pack on GPUs: PyTorch's FlexAttention, which skips blocks of the row that nobody looks at.

In a pack's depth-first order, position j is seen from i exactly if j ≤ i and i lies before the end of everything that
begins with j's node. One number for each position says it all. Which blocks of the row are seen whole or in part
follows from the bounds of blocks; no mask of row by row exists, not even while they are found out.

Source: FlexAttention (Dong et al. 2024, arXiv 2412.05496).
Shapes: S positions in the row, B positions of a block, N = S / B rounded up.
"""

import logging
from functools import cache
from typing import Any

import torch
from torch.nn.attention.flex_attention import BlockMask, flex_attention

from brandtune.training.packing import Node

log = logging.getLogger(__name__)
BLOCK = 128
"""Positions of a block, the kernel's own default."""
LOOKED_AT = 1 << 22
"""Pairs of a block and a position that are looked at together where there is a window: some 100 MB."""
_failures: dict[tuple[str, int], str] = {}


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

    partly, wholly = (_listed(blocks) for blocks in _blocks(ends, positions, window=window))
    size = len(ends)
    return BlockMask.from_kv_blocks(*partly, *wholly, BLOCK_SIZE=BLOCK, mask_mod=sees, seq_lengths=(size, size))


def _blocks(ends: torch.Tensor, positions: torch.Tensor, *, window: int | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Blocks of which something and not all is seen, and those that are seen whole, each [N, N] bool."""
    firsts = torch.arange(0, len(ends), BLOCK, device=ends.device)[:, None]
    below = firsts > firsts.t()  # on the diagonal some keys come after some queries, so none is seen whole
    key_ends = _in_blocks(ends, filled=len(ends))
    some = below & (_in_blocks(ends, filled=0).amax(dim=1) > firsts)
    whole = below & (key_ends.amin(dim=1) >= firsts + BLOCK)
    if window is not None:
        queries, keys = _in_blocks(positions, filled=0).amax(dim=1), _in_blocks(positions, filled=2**31).amin(dim=1)
        whole &= queries[:, None] - keys < window
        some &= _near(ends, positions, window=window)
    some |= firsts == firsts.t()
    return some & ~whole, whole


def _near(ends: torch.Tensor, positions: torch.Tensor, *, window: int) -> torch.Tensor:
    """Whether some query of a block has a key of an earlier one, which it descends from, in its window, [N, N] bool.

    The queries of a block that descend from a key are those at its beginning.
    """
    lowest = _in_blocks(positions, filled=2**31).cummin(dim=1).values
    step = max(1, LOOKED_AT // len(ends))
    found = []
    for start in range(0, len(lowest), step):
        part = lowest[start : start + step]
        firsts = torch.arange(start, start + len(part), device=ends.device)[:, None] * BLOCK
        count = (ends - firsts).clamp(max=BLOCK)  # of queries that descend from a key
        near = (count > 0) & (part.gather(1, (count - 1).clamp(min=0)) - positions < window)
        near = torch.nn.functional.pad(near, (0, -len(ends) % BLOCK))
        found.append(near.view(len(part), -1, BLOCK).any(dim=2))
    return torch.cat(found)


def _in_blocks(values: torch.Tensor, *, filled: int) -> torch.Tensor:
    """[S] as [N, B], the last block filled up."""
    return torch.nn.functional.pad(values, (0, -len(values) % BLOCK), value=filled).view(-1, BLOCK)


def _listed(blocks: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How many blocks of each row, [1, 1, N], and which, these first, [1, 1, N, N]."""
    which = blocks.int().argsort(dim=1, descending=True, stable=True)
    return blocks.sum(dim=1, dtype=torch.int32)[None, None], which.int()[None, None]


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
    """Whether this device computes it, there and back; found out by trying once; `slower` says when not."""
    if device.type != "cuda":
        return False
    try:
        tokens = 256
        ends = torch.full((tokens,), tokens, device=device)
        mask = block_mask(ends, torch.arange(tokens, device=device), window=None)
        one = torch.ones(1, 2, tokens, width, device=device, dtype=dtype, requires_grad=True)
        attend(one, one, one, mask, scale=1.0, cap=None).sum().backward()  # type: ignore[no-untyped-call]
    except Exception as error:  # compilers and drivers fail in their own ways
        log.warning("flex_attention=off device=%s width=%d error=%s", device, width, type(error).__name__)
        _failures[device.type, width] = type(error).__name__
        return False
    return True


def slower(device: torch.device) -> list[str]:
    """What this device was found not to compute in blocks, in sentences."""
    return [
        f"FlexAttention does not run here for heads of {width} ({error}); attention looks at a whole mask instead, which "
        "is slower and takes memory with the square of a row's length"
        for (kind, width), error in _failures.items()
        if kind == device.type
    ]


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
