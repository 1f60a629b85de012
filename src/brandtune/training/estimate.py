"""Before training: what would be learnt, what would not fit, how long it would take. Trains nothing."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import msgspec
import torch

from brandtune.core.errors import EmptyDatasetError
from brandtune.core.examples import Dropped, Example
from brandtune.core.records import Struct
from brandtune.execution.machine import peak_memory, resident_memory
from brandtune.models.likelihood import LENGTH_MULTIPLE, collate, length_groups, losses, reply_losses
from brandtune.models.loading import Model
from brandtune.training import adapters
from brandtune.training.config import TrainingConfig
from brandtune.training.data import Encoded, encode, epoch_batches

TIMED_STEPS, VALIDATION_TOKENS = 5, 8192
# Bytes for each trained number: fp32 master and gradient, two fp32 moments, and the adapter's own value and gradient.
BYTES_A_TRAINABLE = 20


class Piece(Struct, frozen=True, kw_only=True):
    """A stretch of rendered text and whether it carries loss."""

    text: str
    learnt: bool


class Preflight(Struct, frozen=True, kw_only=True):
    """What a training run would do.

    Attributes:
        num_turns: Assistant turns, each of which was seen to end with an end-of-turn token that carries loss.
        lengths: Tokens per conversation at the 0, 50, 90, 99 and 100 % mark.
        histogram: (longest length of the bin in tokens, conversations).
        too_long: Conversations that would be left out, with their place and length.
        end_token: The end-of-turn token, proven to carry loss in every assistant turn.
        seconds: Estimated time of training: timed steps with optimizer, and the validations in between.
        memory: Estimated peak of the process in bytes (of the device, where there is one): the larger of what was seen
            while timing, and what is there now with adapter, optimizer and activations of the largest micro-batch.
        preview: One conversation, cut where loss begins and ends.
    """

    num_examples: int
    num_tokens: int
    num_loss_tokens: int
    num_turns: int
    num_steps: int
    too_long: tuple[Dropped, ...]
    lengths: tuple[int, int, int, int, int]
    histogram: tuple[tuple[int, int], ...]
    end_token: str
    seconds: float
    memory: int
    preview: tuple[Piece, ...]

    @property
    def num_too_long(self) -> int:
        return len(self.too_long)


def preflight(
    examples: Sequence[Example], *, model: Model, config: TrainingConfig, validation: Sequence[Example] = ()
) -> Preflight:
    """Render every example, prove the mask, time a few steps. The model is wrapped and must not be used afterwards.

    Raises:
        DataError: An assistant turn's end would not be learnt.
        EmptyDatasetError: Nothing fits.
    """
    max_tokens = min(config.max_tokens or model.context, model.context)
    encoded, left_out = encode(examples, renderer=model.renderer, max_tokens=max_tokens)
    held_out, _ = encode(validation, renderer=model.renderer, max_tokens=max_tokens)
    if not encoded:
        raise EmptyDatasetError(f"no example fits into {max_tokens} tokens.", fix="Raise training.max_tokens.")
    lengths = sorted(len(item) for item in encoded)
    num_steps = -(-len(encoded) // config.batch_size) * config.epochs
    preview = _preview(encoded[0], model)
    present = _present(model)
    speed = _timed(encoded, held_out, model, config)
    return Preflight(
        num_examples=len(encoded),
        num_tokens=sum(lengths),
        num_loss_tokens=sum(item.rendered.num_loss_tokens for item in encoded),
        num_turns=_num_turns(examples, left_out),
        num_steps=max(1, round(num_steps)),
        too_long=_placed(left_out, examples),
        lengths=tuple(lengths[round(q * (len(lengths) - 1))] for q in (0, 0.5, 0.9, 0.99, 1)),  # type: ignore[arg-type]
        histogram=_histogram(lengths),
        end_token=str(model.renderer.tokenizer.convert_ids_to_tokens(model.renderer.eos_token_ids[0])),
        seconds=speed.seconds(
            trained=sum(lengths) * config.epochs,
            validated=sum(len(item) for item in held_out) * (config.validations + 1),
        ),
        memory=max(
            _seen(model),
            present + speed.num_trainable * BYTES_A_TRAINABLE + _activations(model, _micro_batch(encoded, config)),
        ),
        preview=preview,
    )


def _placed(left_out: Sequence[Dropped], examples: Sequence[Example]) -> tuple[Dropped, ...]:
    """The same with file and line."""
    origins = {example.example_id: example.origin for example in examples}
    return tuple(msgspec.structs.replace(row, origin=origins[row.id]) for row in left_out)


def _num_turns(examples: Sequence[Example], left_out: Sequence[Dropped]) -> int:
    out = {row.id for row in left_out}
    kept = (example for example in examples if example.example_id not in out)
    return sum(message.role == "assistant" for example in kept for message in example.messages)


def _present(model: Model) -> int:
    """Bytes that the process (or the device) holds with the model loaded."""
    if model.device.type == "cuda":
        return int(torch.cuda.memory_allocated(model.device))
    weights = sum(p.numel() * p.element_size() for p in model.network.parameters())
    return max(resident_memory(), weights)


def _seen(model: Model) -> int:
    """The most that the process (or the device) has held so far, in bytes."""
    return int(torch.cuda.max_memory_allocated(model.device)) if model.device.type == "cuda" else peak_memory()


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


@dataclass(frozen=True)
class _Speed:
    """Seconds for each token of a training step and of a validation; how many numbers are trained."""

    train: float
    validate: float
    num_trainable: int

    def seconds(self, *, trained: float, validated: float) -> float:
        return self.train * trained + self.validate * validated


def _timed(encoded: Sequence[Encoded], held_out: Sequence[Encoded], model: Model, config: TrainingConfig) -> _Speed:
    """Time whole steps over conversations drawn like training's, each for the second time: shapes are then warm."""
    network = adapters.add_adapter(model, config.lora, seed=config.seed)
    weights = adapters.MasterWeights(network)
    optimizer = torch.optim.AdamW(weights.parameters(), lr=1e-6)
    network.train()
    lengths = [len(item) for item in encoded]
    steps = epoch_batches(lengths, batch_size=config.batch_size, seed=config.seed, epoch=0)
    chosen = random.Random(config.seed).sample(steps, min(TIMED_STEPS, len(steps)))
    spent, tokens = 0.0, 0
    for batch in chosen:
        for warm in (False, True):
            started = time.perf_counter()
            _step([encoded[i] for i in batch], network, weights, optimizer, model=model, config=config)
            if warm:
                spent += time.perf_counter() - started
                tokens += sum(lengths[i] for i in batch)
    return _Speed(spent / tokens, _validation_speed(network, held_out, model), _num_trainable(network))


