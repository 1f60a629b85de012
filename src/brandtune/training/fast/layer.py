"""A Llama-like decoder layer in two hand-written halves, each one node of autograd's graph.

Shapes: S positions in the row, E hidden size, H query heads, G key/value heads, D head size, I inner size.
Only what the way back needs is kept; nothing is sliced whose gradient would be a matrix of zeros; frozen weights get no
gradient and no products for one; a first layer whose input needs none does not compute it.
"""

from typing import Any

import torch

from brandtune.training.fast import linear
from brandtune.training.fast.elementwise import gated, gated_back, rms_norm, rms_norm_back, rotate
from brandtune.training.fast.linear import Group
from brandtune.training.tree_attention import Block, attend, attend_back


class AttentionHalf(torch.autograd.Function):
    """x + output(attention(rotated query, rotated key, value)) of the normalised x."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        norm: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        shape: "Shape",
        blocks: list[Block],
        *tensors: torch.Tensor | None,
    ) -> torch.Tensor:
        into, outof = tensors[: shape.qkv.num_tensors], tensors[shape.qkv.num_tensors :]
        normal, inverse = rms_norm(x, norm, eps=shape.eps)
        qkv, inner = linear.forward(shape.qkv, into, normal)
        rotate(qkv[:, : shape.rotated].view(len(x), -1, shape.head), cos, sin)
        query, key, value = shape.heads(qkv)
        attended, weights, ctx.kept = attend(query, key, value, blocks=blocks, scale=shape.scale)
        flat = attended[0].transpose(0, 1).reshape(len(x), -1)
        result, inner_out = linear.forward(shape.output, outof, flat)
        ctx.save_for_backward(x, norm, cos, sin, normal, inverse, qkv, inner, attended, weights, inner_out, *tensors)
        ctx.shape, ctx.blocks = shape, blocks
        return result.add_(x)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        shape: Shape = ctx.shape
        x, norm, cos, sin, normal, inverse, qkv, inner, attended, weights, inner_out, *tensors = ctx.saved_tensors
        into, outof = tensors[: shape.qkv.num_tensors], tensors[shape.qkv.num_tensors :]
        needs = ctx.needs_input_grad
        needed = needs[6:]
        gradient = gradients[0].contiguous()
        flat = attended[0].transpose(0, 1).reshape(len(x), -1)
        d_flat, found_out = linear.backward(
            shape.output, outof, flat, inner_out, gradient, needed=needed[len(into) :], needs_inputs=True
        )
        assert d_flat is not None
        d_qkv = torch.empty_like(qkv)
        attend_back(
            d_flat.view(len(x), -1, shape.head).transpose(0, 1)[None], *shape.heads(qkv), attended, weights,
            *shape.heads(d_qkv), blocks=ctx.blocks, scale=shape.scale, kept=ctx.kept,
        )  # fmt: skip
        rotate(d_qkv[:, : shape.rotated].view(len(x), -1, shape.head), cos, sin, back=True)
        d_normal, found_in = linear.backward(
            shape.qkv, into, normal, inner, d_qkv, needed=needed[: len(into)], needs_inputs=needs[0] or needs[1]
        )
        d_x, d_norm = _through_norm(gradient, d_normal, x, norm, inverse, needs=needs)
        return d_x, d_norm, None, None, None, None, *found_in, *found_out


class InnerHalf(torch.autograd.Function):
    """x + down(silu(gate) · up) of the normalised x."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, norm: torch.Tensor, shape: "Shape", *tensors: torch.Tensor | None
    ) -> torch.Tensor:
        into, outof = tensors[: shape.gate_up.num_tensors], tensors[shape.gate_up.num_tensors :]
        normal, inverse = rms_norm(x, norm, eps=shape.eps)
        gate_up, inner = linear.forward(shape.gate_up, into, normal)
        product = gated(gate_up)
        result, inner_out = linear.forward(shape.down, outof, product)
        ctx.save_for_backward(x, norm, normal, inverse, gate_up, inner, product, inner_out, *tensors)
        ctx.shape = shape
        return result.add_(x)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        shape: Shape = ctx.shape
        x, norm, normal, inverse, gate_up, inner, product, inner_out, *tensors = ctx.saved_tensors
        into, outof = tensors[: shape.gate_up.num_tensors], tensors[shape.gate_up.num_tensors :]
        needs = ctx.needs_input_grad
        needed = needs[3:]
        gradient = gradients[0].contiguous()
        d_product, found_out = linear.backward(
            shape.down, outof, product, inner_out, gradient, needed=needed[len(into) :], needs_inputs=True
        )
        assert d_product is not None
        d_normal, found_in = linear.backward(
            shape.gate_up, into, normal, inner, gated_back(d_product, gate_up), needed=needed[: len(into)],
            needs_inputs=needs[0] or needs[1],
        )  # fmt: skip
        d_x, d_norm = _through_norm(gradient, d_normal, x, norm, inverse, needs=needs)
        return d_x, d_norm, None, *found_in, *found_out


def _through_norm(
    gradient: torch.Tensor,
    d_normal: torch.Tensor | None,
    x: torch.Tensor,
    norm: torch.Tensor,
    inverse: torch.Tensor,
    *,
    needs: tuple[bool, ...],
) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Back through the normalisation, and the gradient that went past it added."""
    if d_normal is None:
        return None, None
    d_x, d_norm = rms_norm_back(d_normal, x, norm, inverse, needs_weight=needs[1])
    return d_x.add_(gradient).to(x.dtype) if needs[0] else None, d_norm


class Shape:
    """The fixed facts of one layer.

    Attributes:
        rotated: How many of the first columns of query, key and value are rotated: those of query and key.
    """

    def __init__(
        self, *, qkv: Group, output: Group, gate_up: Group, down: Group, head: int, scale: float, eps: float
    ) -> None:
        self.qkv, self.output, self.gate_up, self.down = qkv, output, gate_up, down
        self.head, self.scale, self.eps = head, scale, eps
        self.rotated = qkv.sizes[0] + qkv.sizes[1]

    @property
    def groups(self) -> tuple[Group, ...]:
        return self.qkv, self.output, self.gate_up, self.down

    def heads(self, qkv: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Query [1, H, S, D], key and value [1, G, S, D] as views of their columns."""
        query, key, value = (
            part.view(len(qkv), -1, self.head).transpose(0, 1)[None]
            for part in torch.split(qkv, list(self.qkv.sizes), dim=1)
        )
        return query, key, value
