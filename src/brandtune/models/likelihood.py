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
    longest = max(len(item.token_ids) for item in rendered)
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

    Only positions from the first loss token of the batch onwards go through the output head.
    """
    ids, targets = batch.token_ids.to(device), batch.targets.to(device)
    learnt = (targets != IGNORED).any(dim=0).nonzero().flatten()
    first = int(learnt[0]) if len(learnt) else ids.shape[1] - 1
    kept = torch.arange(max(first - 1, 0), ids.shape[1] - 1, device=device)
    logits = network(input_ids=ids, logits_to_keep=kept, use_cache=False).logits
    per_token = functional.cross_entropy(
        logits.float().transpose(1, 2), targets[:, max(first - 1, 0) + 1 :], ignore_index=IGNORED, reduction="none"
    )
    return per_token.sum(dim=1)


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
