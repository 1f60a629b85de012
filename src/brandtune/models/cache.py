"""Keys and values of a generation in buffers of their final size.

The usual cache copies everything it holds at every token to append one column; on a CPU that copying costs more than
the matrix products of a small model. Here a column is written in place.
"""

import functools
import inspect
from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer


def roomy_cache(config: Any, *, capacity: int) -> Cache:
    """A cache for sequences of up to `capacity` tokens.

    Architectures with other layers get the library's own cache, which knows them.
    """
    if not attends_fully(config):
        return DynamicCache(config=config)
    num_layers = config.get_text_config(decoder=True).num_hidden_layers
    return Cache(layers=[_RoomyLayer(capacity) for _ in range(num_layers)])


def new_room(keys: torch.Tensor, values: torch.Tensor, *, capacity: int) -> Any:
    """One layer of such a cache, which holds these [batch, heads, tokens, head size]."""
    layer = _RoomyLayer(capacity)
    layer.update(keys, values)
    return layer


def attends_fully(config: Any) -> bool:
    """Whether every layer attends to all that came before (no sliding windows, no recurrent layers)."""
    text_config = config.get_text_config(decoder=True)
    kinds = set(getattr(text_config, "layer_types", None) or ["full_attention"])
    return kinds == {"full_attention"} and not getattr(text_config, "sliding_window", None)


def reading(network: Any, cache: Any) -> dict[str, Any]:
    """What tells a network to read and fill `cache`, under the name that this version of the library has for it."""
    base = network.get_base_model() if hasattr(network, "get_base_model") else network
    kind: Any = type(base)
    return {_name_of_cache(kind): cache, "use_cache": True}


@functools.cache
def _name_of_cache(kind: Any) -> str:
    return "cache" if "cache" in inspect.signature(kind.forward).parameters else "past_key_values"


def prefill(model: Any, token_ids: Sequence[int], *, cache: Cache, rows: int) -> None:
    """Run tokens that `rows` sequences share through the network once, and put the result into each row of `cache`."""
    ids = torch.tensor([list(token_ids)], device=model.device)
    once: Any = DynamicCache(config=model.network.config)
    model.network(input_ids=ids, logits_to_keep=1, **reading(model.network, once))
    for index, layer in enumerate(once.layers):
        cache.update(layer.keys.expand(rows, -1, -1, -1), layer.values.expand(rows, -1, -1, -1), index)


def prefill_rows(model: Any, ids: torch.Tensor, mask: torch.Tensor, *, cache: Cache, cached: int) -> None:
    """Run all but the last token of each row through the network, after the `cached` ones that are in `cache`.

    Args:
        ids: Token ids [rows, length], padded anywhere before the last token.
        mask: 1 where `ids` holds a token, 0 where padding [rows, length].
    """
    positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)
    model.network(
        input_ids=ids[:, cached:-1], attention_mask=mask[:, :-1], position_ids=positions[:, cached:-1],
        logits_to_keep=1, **reading(model.network, cache),
    )  # fmt: skip


class _RoomyLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """One layer's keys and values [batch, heads, capacity, head size]; what is read is a view of the filled part."""

    def __init__(self, capacity: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
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

    def append(self, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """One more column of one sequence, [heads, head size]; returns all there are."""
        end = self.filled + 1
        self.room[0][0, :, self.filled] = keys
        self.room[1][0, :, self.filled] = values
        self.filled = end
        self.keys, self.values = self.room[0][..., :end, :], self.room[1][..., :end, :]
        return self.keys, self.values

    def append_rows(self, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """One more column of every sequence, [rows, heads, head size]; returns all there are."""
        return self.update(keys[:, :, None], values[:, :, None])

    def next_column(self, like: torch.Tensor, *, rows: int, heads: int, size: int) -> tuple[int, Any]:
        """Where the next token of every sequence is to be written, and the room for keys and for values.

        Raises:
            ValueError: The room is full, or is for other sequences or of another type than `like`.
        """
        if not self.is_initialized:
            states = like.new_empty((rows, heads, 0, size))
            self.lazy_initialization(states, states)
        # What is written there is written without any further look at bounds.
        wanted = (rows, heads, self.capacity, size)
        if self.filled >= self.capacity or any(r.shape != wanted or r.dtype != like.dtype for r in self.room):
            raise ValueError(f"column {self.filled} of {wanted}, {like.dtype}, does not fit into {self.room[0].shape}")
        place, self.filled = self.filled, self.filled + 1
        self.keys, self.values = (room[..., : self.filled, :] for room in self.room)
        return place, self.room

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep some of the rows, with their room."""
        self.room = tuple(room[indices] for room in self.room)
        self.keys, self.values = (room[..., : self.filled, :] for room in self.room)
