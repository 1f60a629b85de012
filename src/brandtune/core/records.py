"""What a source yields: one `Record` with a typed payload. Every later stage speaks in these nouns; see `examples` next."""

from datetime import datetime
from typing import Literal

import msgspec

Scalar = str | int | float | bool | None
Role = Literal["customer", "agent", "system", "note"]
"""Who speaks: `note` is a private remark between colleagues and never reaches training."""


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all nouns: immutable, keyword-only, JSON-able through msgspec."""


class TaggedStruct(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Base of record payloads; JSON carries the class name under `kind`."""


class Origin(Struct, frozen=True, kw_only=True):
    """Where a record came from, precise enough to open it in an editor."""

    source: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file or self.source}:{self.line}" if self.line else (self.file or self.source)


class Identifier(Struct, frozen=True, kw_only=True):
    """One way to name a person, e.g. type `email`, value `ana@example.com` (normalised by `profiles`)."""

    type: str
    value: str


class Consent(Struct, frozen=True, kw_only=True):
    """One consent statement as it was recorded, for one purpose at one moment."""

    purpose: str
    status: Literal["granted", "denied", "revoked"]
    at: datetime | None = None


class Profile(TaggedStruct, frozen=True, kw_only=True):
    """Traits of one person as one system knows them."""

    traits: dict[str, Scalar] = {}


class Event(TaggedStruct, frozen=True, kw_only=True):
    """Something a person did (Segment's `track`, `page`, `identify`…)."""

    type: str
    name: str = ""
    properties: dict[str, object] = {}


class Turn(Struct, frozen=True, kw_only=True):
    role: Role
    text: str
    at: datetime | None = None
    author: str = ""


class Conversation(TaggedStruct, frozen=True, kw_only=True):
    """A support ticket or chat with its outcome. `csat` is scaled to 0..1; None means never asked or not answered."""

    turns: tuple[Turn, ...]
    conversation_id: str = ""
    subject_line: str = ""
    tags: tuple[str, ...] = ()
    status: str = ""
    resolved: bool | None = None
    reopened: bool | None = None
    csat: float | None = None


class CampaignVariant(TaggedStruct, frozen=True, kw_only=True):
    """One variant of one campaign with its engagement counts (None when the export lacks them)."""

    campaign: str
    variant: str = "A"
    channel: str = "email"
    audience: str = ""
    product: str = ""
    offer: str = ""
    subject_line: str = ""
    preheader: str = ""
    body: str = ""
    sends: int | None = None
    opens: int | None = None
    clicks: int | None = None
    conversions: int | None = None


class Product(TaggedStruct, frozen=True, kw_only=True):
    handle: str
    title: str
    description: str = ""
    type: str = ""
    attributes: dict[str, str] = {}
    price: float | None = None
    currency: str = ""


class Purchase(TaggedStruct, frozen=True, kw_only=True):
    order: str
    product: str = ""
    quantity: int = 1
    unit_price: float | None = None
    currency: str = ""
    status: str = ""


class Review(TaggedStruct, frozen=True, kw_only=True):
    text: str
    product: str = ""
    title: str = ""
    rating: float | None = None


class Survey(TaggedStruct, frozen=True, kw_only=True):
    answer: str = ""
    question: str = ""
    score: float | None = None


class LabelledText(TaggedStruct, frozen=True, kw_only=True):
    """A text and the label that people gave it."""

    text: str
    label: str


class Pair(TaggedStruct, frozen=True, kw_only=True):
    """An input and the text that people wrote for it, when the export is already prompt and completion."""

    prompt: str
    completion: str
    system: str = ""


class Mention(TaggedStruct, frozen=True, kw_only=True):
    """What somebody outside the company wrote about it in public, with its reach where the export has it."""

    text: str
    platform: str = ""
    sentiment: str = ""
    likes: int | None = None
    shares: int | None = None
    replies: int | None = None


class SocialPost(TaggedStruct, frozen=True, kw_only=True):
    """A post that the brand published, with its engagement (None when the export lacks it)."""

    text: str
    platform: str = ""
    campaign: str = ""
    variant: str = ""
    audience: str = ""
    product: str = ""
    offer: str = ""
    impressions: int | None = None
    engagements: int | None = None
    clicks: int | None = None


class Edit(TaggedStruct, frozen=True, kw_only=True):
    """A draft and what a person published instead of it, for one brief."""

    draft: str
    published: str
    brief: str = ""
    system: str = ""


class Comparison(TaggedStruct, frozen=True, kw_only=True):
    """Two answers to one conversation, one of which people preferred."""

    turns: tuple[Turn, ...]
    chosen: str
    rejected: str


class Rating(TaggedStruct, frozen=True, kw_only=True):
    """One answer to one conversation that people called good or bad."""

    turns: tuple[Turn, ...]
    answer: str
    good: bool


class Faq(TaggedStruct, frozen=True, kw_only=True):
    """A question about the brand and the answer that the company stands by."""

    question: str
    answer: str
    topic: str = ""


class Asset(TaggedStruct, frozen=True, kw_only=True):
    """A text that somebody reviewed against the rules; `verdict` in the company's own words, e.g. approved."""

    text: str
    verdict: str
    rule: str = ""
    reason: str = ""
    channel: str = ""


class Translation(TaggedStruct, frozen=True, kw_only=True):
    """One text in two locales (`en-GB`, `de-DE`), with the glossary that the translator had to keep to."""

    source: str
    target: str
    source_locale: str = ""
    target_locale: str = ""
    glossary: dict[str, str] = {}


Payload = (
    Profile
    | Event
    | Conversation
    | CampaignVariant
    | Product
    | Purchase
    | Review
    | Survey
    | LabelledText
    | Pair
    | Mention
    | SocialPost
    | Edit
    | Comparison
    | Rating
    | Faq
    | Asset
    | Translation
)


class Record(Struct, frozen=True, kw_only=True):
    """One thing a company knows, with who it is about and where it was read.

    Attributes:
        record_id: Stable over re-reads: derived from the source's name and the record's own id or content.
        identifiers: The people identifiers found on the record; `profiles.link` turns them into `subject`.
        subject: Canonical person id after linking; None before, and for records about nobody.
        consents: Consent statements that this record carries.
    """

    record_id: str
    payload: Payload
    origin: Origin
    identifiers: tuple[Identifier, ...] = ()
    occurred_at: datetime | None = None
    consents: tuple[Consent, ...] = ()
    subject: str | None = None

    @property
    def kind(self) -> str:
        return type(self.payload).__name__


class Subject(Struct, frozen=True, kw_only=True):
    """A person after linking: every identifier and trait that any source gave, and the consent that follows.

    Attributes:
        training_consent: `granted`, `denied`, `revoked` or `missing`, for the purpose that was asked.
        consent_reason: Which statement decided, in words.
    """

    subject_id: str
    identifiers: tuple[Identifier, ...] = ()
    traits: dict[str, Scalar] = {}
    training_consent: Literal["granted", "denied", "revoked", "missing"] = "missing"
    consent_reason: str = ""
