"""Linear layers that read one input, computed as one product, with their adapters; forward and backward by hand.

Shapes: S positions, E input size, F output size over all layers of the group, R adapter rank over all of them.
A group is what reads the same input: query, key and value; gate and up; a single layer. Frozen weights of a group lie
in one matrix, of which each layer's own weight is a view, so nothing is held twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from brandtune.models.linears import adapter_of, base_of, beside, is_understood
from brandtune.training.quantized import QuantizedLinear


@dataclass(frozen=True)
class Group:
    """Layers that read one input.

    Attributes:
        modules: `nn.Linear` or `QuantizedLinear`, or PEFT's LoRA layers around them.
        sizes: Output size of each.
        scales: What each adapter's output is multiplied by; 0 where there is none.
    """

    modules: tuple[Any, ...]
    sizes: tuple[int, ...]
    scales: tuple[float, ...]

    @property
    def num_tensors(self) -> int:
        """How many tensors `tensors` gives."""
        return 4 * len(self.modules)

    def tensors(self) -> list[torch.Tensor | None]:
        """Weight, bias, A and B of each layer; None for what is not there, or held in few bits."""
        found: list[torch.Tensor | None] = []
        for module in self.modules:
            base = base_of(module)
            adapter = adapter_of(module)
            found += [None if self.quantized else base.weight, base.bias, *(adapter[:2] if adapter else (None, None))]
        return found

    @property
    def quantized(self) -> bool:
        """Whether the weights are held in few bits and made whole for each product."""
        return isinstance(base_of(self.modules[0]), QuantizedLinear)

    def weight(self, tensors: Sequence[Any], *, dtype: torch.dtype) -> torch.Tensor:
        """One matrix of the group's weights, [F, E]."""
        if not self.quantized:
            return whole_weight(tensors[0::4])
        bases = [base_of(module) for module in self.modules]
        whole = torch.empty((sum(self.sizes), bases[0].in_features), dtype=dtype, device=bases[0].codes.device)
        for base, rows in zip(bases, torch.split(whole, list(self.sizes)), strict=True):
            base.written_into(rows)
        return whole


def group_of(modules: Sequence[Any]) -> Group | None:
    """The group of these layers, or None when one of them is something that is not understood here."""
    if not all(is_understood(module, plain=(nn.Linear, QuantizedLinear)) for module in modules):
        return None
    bases = [base_of(module) for module in modules]
    if len({isinstance(base, QuantizedLinear) for base in bases}) > 1:
        return None
    scales = [adapter[2] if (adapter := adapter_of(module)) else 0.0 for module in modules]
    return Group(tuple(modules), tuple(base.out_features for base in bases), tuple(scales))


def share_storage(group: Group) -> None:
    """Lay the weights of a group side by side in one matrix, each layer's weight a view of its rows."""
    if len(group.modules) == 1 or group.quantized:
        return
    weights = [base_of(module).weight for module in group.modules]
    with torch.no_grad():
        whole = torch.cat([weight.data for weight in weights])
        for weight, rows in zip(weights, torch.split(whole, list(group.sizes)), strict=True):
            weight.data = rows


