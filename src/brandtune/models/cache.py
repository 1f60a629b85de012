"""Keys and values of a generation in buffers of their final size.

The usual cache copies everything it holds at every token to append one column; on a CPU that copying costs more than
the matrix products of a small model. Here a column is written in place.
"""

from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer


def roomy_cache(config: Any, *, capacity: int) -> Cache:
    """A cache for sequences of up to `capacity` tokens.

    Architectures with other than full-attention layers get the library's own cache, which knows their layers.
    """
    text_config = config.get_text_config(decoder=True)
    kinds = set(getattr(text_config, "layer_types", None) or ["full_attention"])
    if kinds != {"full_attention"} or getattr(text_config, "sliding_window", None):
        return DynamicCache(config=config)
    return Cache(layers=[_RoomyLayer(capacity) for _ in range(text_config.num_hidden_layers)])


class _RoomyLayer(DynamicLayer):
    """One layer's keys and values [batch, heads, capacity, head size]; what is read is a view of the filled part."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.capacity = capacity
        self.filled = 0

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        super().lazy_initialization(key_states, value_states)
        self.room = tuple(
            states.new_empty((*states.shape[:-2], self.capacity, states.shape[-1]))
            for states in (key_states, value_states)
        )

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.filled + key_states.shape[-2]
        self.room[0][..., self.filled : end, :] = key_states
        self.room[1][..., self.filled : end, :] = value_states
        self.filled = end
        self.keys, self.values = self.room[0][..., :end, :], self.room[1][..., :end, :]
        return self.keys, self.values
