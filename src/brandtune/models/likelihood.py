"""How likely a model finds given replies: the one loss for training, validation and evaluation.

Shapes: B conversations, T padded positions, V vocabulary. Conversations never share a row, so none can see another;
padding stands on the right, where causal attention never looks back from.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from brandtune.models.rendering import Rendered

IGNORED = -100
# Kernels are prepared for each new shape; few distinct lengths keep that cost and its memory small.
LENGTH_MULTIPLE = 32


@dataclass(frozen=True)
class Batch:
    """Token ids [B, T], and for each position the id to predict *there* (`IGNORED` where no loss is taken) [B, T]."""

    token_ids: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor

    @property
    def num_loss_tokens(self) -> int:
        return int((self.targets != IGNORED).sum())


def collate(rendered: Sequence[Rendered], *, weights: Sequence[float] | None = None, pad_id: int = 0) -> Batch:
    """Pad conversations on the right into one batch; `weights` [B] multiply each conversation's loss."""
    longest = -(-max(len(item.token_ids) for item in rendered) // LENGTH_MULTIPLE) * LENGTH_MULTIPLE
    ids = torch.full((len(rendered), longest), pad_id, dtype=torch.long)
    targets = torch.full((len(rendered), longest), IGNORED, dtype=torch.long)
    for row, item in enumerate(rendered):
        tokens = torch.tensor(item.token_ids)
        ids[row, : len(tokens)] = tokens
        targets[row, : len(tokens)] = torch.where(torch.tensor(item.loss_mask), tokens, IGNORED)
    row_weights = torch.tensor(weights if weights is not None else [1.0] * len(rendered))
    return Batch(ids, targets, row_weights)


def losses(network: Any, batch: Batch, *, device: torch.device) -> torch.Tensor:
    """Summed cross-entropy in nats of each conversation's loss tokens, [B], fp32, differentiable.

    Only positions that predict a loss token go through the output head: the head's input is narrowed by a hook, so
    that whatever an architecture does to its logits afterwards (scaling, soft-capping) stays in force.
    """
    ids, targets = batch.token_ids.to(device), batch.targets.to(device)
    following = targets[:, 1:]
    learnt = (following != IGNORED).nonzero()
    rows = learnt[:, 0]
    flat = rows * ids.shape[1] + learnt[:, 1]
    summed = torch.zeros(len(ids), device=device)
    if not len(rows):
        return summed

    def narrow(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (inputs[0].flatten(0, 1).index_select(0, flat).unsqueeze(0),)

    hook = network.get_output_embeddings().register_forward_pre_hook(narrow)
    try:
        logits = network(input_ids=ids, use_cache=False).logits[0]
    finally:
        hook.remove()
    per_token = functional.cross_entropy(logits.float(), targets.flatten()[flat + 1], reduction="none")
    return summed.index_add(0, rows, per_token)


def length_groups(lengths: Sequence[int], *, max_tokens: int) -> Iterator[list[int]]:
    """Indices in groups of similar length whose padded size stays within `max_tokens` (a group has at least one)."""
    group: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if group and (len(group) + 1) * lengths[index] > max_tokens:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def conversation_losses(
    network: Any, conversations: Sequence[Sequence[Rendered]], *, device: torch.device
) -> list[tuple[float, int]]:
    """The same as `reply_losses` of conversations that are one sequence each or, under some templates, several."""
    found = iter(reply_losses(network, [one for turns in conversations for one in turns], device=device))
    together = [[next(found) for _ in turns] for turns in conversations]
    return [(sum(nats for nats, _ in turns), sum(tokens for _, tokens in turns)) for turns in together]


@torch.inference_mode()
def reply_losses(
    network: Any,
    rendered: Sequence[Rendered],
    *,
    device: torch.device,
    max_tokens: int = 8192,
    on_group: Callable[[int], None] | None = None,
) -> list[tuple[float, int]]:
    """(summed nats, loss tokens) of each conversation, in order, without gradients."""
    found: list[tuple[float, int]] = [(0.0, 0)] * len(rendered)
    for group in length_groups([len(item.token_ids) for item in rendered], max_tokens=max_tokens):
        values = losses(network, collate([rendered[index] for index in group]), device=device).tolist()
        for index, value in zip(group, values, strict=True):
            found[index] = (value, rendered[index].num_loss_tokens)
        if on_group:
            on_group(len(group))
    return found
