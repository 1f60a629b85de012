"""Linear layers as a network has them: a weight, perhaps a bias, perhaps one of PEFT's LoRA adapters around them.

Shapes: N rows, E input size, F output size over all layers of a group, R adapter rank over all of them. A group is what
reads the same input: query, key and value; gate and up; a single layer.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

FEW_ROWS = (2, 32)
"""From how many rows to how many a weight stands on the left of its product; one row is a matrix and a vector anyway."""


class Product:
    """The outputs of a group side by side, [N, F], for inputs [N, E]; without gradients.

    Adapters multiply as one: all A stacked, all B scaled and set into one matrix with zeros between them.

    Args:
        copied: Whether weights that do not lie side by side may be copied so that they do.
    """

    def __init__(self, modules: Sequence[Any], *, copied: bool) -> None:
        bases = [base_of(module) for module in modules]
        biases = [base.bias for base in bases if base.bias is not None]
        whole = None
        if len(biases) in (0, len(bases)):
            whole = beside([base.weight for base in bases])
            if whole is None and copied:
                whole = torch.cat([base.weight for base in bases])
        self.weights: list[tuple[torch.Tensor, torch.Tensor | None]] = [(base.weight, base.bias) for base in bases]
        if whole is not None:
            self.weights = [(whole, torch.cat(biases) if biases else None)]
        self.adapters = _stacked(modules)

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        parts = [_outputs(inputs, weight, bias) for weight, bias in self.weights]
        outputs = parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
        if self.adapters is None:
            return outputs
        a, b = self.adapters
        return outputs.addmm_(inputs @ a, b)


def _outputs(inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """`functional.linear`, with the weight on the left for a few rows of fp32 on a CPU.

    The library packs what stands on the right into another order before it multiplies. For a few rows that takes longer
    than the product if it is the weight; measured, 1.1 to 2.9 times (`fewest` to `most` rows, 256 to 49k outputs). bf16 is
    another library's and was not measured.
    """
    fewest, most = FEW_ROWS
    if inputs.device.type != "cpu" or inputs.dtype != torch.float32 or not fewest <= len(inputs) <= most:
        return functional.linear(inputs, weight, bias)
    outputs = (weight @ inputs.t()).t().contiguous()
    return outputs if bias is None else outputs.add_(bias)


def is_understood(module: Any, *, plain: tuple[type, ...] = (nn.Linear,)) -> bool:
    """Whether this is one of the `plain` layers, or one with a single plain LoRA adapter that is not merged."""
    if type(module) in plain:
        return True
    if not hasattr(module, "lora_A"):
        return False
    from peft.tuners.lora import Linear as LoraLinear

    if type(module) is not LoraLinear or type(module.base_layer) not in plain or module.merged:
        return False
    name = _name(module)
    return (
        len(module.active_adapters) == 1
        and name in module.lora_A
        and not module.lora_variant.get(name)
        and isinstance(module.lora_dropout[name], nn.Identity)
        and module.lora_A[name].bias is None
        and module.lora_B[name].bias is None
    )


def base_of(module: Any) -> Any:
    """The layer inside an adapter, or the layer itself."""
    return getattr(module, "base_layer", module)


def adapter_of(module: Any) -> tuple[torch.Tensor, torch.Tensor, float] | None:
    """A [r, E], B [F, r] and what their product is multiplied by; None where there is none, or it is switched off."""
    if not hasattr(module, "lora_A") or module.disable_adapters:
        return None
    name = _name(module)
    return module.lora_A[name].weight, module.lora_B[name].weight, float(module.scaling[name])


def beside(weights: Sequence[torch.Tensor]) -> torch.Tensor | None:
    """One matrix [F, E] of which all these are views, one after the other; None where they do not lie like that."""
    first = weights[0]
    if len(weights) == 1:
        return first
    rows, at = 0, first.storage_offset()
    for weight in weights:
        same = weight.untyped_storage().data_ptr() == first.untyped_storage().data_ptr()
        if not same or weight.storage_offset() != at or not weight.is_contiguous():
            return None
        rows, at = rows + weight.shape[0], at + weight.numel()
    return first.as_strided((rows, first.shape[1]), first.stride(), first.storage_offset())


def _stacked(modules: Sequence[Any]) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Transposed: A [E, R], and B [R, F]."""
    found = [(adapter_of(module), base_of(module).out_features) for module in modules]
    present = [adapter for adapter, _ in found if adapter is not None]
    if not present:
        return None
    a = torch.cat([a for a, _, _ in present])
    b = a.new_zeros(len(a), sum(size for _, size in found))
    rank = column = 0
    for adapter, size in found:
        if adapter is not None:
            b[rank : rank + len(adapter[0]), column : column + size] = adapter[1].t() * adapter[2]
            rank += len(adapter[0])
        column += size
    return a.t().contiguous(), b


def _name(module: Any) -> str:
    return str(module.active_adapters[0])
