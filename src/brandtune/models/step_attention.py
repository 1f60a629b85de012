"""Attention of one more token of several sequences with the compiled kernels: three calls a layer and the products.

Shapes: R sequences, H heads, K heads of keys and values, G = H / K, D size of a head, P shared positions, N own ones.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch.nn import functional

from brandtune.models.cache import new_room
from brandtune.models.compiled import Kernels, kernels

log = logging.getLogger(__name__)
TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}
"""Relative, of the norm; rounding is a tenth of it."""


@dataclass(frozen=True)
class Beginning:
    """What some sequences have in common.

    Attributes:
        layers: Keys and values of each layer, both [K, P, D].
        count: How many sequences, which follow each other.
    """

    layers: list[tuple[torch.Tensor, torch.Tensor]]
    count: int

    def __len__(self) -> int:
        return self.layers[0][0].shape[1]


@dataclass(frozen=True)
class StepAttention:
    """How one network attends.

    Attributes:
        heads: H, K and D.
    """

    kernels: Kernels
    heads: tuple[int, int, int]
    scale: float

    def __call__(
        self,
        every: torch.Tensor,
        cosine: torch.Tensor,
        sine: torch.Tensor,
        kept: Any,
        *,
        layer: int = 0,
        beginnings: Sequence[Beginning] = (),
        skipped: int = 0,
        hidden: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Output [R, H · D]; the token's keys and values are written into the cache.

        Args:
            every: Query, key and value before rotation [R, (H + 2K) · D].
            cosine: [R, D] in the type of `every`, likewise `sine`.
            kept: The cache of this layer.
            layer: Which of the beginnings' layers.
            skipped: Columns of `kept` that the beginnings stand for.
            hidden: True where an own column is padding [R, N], bool.
        """
        count, (num_heads, key_heads, size) = len(every), self.heads
        each = num_heads // key_heads
        sizes = key_heads, each, size
        place, (keys, values) = kept.next_column(every, rows=count, heads=key_heads, size=size)
        query = every.new_empty(key_heads, count * each, size)
        self.kernels.step_lay_out(
            every, cosine, sine, cosine.stride(0), query, keys, values, place, keys.shape[2], count, *sizes
        )
        out = every.new_empty(count, num_heads * size)
        start = 0
        for one in beginnings or (None,):
            end = count if one is None else start + one.count
            rows, asked = slice(start, end), query[:, start * each : end * each]
            before = None if one is None else torch.bmm(asked, one.layers[layer][0].transpose(1, 2))
            self.kernels.step_attend(
                asked, query.stride(0), before, 0 if one is None else len(one), keys[rows], values[rows], skipped,
                place + 1, keys.shape[2], None if hidden is None else hidden[rows], out[rows], end - start, *sizes,
                self.scale,
            )  # fmt: skip
            if one is not None and before is not None:
                self.kernels.step_join(torch.bmm(before, one.layers[layer][1]), out[rows], end - start, *sizes)
            start = end
        return out


def step_kernels(tensor: torch.Tensor) -> Kernels | None:
    """The kernels for steps in this tensor's type; None where there are none, or a trial gives what it should not.

    Training compares whole layers before its first step. Here nothing is compared later, so this finds a compiler out.
    """
    found = kernels(tensor)
    return found if found is not None and _agree(found, tensor.dtype) else None


@cache
@torch.inference_mode()
def _agree(found: Kernels, dtype: torch.dtype) -> bool:
    """Whether a small step comes out as with PyTorch's operations in fp32."""
    chance = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=chance).to(dtype)

    heads, key_heads, size, rows, columns = 4, 2, 8, 3, 5
    every, weight = drawn(rows, (heads + 2 * key_heads) * size), drawn((heads + 2 * key_heads) * size)
    kept = [drawn(rows, key_heads, columns, size) for _ in range(2)]
    query, *new = torch.split(every.view(rows, -1, 1, size).float(), [heads, key_heads, key_heads], dim=1)
    # Turned by a quarter, as no position turns all.
    query, new[0] = (torch.cat([-x[..., size // 2 :], x[..., : size // 2]], dim=-1) for x in (query, new[0]))
    both = [torch.cat([old.float(), one], dim=2) for old, one in zip(kept, new, strict=True)]
    keys, values = (one.repeat_interleave(heads // key_heads, dim=1) for one in both)
    gate, up = every.float().chunk(2, dim=-1)
    wanted = (
        functional.scaled_dot_product_attention(query, keys, values, scale=0.3).flatten(1),
        functional.rms_norm(every.float(), weight.shape, weight.float(), eps=1e-5),
        functional.silu(gate) * up,
    )
    normal, inverse, gated = torch.empty_like(every), torch.empty(rows), every.new_empty(rows, every.shape[1] // 2)
    turn = every.new_zeros(rows, size), every.new_ones(rows, size)
    attended = StepAttention(found, (heads, key_heads, size), 0.3)(every, *turn, new_room(*kept, capacity=columns + 1))
    found.rms_norm(every, weight, normal, inverse, *every.shape, 1e-5)
    found.gated(every, gated, *gated.shape)
    pairs = zip((attended, normal, gated), wanted, strict=True)
    if all(bool((ours.float() - other).norm() <= TOLERANCE[dtype] * other.norm()) for ours, other in pairs):
        return True
    log.warning("kernels=off reason=wrong_results dtype=%s", str(dtype).removeprefix("torch."))
    return False
