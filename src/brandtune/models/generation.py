"""Writing text with a model: batched, deterministic, sorted by length so that little is padded."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from brandtune.core.errors import DataError
from brandtune.core.examples import Message
from brandtune.models.batch_stepping import sampling_stepper_for
from brandtune.models.cache import attends_fully, prefill, prefill_rows, roomy_cache
from brandtune.models.decoding import decode, decode_one
from brandtune.models.loading import Model
from brandtune.models.settings import Decoding
from brandtune.models.stepping import stepper_for

# Padded prompt tokens that are generated from together; bounds memory, and what a laptop has for a small model.
TOKENS_TOGETHER = 40_000
SHORTEST_SHARED = 64
WORTH_A_GROUP = 8


@dataclass(frozen=True)
class Generated:
    """One reply. `finished` is whether the model itself ended its turn; `seconds` is its share of the batch's time.

    `failed` says why a service gave no reply; it is empty for every reply there is.
    """

    text: str
    num_prompt_tokens: int
    num_reply_tokens: int
    finished: bool
    seconds: float
    failed: str = ""


def generate(
    model: Model,
    prompts: Sequence[Sequence[Message]],
    *,
    decoding: Decoding,
    on_batch: Callable[[int], None] | None = None,
) -> list[Generated]:
    """Write one reply for each prompt, in the order of `prompts`.

    Raises:
        DataError: A prompt leaves no room for a reply in the model's context.
    """
    rendered = [model.renderer.prompt(messages) for messages in prompts]
    results: list[Generated | None] = [None] * len(prompts)
    for batch in batches(rendered, size=decoding.batch_size):
        for index, result in zip(
            batch, generate_batch(model, [rendered[i] for i in batch], decoding=decoding), strict=True
        ):
            results[index] = result
        if on_batch:
            on_batch(len(batch))
    return [result for result in results if result is not None]


def batches(rendered: Sequence[Sequence[int]], *, size: int) -> list[list[int]]:
    """Indices grouped by shared beginning and similar length; a resumed run forms the same groups.

    Groups of long prompts are smaller, so that their keys and values stay within `TOKENS_TOGETHER`.
    """
    beginnings = [tuple(prompt[:SHORTEST_SHARED]) for prompt in rendered]
    distinct = Counter(prompt[:SHORTEST_SHARED] for prompt in {tuple(prompt) for prompt in rendered})
    # One prompt given often, to be answered often, shares nothing with others that a group of its own would save.
    frequent = {one for one, count in Counter(beginnings).items() if count >= WORTH_A_GROUP and distinct[one] > 1}
    families = [beginning if beginning in frequent else () for beginning in beginnings]
    groups: list[list[int]] = []
    for index in sorted(range(len(rendered)), key=lambda i: (families[i], len(rendered[i]), i)):
        full = not groups or len(groups[-1]) == size or families[groups[-1][0]] != families[index]
        if full or (len(groups[-1]) + 1) * len(rendered[index]) > TOKENS_TOGETHER:
            groups.append([])
        groups[-1].append(index)
    return groups


@torch.inference_mode()
def generate_batch(model: Model, prompts: Sequence[Sequence[int]], *, decoding: Decoding) -> list[Generated]:
    """Write replies for prompts given as token ids, together.

    Raises:
        DataError: A prompt leaves no room for a reply.
    """
    started = time.perf_counter()
    replies = generate_batch_tokens(model, prompts, decoding=decoding)
    seconds = (time.perf_counter() - started) / len(prompts)
    return [_result(model, prompt, reply, seconds) for prompt, reply in zip(prompts, replies, strict=True)]


@torch.inference_mode()
def generate_batch_tokens(model: Model, prompts: Sequence[Sequence[int]], *, decoding: Decoding) -> list[list[int]]:
    """Replies as token ids, each with the end token where one came.

    A beginning that all prompts share (a voice guide) goes through the network once, and so does a prompt that is given
    several times; what follows the beginning is padded on the left: [shared][padding][rest].
    """
    places = _places(prompts)
    order = sorted(range(len(prompts)), key=places.__getitem__)  # the same prompts side by side
    counts = list(Counter(places).values())
    found = _replies(model, [prompts[index] for index in order], counts, decoding=decoding)
    replies: list[list[int]] = [[] for _ in prompts]
    for index, reply in zip(order, found, strict=True):
        replies[index] = reply
    return replies


def _replies(
    model: Model, prompts: Sequence[Sequence[int]], counts: Sequence[int], *, decoding: Decoding
) -> list[list[int]]:
    """Replies to prompts of which the same ones follow each other, `counts` of each."""
    longest = max(len(prompt) for prompt in prompts)
    room = min(decoding.max_new_tokens, model.context - longest)
    if room < 1:
        raise DataError(
            f"a prompt has {longest} tokens and the model's context holds {model.context}.",
            fix="Use fewer examples or passages in the prompt, or a base with a longer context.",
        )
    pad_id = model.network.generation_config.pad_token_id
    pad_id = model.renderer.eos_token_ids[0] if pad_id is None else pad_id
    can_share = attends_fully(model.network.config)
    shared = shared_prefix(prompts) if can_share else 0
    ids, mask = (t.to(model.device) for t in _padded(prompts, shared=shared, longest=longest, pad_id=pad_id))
    cache = roomy_cache(model.network.config, capacity=longest + room)
    stepper = stepper_for(model.network) if len(prompts) == 1 else None
    if stepper:
        return [decode_one(model, ids, cache=cache, stepper=stepper, room=room, decoding=decoding)]
    repeated = can_share and len(counts) < len(prompts) and longest - shared > 1
    if shared:
        prefill(model, prompts[0][:shared], cache=cache, rows=len(counts) if repeated else len(prompts))
    if not repeated:
        return decode(model, ids, mask, cache=cache, cached=shared, room=room, decoding=decoding, shared=shared)
    places = torch.arange(len(counts), device=model.device).repeat_interleave(torch.tensor(counts, device=model.device))
    first = torch.searchsorted(places, torch.arange(len(counts), device=model.device))
    prefill_rows(model, ids[first], mask[first], cache=cache, cached=shared)
    step = sampling_stepper_for(model.network, cache=cache, mask=mask[first, :-1], counts=counts, room=room)
    if step is None:
        cache.batch_select_indices(places)
    return decode(
        model, ids, mask, cache=cache, cached=longest - 1, room=room, decoding=decoding, shared=shared, step=step
    )


def _places(prompts: Sequence[Sequence[int]]) -> list[int]:
    """For each prompt its place among the distinct ones, in order of first appearance."""
    found: dict[tuple[int, ...], int] = {}
    return [found.setdefault(tuple(prompt), len(found)) for prompt in prompts]


def shared_prefix(prompts: Sequence[Sequence[int]]) -> int:
    """How many leading tokens all prompts share; 0 where sharing is not worth it. Each keeps at least one of its own."""
    ordered = sorted(map(list, prompts))
    first, last = ordered[0], ordered[-1]
    shortest = min(len(prompt) for prompt in prompts)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), shortest)
    length = min(length, shortest - 1)
    return length if len(prompts) > 1 and length >= SHORTEST_SHARED else 0


def _padded(
    prompts: Sequence[Sequence[int]], *, shared: int, longest: int, pad_id: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, [prompts, longest]."""
    ids = torch.full((len(prompts), longest), pad_id, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        start = longest - (len(prompt) - shared)
        ids[row, :shared] = torch.tensor(prompt[:shared])
        ids[row, start:] = torch.tensor(prompt[shared:])
        mask[row, :shared] = 1
        mask[row, start:] = 1
    return ids, mask


def _result(model: Model, prompt: Sequence[int], reply: list[int], seconds: float) -> Generated:
    ends = [index for index, token in enumerate(reply) if token in model.renderer.eos_token_ids]
    written = reply[: ends[0]] if ends else reply
    return Generated(
        text=model.renderer.decode(written),
        num_prompt_tokens=len(prompt),
        num_reply_tokens=len(written),
        finished=bool(ends),
        seconds=seconds,
    )