def whole_weight(weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """One matrix of the group's weights, [F, E]: a view where they lie side by side, else a copy."""
    found = beside(weights)
    return torch.cat(list(weights)) if found is None else found


def forward(
    group: Group, tensors: Sequence[Any], inputs: torch.Tensor, *, past: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Outputs of the group side by side, [S, F], and the adapters' inner values, [S, R], for the way back.

    Args:
        past: What went past the layers and is added to their outputs, [S, F].
    """
    weight = group.weight(tensors, dtype=inputs.dtype)
    biases = tensors[1::4]
    outputs = inputs @ weight.t() if biases[0] is None else torch.addmm(torch.cat(list(biases)), inputs, weight.t())
    if past is not None:
        outputs.add_(past)
    a = _stacked(tensors)
    if a is None:
        return outputs, None
    inner = inputs @ a.t()
    for block in _blocks(group, tensors):
        outputs[:, block.outputs].addmm_(inner[:, block.ranks], block.b.t())
    return outputs, inner


def backward(
    group: Group,
    tensors: Sequence[Any],
    inputs: torch.Tensor,
    inner: torch.Tensor | None,
    gradient: torch.Tensor,
    *,
    needed: Sequence[bool],
    needs_inputs: bool,
) -> tuple[torch.Tensor | None, list[torch.Tensor | None]]:
    """Gradients of the inputs, [S, E], and of `tensors`, in their order."""
    found: list[torch.Tensor | None] = [None] * len(tensors)
    d_inputs = gradient @ group.weight(tensors, dtype=gradient.dtype) if needs_inputs else None
    _weight_gradients(group, inputs, gradient, needed, found)
    a = _stacked(tensors)
    if a is not None and inner is not None:
        d_inner = torch.empty_like(inner)
        for block in _blocks(group, tensors):
            mine = gradient[:, block.outputs]
            torch.mm(mine, block.b, out=d_inner[:, block.ranks])
            # Both ways round give the same; this one is a product with a wide result, which CPUs are faster at.
            d_b = inner[:, block.ranks].t() @ mine
            for part in block.parts:
                found[4 * part.place + 3] = d_b[block.place_of(part)].t() * part.scale
        d_a = d_inner.t() @ inputs
        for part in _parts(group, tensors):
            found[4 * part.place + 2] = d_a[part.ranks]
        if d_inputs is not None:
            d_inputs.addmm_(d_inner, a)
    return d_inputs, found


def _weight_gradients(
    group: Group, inputs: torch.Tensor, gradient: torch.Tensor, needed: Sequence[bool], found: list[torch.Tensor | None]
) -> None:
    # Of all layers at once where all are learnt, which is the rule; columns would be copied (see `_blocks`).
    whole = gradient.t() @ inputs if all(needed[0::4]) else None
    start = 0
    for place, size in enumerate(group.sizes):
        part = gradient[:, start : start + size]
        if needed[4 * place]:
            found[4 * place] = part.t() @ inputs if whole is None else whole[start : start + size]
        if needed[4 * place + 1]:
            found[4 * place + 1] = part.sum(dim=0)
        start += size


@dataclass(frozen=True)
class _Part:
    """One layer's adapter within its group: which columns of the outputs and of the inner values are its own."""

    place: int
    outputs: slice
    ranks: slice
    b: torch.Tensor
    scale: float


def _parts(group: Group, tensors: Sequence[Any]) -> Iterator[_Part]:
    out, rank = 0, 0
    for place, (size, scale) in enumerate(zip(group.sizes, group.scales, strict=True)):
        b = tensors[4 * place + 3]
        if b is not None:
            yield _Part(place, slice(out, out + size), slice(rank, rank + b.shape[1]), b, scale)
            rank += b.shape[1]
        out += size


@dataclass(frozen=True)
class _Block:
    """Adapters whose products are computed as one: B times their scales, [F, R] of its columns, 0 where none of them is."""

    parts: tuple[_Part, ...]
    outputs: slice
    ranks: slice
    b: torch.Tensor

    def place_of(self, part: _Part) -> tuple[slice, slice]:
        """Which rows (ranks) and columns (outputs) of the block are the part's."""
        return (
            slice(part.ranks.start - self.ranks.start, part.ranks.stop - self.ranks.start),
            slice(part.outputs.start - self.outputs.start, part.outputs.stop - self.outputs.start),
        )


def _blocks(group: Group, tensors: Sequence[Any]) -> list[_Block]:
    """One block a layer; in bf16 one of all layers.

    In bf16 torch multiplies whole matrices only (`mkldnn_matmul`): columns of gradients would be copied, twice. That the
    zeros of a common block are multiplied too is less work. In fp32 nothing is copied, and it would be more.
    """
    parts = tuple(_parts(group, tensors))
    if len(parts) == 1 or parts[0].b.dtype != torch.bfloat16:
        return [_Block((part,), part.outputs, part.ranks, part.b * part.scale) for part in parts]
    whole = parts[0].b.new_zeros(sum(group.sizes), parts[-1].ranks.stop)
    for part in parts:
        torch.mul(part.b, part.scale, out=whole[part.outputs, part.ranks])
    return [_Block(parts, slice(0, whole.shape[0]), slice(0, whole.shape[1]), whole)]


def _stacked(tensors: Sequence[Any]) -> torch.Tensor | None:
    """All A side by side, [R, E]; None where there is no adapter."""
    present = [a for a in tensors[2::4] if a is not None]
    return torch.cat(present) if len(present) > 1 else present[0] if present else None
