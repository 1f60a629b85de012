"""Which fields of a record are running text, and rewriting them all with one function."""

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from brandtune.core.examples import Example
from brandtune.core.records import (
    Asset,
    CampaignVariant,
    Comparison,
    Conversation,
    Edit,
    Faq,
    LabelledText,
    Mention,
    Pair,
    Product,
    Rating,
    Record,
    Review,
    Role,
    SocialPost,
    Struct,
    Survey,
    Translation,
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
    Mention: ("text",),
    SocialPost: ("text",),
    Edit: ("system", "brief", "draft", "published"),
    Comparison: ("chosen", "rejected"),
    Rating: ("answer",),
    Faq: ("question", "answer"),
    Asset: ("text", "reason"),
    Translation: ("source", "target"),
}
ABOUT_NOBODY = (Product, CampaignVariant, SocialPost, Faq, Asset, Translation)
WRITTEN_IN_HOUSE = (Edit,)
"""Both sides are the company's own words: where no person is linked, there is nobody whose consent could be asked."""
WITH_TURNS = (Conversation, Comparison, Rating)
_SPEAKERS: dict[tuple[type[Struct], str], Speaker] = {
    (Conversation, "subject_line"): "customer",
    (LabelledText, "text"): "customer",
    (Review, "text"): "customer",
    (Survey, "answer"): "customer",
    (Pair, "prompt"): "customer",
    (Pair, "completion"): "agent",
    (Mention, "text"): "customer",
    (Edit, "draft"): "agent",
    (Edit, "published"): "agent",
    (Comparison, "chosen"): "agent",
    (Comparison, "rejected"): "agent",
    (Rating, "answer"): "agent",
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
    if isinstance(payload, WITH_TURNS):
        turns = tuple(
            msgspec.structs.replace(turn, text=rewrite(turn.text, speaker(turn.role))) for turn in payload.turns
        )
        if turns != payload.turns:
            changes["turns"] = turns
    if not changes:
        return record
    return msgspec.structs.replace(record, payload=msgspec.structs.replace(payload, **changes))


def texts_of(record: Record) -> Iterator[tuple[str, Speaker]]:
    """Every text of a record with who speaks in it."""
    found: list[tuple[str, Speaker]] = []

    def collect(text: str, speaker: Speaker) -> str:
        found.append((text, speaker))
        return text

    rewrite_texts(record, collect)
    return iter(found)


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
    return [text for text, _ in texts_of(record) if text]


def own_text(record: Record) -> str:
    """A few lines of the record's text, for people who look at what was dropped."""
    return "\n".join(own_texts(record))


def question(example: Example) -> str:
    """The last user turn before the target."""
    return next((message.content for message in reversed(example.prompt) if message.role == "user"), "")


def spoken(example: Example) -> str:
    """All turns but the system's."""
    return "\n".join(message.content for message in example.messages if message.role != "system")
