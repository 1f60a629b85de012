"""What a layer does between its products, in two ways that give the same: compiled kernels, or PyTorch's operations.

Shapes: S positions in the row, E hidden size, H query heads, G key/value heads, D head size, I inner size.
"""

from typing import Any, Protocol

import torch

from brandtune.models.compiled import Kernels, kernels
from brandtune.training import tree_attention
from brandtune.training.fast import attention, elementwise
from brandtune.training.tree_attention import Block

Saved = tuple[torch.Tensor, ...]


class Operations(Protocol):
    """The operations of one layer."""

    def norm(self, x: torch.Tensor, weight: torch.Tensor, *, eps: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Normalised `x`, [S, E], and 1 / rms of each position, fp32."""

    def norm_back(
        self, gradient: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, inverse: torch.Tensor, past: torch.Tensor
    ) -> torch.Tensor:
        """Gradient of `x`, with the one that went `past` the normalisation added."""

    def gated(self, gate_up: torch.Tensor) -> torch.Tensor:
        """silu(gate) · up, [S, I], of [S, 2I]."""

    def gated_back(self, gradient: torch.Tensor, gate_up: torch.Tensor) -> torch.Tensor:
        """Gradient of `gate_up`, [S, 2I]; `gradient` may be used up."""

    def attend(
        self, qkv: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, *, heads: "HeadSizes", blocks: list[Block],
        scale: float, keep: bool,
    ) -> tuple[torch.Tensor, Saved, Any]:  # fmt: skip
        """Attention's output, [S, H · D]; tensors to save beside it; what else the way back may use.

        `qkv`, [S, (H + 2G) · D], is used up.
        """

    def attend_back(
        self, gradient: torch.Tensor, out: torch.Tensor, saved: Saved, more: Any, cos: torch.Tensor, sin: torch.Tensor,
        *, heads: "HeadSizes", blocks: list[Block], scale: float,
    ) -> torch.Tensor:  # fmt: skip
        """Gradient of `qkv`."""


class HeadSizes:
    """How many heads there are, and how wide they are."""

    def __init__(self, *, queries: int, keys: int, width: int) -> None:
        self.queries, self.keys, self.width = queries, keys, width

    def split(self, qkv: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Query [1, H, S, D], key and value [1, G, S, D] as views of their columns."""
        sizes = [count * self.width for count in (self.queries, self.keys, self.keys)]
        query, key, value = (
            part.view(len(qkv), -1, self.width).transpose(0, 1)[None] for part in torch.split(qkv, sizes, dim=1)
        )
        return query, key, value

    def rotated(self, qkv: torch.Tensor) -> torch.Tensor:
        """Those that positions rotate, [S, H + G, D], as a view."""
        return qkv[:, : (self.queries + self.keys) * self.width].view(len(qkv), -1, self.width)


def operations_for(x: torch.Tensor, *others: torch.Tensor) -> Operations:
    """The faster way that there is on this machine for these tensors."""
    found = kernels(x)
    alike = all(other.dtype == x.dtype for other in others)
    return Plain() if found is None or not alike else Compiled(found)


class Plain:
    """PyTorch's operations."""

    def norm(self, x: torch.Tensor, weight: torch.Tensor, *, eps: float) -> tuple[torch.Tensor, torch.Tensor]:
        return elementwise.rms_norm(x, weight, eps=eps)

    def norm_back(
        self, gradient: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, inverse: torch.Tensor, past: torch.Tensor
    ) -> torch.Tensor:
        return elementwise.rms_norm_back(gradient, x, weight, inverse).add_(past).to(x.dtype)

    def gated(self, gate_up: torch.Tensor) -> torch.Tensor:
        return elementwise.gated(gate_up)

    def gated_back(self, gradient: torch.Tensor, gate_up: torch.Tensor) -> torch.Tensor:
        return elementwise.gated_back(gradient, gate_up)

    def attend(
        self, qkv: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, *, heads: HeadSizes, blocks: list[Block],
        scale: float, keep: bool,
    ) -> tuple[torch.Tensor, Saved, Any]:  # fmt: skip
        elementwise.rotate(heads.rotated(qkv), cos[:, None], sin[:, None])
        attended, joined, kept = tree_attention.attend(*heads.split(qkv), blocks=blocks, scale=scale, keep=keep)
        return attended[0].transpose(0, 1).reshape(len(qkv), -1), (qkv, joined), kept

    def attend_back(
        self, gradient: torch.Tensor, out: torch.Tensor, saved: Saved, more: Any, cos: torch.Tensor, sin: torch.Tensor,
        *, heads: HeadSizes, blocks: list[Block], scale: float,
    ) -> torch.Tensor:  # fmt: skip
        qkv, joined = saved
        d_qkv = torch.empty_like(qkv)
        wanted, attended = (
            flat.view(len(qkv), -1, heads.width).transpose(0, 1)[None] for flat in (gradient.contiguous(), out)
        )
        tree_attention.attend_back(
            wanted, *heads.split(qkv), attended, joined, *heads.split(d_qkv), blocks=blocks, scale=scale, kept=more
        )
        elementwise.rotate(heads.rotated(d_qkv), cos[:, None], sin[:, None], back=True)
        return d_qkv


class Compiled:
    """The kernels of `kernels.c`, one pass over memory each."""

    def __init__(self, found: Kernels) -> None:
        self.kernels = found

    def norm(self, x: torch.Tensor, weight: torch.Tensor, *, eps: float) -> tuple[torch.Tensor, torch.Tensor]:
        out, inverse = torch.empty_like(x), x.new_empty((len(x), 1), dtype=torch.float32)
        self.kernels.rms_norm(x, weight, out, inverse, *x.shape, eps)
        return out, inverse

    def norm_back(
        self, gradient: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, inverse: torch.Tensor, past: torch.Tensor
    ) -> torch.Tensor:
        out = torch.empty_like(x)
        self.kernels.rms_norm_back(gradient, x, weight, inverse, past, out, *x.shape)
        return out

    def gated(self, gate_up: torch.Tensor) -> torch.Tensor:
        out = gate_up.new_empty((len(gate_up), gate_up.shape[1] // 2))
        self.kernels.gated(gate_up, out, *out.shape)
        return out

    def gated_back(self, gradient: torch.Tensor, gate_up: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(gate_up)
        self.kernels.gated_back(gradient, gate_up, out, *gradient.shape)
        return out

    def attend(
        self, qkv: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, *, heads: HeadSizes, blocks: list[Block],
        scale: float, keep: bool,
    ) -> tuple[torch.Tensor, Saved, Any]:  # fmt: skip
        laid = attention.laid_out(
            self.kernels, qkv, cos, sin, heads=heads.keys, queries=heads.queries, width=heads.width
        )
        keep = keep and tree_attention.keeps_weights(blocks, heads=heads.queries)
        out, weighed = attention.attend(self.kernels, laid, blocks=blocks, scale=scale, keep=keep)
        return out, (laid.query, laid.key, laid.value, weighed.joined), weighed

    def attend_back(
        self, gradient: torch.Tensor, out: torch.Tensor, saved: Saved, more: Any, cos: torch.Tensor, sin: torch.Tensor,
        *, heads: HeadSizes, blocks: list[Block], scale: float,
    ) -> torch.Tensor:  # fmt: skip
        laid = attention.Heads(*saved[:3])
        return attention.attend_back(self.kernels, gradient, laid, out, more, cos, sin, blocks=blocks, scale=scale)
