"""Puts the fast layers into a network, after a probe has shown that they compute what the network's own do.

Nothing is recognised by name: a layer counts as Llama-like when it has the parts, and is replaced only if values and
gradients come out the same. What is not understood is left as it is.
"""

from typing import Any

import torch
from torch import nn

from brandtune.training.attention import Layout, current_layout
from brandtune.training.fast.layer import AttentionHalf, InnerHalf, Shape
from brandtune.training.fast.linear import group_of, share_storage


class _FastLayer:
    """Stands in for one layer's `forward` while a pack is computed; anything else goes to the layer's own."""

    steps_aside = True  # outside of packs: see `models.stepping`

    def __init__(self, layer: Any, shape: Shape, *, last: bool) -> None:
        self.layer, self.shape, self.own, self.last = layer, shape, layer.forward, last

    def __call__(self, hidden_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        layout, positions = current_layout(), kwargs.get("position_embeddings")
        if layout is None or positions is None or args or not self._sees_all(layout) or not _adapters_on(self.shape):
            return self.own(hidden_states, *args, **kwargs)
        layer, shape = self.layer, self.shape
        cos, sin = (table[0, :, : shape.heads.width // 2] for table in positions)
        keep = torch.is_grad_enabled()
        x: torch.Tensor = AttentionHalf.apply(  # type: ignore[no-untyped-call]
            hidden_states[0], layer.input_layernorm.weight, cos, sin, shape, layout.blocks, keep,
            *shape.qkv.tensors(), *shape.output.tensors(),
        )  # fmt: skip
        if self.last and layout.needed is not None:
            x = x.index_select(0, layout.needed)
            layout.narrowed = True
        x = InnerHalf.apply(  # type: ignore[no-untyped-call]
            x, layer.post_attention_layernorm.weight, shape, *shape.gate_up.tensors(), *shape.down.tensors()
        )
        return x[None]

    def _sees_all(self, layout: Layout) -> bool:
        """Whether no sliding window and no dropout is at work in this pack."""
        attention = self.layer.self_attn
        window = getattr(attention, "sliding_window", None) or getattr(attention.config, "sliding_window", None)
        dropout = getattr(attention, "attention_dropout", 0.0) if self.layer.training else 0.0
        return dropout == 0.0 and (window is None or window >= layout.longest)


def accelerate(network: Any) -> int:
    """Replace the layers that can be; returns how many. `restore` takes it back."""
    layers = _layers(network)
    found = [(layer, shape) for layer in layers if (shape := _shape(layer)) is not None]
    for layer, shape in found:
        for group in (shape.qkv, shape.gate_up):
            share_storage(group)
        layer.forward = _FastLayer(layer, shape, last=layer is layers[-1])
    return len(found)


def restore(network: Any) -> None:
    """Give every replaced layer its own `forward` back."""
    for layer in _layers(network):
        if isinstance(vars(layer).get("forward"), _FastLayer):
            del layer.forward


def _adapters_on(shape: Shape) -> bool:
    """Whether adapters are as they were when the shape was taken (a reference is computed with them off)."""
    return all(_switched_on(module) for group in shape.groups for module in group.modules)


def _switched_on(module: Any) -> bool:
    return not getattr(module, "disable_adapters", False) and not getattr(module, "merged", False)


def _layers(network: Any) -> list[Any]:
    wanted = ("self_attn", "mlp", "input_layernorm", "post_attention_layernorm")
    return [module for module in network.modules() if all(hasattr(module, name) for name in wanted)]


def _shape(layer: Any) -> Shape | None:
    """The layer's facts, or None when it has a part that is not understood here."""
    attention, inner = layer.self_attn, layer.mlp
    parts = [getattr(attention, name, None) for name in ("q_proj", "k_proj", "v_proj", "o_proj")]
    parts += [getattr(inner, name, None) for name in ("gate_proj", "up_proj", "down_proj")]
    if any(part is None for part in parts) or hasattr(attention, "q_norm"):
        return None
    activation = getattr(inner, "act_fn", None)
    if not isinstance(activation, nn.SiLU) and type(activation).__name__ != "SiLUActivation":
        return None
    groups = [group_of(parts[a:b]) for a, b in ((0, 3), (3, 4), (4, 6), (6, 7))]
    eps = getattr(layer.input_layernorm, "variance_epsilon", None)
    head = getattr(attention, "head_dim", None)
    if any(group is None for group in groups) or eps is None or head is None or head % 2:
        return None
    qkv, output, gate_up, down = groups
    assert qkv and output and gate_up and down
    return Shape(
        qkv=qkv, output=output, gate_up=gate_up, down=down, head=head,
        scale=float(getattr(attention, "scaling", head**-0.5)), eps=float(eps),
    )  # fmt: skip
