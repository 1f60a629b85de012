"""Classifying: a message becomes one of a closed set of labels. `ticket_intent` reads tickets, `label` any labelled text."""

from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.records import Conversation, LabelledText, Record
from brandtune.core.tasks.base import Task, make_example


class Label(Task):
    """Any labelled text."""

    kind: Literal["label"] = "label"
    """Which task."""
    labels: Literal["auto"] | tuple[str, ...] = "auto"
    """The closed set; `auto` takes every label seen in training."""
    what: str = "topic"
    """What the label says about the text, e.g. intent, urgency, sentiment."""

    @property
    def output(self) -> Literal["text", "label"]:
        return "label"

    def system_prompt(self, brand: Brand) -> str:
        return self._with_instructions(f"You label messages of {brand.name} with their {self.what}.")

    def guided_prompt(self, brand: Brand) -> str:
        """Labels need the list of choices, which evaluation appends; the voice guide would only distract."""
        return f"{self.system_prompt(brand)} Answer with one label and nothing else."

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        found = self._text_and_label(record)
        if found is None or (self.labels != "auto" and found[1] not in self.labels):
            return []
        text, label = found
        messages = [
            Message(role="system", content=self.system_prompt(brand)),
            Message(role="user", content=text),
            Message(role="assistant", content=readable(label)),
        ]
        return [make_example(self, record, messages, label=readable(label))]

    def why_not(self, record: Record, brand: Brand) -> str:
        payload = record.payload
        if not isinstance(payload, LabelledText):
            return ""
        if not payload.text.strip():
            return "no text"
        return "not in the closed set of labels" if payload.label.strip() else "no label"

    def _text_and_label(self, record: Record) -> tuple[str, str] | None:
        payload = record.payload
        if isinstance(payload, LabelledText) and payload.text.strip() and payload.label.strip():
            return payload.text.strip(), payload.label.strip()
        return None


class TicketIntent(Label):
    """What a customer wants, from ticket tags such as `intent_return` or from labelled messages."""

    kind: Literal["ticket_intent"] = "ticket_intent"  # type: ignore[assignment]
    """Which task."""
    tag_prefix: str = "intent_"
    """Tags that start so are taken as labels."""
    what: str = "intent"
    """What the label says about the text."""

    def why_not(self, record: Record, brand: Brand) -> str:
        if not isinstance(record.payload, Conversation):
            return super().why_not(record, brand)
        tags = sum(tag.startswith(self.tag_prefix) for tag in record.payload.tags)
        if tags == 1:
            return "no customer turn, or not in the closed set of labels"
        return "more than one intent tag" if tags else "no intent tag"

    def _text_and_label(self, record: Record) -> tuple[str, str] | None:
        payload = record.payload
        if not isinstance(payload, Conversation):
            return super()._text_and_label(record)
        labels = [tag.removeprefix(self.tag_prefix) for tag in payload.tags if tag.startswith(self.tag_prefix)]
        first = next((turn.text.strip() for turn in payload.turns if turn.role == "customer"), "")
        return (first, labels[0]) if len(labels) == 1 and first else None


def readable(label: str) -> str:
    """Labels as words, so that a small vocabulary can spell them.

    >>> readable("card_payment_fee_charged")
    'card payment fee charged'
    """
    return " ".join(label.replace("_", " ").split())
