"""A Llama-like decoder layer in two hand-written halves, each one node of autograd's graph.

Shapes: S positions in the row, E hidden size, H query heads, G key/value heads, D head size, I inner size.
Only what the way back needs is kept; nothing is sliced whose gradient would be a matrix of zeros; frozen weights get no
gradient and no products for one; a first layer whose input needs none does not compute it.
"""

from typing import Any

import torch

from brandtune.training.fast import linear
from brandtune.training.fast.elementwise import rms_norm_weight_back
from brandtune.training.fast.linear import Group
from brandtune.training.fast.operations import HeadSizes, Operations, operations_for
from brandtune.training.tree_attention import Block


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
        keep: bool,
        *tensors: torch.Tensor | None,
    ) -> torch.Tensor:
        into, outof = tensors[: shape.qkv.num_tensors], tensors[shape.qkv.num_tensors :]
        ops = operations_for(x, norm, cos)
        normal, inverse = ops.norm(x, norm, eps=shape.eps)
        qkv, inner = linear.forward(shape.qkv, into, normal)
        flat, saved, ctx.more = ops.attend(
            qkv, cos, sin, heads=shape.heads, blocks=blocks, scale=shape.scale, keep=keep
        )
        result, inner_out = linear.forward(shape.output, outof, flat, past=x)
        ctx.save_for_backward(x, norm, cos, sin, normal, inverse, inner, flat, inner_out, *saved, *tensors)
        ctx.shape, ctx.blocks, ctx.num_saved, ctx.ops = shape, blocks, len(saved), ops
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        shape, ops = ctx.shape, ctx.ops
        x, norm, cos, sin, normal, inverse, inner, flat, inner_out, *rest = ctx.saved_tensors
        saved, tensors = tuple(rest[: ctx.num_saved]), rest[ctx.num_saved :]
        into, outof = tensors[: shape.qkv.num_tensors], tensors[shape.qkv.num_tensors :]
        needs = ctx.needs_input_grad
        needed = needs[7:]
        gradient = gradients[0].contiguous()
        d_flat, found_out = linear.backward(
            shape.output, outof, flat, inner_out, gradient, needed=needed[len(into) :], needs_inputs=True
        )
        assert d_flat is not None
        d_qkv = ops.attend_back(
            d_flat, flat, saved, ctx.more, cos, sin, heads=shape.heads, blocks=ctx.blocks, scale=shape.scale
        )
        d_normal, found_in = linear.backward(
            shape.qkv, into, normal, inner, d_qkv, needed=needed[: len(into)], needs_inputs=needs[0] or needs[1]
        )
        d_x, d_norm = _through_norm(ops, gradient, d_normal, x, norm, inverse, needs=needs)
        return d_x, d_norm, None, None, None, None, None, *found_in, *found_out


class InnerHalf(torch.autograd.Function):
    """x + down(silu(gate) · up) of the normalised x."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, norm: torch.Tensor, shape: "Shape", *tensors: torch.Tensor | None
    ) -> torch.Tensor:
        into, outof = tensors[: shape.gate_up.num_tensors], tensors[shape.gate_up.num_tensors :]
        ops = operations_for(x, norm)
        normal, inverse = ops.norm(x, norm, eps=shape.eps)
        gate_up, inner = linear.forward(shape.gate_up, into, normal)
        product = ops.gated(gate_up)
        result, inner_out = linear.forward(shape.down, outof, product, past=x)
        ctx.save_for_backward(x, norm, normal, inverse, gate_up, inner, product, inner_out, *tensors)
        ctx.shape, ctx.ops = shape, ops
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        shape, ops = ctx.shape, ctx.ops
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
            shape.gate_up, into, normal, inner, ops.gated_back(d_product, gate_up), needed=needed[: len(into)],
            needs_inputs=needs[0] or needs[1],
        )  # fmt: skip
        d_x, d_norm = _through_norm(ops, gradient, d_normal, x, norm, inverse, needs=needs)
        return d_x, d_norm, None, *found_in, *found_out


def _through_norm(
    ops: Operations,
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
    d_norm = rms_norm_weight_back(d_normal, x, inverse).to(norm.dtype) if needs[1] else None
    return ops.norm_back(d_normal, x, norm, inverse, gradient) if needs[0] else None, d_norm


class Shape:
    """The fixed facts of one layer."""

    def __init__(
        self, *, qkv: Group, output: Group, gate_up: Group, down: Group, head: int, scale: float, eps: float
    ) -> None:
        self.qkv, self.output, self.gate_up, self.down = qkv, output, gate_up, down
        self.heads = HeadSizes(queries=qkv.sizes[0] // head, keys=qkv.sizes[1] // head, width=head)
        self.scale, self.eps = scale, eps

    @property
    def groups(self) -> tuple[Group, ...]:
        return self.qkv, self.output, self.gate_up, self.down
