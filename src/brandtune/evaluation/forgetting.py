"""What tuning made the model forget: its loss on general questions and prose, before and after.

The texts are in `general.jsonl`, written for this purpose; they are about no company and in nobody's house style.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np

from brandtune.core.examples import Message
from brandtune.evaluation import statistics, verdict
from brandtune.evaluation.results import Gate
from brandtune.models.likelihood import reply_losses
from brandtune.models.loading import Model


@cache
def general_texts() -> tuple[tuple[Message, ...], ...]:
    """Questions with their answers, as chats."""
    lines = (files("brandtune.evaluation") / "general.jsonl").read_bytes().splitlines()
    rows = [msgspec.json.decode(line, type=dict[str, str]) for line in lines]
    return tuple(
        (Message(role="user", content=row["question"]), Message(role="assistant", content=row["answer"]))
        for row in rows
    )


def general_losses(model: Model) -> list[float]:
    """Nats of each general answer; all of them fit the context of any model that can be tuned."""
    rendered = [model.renderer.render(chat) for chat in general_texts()]
    return [nats for nats, _ in reply_losses(model.network, rendered, device=model.device)]


def forgetting_gate(
    base: Sequence[float], tuned: Sequence[float], *, allowed: float | None, resamples: int, seed: int
) -> Gate:
    """How far the loss rose, at worst: the upper end of the 95 % interval over the texts.

    Args:
        base: Nats of each text before tuning; `tuned` after it.
        allowed: Rise that is allowed, as a share; None shows it and sets no limit.
    """
    before, after = np.asarray(base, dtype=np.float64), np.asarray(tuned, dtype=np.float64)
    rise = float(after.sum() / before.sum()) - 1
    _, high = statistics.ratio_interval(after, before, clusters=range(len(before)), resamples=resamples, seed=seed)
    told = f"Loss on {len(before)} general texts changed by {rise * 100:+.1f} % (at worst {(high - 1) * 100:+.1f} %)"
    if allowed is None:
        return verdict.unmeasured_gate(
            "forgetting", f"{told}; no limit is set (evaluation.gates.forgetting).", value=high - 1
        )
    return Gate(
        name="forgetting",
        passed=high - 1 <= allowed,
        value=high - 1,
        limit=allowed,
        sentence=f"{told}; a rise of {verdict.percent(allowed)} is allowed.",
    )
