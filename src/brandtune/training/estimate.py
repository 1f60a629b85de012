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
from brandtune.models.loading import Model
from brandtune.training.config import ONLINE, TrainingConfig
from brandtune.training.data import epoch_batches, require_some
from brandtune.training.fit import batch_size, fit
from brandtune.training.learner import Learner
from brandtune.training.memory import PeakMemory, give_back, keeps_kernels, present
from brandtune.training.mixing import mixed_in
from brandtune.training.objectives import Item
from brandtune.training.objectives.items import Learnable, id_of
from brandtune.training.packing import Tokens
from brandtune.training.preview import Piece, Shown, preview

TIMED_STEPS, VALIDATION_TOKENS = 5, 8192
SHAPES_KEPT = 24
"""Batches after which a CPU's library of matrix products has about as many kernels prepared as it keeps."""
BYTES_A_COPY = 4
"""For each trained number: the best weights are kept in fp32."""


class Preflight(Struct, frozen=True, kw_only=True):
    """What a training run would do.

    Attributes:
        objective: What is learnt, which says what the figures and the previews mean.
        num_loss_tokens: Tokens that carry loss; none where a reward model is learnt.
        num_turns: Assistant turns, each of which was seen to end with an end-of-turn token that carries loss.
        num_scored: Answers of which a reward model reads the score.
        lengths: Tokens per conversation at the 0, 50, 90, 99 and 100 % mark.
        histogram: (longest length of the bin in tokens, conversations).
        too_long: Conversations that would be left out, with their place and length.
        end_token: The end-of-turn token, proven to carry loss in every assistant turn.
        seconds: Estimated time of training: timed steps with optimizer, and the validations in between.
        memory: Estimated peak of the process in bytes (of the device, where there is one): what was seen while the
            largest batch, some others and a validation were computed; what further batches leave behind, judged by
            these (kernels prepared for shapes not met before); and a copy of the best weights.
        batch_size: Conversations of a step, where the configuration says `auto`.
        micro_batch_tokens: Tokens computed at once, likewise.
        recomputed: Layers computed twice because memory is short.
        preview: The first of `previews`.
        previews: All sequences of one thing to learn from (both answers of a preference), cut where loss begins and ends.
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
    batch_size: int
    micro_batch_tokens: int
    recomputed: int
    preview: tuple[Piece, ...]
    objective: str = "sft"
    num_scored: int = 0
    previews: tuple[Shown, ...] = ()

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
    run = _learner(model, config, start=start)
    items, left_out = run.items(examples)
    held_out, _ = run.items(validation, beside=examples)
    require_some(items, name="training", max_tokens=run.max_tokens, left_out=left_out)
    general, gone, drawn = mixed_in(run, own=len(items))
    left_out = [*left_out, *gone]
    lengths = sorted(len(item) for item in items)
    mixed_tokens = drawn * sum(len(item) for item in general) / max(1, len(general))
    fit(run, [*items, *general])
    size = batch_size(run, [*items, *general])
    num_steps = max(1, math.ceil(-(-(_num_units(items) + drawn) // size) * config.epochs))
    with PeakMemory(model.device) as seen:
        speed = _timed(items, held_out, run)
    give_back()
    left_behind = round(speed.left_behind * max(0, min(num_steps, SHAPES_KEPT) - TIMED_STEPS))
    trainable = sum(master.numel() for master in run.weights.parameters())
    shown = preview(items[0], objective=config.objective, model=model)
    return Preflight(
        num_examples=len(items),
        num_tokens=sum(lengths),
        num_loss_tokens=0 if run.scores else sum(item.num_loss_tokens for item in items),
        num_turns=0 if run.scores else sum(_num_turns(sequence) for item in items for sequence in item.sequences),
        num_steps=num_steps,
        too_long=_placed(left_out, examples),
        lengths=tuple(lengths[round(q * (len(lengths) - 1))] for q in (0, 0.5, 0.9, 0.99, 1)),  # type: ignore[arg-type]
        histogram=_histogram(lengths),
        end_token=str(model.renderer.tokenizer.convert_ids_to_tokens(model.renderer.eos_token_ids[0])),
        seconds=speed.seconds(
            trained=(sum(lengths) + mixed_tokens) * config.epochs,
            validated=sum(len(item) for item in held_out) * (config.validations + 1),
        ),
        memory=seen.bytes + left_behind + (BYTES_A_COPY * trainable if held_out else 0),
        batch_size=size,
        micro_batch_tokens=run.micro_batch_tokens,
        recomputed=run.recomputed,
        preview=shown[0].pieces,
        objective=config.objective,
        num_scored=sum(len(item.sequences) for item in items) if run.scores else 0,
        previews=shown,
    )


def hosted_cost(billed_tokens: float, price_per_million: float) -> float:
    """What a provider would charge for so many training tokens, in the price's currency.

    Providers bill every token of every epoch, repeated beginnings included.

    >>> hosted_cost(400_000 * 3, 25.0)
    30.0
    """
    return billed_tokens * price_per_million / 1e6


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


def _histogram(lengths: Sequence[int], *, bins: int = 8) -> tuple[tuple[int, int], ...]:
    width = max(1, -(-lengths[-1] // bins))
    counts = [0] * bins
    for length in lengths:
        counts[min(bins - 1, (length - 1) // width)] += 1
    return tuple((width * (index + 1), count) for index, count in enumerate(counts))


@dataclass(frozen=True)
class _Speed:
    """Seconds for each token of a training step and of a validation; bytes that each new batch leaves behind."""

    train: float
    validate: float
    left_behind: float

    def seconds(self, *, trained: float, validated: float) -> float:
        return self.train * trained + self.validate * validated


def _timed(items: Sequence[Item], held_out: Sequence[Item], run: Learner) -> _Speed:
    """Time whole steps over batches drawn like training's, each for the second time: shapes are then warm.

    The batch with the most tokens is computed first, untimed, for the sake of memory.
    """
    steps = _batches(items, run)
    largest = max(range(len(steps)), key=lambda number: sum(len(items[index]) for index in steps[number]))
    _learn_once([items[index] for index in steps[largest]], run)
    spent, tokens, before = 0.0, 0, present(run.device)
    chosen = random.Random(run.config.seed).sample(steps, min(TIMED_STEPS, len(steps)))
    for batch in chosen:
        members = [items[index] for index in batch]
        _learn_once(members, run)
        spent += _learn_once(members, run)
        tokens += sum(len(item) for item in members)
    left = max(0, present(run.device) - before) / len(chosen) if _keeps_kernels(run) else 0.0
    return _Speed(spent / tokens, _validation_speed(held_out, run), left)


def _keeps_kernels(run: Learner) -> bool:
    return keeps_kernels(run.device, next(run.model.network.parameters()).dtype)


def _learn_once(members: list[Item], run: Learner) -> float:
    """Seconds of one step."""
    if run.objective.needs_reference:
        members = run.with_reference(members)
    started = time.perf_counter()
    run.update(members, rate=1e-6)
    _wait(run.model)
    return time.perf_counter() - started


def _batches(items: Sequence[Item], run: Learner) -> list[list[int]]:
    lengths = [len(item) for item in items]
    return epoch_batches(lengths, batch_size=batch_size(run, items), seed=run.config.seed, epoch=0)


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
