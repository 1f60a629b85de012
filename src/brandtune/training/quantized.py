"""A frozen linear layer held in 8 or 4 bits, made whole again only while it is multiplied, forward and backward (QLoRA).

Shapes: F output size, E input size, N = F · E weights, B blocks of 64 weights in row order.
"""

import contextlib
import ctypes
import gc
from typing import Any, Literal

import torch
from torch import nn

from brandtune.core.errors import ConfigError

Held = Literal["int8", "nf4"]
BLOCK = 64
"""Weights that share one scale in 4 bits, as in the paper."""
NF4 = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip
"""Quantiles of the normal distribution, which weights roughly follow (Dettmers et al. 2023, arXiv 2305.14314, app. E)."""


class QuantizedLinear(nn.Module):
    """Computes what a linear layer with the rounded weight would; the gradient goes through to the input only.

    Args:
        layer: The layer to hold; its weight is not kept.
        held: `int8` rounds each row to 255 even steps; `nf4` each block of 64 weights to 16 uneven ones.
    """

    codes: torch.Tensor
    scales: torch.Tensor

    def __init__(self, layer: nn.Linear, *, held: Held) -> None:
        super().__init__()
        self.in_features, self.out_features, self.held = layer.in_features, layer.out_features, held
        codes, scales = (_int8 if held == "int8" else _nf4)(layer.weight.detach())
        self.register_buffer("codes", codes)
        self.register_buffer("scales", scales)
        self.bias = layer.bias

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = _Product.apply(inputs, self)  # type: ignore[no-untyped-call]
        return result

    @property
    def weight(self) -> torch.Tensor:
        """The rounded weight, [F, E], made anew at every call."""
        return self.whole(self.scales.dtype)

    def whole(self, dtype: torch.dtype) -> torch.Tensor:
        return self.written_into(
            torch.empty((self.out_features, self.in_features), dtype=dtype, device=self.codes.device)
        )

    @torch.no_grad()
    def written_into(self, whole: torch.Tensor) -> torch.Tensor:
        """Write the rounded weight over a contiguous [F, E] matrix; returns it."""
        if self.held == "int8":
            return whole.copy_(self.codes).mul_(self.scales[:, None])
        values = _pairs(whole.dtype, whole.device).index_select(0, self.codes.int()).view(whole.dtype)
        values = values.view(-1, BLOCK).mul_(self.scales[:, None]).view(-1)
        return whole.copy_(values[: whole.numel()].view_as(whole))


class _Product(torch.autograd.Function):
    """x · Wᵀ + b; keeps neither x nor the whole weight for the way back."""

    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, layer: QuantizedLinear) -> torch.Tensor:
        ctx.layer = layer
        return torch.nn.functional.linear(inputs, layer.whole(inputs.dtype), layer.bias)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradients[0] @ ctx.layer.whole(gradients[0].dtype), None


def quantize_frozen(network: Any, *, held: Held) -> int:
    """Hold every frozen linear layer but the output head in few bits, one after the other; returns how many.

    Raises:
        ConfigError: There is none.
    """
    head = network.get_output_embeddings()
    count = 0
    for parent in list(network.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is nn.Linear and layer is not head and not layer.weight.requires_grad:
                setattr(parent, name, QuantizedLinear(layer, held=held))
                count += 1
    if not count:
        raise ConfigError(
            f"{type(network).__name__} has no linear layers that can be held in {held}.",
            where="training.base_precision",
            fix="Use base_precision: auto.",
        )
    _give_back(network)
    return count


def _give_back(network: Any) -> None:
    """Hand what the whole weights took back to the system.

    Loaded weights are views of their file, which stays in memory as long as one of them does; and glibc keeps what is
    freed for itself.
    """
    for parameter in network.parameters():
        parameter.data = parameter.data.clone()
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def frozen_bytes(network: Any) -> int:
    """Bytes of all that is held and not trained."""
    tensors = [p for p in network.parameters() if not p.requires_grad] + list(network.buffers())
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _int8(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes [F, E] in -127..127 and scales [F]."""
    scales = (weight.float().abs().amax(dim=1) / 127).to(weight.dtype)
    codes = (weight.float() / _positive(scales)[:, None]).round_()
    return codes.clamp_(-127, 127).to(torch.int8), scales


def _nf4(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Two codes a byte, [B · 32], the earlier weight in the upper half, and the largest weight of each block, [B]."""
    flat = weight.float().flatten()
    blocks = torch.nn.functional.pad(flat, (0, -len(flat) % BLOCK)).view(-1, BLOCK)
    scales = blocks.abs().amax(dim=1).to(weight.dtype)
    values = torch.tensor(NF4, device=weight.device)
    codes = torch.bucketize(blocks / _positive(scales)[:, None], (values[1:] + values[:-1]) / 2, out_int32=True)
    upper, lower = codes.to(torch.uint8).view(-1, 2).unbind(dim=1)
    return upper << 4 | lower, scales


def _positive(scales: torch.Tensor) -> torch.Tensor:
    """The scales as they are stored, in fp32, without zeros to divide by."""
    return scales.float().clamp(min=torch.finfo(torch.float32).tiny)


_TABLES: dict[tuple[torch.dtype, torch.device], torch.Tensor] = {}


def _pairs(dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """For each byte the two values that it stands for, side by side in one integer, [256]: looked up in one go."""
    if (dtype, device) not in _TABLES:
        values = torch.tensor(NF4, dtype=dtype, device=device)
        both = torch.stack([values.repeat_interleave(16), values.repeat(16)], dim=1).contiguous()
        _TABLES[dtype, device] = both.view(torch.int64 if dtype == torch.float32 else torch.int32).flatten()
    return _TABLES[dtype, device]
