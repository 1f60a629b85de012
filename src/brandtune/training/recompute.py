"""Selective checkpointing: chosen layers keep only their input and are computed again on the way back.

Costs one more forward pass of those layers and saves all that they would keep (Chen et al. 2016, arXiv 1604.06174).
Values and gradients stay the same: what a layer sees of its pack is put back in place while it is computed again.
"""

from typing import Any

import torch
from torch.utils.checkpoint import checkpoint

from brandtune.training.attention import layout_in_use, seeing
from brandtune.training.methods import decoder_layers
from brandtune.training.tree_attention import sparing


class _Recomputed:
    """Stands in for one layer's `forward`."""

    steps_aside = True  # without gradients: see `models.stepping`

    def __init__(self, model: Any, forward: Any) -> None:
        self.model, self.forward = model, forward

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not torch.is_grad_enabled():
            return self.forward(*args, **kwargs)
        layout = layout_in_use()

        def again(*inputs: Any, **named: Any) -> Any:
            with sparing():
                if layout is None:
                    return self.forward(*inputs, **named)
                with seeing(self.model, layout):
                    return self.forward(*inputs, **named)

        return checkpoint(again, *args, use_reentrant=False, **kwargs)


def recompute(model: Any, *, layers: int) -> int:
    """Compute the first `layers` decoder layers again on the way back, and no others; returns how many that are.

    Args:
        model: A `transformers` model, not a PEFT model around one.
    """
    found = decoder_layers(model)
    for number, layer in enumerate(found):
        own = vars(layer).get("forward")
        if number < layers and not isinstance(own, _Recomputed):
            layer.forward = _Recomputed(model, layer.forward)
        elif number >= layers and isinstance(own, _Recomputed):
            layer.forward = own.forward
    return min(layers, len(found))