def _step(
    items: Sequence[Encoded],
    network: Any,
    weights: adapters.MasterWeights,
    optimizer: torch.optim.Optimizer,
    *,
    model: Model,
    config: TrainingConfig,
) -> None:
    """One optimizer step as training does it."""
    for group in length_groups([len(item) for item in items], max_tokens=config.micro_batch_tokens):
        pieces = collate([items[i].rendered for i in group])
        losses(network, pieces, device=model.device).sum().backward()  # type: ignore[no-untyped-call]
    weights.take_gradients()
    torch.nn.utils.clip_grad_norm_(weights.parameters(), config.max_grad_norm)
    optimizer.step()
    weights.write_back()
    _wait(model)


def _validation_speed(network: Any, held_out: Sequence[Encoded], model: Model) -> float:
    """Seconds a token of the forward pass alone; 0 without validation."""
    upto = accumulate(len(item) for item in held_out)
    chosen = [item.rendered for item, tokens in zip(held_out, upto, strict=True) if tokens <= VALIDATION_TOKENS]
    if not chosen:
        return 0.0
    network.eval()
    started = time.perf_counter()
    reply_losses(network, chosen, device=model.device)
    _wait(model)
    return (time.perf_counter() - started) / sum(len(item.token_ids) for item in chosen)


def _wait(model: Model) -> None:
    if model.device.type == "cuda":
        torch.cuda.synchronize()


def _num_trainable(network: Any) -> int:
    return sum(p.numel() for p in adapters.trainable(network))


def _micro_batch(encoded: Sequence[Encoded], config: TrainingConfig) -> int:
    """Padded tokens of the largest piece of the first epoch."""
    lengths = [len(item) for item in encoded]
    largest = 0
    for batch in epoch_batches(lengths, batch_size=config.batch_size, seed=config.seed, epoch=0):
        sizes = [lengths[i] for i in batch]
        for group in length_groups(sizes, max_tokens=config.micro_batch_tokens):
            longest = -(-max(sizes[i] for i in group) // LENGTH_MULTIPLE) * LENGTH_MULTIPLE
            largest = max(largest, len(group) * longest)
    return largest


def _activations(model: Model, tokens: int) -> int:
    """Bytes kept for the backward pass: measured factor of about 34 hidden-sized values a layer, plus the logits."""
    config = model.network.config.get_text_config()
    size = next(model.network.parameters()).element_size()
    hidden = config.hidden_size * config.num_hidden_layers * 34 * size
    return int(tokens * (hidden + config.vocab_size * 8))
