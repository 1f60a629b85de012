"""The shapes in which exports hold a conversation in one cell, read into turns."""

import re
from collections.abc import Mapping
from typing import Any

from brandtune.core.records import Turn
from brandtune.sources.base import RowProblem
from brandtune.sources.roles import Roles
from brandtune.sources.values import as_text, as_time, from_json
from brandtune.sources.vocabulary import plain

_ROLE_KEYS = ("role", "speaker", "from", "author_type", "sender", "sender_type", "author", "user_type", "participant")
_TEXT_KEYS = ("text", "content", "value", "body", "message", "utterance", "comment")
_TIME_KEYS = ("created_at", "timestamp", "time", "at", "sent_at", "date", "t", "ts")
_STAMP = r"(?:[\[(][^\])]{1,40}[\])]\s*|\d{1,2}:\d{2}(?::\d{2})?\s+(?:-\s+)?)?"
_SPOKEN = re.compile(rf"^\s*{_STAMP}([^\W\d][\w .'-]{{0,28}}?)\s*[:>]\s+(.*)$")


def read_turns(value: Any, *, roles: Roles) -> tuple[Turn, ...]:
    """Turns from a list of messages, a list of pairs, JSON of either, or `Customer: …` lines.

    Turns without text (tool calls, reactions) are left out.

    Raises:
        RowProblem: It is none of these shapes.
    """
    value = from_json(value)
    if isinstance(value, Mapping):
        value = next((item for item in value.values() if isinstance(item, list)), value)
    if isinstance(value, list):
        turns = [_turn(item, roles) for item in value]
    elif isinstance(value, str):
        turns = _spoken(value, roles)
    else:
        raise RowProblem("turns not readable", detail=f"found {type(value).__name__}, expected a list or text")
    kept = tuple(turn for turn in turns if turn is not None)
    if not kept:
        raise RowProblem("no turns")
    return kept


def _turn(item: Any, roles: Roles) -> Turn | None:
    if isinstance(item, list | tuple) and len(item) >= 2:
        return _made(roles, item[0], item[1])
    if not isinstance(item, Mapping):
        raise RowProblem("turns not readable", detail=f"a turn is a {type(item).__name__}")
    role_key = next((key for key in _ROLE_KEYS if key in item), None)
    if role_key is None:
        raise RowProblem("turn without a role", detail=f"its keys are {', '.join(sorted(map(str, item)))[:120]}")
    text = next((item[key] for key in _TEXT_KEYS if item.get(key) is not None), None)
    at = next((item[key] for key in _TIME_KEYS if item.get(key) is not None), None)
    private = item.get("public") is False or item.get("private") is True
    author = item.get("author_id") or item.get("name")
    return _made(roles, "note" if private else item[role_key], text, at=at, author=author)


def _made(roles: Roles, word: Any, text: Any, *, at: Any = None, author: Any = None) -> Turn | None:
    said = message_text(text)
    if not said.strip():
        return None
    author = author if isinstance(author, str | int) else None
    return Turn(role=roles.of(word), text=said, at=as_time(at), author=as_text(author))


def message_text(value: Any) -> str:
    """Text of a message; OpenAI content parts are joined, parts that are not text left out."""
    if isinstance(value, list):
        parts = [part.get("text") if isinstance(part, Mapping) else part for part in value]
        return "\n".join(part for part in parts if isinstance(part, str))
    if isinstance(value, Mapping):
        return message_text(value.get("text") or value.get("content") or "")
    return as_text(value)


def _spoken(text: str, roles: Roles) -> list[Turn | None]:
    """Lines of `Speaker: words`; lines without a speaker continue the one before."""
    lines = text.splitlines()
    speakers = [match[1] for line in lines if (match := _SPOKEN.match(line))]
    known = {word for word in speakers if roles.knows(word)}
    # Without any known word the few names that keep coming back are the speakers (their roles are asked for later).
    accepted = known or ({word for word in speakers if speakers.count(word) > 1} if len(set(speakers)) <= 4 else set())
    if not accepted:
        raise RowProblem("no speakers found", detail="expected lines such as `Customer: …` and `Agent: …`")
    names = {plain(word) for word in accepted}
    blocks: list[tuple[str, list[str]]] = []
    for line in lines:
        match = _SPOKEN.match(line)
        if match and plain(match[1]) in names:
            blocks.append((match[1], [match[2]]))
        elif blocks:
            blocks[-1][1].append(line)
    return [_made(roles, word, "\n".join(said).strip()) for word, said in blocks]
