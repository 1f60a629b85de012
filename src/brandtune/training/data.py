"""Examples as token ids, and the order in which training meets them: a pure function of seed and epoch."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from brandtune.core.errors import ConfigError, EmptyDatasetError
from brandtune.core.examples import Dropped, Example, Preference, Rated
from brandtune.models.rendering import Rendered, Renderer
from brandtune.training.config import TrainingConfig

# Conversations of like length share a batch; sorting within so many batches keeps padding low and order random.
BATCHES_SORTED_TOGETHER = 8


@dataclass(frozen=True)
class Encoded:
    """One example ready for the loop."""

    example_id: str
    task: str
    rendered: Rendered
    weight: float

    def __len__(self) -> int:
        return len(self.rendered.token_ids)


def encode(examples: Sequence[Example], *, renderer: Renderer, max_tokens: int) -> tuple[list[Encoded], list[Dropped]]:
    """Render examples; those longer than `max_tokens` are left out with a reason, never cut."""
    kept: list[Encoded] = []
    left_out: list[Dropped] = []
    for example in examples:
        rendered = renderer.render(example.messages)
        if len(rendered.token_ids) > max_tokens:
            detail = f"{len(rendered.token_ids)} tokens, the limit is {max_tokens}"
            left_out.append(
                Dropped(id=example.example_id, step="train", reason="longer than the model's context", detail=detail)
            )
        else:
            kept.append(Encoded(example.example_id, example.task, rendered, example.weight))
    return kept, left_out


def require_some(items: Sequence[object], *, name: str, max_tokens: int) -> None:
    """Raises EmptyDatasetError when nothing fits."""
    if not items:
        raise EmptyDatasetError(
            f"no {name} example fits into {max_tokens} tokens.",
            fix="Raise training.max_tokens, or use a base with a longer context.",
        )


KINDS: dict[str, type] = {
    **dict.fromkeys(("sft", "grpo", "rloo"), Example),
    **dict.fromkeys(("dpo", "ipo", "orpo", "simpo"), Preference),
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
