"""Makes a run fit into the memory there is, before its first step: parts of fewer tokens, layers computed again.

What a token keeps for the way back is measured with a short made-up sequence, on whatever architecture; no table of
architectures is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from brandtune.training import head, memory
from brandtune.training.config import ONLINE
from brandtune.training.data import epoch_batches
from brandtune.training.methods import decoder_layers
from brandtune.training.objectives import Item
from brandtune.training.output import in_blocks
from brandtune.training.packing import Tokens
from brandtune.training.tile_attention import KEPT_SCORES
from brandtune.training.tree_attention import sparing

if TYPE_CHECKING:
    from brandtune.training.learner import Learner

DEFAULT_TOKENS = 4096
LARGEST_TOKENS = {"cpu": 8192, "cuda": 65536}
"""What `micro_batch_tokens: auto` chooses where memory is plentiful; larger parts are not faster."""
FEWEST_TOKENS = 1024
"""Below this, `auto` would rather compute layers again."""
SHARE_OF_FREE = 0.85
"""Of the free memory, how much a run plans with: others want some, and allocators waste some."""
PROBE_TOKENS = 128
KERNELS = 600 * 2**20
"""What a CPU's library of matrix products comes to keep prepared for the shapes it has met in bf16, and what lies unused
between allocations: measured over 60 steps of the bundled base, where both had stopped to grow."""
# Bytes still to come for each trained number: gradient twice, two moments, and a copy of the best weights.
TO_COME_A_TRAINABLE = 20
LOOKED_INTO = 8
"""Batches whose parts are laid out to see how many tokens they have; those with most tokens before what they share."""
LARGEST_BATCH, FEWEST_STEPS = 32, 25
"""Limits of `batch_size: auto`: conversations of a step, and steps of an epoch."""


@dataclass(frozen=True)
class Footprint:
    """What computing takes, in bytes.

    Attributes:
        fixed: Whatever the number of tokens: what is held now, optimizer state, logits of a chunk.
        a_token: Kept for the way back, a token.
        a_token_again: Kept a token by a layer that is computed again: its input.
        layers: Decoder layers.
        scores_a_token: Attention weights of a token that are kept beside; all together at most `most_scores`.
    """

    fixed: int
    a_token: float
    a_token_again: float
    layers: int
    scores_a_token: float = 0.0
    most_scores: int = 0

    def needed(self, tokens: int, *, recomputed: int = 0) -> int:
        """Bytes with parts of so many tokens, and so many layers computed again."""
        a_layer = self.a_token / self.layers
        kept = (self.layers - recomputed) * a_layer + recomputed * self.a_token_again
        working = 2 * a_layer if recomputed else a_layer  # gradients of one layer, and what it computes again
        scores = min(self.most_scores, tokens * self.scores_a_token)
        return int(self.fixed + scores + tokens * (kept + working))

    def layers_to_recompute(self, tokens: int, *, limit: int) -> int:
        """The fewest layers that must be computed again to stay within `limit` bytes; all where that is not enough."""
        fitting = (n for n in range(self.layers) if self.needed(tokens, recomputed=n) <= limit)
        return next(fitting, self.layers)


def footprint(learner: "Learner", *, longest: int | None = None) -> Footprint:
    """Measure what a learner's network keeps for the way back.

    Args:
        longest: Most tokens that one token looks back at; None: as many as a sequence may have.
    """
    config = learner.model.network.config.get_text_config()
    layers = len(decoder_layers(learner.model.network))
    dtype = next(learner.model.network.parameters()).dtype
    size = dtype.itemsize
    trainable = sum(master.numel() for master in learner.weights.parameters())
    logits = head.bytes_held(
        positions=learner.max_tokens, vocabulary=config.vocab_size, element_size=size, device=learner.device,
        finished=not learner.scores and not in_blocks(learner.model.network),
    )  # fmt: skip
    each = layers * size if learner.num_fast_layers else 0  # of what every layer keeps
    kernels = KERNELS if memory.keeps_kernels(learner.device, dtype) else 0
    return Footprint(
        fixed=kernels + memory.present(learner.device) + TO_COME_A_TRAINABLE * trainable + logits,
        a_token=_kept(learner) / PROBE_TOKENS,
        a_token_again=config.hidden_size * size,
        layers=layers,
        scores_a_token=each * config.num_attention_heads * (longest or learner.max_tokens),
        most_scores=each * KEPT_SCORES,
    )


def _kept(learner: "Learner") -> int:
    """Bytes kept for the way back by a sequence of `PROBE_TOKENS` tokens, weights not counted."""
    network = learner.network
    known = {p.untyped_storage().data_ptr() for p in (*network.parameters(), *network.buffers())}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    vocabulary = learner.model.network.config.get_text_config().vocab_size
    tokens = tuple((index * 7919 + 11) % vocabulary for index in range(PROBE_TOKENS))
    training = network.training
    network.eval()  # dropout would draw random numbers, and a run would no longer be the same with and without
    try:
        with sparing(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            found, _ = learner.forward.log_probs([Tokens(tokens, (False,) * (PROBE_TOKENS - 1) + (True,))])
    finally:
        network.train(training)
    del found
    return sum(tensor.untyped_storage().nbytes() for place, tensor in kept.items() if place not in known)


def fit(learner: "Learner", items: Sequence[Item], *, limit: int | None = None) -> int:
    """Choose the tokens of a part and the layers to compute again; returns the bytes that are expected at most.

    Args:
        limit: Bytes that may be held in all; None: what is held, and most of what is free.
    """
    online = learner.config.objective in ONLINE
    longest = None if online else max(len(one) for item in items for one in item.sequences)
    measured = footprint(learner, longest=longest)
    if limit is None:
        free = memory.available(learner.device)
        limit = memory.present(learner.device) + int(SHARE_OF_FREE * free) if free else 2**62
    chosen = learner.config.recompute
    if learner.config.micro_batch_tokens == "auto":
        again = measured.layers if chosen == "always" else 0
        learner.micro_batch_tokens = _largest_fitting(learner, measured, limit=limit, recomputed=again)
    tokens = most_tokens(learner, items)
    if chosen == "always":
        learner.recompute(measured.layers)
    elif chosen == "auto" and (layers := measured.layers_to_recompute(tokens, limit=limit)):
        learner.recompute(layers)
        learner.warned(
            f"memory is short: {learner.recomputed} of {measured.layers} layers are computed twice to save it"
        )
    return measured.needed(tokens, recomputed=learner.recomputed)


def _largest_fitting(learner: "Learner", measured: Footprint, *, limit: int, recomputed: int) -> int:
    """Halved from the largest until it fits; `FEWEST_TOKENS` where nothing does."""
    tokens = LARGEST_TOKENS.get(learner.device.type, DEFAULT_TOKENS)
    while tokens > FEWEST_TOKENS and measured.needed(tokens, recomputed=recomputed) > limit:
        tokens //= 2
    return tokens


def most_tokens(learner: "Learner", items: Sequence[Item]) -> int:
    """Tokens that a part of a batch has at most, what is shared counted once; looks into the batches with most tokens."""
    longest = max(len(item) for item in items)
    if learner.config.objective in ONLINE:
        return max(longest, learner.micro_batch_tokens)  # answers are not written yet
    lengths = [len(item) for item in items]
    batches = epoch_batches(lengths, batch_size=batch_size(learner, items), seed=learner.config.seed, epoch=0)
    batches.sort(key=lambda batch: -sum(lengths[index] for index in batch))
    return max(_largest_part(learner, [items[index] for index in batch]) for batch in batches[:LOOKED_INTO])


def _largest_part(learner: "Learner", batch: Sequence[Item]) -> int:
    sequences = [item.sequences for item in batch]
    parts = learner.forward.parts(sequences, max_tokens=learner.micro_batch_tokens)
    return max(learner.forward.size([one for index in part for one in sequences[index]]) for part in parts)


def batch_size(learner: "Learner", items: Sequence[Item]) -> int:
    """The configured size; `auto`: as many as one part holds, within limits that leave an epoch enough steps."""
    if learner.config.batch_size != "auto":
        return learner.config.batch_size
    mean = sum(len(item) for item in items) / len(items)
    return max(1, min(int(learner.micro_batch_tokens // mean), LARGEST_BATCH, len(items) // FEWEST_STEPS))
