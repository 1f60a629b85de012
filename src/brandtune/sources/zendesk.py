"""Zendesk exports: tickets with their comments and users, as one JSON document or as JSON Lines of tickets."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from brandtune.core.records import Conversation, Identifier, Profile, Record, Role, Scalar, Turn
from brandtune.sources.base import FileSource, Item, Reading, RowProblem
from brandtune.sources.files import InputFile
from brandtune.sources.json_items import json_items
from brandtune.sources.json_lines import OnError
from brandtune.sources.markup import plain_text
from brandtune.sources.tables import BadRow
from brandtune.sources.threads import in_order
from brandtune.sources.values import as_scalar, as_text, as_time, as_words, is_nothing

_USER_TRAITS = ("name", "email", "phone", "alias", "locale", "time_zone", "organization_id")
_LISTS = ("users", "tickets")
_SATISFIED = {"good": 1.0, "bad": 0.0}


class ZendeskSource(FileSource):
    """Zendesk tickets: `{"users": […], "tickets": [{…, "comments": […]}]}` or one ticket a line."""

    kind: Literal["zendesk"] = "zendesk"
    """Selects this connector."""
    on_error: OnError = "stop"
    """What to do with a line that is not JSON: stop, or drop it with a reason."""

    def records(self, reading: Reading) -> Iterator[Item]:
        for file in reading.files:
            export = _Export(file, reading)
            for line in json_items(file, self, on_error=self.on_error, reading=reading, inside=_LISTS):
                yield from export.line(line.value, line.number)


class _Export:
    """One file: its users first, then its tickets."""

    def __init__(self, file: InputFile, reading: Reading) -> None:
        self._file, self._reading = file, reading
        self._users: dict[str, Mapping[str, Any]] = {}

    def line(self, value: Any, number: int) -> Iterator[Item]:
        if isinstance(value, BadRow):
            yield self._reading.rejected(self._file, number, reason=value.reason, detail=value.detail)
            return
        for key in ("user", "users"):
            if isinstance(value, dict) and isinstance(value.get(key), dict):
                yield from self._user(value[key], number)
                return
        ticket = value.get("ticket", value) if isinstance(value, dict) else value
        yield from self._ticket(ticket, number)

    def _user(self, user: Any, line: int) -> Iterator[Item]:
        if not isinstance(user, dict) or is_nothing(user.get("id")):
            yield self._reading.rejected(self._file, line, reason="user without id")
            return
        self._users[as_text(user["id"])] = user
        if user.get("role", "end-user") != "end-user":
            return
        traits: dict[str, Scalar] = {k: as_scalar(user[k]) for k in _USER_TRAITS if not is_nothing(user.get(k))}
        yield Record(
            record_id=f"{self._reading.name}:user:{as_text(user['id'])}",
            payload=Profile(traits=traits),
            origin=self._reading.origin(self._file, line),
            identifiers=_identifiers(user),
            occurred_at=as_time(user.get("updated_at") or user.get("created_at")),
        )

    def _ticket(self, ticket: Any, line: int) -> Iterator[Item]:
        try:
            yield self._conversation(ticket, line)
        except RowProblem as problem:
            yield self._reading.rejected(self._file, line, reason=problem.reason, detail=problem.detail)

    def _conversation(self, ticket: Any, line: int) -> Record:
        if not isinstance(ticket, dict) or is_nothing(ticket.get("id")):
            raise RowProblem("ticket without id")
        for user in ticket.get("users") or ():
            self._users.setdefault(as_text(user.get("id")), user)
        turns = in_order(
            [turn for comment in _comments(ticket) if (turn := self._turn(comment, ticket, line)) is not None]
        )
        if not turns:
            raise RowProblem("no turns", detail="no comment has text")
        status = as_text(ticket.get("status")).lower()
        return Record(
            record_id=f"{self._reading.name}:{as_text(ticket['id'])}",
            payload=Conversation(
                turns=turns,
                conversation_id=as_text(ticket["id"]),
                subject_line=as_text(ticket.get("subject") or ticket.get("raw_subject")),
                tags=as_words(ticket.get("tags")),
                status=status,
                resolved=status in ("solved", "closed") if status else None,
                reopened=_reopened(ticket),
                csat=_csat(ticket.get("satisfaction_rating")),
            ),
            origin=self._reading.origin(self._file, line),
            identifiers=self._requester(ticket),
            occurred_at=as_time(ticket.get("created_at")) or turns[0].at,
        )

    def _turn(self, comment: Mapping[str, Any], ticket: Mapping[str, Any], line: int) -> Turn | None:
        text = as_text(comment.get("body") or comment.get("plain_body"))
        if not text.strip():
            text = plain_text(as_text(comment.get("html_body")))
        if not text.strip():
            return None
        author = as_text(comment.get("author_id"))
        role: Role = "note" if comment.get("public") is False else self._role(author, ticket, line)
        return Turn(role=role, text=text, at=as_time(comment.get("created_at")), author=author)

    def _role(self, author: str, ticket: Mapping[str, Any], line: int) -> Role:
        user = self._users.get(author)
        if user is not None and user.get("role"):
            return "customer" if user["role"] == "end-user" else "agent"
        if author and author == as_text(ticket.get("requester_id")):
            return "customer"
        if author == "-1":
            return "system"  # Zendesk's own automations
        if self._users:
            self._reading.notes.add(
                "a comment's author is neither a listed user nor the requester; taken as system",
                where=f"{self._file.label}:{line}",
            )
            return "system"
        return "agent"

    def _requester(self, ticket: Mapping[str, Any]) -> tuple[Identifier, ...]:
        key = as_text(ticket.get("requester_id"))
        embedded = ticket.get("requester")
        user = self._users.get(key) or (embedded if isinstance(embedded, dict) else None)
        if user is None:
            return (Identifier(type="zendesk_id", value=key),) if key else ()
        return _identifiers({"id": key, **user})


def _comments(ticket: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    comments = ticket.get("comments")
    if isinstance(comments, list) and comments:
        return [comment for comment in comments if isinstance(comment, dict)]
    first = {
        "author_id": ticket.get("requester_id"),
        "body": ticket.get("description"),
        "created_at": ticket.get("created_at"),
    }
    return [first]


def _identifiers(user: Mapping[str, Any]) -> tuple[Identifier, ...]:
    named = (("user_id", "external_id"), ("zendesk_id", "id"), ("email", "email"), ("phone", "phone"))
    return tuple(
        Identifier(type=type_, value=as_text(user[key]).strip())
        for type_, key in named
        if not is_nothing(user.get(key))
    )


def _reopened(ticket: Mapping[str, Any]) -> bool | None:
    metrics = ticket.get("metric_set")
    reopens = metrics.get("reopens") if isinstance(metrics, dict) else None
    return reopens > 0 if isinstance(reopens, int) else None


def _csat(rating: Any) -> float | None:
    score = rating.get("score") if isinstance(rating, dict) else rating
    return _SATISFIED.get(as_text(score).lower())
