"""Segment-spec events from JSON Lines: who did what when, deduplicated by `messageId`.

Spec: https://segment.com/docs/connections/spec/common/ (`timestamp = receivedAt - (sentAt - originalTimestamp)`).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from brandtune.core.ids import content_id
from brandtune.core.records import Consent, Event, Identifier, Record
from brandtune.sources.base import FileSource, Item, Notes, Reading, Repeats, RowProblem
from brandtune.sources.files import InputFile
from brandtune.sources.json_lines import OnError, json_lines
from brandtune.sources.rows import PURPOSE
from brandtune.sources.tables import BadRow
from brandtune.sources.values import as_consent, as_list, as_text, as_time

TYPES = frozenset({"track", "page", "screen", "identify", "group", "alias"})
CONSENT_EVENT = "Segment Consent Preference Updated"
SKEW = timedelta(days=1)
_NOTHING: dict[str, Any] = {}


class SegmentSource(FileSource):
    """Events in Segment's format, one JSON object a line."""

    kind: Literal["segment"] = "segment"
    """Selects this connector."""
    on_error: OnError = "stop"
    """What to do with a line that is not JSON: stop, or drop it with a reason."""

    @property
    def repeats(self) -> Repeats:
        return "drop"

    def records(self, reading: Reading) -> Iterator[Item]:
        for file in reading.files:
            for number, value, position in json_lines(file, self, on_error=self.on_error, reading=reading):
                if position is not None and len(reading.files) == 1:
                    reading.position = position
                try:
                    yield _record(value, number, file=file, reading=reading)
                except RowProblem as problem:
                    yield reading.rejected(file, number, reason=problem.reason, detail=problem.detail)


def _record(value: Any, line: int, *, file: InputFile, reading: Reading) -> Record:
    if isinstance(value, BadRow):
        raise RowProblem(value.reason, detail=value.detail)
    if not isinstance(value, dict):
        raise RowProblem("not an object")
    type_ = value.get("type")
    if not isinstance(type_, str) or type_ not in TYPES:
        known = isinstance(type_, str)
        raise RowProblem("unknown event type", detail="" if known else "no `type`")
    identifiers = _identifiers(value, type_)
    if not any(identifier.type in ("user_id", "anonymous_id") for identifier in identifiers):
        raise RowProblem("no userId and no anonymousId")
    key = as_text(value.get("messageId")) or content_id(value)
    at = event_time(value, reading.notes)
    return Record(
        record_id=f"{reading.name}:{key if '@' not in key else content_id(key)}",
        payload=_payload(value, type_),
        origin=reading.origin(file, line),
        identifiers=identifiers,
        occurred_at=at,
        consents=_consents(value, at),
    )


def _payload(value: Mapping[str, Any], type_: str) -> Event:
    properties = _mapping(value, "traits" if type_ in ("identify", "group") else "properties")
    if type_ == "group" and value.get("groupId") is not None:
        properties = {**properties, "group_id": value["groupId"]}
    return Event(type=type_, name=as_text(value.get("event") or value.get("name")), properties=properties)


def _mapping(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else _NOTHING


def _identifiers(value: Mapping[str, Any], type_: str) -> tuple[Identifier, ...]:
    """Everything that names the person; all of one event belong together."""
    found: dict[Identifier, None] = {}

    def add(kind: str, name: Any) -> None:
        text = as_text(name).strip()
        if text:
            found[Identifier(type=kind, value=text)] = None

    add("user_id", value.get("userId"))
    add("anonymous_id", value.get("anonymousId"))
    if type_ == "alias":
        # The spec leaves open what the previous id was; `profiles` takes it as a user id where it occurs as one.
        previous = as_text(value.get("previousId"))
        add("email" if "@" in previous else "anonymous_id", previous)
    context = _mapping(value, "context")
    for traits in (_mapping(value, "traits") if type_ == "identify" else _NOTHING, _mapping(context, "traits")):
        add("email", traits.get("email"))
        add("phone", traits.get("phone"))
    for external in as_list(context.get("externalIds")):
        if isinstance(external, dict) and external.get("collection", "users") == "users":
            kind = as_text(external.get("type"))
            if kind in ("user_id", "email", "phone", "zendesk_id", "anonymous_id"):
                add(kind, external.get("id"))
    return tuple(found)


def _consents(value: Mapping[str, Any], at: datetime | None) -> tuple[Consent, ...]:
    """What the event says about training; a consent event without that category says nothing."""
    preferences = _mapping(_mapping(_mapping(value, "context"), "consent"), "categoryPreferences")
    if value.get("event") == CONSENT_EVENT and PURPOSE not in preferences:
        properties = _mapping(value, "properties")
        preferences = (
            _mapping(properties, "categoryPreferences")
            or _mapping(_mapping(properties, "consent"), "categoryPreferences")
            or properties
        )
    status = as_consent(preferences.get(PURPOSE))
    return () if status is None else (Consent(purpose=PURPOSE, status=status, at=at),)


def event_time(value: Mapping[str, Any], notes: Notes | None = None) -> datetime | None:
    """When it happened, corrected for the sender's clock where the event carries all three times."""
    original, sent, received = value.get("originalTimestamp"), value.get("sentAt"), value.get("receivedAt")
    if original and sent and received:
        times = as_time(original), as_time(sent), as_time(received)
        if times[0] and times[1] and times[2]:
            if notes is not None and abs(times[2] - times[1]) > SKEW:
                notes.add(
                    "the sender's clock was off by more than a day; the time was corrected as Segment's spec says"
                )
            return times[2] - (times[1] - times[0])
    for key in ("timestamp", "originalTimestamp", "sentAt", "receivedAt"):
        if (moment := as_time(value.get(key))) is not None:
            return moment
    return None
