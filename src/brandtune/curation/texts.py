"""Which fields of a record are running text, and rewriting them all with one function."""

from collections.abc import Callable
from typing import Literal

import msgspec

from brandtune.core.examples import Example
from brandtune.core.records import (
    CampaignVariant,
    Conversation,
    LabelledText,
    Pair,
    Product,
    Record,
    Review,
    Role,
    Struct,
    Survey,
)

Speaker = Literal["customer", "agent"] | None
Rewrite = Callable[[str, Speaker], str]
FIELDS: dict[type[Struct], tuple[str, ...]] = {
    Conversation: ("subject_line",),
    CampaignVariant: ("subject_line", "preheader", "body"),
    Product: ("title", "description"),
    Review: ("title", "text"),
    Survey: ("question", "answer"),
    LabelledText: ("text",),
    Pair: ("system", "prompt", "completion"),
}
ABOUT_NOBODY = (Product, CampaignVariant)
_SPEAKERS: dict[tuple[type[Struct], str], Speaker] = {
    (Conversation, "subject_line"): "customer",
    (LabelledText, "text"): "customer",
    (Review, "text"): "customer",
    (Survey, "answer"): "customer",
    (Pair, "prompt"): "customer",
    (Pair, "completion"): "agent",
}


def rewrite_texts(record: Record, rewrite: Rewrite) -> Record:
    """The record with `rewrite(text, speaker)` applied to each of its texts, in reading order."""
    payload = record.payload
    kind = type(payload)
    changes: dict[str, object] = {}
    for field in FIELDS.get(kind, ()):
        before = getattr(payload, field)
        after = rewrite(before, _SPEAKERS.get((kind, field))) if before else before
        if after != before:
            changes[field] = after
    if isinstance(payload, Conversation):
        turns = tuple(
            msgspec.structs.replace(turn, text=rewrite(turn.text, speaker(turn.role))) for turn in payload.turns
        )
        if turns != payload.turns:
            changes["turns"] = turns
    if not changes:
        return record
    return msgspec.structs.replace(record, payload=msgspec.structs.replace(payload, **changes))


def without_authors(record: Record) -> Record:
    """The record without the names that its turns are signed with."""
    payload = record.payload
    if not isinstance(payload, Conversation) or not any(turn.author for turn in payload.turns):
        return record
    turns = tuple(msgspec.structs.replace(turn, author="") for turn in payload.turns)
    return msgspec.structs.replace(record, payload=msgspec.structs.replace(payload, turns=turns))


def speaker(role: Role) -> Speaker:
    """Who speaks in a turn, as far as names are concerned."""
    return role if role == "customer" or role == "agent" else None


def own_texts(record: Record) -> list[str]:
    """The record's texts in reading order, empty ones left out."""
    texts: list[str] = []

    def collect(text: str, _: Speaker) -> str:
        texts.append(text)
        return text

    rewrite_texts(record, collect)
    return [text for text in texts if text]


def own_text(record: Record) -> str:
    """A few lines of the record's text, for people who look at what was dropped."""
    return "\n".join(own_texts(record))


def question(example: Example) -> str:
    """The last user turn before the target."""
    return next((message.content for message in reversed(example.prompt) if message.role == "user"), "")


def spoken(example: Example) -> str:
    """All turns but the system's."""
    return "\n".join(message.content for message in example.messages if message.role != "system")
