"""Before training: what would be learnt, what would not fit, how long it would take. Trains nothing."""

import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import msgspec
import torch

from brandtune.core.examples import Dropped, Message
from brandtune.core.progress import Silent
from brandtune.core.records import Struct
from brandtune.execution.machine import peak_memory, resident_memory
from brandtune.models.loading import Model
from brandtune.training.config import ONLINE, TrainingConfig
from brandtune.training.data import epoch_batches, require_some
from brandtune.training.head import CHUNK_LOGITS
from brandtune.training.learner import Learner
from brandtune.training.mixing import mixed_in
from brandtune.training.objectives import Item
from brandtune.training.objectives.items import Learnable, id_of
from brandtune.training.packing import Tokens

TIMED_STEPS, VALIDATION_TOKENS = 5, 8192
# Bytes for each trained number: fp32 master and gradient, two fp32 moments, and the adapter's own value and gradient.
BYTES_A_TRAINABLE = 20
# Hidden-sized values that a layer keeps for the way back, a token: autograd's measured, the fast layers' counted.
VALUES_A_LAYER, VALUES_A_FAST_LAYER = 34, 16


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
    examples: Sequence[Learnable], *, model: Model, config: TrainingConfig, validation: Sequence[Learnable] = (),
    start: Path | None = None,
) -> Preflight:  # fmt: skip
    """Render every example, prove the mask, time a few steps. The model is wrapped and must not be used afterwards.

    Args:
        start: An earlier adapter to go on with.

    Raises:
        DataError: An assistant turn's end would not be learnt.
        EmptyDatasetError: Nothing fits.
    """
    present = _present(model)
    run = _learner(model, config, start=start)
    items, left_out = run.items(examples)
    held_out, _ = run.items(validation)
    require_some(items, name="training", max_tokens=run.max_tokens, left_out=left_out)
    general, gone, drawn = mixed_in(run, own=len(items))
    left_out = [*left_out, *gone]
    lengths = sorted(len(item) for item in items)
    mixed_tokens = drawn * sum(len(item) for item in general) / max(1, len(general))
    speed = _timed(items, held_out, run)
    trainable = sum(master.numel() for master in run.weights.parameters())
    return Preflight(
        num_examples=len(items),
        num_tokens=sum(lengths),
        num_loss_tokens=sum(item.num_loss_tokens for item in items),
        num_turns=sum(_num_turns(sequence) for item in items for sequence in item.sequences),
        num_steps=max(1, math.ceil(-(-(_num_units(items) + drawn) // config.batch_size) * config.epochs)),
        too_long=_placed(left_out, examples),
        lengths=tuple(lengths[round(q * (len(lengths) - 1))] for q in (0, 0.5, 0.9, 0.99, 1)),  # type: ignore[arg-type]
        histogram=_histogram(lengths),
        end_token=str(model.renderer.tokenizer.convert_ids_to_tokens(model.renderer.eos_token_ids[0])),
        seconds=speed.seconds(
            trained=(sum(lengths) + mixed_tokens) * config.epochs,
            validated=sum(len(item) for item in held_out) * (config.validations + 1),
        ),
        memory=max(
            _seen(model), present + trainable * BYTES_A_TRAINABLE + _activations(run, _largest_part(items, run))
        ),
        preview=_preview(items[0].sequences[0], model),
    )


def _learner(model: Model, config: TrainingConfig, *, start: Path | None) -> Learner:
    """What computes the steps that are timed: online without the reward, whose own time is not in the estimate; with
    privacy one person's at a time, which takes longer."""
    if config.objective in ONLINE:
        from brandtune.training.online import OnlineRun

        return OnlineRun(model, config, reward=_nothing, work=None, progress=Silent(), start=start)
    if config.privacy is None:
        return Learner(model, config, progress=Silent(), start=start)
    from brandtune.training.privacy import PrivateRun

    return PrivateRun(model, config, work=None, progress=Silent(), start=start)


def _nothing(_prompt: Sequence[Message], _answer: str) -> float:
    return 0.0


def _placed(left_out: Sequence[Dropped], rows: Sequence[Learnable]) -> tuple[Dropped, ...]:
    """The same with file and line."""
    origins = {id_of(row): row.origin for row in rows}
    return tuple(msgspec.structs.replace(row, origin=origins.get(row.id)) for row in left_out)


def _num_units(items: Sequence[Item]) -> int:
    """What a step is counted in: items; with privacy people."""
    return len({item.unit or index for index, item in enumerate(items)})


def _num_turns(sequence: Tokens) -> int:
    """Runs of tokens that carry loss: the renderer has seen each end with an end-of-turn token."""
    mask = sequence.loss_mask
    return sum(flag and not (index and mask[index - 1]) for index, flag in enumerate(mask))


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


def _preview(sequence: Tokens, model: Model) -> tuple[Piece, ...]:
    pieces: list[tuple[list[int], bool]] = []
    for token, learnt in zip(sequence.token_ids, sequence.loss_mask, strict=True):
        if not pieces or pieces[-1][1] != learnt:
            pieces.append(([], learnt))
        pieces[-1][0].append(token)
    decode = model.renderer.tokenizer.decode
    return tuple(Piece(text=str(decode(tokens)), learnt=learnt) for tokens, learnt in pieces)


@dataclass(frozen=True)
class _Speed:
    """Seconds for each token of a training step and of a validation."""

    train: float
    validate: float

    def seconds(self, *, trained: float, validated: float) -> float:
        return self.train * trained + self.validate * validated


def _timed(items: Sequence[Item], held_out: Sequence[Item], run: Learner) -> _Speed:
    """Time whole steps over batches drawn like training's, each for the second time: shapes are then warm."""
    chosen = random.Random(run.config.seed).sample(steps := _batches(items, run.config), min(TIMED_STEPS, len(steps)))
    spent, tokens = 0.0, 0
    for batch in chosen:
        members = [items[index] for index in batch]
        if run.objective.needs_reference:
            members = run.with_reference(members)
        for warm in (False, True):
            started = time.perf_counter()
            run.update(members, rate=1e-6)
            _wait(run.model)
            if warm:
                spent += time.perf_counter() - started
                tokens += sum(len(item) for item in members)
    return _Speed(spent / tokens, _validation_speed(held_out, run))


def _batches(items: Sequence[Item], config: TrainingConfig) -> list[list[int]]:
    return epoch_batches([len(item) for item in items], batch_size=config.batch_size, seed=config.seed, epoch=0)


def _validation_speed(held_out: Sequence[Item], run: Learner) -> float:
    """Seconds a token of the forward pass alone; 0 without validation."""
    upto = accumulate(len(item) for item in held_out)
    chosen = [item for item, tokens in zip(held_out, upto, strict=True) if tokens <= VALIDATION_TOKENS]
    if not chosen:
        return 0.0
    if run.objective.needs_reference:
        chosen = run.with_reference(chosen)
    started = time.perf_counter()
    run.held_out_loss(chosen)
    _wait(run.model)
    return (time.perf_counter() - started) / sum(len(item) for item in chosen)


def _wait(model: Model) -> None:
    if model.device.type == "cuda":
        torch.cuda.synchronize()


def _largest_part(items: Sequence[Item], run: Learner) -> int:
    """Tokens of the largest part of the first epoch, as they are computed: shared once, or padded."""
    largest = 0
    for batch in _batches(items, run.config):
        members = [item.sequences for item in run.at_most([items[index] for index in batch])]
        for part in run.forward.parts(members, max_tokens=run.config.micro_batch_tokens):
            largest = max(largest, run.forward.size([one for index in part for one in members[index]]))
    return largest


def _activations(run: Learner, tokens: int) -> int:
    """Bytes kept for the way back: so many hidden-sized values a layer and token, and the logits of one chunk."""
    config = run.model.network.config.get_text_config()
    size = next(run.model.network.parameters()).element_size()
    a_layer = VALUES_A_FAST_LAYER if run.num_fast_layers else VALUES_A_LAYER
    hidden = tokens * config.hidden_size * config.num_hidden_layers * a_layer * size
    return int(hidden + 3 * 4 * min(tokens * config.vocab_size, CHUNK_LOGITS))
