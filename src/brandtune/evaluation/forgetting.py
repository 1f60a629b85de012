"""Forgetting: what tuning cost the model on texts that have nothing to do with the brand.

The texts are in `general_texts.py`. The loss of the base and of the tuned model on the same tokens is compared text by text.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from brandtune.core.errors import DataError
from brandtune.evaluation.general_texts import TITLES, GeneralTexts, Text
from brandtune.evaluation.results import Estimate, Forgetting, Gate
from brandtune.evaluation.statistics import ratio_interval
from brandtune.models.likelihood import reply_losses
from brandtune.models.loading import Model
from brandtune.models.rendering import Rendered

# Of one text: nats, predicted tokens, bytes of what was predicted.
Loss = tuple[float, int, int]


def measure(model: Model, texts: GeneralTexts) -> dict[str, list[Loss]]:
    """Loss of each text of each set: of plain texts every token but the first, of dialogues the assistant's turns.

    Raises:
        DataError: A conversation is longer than the model's context.
    """
    return {name: _losses(model, own) for name, own in texts.sets.items()}


def compared(
    base: Mapping[str, Sequence[Loss]], tuned: Mapping[str, Sequence[Loss]], *, resamples: int, seed: int
) -> tuple[Forgetting, ...]:
    """Set by set, how much the loss rose; the interval resamples texts."""
    return tuple(
        _compared(name, base[name], tuned[name], resamples=resamples, seed=seed)
        for name in base
        if sum(tokens for _, tokens, _ in base[name])
    )


def forgetting_gate(rows: Sequence[Forgetting], *, margin: float) -> Gate:
    """Non-inferiority on the first set: the upper end of the rise's 95 % interval must not exceed the margin."""
    row = rows[0]
    worst = row.rise.high if row.rise.high is not None else row.rise.value
    elsewhere = "".join(f" On {other.title}: {other.rise.value * 100:+.1f} %." for other in rows[1:])
    return Gate(
        name="forgetting",
        passed=worst <= margin,
        value=worst,
        limit=margin,
        sentence=f"Loss on {row.n} {row.title} that have nothing to do with the brand went from {row.base:.3f} to "
        f"{row.tuned:.3f} nats per token ({row.rise.value * 100:+.1f} %, at worst {worst * 100:+.1f} %); "
        f"at most {margin * 100:+.0f} % is allowed.{elsewhere}",
    )


def _compared(name: str, base: Sequence[Loss], tuned: Sequence[Loss], *, resamples: int, seed: int) -> Forgetting:
    before = np.array([nats for nats, _, _ in base])
    after = np.array([nats for nats, _, _ in tuned])
    tokens, size = sum(count for _, count, _ in base), sum(count for _, _, count in base)
    low, high = ratio_interval(after, before, clusters=range(len(base)), resamples=resamples, seed=seed)
    rise = Estimate(value=float(after.sum() / before.sum() - 1), low=low - 1, high=high - 1, n=len(base))
    bits = math.log(2) * max(size, 1)
    return Forgetting(
        name=name,
        title=TITLES[name],
        n=len(base),
        base=float(before.sum() / tokens),
        tuned=float(after.sum() / tokens),
        base_bits=float(before.sum() / bits),
        tuned_bits=float(after.sum() / bits),
        rise=rise,
    )


def _losses(model: Model, texts: Sequence[Text]) -> list[Loss]:
    """One entry a text; a text longer than the context is read in pieces, each of which begins anew."""
    pieces = [(index, *piece) for index, text in enumerate(texts) for piece in _pieces(model, text)]
    found = reply_losses(model.network, [rendered for _, rendered, _ in pieces], device=model.device)
    sums: list[Loss] = [(0.0, 0, 0)] * len(texts)
    for (index, _, size), (nats, tokens) in zip(pieces, found, strict=True):
        before = sums[index]
        sums[index] = (before[0] + nats, before[1] + tokens, before[2] + size)
    return sums


def _pieces(model: Model, text: Text) -> list[tuple[Rendered, int]]:
    """Token ids with what is predicted in them, and its size in bytes."""
    if not isinstance(text, str):
        turns = model.renderer.turns(text)
        size = sum(len(message.content.encode()) for message in text if message.role == "assistant")
        longest = max(len(one.token_ids) for one in turns)
        if longest > model.context:
            raise DataError(
                f"a conversation of {longest} tokens is longer than the model's context.",
                where="evaluation.general_texts",
                fix=f"Cut the conversations to {model.context} tokens.",
            )
        return [(one, 0 if index else size) for index, one in enumerate(turns)]
    tokenizer = model.renderer.tokenizer
    ids = tokenizer.encode(text, add_special_tokens=False)
    windows = [tuple(ids[start : start + model.context]) for start in range(0, len(ids), model.context)]
    return [
        (Rendered(window, (False, *(True for _ in window[1:]))), len(str(tokenizer.decode(list(window[1:]))).encode()))
        for window in windows
        if len(window) > 1
    ]
