"""The shape of a task. A task is frozen configuration plus pure functions from records to examples."""

from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.config import Config
from brandtune.core.examples import Example, Message
from brandtune.core.ids import content_id, keyed_fraction
from brandtune.core.records import Record


class Task(Config):
    """Base of all tasks.

    Subclasses set `kind`, `output`, and implement `examples` and `system_prompt`.
    """

    kind: str
    """Which task."""
    max_examples: int | None = None
    """Keep at most this many examples of the task, chosen by a stable hash. None keeps all."""
    instructions: str = ""
    """Extra instructions for the model, added to the system prompt of every arm."""

    @property
    def output(self) -> Literal["text", "label"]:
        """`text` is judged by voice, rules and facts; `label` by accuracy and F1."""
        return "text"

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        """Turn one record into examples; an empty list when the record is not for this task."""
        raise NotImplementedError

    def system_prompt(self, brand: Brand) -> str:
        """The short system turn that the tuned model is trained and served with."""
        raise NotImplementedError

    def guided_prompt(self, brand: Brand) -> str:
        """The long system turn of the prompt-engineered arms: the task, then the whole voice guide."""
        guide = f"\n\nFollow this voice guide.\n\n{brand.voice}" if brand.voice else ""
        return f"{self.system_prompt(brand)}{guide}"

    def _with_instructions(self, text: str) -> str:
        return f"{text} {self.instructions}".strip()


def make_example(
    task: Task,
    record: Record,
    messages: list[Message],
    *,
    target: int | None = None,
    groups: tuple[str, ...] = (),
    label: str | None = None,
    facts: dict[str, str] | None = None,
) -> Example:
    """Build an example with its stable id, subject and provenance; the target is the last turn unless given."""
    return Example(
        example_id=content_id([task.kind, record.record_id]),
        task=task.kind,
        messages=tuple(messages),
        target=len(messages) - 1 if target is None else target,
        label=label,
        subject=record.subject,
        groups=groups,
        source_record_ids=(record.record_id,),
        origin=record.origin,
        facts=facts or {},
        occurred_at=record.occurred_at,
    )


def stable_choice(key: str, options: list[int]) -> int:
    """One of `options`, always the same for the same key."""
    return options[int(keyed_fraction("target", key) * len(options))]
