"""Before training: what would be learnt, what would not fit, how long it would take. Trains nothing."""

import random
import time
from collections.abc import Sequence

import torch

from brandtune.core.errors import EmptyDatasetError
from brandtune.core.examples import Example
from brandtune.core.records import Struct
from brandtune.models.likelihood import collate, length_groups, losses
from brandtune.models.loading import Model
from brandtune.training import methods
from brandtune.training.config import TrainingConfig
from brandtune.training.data import Encoded, encode, epoch_batches

TIMED_STEPS = 3


class Piece(Struct, frozen=True, kw_only=True):
    """A stretch of rendered text and whether it carries loss."""

    text: str
    learnt: bool


class Preflight(Struct, frozen=True, kw_only=True):
    """What a training run would do.

    Attributes:
        lengths: Tokens per conversation at the 0, 50, 90, 99 and 100 % mark.
        histogram: (longest length of the bin in tokens, conversations).
        num_too_long: Conversations that would be left out.
        end_token: The end-of-turn token, proven to carry loss in every assistant turn.
        seconds: Estimated time of training from timed steps, forward and backward.
        memory: Estimated peak in bytes: weights, adapter with gradients and optimizer, activations of one micro-batch.
        preview: One conversation, cut where loss begins and ends.
    """

    num_examples: int
    num_tokens: int
    num_loss_tokens: int
    num_steps: int
    num_too_long: int
    lengths: tuple[int, int, int, int, int]
    histogram: tuple[tuple[int, int], ...]
    end_token: str
    seconds: float
    memory: int
    preview: tuple[Piece, ...]


def preflight(examples: Sequence[Example], *, model: Model, config: TrainingConfig) -> Preflight:
    """Render every example, prove the mask, time a few steps. The model is wrapped and must not be used afterwards.

    Raises:
        DataError: An assistant turn's end would not be learnt.
        EmptyDatasetError: Nothing fits.
    """
    max_tokens = min(config.max_tokens or model.context, model.context)
    encoded, left_out = encode(examples, renderer=model.renderer, max_tokens=max_tokens)
    if not encoded:
        raise EmptyDatasetError(f"no example fits into {max_tokens} tokens.", fix="Raise training.max_tokens.")
    lengths = sorted(len(item) for item in encoded)
    num_steps = -(-len(encoded) // config.batch_size) * config.epochs
    preview = _preview(encoded[0], model)
    weights = sum(p.numel() * p.element_size() for p in model.network.parameters())
    seconds_per_token, trainable = _timed(encoded, model, config)
    return Preflight(
        num_examples=len(encoded),
        num_tokens=sum(lengths),
        num_loss_tokens=sum(item.rendered.num_loss_tokens for item in encoded),
        num_steps=max(1, round(num_steps)),
        num_too_long=len(left_out),
        lengths=tuple(lengths[round(q * (len(lengths) - 1))] for q in (0, 0.5, 0.9, 0.99, 1)),  # type: ignore[arg-type]
        histogram=_histogram(lengths),
        end_token=str(model.renderer.tokenizer.convert_ids_to_tokens(model.renderer.eos_token_ids[0])),
        seconds=seconds_per_token * sum(lengths) * config.epochs,
        memory=weights + trainable * 16 + _activations(model, min(config.micro_batch_tokens, sum(lengths))),
        preview=preview,
    )


def _histogram(lengths: Sequence[int], *, bins: int = 8) -> tuple[tuple[int, int], ...]:
    width = max(1, -(-lengths[-1] // bins))
    counts = [0] * bins
    for length in lengths:
        counts[min(bins - 1, (length - 1) // width)] += 1
    return tuple((width * (index + 1), count) for index, count in enumerate(counts))


def _preview(item: Encoded, model: Model) -> tuple[Piece, ...]:
    pieces: list[tuple[list[int], bool]] = []
    for token, learnt in zip(item.rendered.token_ids, item.rendered.loss_mask, strict=True):
        if not pieces or pieces[-1][1] != learnt:
            pieces.append(([], learnt))
        pieces[-1][0].append(token)
    decode = model.renderer.tokenizer.decode
    return tuple(Piece(text=str(decode(tokens)), learnt=learnt) for tokens, learnt in pieces)


def _timed(encoded: Sequence[Encoded], model: Model, config: TrainingConfig) -> tuple[float, int]:
    """(seconds per token, trainable parameters) from a few steps over conversations drawn like training's."""
    network = methods.prepare(model, config)
    network.train()
    lengths = [len(item) for item in encoded]
    steps = epoch_batches(lengths, batch_size=config.batch_size, seed=config.seed, epoch=0)
    chosen = random.Random(config.seed).sample(steps, min(TIMED_STEPS, len(steps)))
    spent, tokens = 0.0, 0
    for index, batch in enumerate([chosen[0], *chosen]):
        started = time.perf_counter()
        for group in length_groups([lengths[i] for i in batch], max_tokens=config.micro_batch_tokens):
            pieces = collate([encoded[batch[i]].rendered for i in group])
            losses(network, pieces, device=model.device).sum().backward()  # type: ignore[no-untyped-call]
        if model.device.type == "cuda":
            torch.cuda.synchronize()
        if index:  # the first pass warms caches up
            spent += time.perf_counter() - started
            tokens += sum(lengths[i] for i in batch)
    return spent / tokens, sum(p.numel() for p in methods.trainable(network))


def _activations(model: Model, tokens: int) -> int:
    """Bytes kept for the backward pass: measured factor of about 34 hidden-sized values a layer, plus the logits."""
    config = model.network.config.get_text_config()
    size = next(model.network.parameters()).element_size()
    hidden = config.hidden_size * config.num_hidden_layers * 34 * size
    return int(tokens * (hidden + config.vocab_size * 8))
