"""Conversations from one row a message: grouped by conversation, or followed through replies as in social exports."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from brandtune.core.ids import content_id
from brandtune.core.records import Consent, Conversation, Identifier, Origin, Record, Turn
from brandtune.sources.base import Item, RowProblem
from brandtune.sources.payloads import outcome
from brandtune.sources.rows import Cells
from brandtune.sources.values import as_text
from brandtune.sources.vocabulary import plain

_REPLY_COLUMNS = ("tweet_id", "author_id", "inbound", "text", "in_response_to_tweet_id")


@dataclass
class _Thread:
    """What has been read of one conversation so far."""

    origin: Origin
    outcome: dict[str, Any]
    turns: list[Turn] = field(default_factory=list)
    identifiers: dict[Identifier, None] = field(default_factory=dict)
    consents: dict[Consent, None] = field(default_factory=dict)


@dataclass
class _Post:
    """One message of a social export, waiting for its thread."""

    turn: Turn
    parent: str
    origin: Origin
    author: str


class Threads:
    """Collects messages and yields conversations at the end; turns are in time order where every turn has a time."""

    def __init__(self) -> None:
        self._threads: dict[str, _Thread] = {}
        self._posts: dict[str, _Post] = {}

    def take(self, cells: Cells, *, origin: Origin) -> None:
        """Add one message row.

        Raises:
            RowProblem: The row has no conversation or no text.
        """
        if is_reply_export(cells.columns.known):
            self._take_post(cells, origin)
            return
        key = cells.required("id").strip()
        text = cells.required("text")
        column = cells.columns.bound["role"]
        role = cells.conventions.roles.of(cells.raw("role"), column=column)
        turn = Turn(role=role, text=text, at=cells.time(), author=cells.word("author"))
        thread = self._threads.get(key)
        if thread is None:
            thread = self._threads[key] = _Thread(origin=origin, outcome=outcome(cells))
        else:
            _update(thread.outcome, outcome(cells))
        thread.turns.append(turn)
        thread.identifiers.update(dict.fromkeys(cells.identifiers()))
        thread.consents.update(dict.fromkeys(cells.consents()))

    def _take_post(self, cells: Cells, origin: Origin) -> None:
        by_plain = {plain(name): name for name in cells.columns.known}

        def value(column: str) -> Any:
            return cells.values.get(by_plain[plain(column)])

        key = as_text(_whole(value("tweet_id"))).strip()
        if not key:
            raise RowProblem("empty tweet_id")
        if key in self._posts:
            raise RowProblem("duplicate message id")
        text = as_text(value("text"))
        if not text.strip():
            raise RowProblem("empty text")
        role = cells.conventions.roles.of(value("inbound"), column="inbound")
        author = as_text(_whole(value("author_id"))).strip()
        parent = as_text(_whole(value("in_response_to_tweet_id"))).strip()
        turn = Turn(role=role, text=text, at=cells.time(), author=author if role == "agent" else "")
        self._posts[key] = _Post(turn=turn, parent=parent, origin=origin, author=author)

    def _root(self, key: str) -> str:
        """The first message that can be reached upwards; circles end where they close."""
        seen = {key}
        while (parent := self._posts[key].parent) in self._posts and parent not in seen:
            seen.add(parent)
            key = parent
        if parent not in seen:
            return key
        circle = [key]
        while (key := self._posts[key].parent) != circle[0]:
            circle.append(key)
        return min(circle)

    def _gather_posts(self) -> None:
        for key, post in self._posts.items():
            root = self._root(key)
            thread = self._threads.setdefault(root, _Thread(origin=self._posts[root].origin, outcome={}))
            thread.turns.append(post.turn)
            if post.turn.role == "customer" and post.author:
                # A handle of another platform must not collide with the company's own user ids.
                thread.identifiers[Identifier(type="anonymous_id", value=f"twitter:{post.author}")] = None

    def records(self, source: str) -> list[Item]:
        """The conversations, in order of their first message; `source` starts their ids."""
        self._gather_posts()
        return [self._record(source, key, thread) for key, thread in self._threads.items()]

    def _record(self, source: str, key: str, thread: _Thread) -> Item:
        turns = in_order(thread.turns)
        own = key if plain(key) and len(key) <= 80 and "@" not in key else content_id(key)
        return Record(
            record_id=f"{source}:{own}",
            payload=Conversation(turns=turns, conversation_id=key, **thread.outcome),
            origin=thread.origin,
            identifiers=tuple(thread.identifiers),
            occurred_at=turns[0].at,
            consents=tuple(thread.consents),
        )


def is_reply_export(columns: Iterable[str]) -> bool:
    """Whether the columns are those of the public support-tweets export."""
    have = {plain(name) for name in columns}
    return all(plain(name) in have for name in _REPLY_COLUMNS)


def in_order(turns: list[Turn]) -> tuple[Turn, ...]:
    """By time when every turn has one, else as they were read."""
    dated = [(turn.at, turn) for turn in turns if turn.at is not None]
    if len(dated) < len(turns):
        return tuple(turns)
    return tuple(turn for _, turn in sorted(dated, key=lambda pair: pair[0]))


def _update(known: dict[str, Any], found: dict[str, Any]) -> None:
    """Later rows know better how a conversation ended; empty cells say nothing."""
    known.update({name: value for name, value in found.items() if value not in (None, "", ())})


def _whole(value: Any) -> Any:
    """Ids that went through a float column: `119237.0` is 119237."""
    text = as_text(value)
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else value
