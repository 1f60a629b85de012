"""What was known of a customer before a moment, in a few lines and without anything that names a person."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from brandtune.core.records import Event, Profile, Purchase, Record

if TYPE_CHECKING:
    from brandtune.core.tasks.next_best_action import NextBestAction

MOST = 200
RECENT = 6
OFTEN = 5
_KIND_OF_THING = ("category", "product_category", "product_type", "department", "product_id", "handle", "sku")
_PLAIN = re.compile(r"(?=.*[^\W\d_])[^\W_][\w .,'’&/+%$€£-]{0,59}")
_LONG_NUMBER = re.compile(r"\d{5,}")
# Events that say who somebody is, or what they agreed to, and nothing about what they want.
_NOT_TOLD = frozenset({"", "Segment Consent Preference Updated"})


def moment(record: Record) -> datetime:
    """When the record happened, in UTC; call it for dated records only."""
    at = record.occurred_at
    assert at is not None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def plain_value(value: object) -> str:
    """A value that is a few plain words, else nothing: no addresses, no account or phone numbers, no sentences.

    >>> plain_value("10% off"), plain_value("ana@mail.example"), plain_value("+49 170 1234567"), plain_value(3)
    ('10% off', '', '', '')
    """
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if _PLAIN.fullmatch(text) and not _LONG_NUMBER.search(text) else ""


def state_before(record: Record, dated: Sequence[Record], task: "NextBestAction") -> tuple[str, list[str]] | None:
    """The state strictly before `record`, and the ids of the records that it tells of; None when nothing was known.

    What a record says of later times (an order's final status) is left out.

    Args:
        dated: All of the person's dated records, oldest first; the last 200 before `record` are looked at. Records of
            the same moment are not before each other.
    """
    now = moment(record)
    end = bisect_left(dated, now, key=moment)
    before = dated[max(0, end - MOST) : end]
    told = [other for other in before if _told(other)]
    if not told:
        return None
    bought = [other for other in told if isinstance(other.payload, Purchase)]
    lines = [
        f"Known for: {_ago(now, told[0])}",
        f"Orders: {len({other.payload.order for other in bought})}, last {_ago(now, bought[-1])} ago"  # type: ignore[union-attr]
        if bought
        else "Orders: none on record",
        _often("Bought", (_thing(other) for other in bought)),
        _often("Looked at", (_thing(other) for other in told if _looked(other))),
        *_traits(before, task.traits),
        "Recent: " + "; ".join(f"{_ago(now, other)} ago {_what(other, task)}" for other in told[: -RECENT - 1 : -1]),
    ]
    sources = [other.record_id for other in (*told, *(b for b in before if _gives_trait(b, task.traits)))]
    return "\n".join(line for line in lines if line), sources


def _told(record: Record) -> bool:
    payload = record.payload
    if isinstance(payload, Purchase):
        return True
    known = isinstance(payload, Event) and payload.type in ("track", "page", "screen")
    return known and payload.name not in _NOT_TOLD and bool(plain_value(payload.name))  # type: ignore[union-attr]


def _what(record: Record, task: "NextBestAction") -> str:
    payload = record.payload
    if isinstance(payload, Purchase):
        return f"bought {_thing(record) or 'something'}"
    assert isinstance(payload, Event)
    if payload.name in task.action_events:
        return f"we did: {task._action(payload) or 'something'}"
    thing = _thing(record)
    name = payload.name if payload.type == "track" else f"{payload.type} {payload.name}"
    return f"{name.lower()} {thing}".strip()


def _thing(record: Record) -> str:
    """What the record is about, as a kind of thing or its id; never a free text."""
    payload = record.payload
    if isinstance(payload, Purchase):
        return plain_value(payload.product)
    if not isinstance(payload, Event):
        return ""
    return next((found for name in _KIND_OF_THING if (found := plain_value(payload.properties.get(name)))), "")


def _looked(record: Record) -> bool:
    return isinstance(record.payload, Event) and record.payload.name.startswith("Product ")


def _often(name: str, things: Iterable[str]) -> str:
    counted = Counter(thing for thing in things if thing)
    said = (f"{thing} ({count} times)" if count > 1 else thing for thing, count in counted.most_common(OFTEN))
    return f"{name}: {', '.join(said)}" if counted else ""


def _gives_trait(record: Record, names: tuple[str, ...]) -> bool:
    return isinstance(record.payload, Profile) and any(record.payload.traits.get(name) is not None for name in names)


def _traits(before: Sequence[Record], names: tuple[str, ...]) -> list[str]:
    """The latest value of each named trait among records from before."""
    values: dict[str, str] = {}
    for record in before:
        if isinstance(record.payload, Profile):
            for name in names:
                value = record.payload.traits.get(name)
                if value is not None and (
                    said := plain_value(value) or (str(value) if isinstance(value, bool) else "")
                ):
                    values[name] = said
    return [f"{name.replace('_', ' ')}: {values[name]}" for name in names if name in values]


def _ago(now: datetime, record: Record) -> str:
    """How long ago, in days, weeks or months: coarse enough to be said of many.

    >>> from brandtune.core.records import Origin
    >>> at = Record(record_id="r", payload=Profile(), origin=Origin(source="s"), occurred_at=datetime(2026, 1, 1))
    >>> _ago(datetime(2026, 1, 20, tzinfo=UTC), at)
    '2 weeks'
    """
    days = (now - moment(record)).days
    if days < 1:
        return "less than a day"
    count, unit = (days, "day") if days < 14 else (days // 7, "week") if days < 61 else (days // 30, "month")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
