"""Intercom's conversation export: parts with HTML bodies, notes, bots, redactions and a rating from 1 to 5."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from brandtune.core.records import Conversation, Identifier, Record, Role, Turn
from brandtune.sources.base import FileSource, Item, Reading, RowProblem
from brandtune.sources.files import InputFile
from brandtune.sources.json_items import json_items
from brandtune.sources.json_lines import OnError
from brandtune.sources.markup import plain_text
from brandtune.sources.tables import BadRow
from brandtune.sources.threads import in_order
from brandtune.sources.values import as_number, as_text, as_time, is_nothing

_CUSTOMERS = ("user", "lead", "contact", "visitor")
_AGENTS = ("admin", "bot", "team", "operator")
_MOST_STARS = 5


class IntercomSource(FileSource):
    """Intercom conversations: `{"conversations": […]}`, a list of them, or one a line."""

    kind: Literal["intercom"] = "intercom"
    """Selects this connector."""
    on_error: OnError = "stop"
    """What to do with a line that is not JSON: stop, or drop it with a reason."""

    def records(self, reading: Reading) -> Iterator[Item]:
        for file in reading.files:
            items = json_items(file, self, on_error=self.on_error, reading=reading, inside=("data", "conversations"))
            for number, value, position in items:
                if position is not None and len(reading.files) == 1:
                    reading.position = position
                yield _item(value, number, file=file, reading=reading)


def _item(value: Any, line: int, *, file: InputFile, reading: Reading) -> Item:
    try:
        if isinstance(value, BadRow):
            raise RowProblem(value.reason, detail=value.detail)
        return _record(value, line, file=file, reading=reading)
    except RowProblem as problem:
        return reading.rejected(file, line, reason=problem.reason, detail=problem.detail)


def _record(value: Any, line: int, *, file: InputFile, reading: Reading) -> Record:
    if not isinstance(value, dict) or is_nothing(value.get("id")):
        raise RowProblem("conversation without id")
    parts = _parts(value)
    if any(part.get("redacted") is True for part in parts):
        reading.notes.add("a redacted part was left out", where=f"{file.label}:{line}")
    turns = in_order([turn for part in parts if (turn := _turn(part, reading, f"{file.label}:{line}")) is not None])
    if not turns:
        raise RowProblem("no turns", detail="no part has text")
    key = as_text(value["id"])
    state = as_text(value.get("state")).lower() or (
        "open" if value.get("open") else "closed" if "open" in value else ""
    )
    return Record(
        record_id=f"{reading.name}:{key}",
        payload=Conversation(
            turns=turns,
            conversation_id=key,
            subject_line=plain_text(as_text(value.get("title") or _mapping(value, "source").get("subject"))).strip(),
            tags=_tags(value),
            status=state,
            resolved=state == "closed" if state else None,
            reopened=_reopened(value),
            csat=_csat(_mapping(value, "conversation_rating").get("rating")),
        ),
        origin=reading.origin(file, line),
        identifiers=_identifiers(value, parts),
        occurred_at=as_time(value.get("created_at")) or turns[0].at,
    )


def _parts(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The message that opened the conversation, then its parts."""
    opened = {"created_at": value.get("created_at"), **_mapping(value, "source")}
    found = value.get("conversation_parts")
    listed = found.get("conversation_parts") if isinstance(found, dict) else found
    rest = [part for part in listed if isinstance(part, dict)] if isinstance(listed, list) else []
    return [opened, *rest]


def _turn(part: Mapping[str, Any], reading: Reading, where: str) -> Turn | None:
    if part.get("redacted") is True:
        return None
    text = plain_text(as_text(part.get("body")))
    if not text.strip():
        return None  # an assignment, a snooze, an image alone
    author = _mapping(part, "author")
    return Turn(
        role=_role(part, author, reading, where),
        text=text,
        at=as_time(part.get("created_at")),
        author=as_text(author.get("id")),
    )


def _role(part: Mapping[str, Any], author: Mapping[str, Any], reading: Reading, where: str) -> Role:
    if as_text(part.get("part_type")).startswith("note"):
        return "note"
    who = as_text(author.get("type")).lower()
    if who in _CUSTOMERS:
        return "customer"
    if who in _AGENTS:
        return "agent"
    reading.notes.add("a part's author is neither a contact nor a teammate; taken as system", where=where)
    return "system"


def _identifiers(value: Mapping[str, Any], parts: list[Mapping[str, Any]]) -> tuple[Identifier, ...]:
    """Of the contacts, and of those who wrote as customers."""
    found: dict[Identifier, None] = {}
    listed = value.get("contacts")
    contacts = listed.get("contacts") if isinstance(listed, dict) else listed
    people: list[Mapping[str, Any]] = (
        [person for person in contacts if isinstance(person, dict)] if isinstance(contacts, list) else []
    )
    people += [a for part in parts if (a := _mapping(part, "author")) and as_text(a.get("type")).lower() in _CUSTOMERS]
    for type_, key in (("user_id", "external_id"), ("user_id", "user_id"), ("email", "email"), ("phone", "phone")):
        for person in people:
            if not is_nothing(person.get(key)):
                found[Identifier(type=type_, value=as_text(person[key]).strip())] = None
    for person in people:
        if not is_nothing(person.get("id")):
            # Intercom's own ids must not collide with the company's.
            found[Identifier(type="anonymous_id", value=f"intercom:{as_text(person['id'])}")] = None
    return tuple(found)


def _tags(value: Mapping[str, Any]) -> tuple[str, ...]:
    found = value.get("tags")
    listed = found.get("tags") if isinstance(found, dict) else found
    tags = listed if isinstance(listed, list) else []
    return tuple(as_text(tag.get("name") if isinstance(tag, dict) else tag) for tag in tags if tag)


def _reopened(value: Mapping[str, Any]) -> bool | None:
    count = as_number(_mapping(value, "statistics").get("count_reopens"))
    return None if count is None else count > 0


def _csat(rating: Any) -> float | None:
    number = as_number(rating)
    return (number - 1) / (_MOST_STARS - 1) if number is not None and 1 <= number <= _MOST_STARS else None


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}
