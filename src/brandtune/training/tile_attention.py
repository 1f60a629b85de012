"""Attention of one block in tiles that stay in the cache: plain products, for CPUs, where they beat the flash kernel.

Shapes: H query heads, G key/value heads (G divides H, r = H / G), T queries of a tile, K keys that they see, D head
size. Scores are kept in fp32 from the product on; weights meet the values in the inputs' precision.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

KEPT_SCORES = 1 << 23
"""Scores of a pack, over all heads, up to which their weights are kept for the way back: 16 MB a layer in bf16."""
TILE_SCORES = 1 << 19
"""Scores that exist at once, over all heads: 2 MB in fp32."""
FEWEST_QUERIES = 32


@dataclass(frozen=True)
class Kept:
    """Attention weights of each tile, [H, T, K], and the log-sum-exp that they are relative to, [H, Q] fp32."""

    weights: list[torch.Tensor]
    total: torch.Tensor


def forward(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, causal: bool, scale: float,
    keep: list[torch.Tensor] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Output [H, Q, D] and log-sum-exp [H, Q] fp32 of queries [H, Q, D] over keys and values [G, K, D].

    Args:
        keep: Takes each tile's weights, for `Kept`.
    """
    heads, size, width = query.shape
    out = torch.empty_like(query, memory_format=torch.contiguous_format)
    total = query.new_empty((heads, size), dtype=torch.float32)
    for rows, seen in _tiles(heads, size, key.shape[1], causal=causal):
        scores = _scores(query[:, rows], key[:, :seen], causal=causal, scale=scale)
        most = scores.amax(dim=-1)
        # One fused kernel; exponentials of -inf taken on their own cost several times as much.
        shares = scores.softmax(dim=-1)
        weights = shares.to(value.dtype)
        if keep is not None:
            keep.append(weights)
        out[:, rows] = torch.bmm(_grouped(weights, value), value[:, :seen]).view(heads, -1, width)
        total[:, rows] = most.sub_(shares.amax(dim=-1).log_())  # the largest share is exp(most - total)
    return out, total


def backward(
    gradient: torch.Tensor,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    total: torch.Tensor,
    slope: torch.Tensor,
    *,
    causal: bool,
    scale: float,
    kept: Kept | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Gradients of query [H, Q, D], key and value [G, K, D].

    Args:
        kept: What `forward` kept; None computes the weights anew.
        total: Log-sum-exp over everything that each query sees, not only these keys, [H, Q].
        slope: Gradient · output of each query, over everything that it sees, [H, Q, 1] fp32.
    """
    heads, size, width = query.shape
    d_query = torch.empty_like(query, memory_format=torch.contiguous_format)
    d_key = torch.zeros(key.shape, dtype=torch.float32, device=key.device)
    d_value = torch.zeros_like(d_key)
    for number, (rows, seen) in enumerate(_tiles(heads, size, key.shape[1], causal=causal)):
        keys, values = key[:, :seen], value[:, :seen]
        if kept is None:
            weights = _scores(query[:, rows], keys, causal=False, scale=scale).sub_(total[:, rows, None]).exp_()
            if causal:  # zeroed afterwards: exponentials of -inf cost several times as much as others
                weights[..., seen - weights.shape[1] :].tril_()
        else:
            weights = kept.weights[number] * (kept.total[:, rows] - total[:, rows]).exp_().to(key.dtype)[..., None]
        asked, wanted = _grouped(query[:, rows], key), _grouped(gradient[:, rows], key)
        narrow = _grouped(weights.to(key.dtype), key)
        d_value[:, :seen] += torch.bmm(narrow.transpose(1, 2), wanted)
        d_scores = torch.bmm(wanted, values.transpose(1, 2)).view(heads, -1, seen).float()
        d_scores = d_scores.sub_(slope[:, rows]).mul_(weights).mul_(scale)
        narrow = _grouped(d_scores.to(key.dtype), key)
        d_query[:, rows] = torch.bmm(narrow, keys).view(heads, -1, width)
        d_key[:, :seen] += torch.bmm(narrow.transpose(1, 2), asked)
    return d_query, d_key.to(key.dtype), d_value.to(value.dtype)


def _tiles(heads: int, queries: int, keys: int, *, causal: bool) -> Iterator[tuple[slice, int]]:
    """Rows of each tile, and how many of the first keys they see."""
    step = max(FEWEST_QUERIES, TILE_SCORES // (heads * keys))
    for start in range(0, queries, step):
        end = min(queries, start + step)
        yield slice(start, end), end if causal else keys


def _scores(query: torch.Tensor, key: torch.Tensor, *, causal: bool, scale: float) -> torch.Tensor:
    """Scaled scores [H, T, K] in fp32; what lies ahead of a query is -inf."""
    heads, size, _ = query.shape
    scores = torch.bmm(_grouped(query, key), key.transpose(1, 2)).view(heads, size, -1).float().mul_(scale)
    if causal:
        scores[..., -size:] += torch.full((size, size), float("-inf"), device=scores.device).triu_(1)
    return scores


def _grouped(values: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    """[H, T, X] as [G, r T, X], so that heads that share a key meet it in one product."""
    return values.reshape(key.shape[0], -1, values.shape[-1])
