"""Makes an unmodified `transformers` network see a pack as what it is: sequences that share beginnings and nothing else.

The network's attention is swapped through the library's own interface (`AttentionInterface`) while a pack is computed,
and put back afterwards. What stands in for a mask is the pack itself, held in a context variable for that time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.attention.flex_attention import BlockMask
from transformers import AttentionInterface

from brandtune.core.errors import ConfigError
from brandtune.training import flex
from brandtune.training.packing import Node, Pack
from brandtune.training.tree_attention import Block, block_attention, blocks_of, tree_mask

NAME = "brandtune_tree"


@dataclass
class Layout:
    """A pack as attention needs it; masks are made once for each window that some layer asks for.

    Attributes:
        needed: Positions whose output is used, rising, [R]; None for all. A last layer may compute no others.
        narrowed: Whether one did, so that the output has those positions only.
    """

    nodes: tuple[Node, ...]
    position_ids: torch.Tensor
    blocks: list[Block] = field(default_factory=list)
    needed: torch.Tensor | None = None
    narrowed: bool = False
    _masks: dict[int | None, torch.Tensor] = field(default_factory=dict)
    _block_masks: dict[int | None, BlockMask] = field(default_factory=dict)

    @classmethod
    def of(cls, pack: Pack, *, device: torch.device) -> "Layout":
        positions = torch.tensor(pack.position_ids, device=device)
        return cls(pack.nodes, positions, blocks_of(pack.nodes))

    @property
    def longest(self) -> int:
        """Tokens of the longest sequence."""
        return int(self.position_ids.max()) + 1

    def mask(self, window: int | None) -> torch.Tensor:
        window = self._narrow(window)
        if window not in self._masks:
            self._masks[window] = tree_mask(self.nodes, self.position_ids, window=window)
        return self._masks[window]

    def block_mask(self, window: int | None) -> BlockMask:
        """The same for FlexAttention."""
        window = self._narrow(window)
        if window not in self._block_masks:
            ends = flex.reach(self.nodes, device=self.position_ids.device)
            self._block_masks[window] = flex.block_mask(ends, self.position_ids, window=window)
        return self._block_masks[window]

    def _narrow(self, window: int | None) -> int | None:
        """The window, or None where nothing lies further back, so that all such windows share one mask."""
        return window if window is not None and window < self.longest else None


_current: ContextVar[Layout | None] = ContextVar("layout", default=None)


def tree_attention(
    module: torch.nn.Module,  # noqa: ARG001 - the library's signature
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,  # noqa: ARG001 - the layout stands in for it
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: torch.Tensor | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """`transformers`' attention signature: [1, H, S, D] in, [1, S, H, D] out."""
    layout = _current.get()
    if layout is None:
        raise RuntimeError("tree attention is used outside of `seeing`.")
    if s_aux is not None:
        raise ConfigError("this architecture's attention sinks are not supported in packs.", where="training.packing")
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    if dropout == 0.0 and flex.usable(query.device, query.dtype, query.shape[-1]):
        out = flex.attend(query, key, value, layout.block_mask(sliding_window), scale=scale, cap=softcap)
    elif softcap is not None:
        out = _capped(query, key, value, layout.mask(sliding_window), scale=scale, cap=softcap, dropout=dropout)
    elif _can_block(query, value, layout, window=sliding_window, dropout=dropout):
        out = block_attention(query, key, value, blocks=layout.blocks, scale=scale)
    else:
        out = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=layout.mask(sliding_window), dropout_p=dropout, scale=scale,
            enable_gqa=query.shape[1] != key.shape[1],
        )  # fmt: skip
    return out.transpose(1, 2), None


def _can_block(query: torch.Tensor, value: torch.Tensor, layout: Layout, *, window: int | None, dropout: float) -> bool:
    """The CPU's flash kernel takes no window and no dropout, and one head size for all three."""
    narrow = window is not None and window < layout.longest
    return query.device.type == "cpu" and not narrow and dropout == 0.0 and query.shape[-1] == value.shape[-1]


def _capped(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor, *, scale: float, cap: float,
    dropout: float,
) -> torch.Tensor:  # fmt: skip
    """Scores squeezed by `cap · tanh(score / cap)` before the mask (Gemma 2)."""
    groups = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    scores = torch.tanh(query @ key.transpose(2, 3) * scale / cap) * cap
    shares = scores.masked_fill(~mask, float("-inf")).softmax(dim=-1, dtype=torch.float32).to(query.dtype)
    return torch.nn.functional.dropout(shares, p=dropout) @ value


AttentionInterface.register(NAME, tree_attention)


def current_layout() -> Layout | None:
    """The pack that is being computed, if it is one that blocks can be made of."""
    layout = _current.get()
    return layout if layout is not None and layout.position_ids.device.type == "cpu" else None


def layout_in_use() -> Layout | None:
    """The pack that is being computed, on whatever device; None where rows are padded."""
    return _current.get()


@contextmanager
def seeing(network: Any, layout: Layout) -> Iterator[None]:
    """While the block runs, `network` attends as `layout` says; the row must be given with its `position_ids`."""
    config = network.config.get_text_config()
    before = config._attn_implementation
    token = _current.set(layout)
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = before
        _current.reset(token)
