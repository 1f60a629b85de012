"""Token by token: rows that have ended leave the batch, so that one long reply does not hold up the others."""

from typing import Any

import torch
from transformers import RepetitionPenaltyLogitsProcessor

from brandtune.models.batch_stepping import BatchStepper, batch_stepper_for
from brandtune.models.cache import reading
from brandtune.models.loading import Model
from brandtune.models.settings import Decoding
from brandtune.models.stepping import Stepper

# Rows that ended are taken out once this share of the batch has; taking out copies what the others keep.
ENDED_SHARE = 0.25


def decode(
    model: Model,
    ids: torch.Tensor,
    mask: torch.Tensor,
    *,
    cache: Any,
    cached: int,
    room: int,
    decoding: Decoding,
    shared: int = 0,
    step: BatchStepper | None = None,
) -> list[list[int]]:
    """Reply tokens of each row, end token included where one came.

    Args:
        ids: Prompts [rows, length], padded anywhere before the last token.
        mask: 1 where `ids` holds a token, 0 where padding [rows, length].
        cache: Keys and values of the first `cached` tokens.
        room: Most tokens to write.
        shared: How many tokens all rows begin with.
        step: Computes tokens after the first `cached` ones, which it knows; None to find one that reads `cache`.
    """
    choose = _Chooser(model, decoding)
    ends = torch.tensor(model.renderer.eos_token_ids, device=ids.device)
    replies: list[list[int]] = [[] for _ in range(len(ids))]
    rows = torch.arange(len(ids), device=ids.device)
    ended = torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
    positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)
    fed, fed_positions = ids[:, cached:], positions[:, cached:]
    for turn in range(room):
        if step:
            scores = step(fed[:, 0], fed_positions[:, 0], mask)
        else:
            scores = model.network(
                input_ids=fed, attention_mask=mask, position_ids=fed_positions, logits_to_keep=1,
                **reading(model.network, cache),
            ).logits[:, -1]  # fmt: skip
        if turn == 0 and step is None:
            step = batch_stepper_for(model.network, cache=cache, shared=shared, rows=len(ids))
        tokens = choose(ids, scores.float())
        for row, token, over in zip(rows.tolist(), tokens.tolist(), ended.tolist(), strict=True):
            if not over:
                replies[row].append(token)
        ended |= torch.isin(tokens, ends)
        if bool(ended.all()):
            break
        ids = torch.cat([ids, tokens[:, None]], dim=1)
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
        fed, fed_positions = tokens[:, None], fed_positions[:, -1:] + 1
        if float(ended.float().mean()) >= ENDED_SHARE:
            kept = (~ended).nonzero().flatten()
            (step.keep if step else cache.batch_select_indices)(kept)
            ids, mask, rows, ended = ids[kept], mask[kept], rows[kept], ended[kept]
            fed, fed_positions = fed[kept], fed_positions[kept]
    return replies


def decode_one(
    model: Model, ids: torch.Tensor, *, cache: Any, stepper: Stepper, room: int, decoding: Decoding
) -> list[int]:
    """`decode` for one prompt [1, length] without padding, through a `Stepper`; nothing of it is cached yet."""
    choose = _Chooser(model, decoding)
    ends = set(model.renderer.eos_token_ids)
    length = ids.shape[1]
    written = ids.new_empty(1, length + room)
    written[:, :length] = ids
    scores = model.network(input_ids=ids, logits_to_keep=1, **reading(model.network, cache)).logits[:, -1]
    reply: list[int] = []
    while True:
        so_far = length + len(reply)
        token = int(choose(written[:, :so_far], scores.float()))
        reply.append(token)
        if token in ends or len(reply) == room:
            return reply
        written[0, so_far] = token
        scores = stepper(token, so_far, cache)


class _Chooser:
    """Picks the next token of each row from its scores [rows, vocabulary]."""

    def __init__(self, model: Model, decoding: Decoding) -> None:
        penalty = decoding.repetition_penalty
        if penalty is None:
            penalty = getattr(model.network.generation_config, "repetition_penalty", None)
        self.penalise = RepetitionPenaltyLogitsProcessor(penalty) if penalty and penalty != 1.0 else None
        self.temperature = decoding.temperature
        self.generator = torch.Generator(model.device).manual_seed(decoding.seed)

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self.penalise:
            scores = self.penalise(ids, scores)
        if self.temperature <= 0:
            return scores.argmax(dim=-1)
        return drawn((scores / self.temperature).softmax(dim=-1), self.generator)


def drawn(shares: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """One index of each row [rows, vocabulary], as likely as its share.

    A single random number a row, where `torch.multinomial` draws one for every word of the vocabulary.
    """
    sums = shares.cumsum(dim=-1, dtype=torch.float64)  # in fp32 the rarest words would be lost
    whole = sums[:, -1:]
    points = torch.rand(whole.shape, dtype=torch.float64, device=shares.device, generator=generator) * whole
    points = torch.minimum(points, torch.nextafter(whole, torch.zeros_like(whole)))  # never past the last likely one
    return torch.searchsorted(sums, points, right=True).flatten()
