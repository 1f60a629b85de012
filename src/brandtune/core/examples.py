"""What a model learns from: `Example`, and `Dropped`, the written reason for everything that is not used."""

from datetime import datetime
from typing import Literal

import msgspec

from brandtune.core.records import Origin, Struct


class Message(Struct, frozen=True, kw_only=True):
    """One chat turn, with OpenAI's role names."""

    role: Literal["system", "user", "assistant"]
    content: str


class Example(Struct, frozen=True, kw_only=True):
    """One training or evaluation example in chat form.

    Attributes:
        messages: Starts with an optional system turn; ends with an assistant turn. All assistant turns but `silent` ones
            carry loss.
        target: Index in `messages` of the assistant turn that evaluation asks for (its context is `messages[:target]`);
            their number for a prompt that nobody has answered, which only rewards can be learnt from.
        silent: Indices in `messages` of assistant turns that are read and not learnt from.
        label: The class name for labelling tasks, else None.
        subject: Canonical person id, or None for text about nobody (a product sheet).
        groups: Keys that must never be on both sides of a split: customer, conversation, campaign, near-duplicate.
        facts: Structured input the answer must agree with (product attributes), shown to no model.
        occurred_at: When it happened; what a split by time goes by.
    """

    example_id: str
    task: str
    messages: tuple[Message, ...]
    target: int
    label: str | None = None
    subject: str | None = None
    groups: tuple[str, ...] = ()
    source_record_ids: tuple[str, ...] = ()
    origin: Origin | None = None
    weight: float = 1.0
    quality: float = 1.0
    facts: dict[str, str] = {}
    occurred_at: datetime | None = None
    silent: tuple[int, ...] = ()

    @property
    def prompt(self) -> tuple[Message, ...]:
        """The turns before the target, system turn included."""
        return self.messages[: self.target]

    @property
    def reference(self) -> str:
        """What the company's people wrote at the target turn."""
        return self.messages[self.target].content

    def with_reply_messages(self, messages: tuple[Message, ...]) -> "Example":
        """The same example around other messages of the same shape."""
        return msgspec.structs.replace(self, messages=messages)


class Preference(Struct, frozen=True, kw_only=True):
    """Two answers to one prompt, one of which did better.

    Attributes:
        prompt: System and user turns, ending with the user's.
        evidence: What says so: an A/B test, a person's edit, a person's comparison.
        confidence: Probability that `chosen` is truly the better one, 0.5..1; 1.0 for a person's own choice.
        groups: As on `Example`: keys that must never be on both sides of a split.
        figures: The evidence in numbers, e.g. rates, difference, its interval, probability.
    """

    preference_id: str
    task: str
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    evidence: Literal["ab_test", "edit", "comparison"]
    confidence: float = 1.0
    subject: str | None = None
    groups: tuple[str, ...] = ()
    source_record_ids: tuple[str, ...] = ()
    origin: Origin | None = None
    occurred_at: datetime | None = None
    figures: dict[str, float] = {}


class Rated(Struct, frozen=True, kw_only=True):
    """One answer that turned out well or badly, with nothing to compare it with (KTO's unpaired form).

    Attributes:
        good: Whether the outcome was a good one.
        evidence: What says so: satisfaction, resolution, or a person's rating.
    """

    rated_id: str
    task: str
    prompt: tuple[Message, ...]
    completion: str
    good: bool
    evidence: Literal["csat", "resolution", "rating"]
    subject: str | None = None
    groups: tuple[str, ...] = ()
    source_record_ids: tuple[str, ...] = ()
    origin: Origin | None = None
    occurred_at: datetime | None = None


class Dropped(Struct, frozen=True, kw_only=True):
    """One row that was not used, and why.

    Attributes:
        id: Record or example id.
        step: The curation step that decided.
        reason: A short stable phrase that is counted, e.g. `no consent`.
        detail: What exactly was found, without personal data.
        excerpt: The text in question, pseudonymised; empty where it may not be kept (no consent).
        kept_instead: Id of the example kept in its place, for duplicates.
    """

    id: str
    step: str
    reason: str
    detail: str = ""
    origin: Origin | None = None
    excerpt: str = ""
    kept_instead: str = ""
