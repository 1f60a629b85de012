"""The last layer without what feeds nothing, for layers of any build: behind its attention, each position is by itself.

Its attention is computed over the whole row, for all positions are looked at. Then the layer is called with the needed
positions only, and with that output in place of its attention's. `forward` uses it where a probe finds the same values
and gradients; `fast` does it by itself for layers that it replaces.

Shapes: S positions in the row, R needed ones, E hidden size.
"""

from typing import Any

import torch

from brandtune.training.attention import layout_in_use
from brandtune.training.methods import decoder_layers
from brandtune.training.replacing import replaced


def narrow(model: Any) -> bool:
    """Let the last layer compute needed positions only; False where it has no attention that can be told apart.

    Args:
        model: A `transformers` model, not a PEFT model around one.
    """
    layer: Any = decoder_layers(model)[-1]
    found = [child for child in layer.children() if "Attention" in type(child).__name__]
    if len(found) != 1 or "forward" in vars(layer):
        return False
    layer.forward = _LastLayer(layer, found[0])
    return True


def widen(model: Any) -> None:
    """Give the last layer its own `forward` back."""
    layer = decoder_layers(model)[-1]
    if isinstance(vars(layer).get("forward"), _LastLayer):
        del layer.forward


class _Reached(Exception):
    """A layer has come to its attention, which gives `output`."""

    def __init__(self, output: Any) -> None:
        super().__init__()
        self.output = output


class _LastLayer:
    """Stands in for the last layer's `forward`."""

    steps_aside = True  # outside of packs: see `models.stepping`

    def __init__(self, layer: Any, attention: Any) -> None:
        self.attention, self.own = attention, layer.forward

    def __call__(self, hidden_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        layout = layout_in_use()
        if layout is None or layout.needed is None:
            return self.own(hidden_states, *args, **kwargs)
        output = self._attended(hidden_states, *args, **kwargs)
        attended, *rest = output if isinstance(output, tuple) else (output,)
        attended = attended.index_select(1, layout.needed)
        few = (attended, *rest) if isinstance(output, tuple) else attended
        with replaced(self.attention, lambda *_, **__: few):
            found = self.own(hidden_states.index_select(1, layout.needed), *args, **kwargs)
        layout.narrowed = True
        return found

    def _attended(self, *args: Any, **kwargs: Any) -> Any:
        """What attention gives over the whole row, [1, S, E]; what comes after it is not computed."""
        attend = self.attention.forward

        def reached(*given: Any, **named: Any) -> None:
            raise _Reached(attend(*given, **named))

        try:
            with replaced(self.attention, reached):
                self.own(*args, **kwargs)
        except _Reached as found:
            return found.output
        raise RuntimeError("the last layer does not call its attention")
