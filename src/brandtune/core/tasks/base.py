"""The shape of a task. A task is frozen configuration plus pure functions from records to examples."""

from collections.abc import Sequence
from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.config import Config
from brandtune.core.examples import Example, Message
from brandtune.core.history import History
from brandtune.core.ids import content_id, keyed_fraction
from brandtune.core.records import Record
from brandtune.core.tasks.form import FormConfig

TEXT_METRICS = (
    "on_brand", "rules_pass", "style", "facts_ok", "well_formed", "similarity", "fingerprint", "claims_supported",
    "unsupported_claims", "format_ok", "off_limits_ok", "abuse_free", "safe", "revised", "editing_s",
    "copied_words",
)  # fmt: skip
LABEL_METRICS = ("accuracy", "macro_f1", "valid_label", "abstained")


class Task(Config):
    """Base of all tasks.

    Subclasses set `kind`, `output`, and implement `examples` and `system_prompt`. A package of its own adds one through
    the entry-point group `brandtune.tasks`, under the name of its `kind`.
    """

    kind: str
    """Which task."""
    max_examples: int | None = None
    """Keep at most this many examples of the task, chosen by a stable hash. None keeps all."""
    instructions: str = ""
    """Extra instructions for the model, added to the system prompt of every arm."""
    form: FormConfig | None = None
    """The form that every output must have: length, terms, pattern, JSON. None prescribes none."""

    @property
    def output(self) -> Literal["text", "label"]:
        """`text` is judged by voice, rules and facts; `label` by accuracy and F1."""
        return "text"

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics that judge the task, the deciding one first."""
        return TEXT_METRICS if self.output == "text" else LABEL_METRICS

    @property
    def history_kinds(self) -> frozenset[str]:
        """Kinds of record that `examples_of_history` reads; empty for tasks that learn from single records."""
        return frozenset()

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        """Turn one record into examples; an empty list when the record is not for this task."""
        raise NotImplementedError

    def examples_of_history(self, history: History, brand: Brand) -> list[Example]:
        """Turn one person's history into examples; an empty list when there is nothing to learn from it."""
        return []

    def why_not(self, record: Record, brand: Brand) -> str:
        """Why a record of the task's own kind gives no example, as a short stable phrase; empty when it is not its kind."""
        return ""

    def shared_prompt(self, records: Sequence[Record], brand: Brand) -> tuple[Message, ...]:
        """One prompt that all of these variants answer, from what they have in common; empty when there is none."""
        return ()

    def answer(self, record: Record) -> str:
        """The text that the record answers its prompt with; empty when the record is not for this task."""
        return ""

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
    messages: Sequence[Message],
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


def asked(system: str, user: str) -> tuple[Message, ...]:
    """A prompt of one question."""
    return (Message(role="system", content=system), Message(role="user", content=user))


def answered(prompt: Sequence[Message], answer: str) -> tuple[Message, ...]:
    """A prompt with its answer."""
    return (*prompt, Message(role="assistant", content=answer))


def stable_choice(key: str, options: list[int]) -> int:
    """One of `options`, always the same for the same key."""
    return options[int(keyed_fraction("target", key) * len(options))]
