"""The order in which training meets its items: a pure function of seed and epoch; and what it cannot start without."""

import random
from collections import Counter
from collections.abc import Sequence

from brandtune.core.errors import ConfigError, EmptyDatasetError
from brandtune.core.examples import Dropped, Example, Preference, Rated
from brandtune.training.config import TrainingConfig
from brandtune.training.objectives.items import TOO_LONG, UNMATCHED, Item

# Conversations of like length share a batch; sorting within so many batches keeps padding low and order random.
BATCHES_SORTED_TOGETHER = 8


def require_some(items: Sequence[Item], *, name: str, max_tokens: int, left_out: Sequence[Dropped] = ()) -> None:
    """Raises EmptyDatasetError when nothing is left to learn from; says why."""
    if items:
        return
    reasons = Counter(row.reason for row in left_out)
    if not reasons:
        raise EmptyDatasetError(f"there is no {name} example.", fix="Give at least one.")
    if set(reasons) != {TOO_LONG}:
        told = ", ".join(f"{count} × {reason}" for reason, count in reasons.most_common())
        fix = "Add rated answers to other prompts." if UNMATCHED in reasons else None
        raise EmptyDatasetError(f"none of the {len(left_out)} {name} examples can be used: {told}.", fix=fix)
    raise EmptyDatasetError(
        f"no {name} example fits into {max_tokens} tokens.",
        fix="Raise training.max_tokens, or use a base with a longer context.",
    )


def counted(left_out: Sequence[Dropped]) -> str:
    """How many rows are left out, by reason.

    >>> counted([Dropped(id="a", step="train", reason="too long"), Dropped(id="b", step="train", reason="too long")])
    '2 rows are left out: 2 × too long'
    """
    rows = "1 row is" if len(left_out) == 1 else f"{len(left_out):,} rows are"
    reasons = Counter(row.reason for row in left_out).most_common()
    return f"{rows} left out: {', '.join(f'{count:,} × {reason}' for reason, count in reasons)}"


def all_the_same(items: Sequence[Item]) -> str:
    """A warning where several items hold one and the same text; empty otherwise."""
    if len(items) < 2 or any(item.sequences != items[0].sequences for item in items):
        return ""
    return f"all {len(items)} training examples are the same, so the model will learn that one answer by heart"


KINDS: dict[str, type] = {
    **dict.fromkeys(("sft", "grpo", "rloo"), Example),
    **dict.fromkeys(("dpo", "ipo", "orpo", "simpo", "reward"), Preference),
    "kto": Rated,
}
_WORDS: dict[type, str] = {Example: "examples", Preference: "preferences", Rated: "rated answers"}


def require_kind(rows: Sequence[object], config: TrainingConfig) -> None:
    """Raises ConfigError when something is not what the objective learns from."""
    wanted = KINDS[config.objective]
    strange = next((row for row in rows if not isinstance(row, wanted)), None)
    if strange is not None:
        raise ConfigError(
            f"`{config.objective}` learns from {_WORDS[wanted]}, and was given {_WORDS[type(strange)]}.",
            where="training.objective",
        )


def epoch_batches(lengths: Sequence[int], *, batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """Indices of each optimizer step of one epoch; every example exactly once."""
    order = list(range(len(lengths)))
    generator = random.Random(f"{seed}/{epoch}")
    generator.shuffle(order)
    span = batch_size * BATCHES_SORTED_TOGETHER
    batches: list[list[int]] = []
    for start in range(0, len(order), span):
        together = sorted(order[start : start + span], key=lambda index: lengths[index])
        batches += [together[i : i + batch_size] for i in range(0, len(together), batch_size)]
    generator.shuffle(batches)
    return batches
