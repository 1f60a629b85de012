"""What one person did, said and bought, in order: the input of tasks that predict what comes next."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from brandtune.core.history import History
from brandtune.core.records import Conversation, Event, Purchase, Record, Review, Struct, Subject, Survey
from brandtune.profiles.consent import in_utc, is_future
from brandtune.profiles.traits import TraitValue, trait_history

_NEVER = datetime.max.replace(tzinfo=UTC)


class Outcome(Struct, frozen=True, kw_only=True):
    """How something ended.

    Attributes:
        what: `resolved`, `unresolved`, `reopened`, `csat`, `rating`, `score`, `purchase`, or an event's name.
        value: The number that goes with it: CSAT from 0 to 1, a rating or score on its own scale; None otherwise.
        record_id: The record that says so.
    """

    what: str
    record_id: str
    value: float | None = None
    at: datetime | None = None


class CustomerProfile(Struct, frozen=True, kw_only=True):
    """One person, every part of it in time order with undated records last.

    Attributes:
        traits: Every value that each trait ever had, with source and time; `subject.traits` has the latest.
    """

    subject: Subject
    traits: tuple[TraitValue, ...] = ()
    events: tuple[Record, ...] = ()
    conversations: tuple[Record, ...] = ()
    purchases: tuple[Record, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


def histories(
    records: Iterable[Record], *, subjects: Iterable[Subject] = (), now: datetime | None = None
) -> Iterator[History]:
    """Each linked person with their records in time order, undated ones and those dated in the future last.

    Args:
        records: Linked records; those about nobody are left out.
        subjects: The people of the same linking; a person who is not among them comes without traits and consent.
        now: The present; the clock's when left out.

    Example:
        >>> from brandtune.core.records import Origin
        >>> def bought(number, day):
        ...     at = datetime(2026, 1, day, tzinfo=UTC)
        ...     return Record(record_id=number, payload=Purchase(order=number), origin=Origin(source="shop"),
        ...                   occurred_at=at, subject="ana")
        >>> (ana,) = histories([bought("second", 9), bought("first", 2)])
        >>> [record.record_id for record in ana.records]
        ['first', 'second']
    """
    moment = now or datetime.now(UTC)
    known = {subject.subject_id: subject for subject in subjects}
    about: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.subject is not None:
            about[record.subject].append(record)
    for subject_id, theirs in about.items():
        theirs.sort(key=lambda record: _order(record, moment))
        subject = known.get(subject_id) or Subject(subject_id=subject_id)
        yield History(subject=subject, records=tuple(theirs))


def profile_of(history: History, *, now: datetime | None = None) -> CustomerProfile:
    """Take a history apart: trait values, events, conversations, purchases, outcomes.

    Example:
        >>> from brandtune.core.records import Origin
        >>> record = Record(record_id="1", payload=Purchase(order="7"), origin=Origin(source="shop"))
        >>> profile = profile_of(History(subject=Subject(subject_id="ana"), records=(record,)))
        >>> [outcome.what for outcome in profile.outcomes]
        ['purchase']
    """
    records = history.records
    return CustomerProfile(
        subject=history.subject,
        traits=tuple(trait_history(records, now=now or datetime.now(UTC))),
        events=tuple(record for record in records if isinstance(record.payload, Event)),
        conversations=tuple(record for record in records if isinstance(record.payload, Conversation)),
        purchases=tuple(record for record in records if is_purchase(record)),
        outcomes=tuple(outcome for record in records for outcome in outcomes_of(record)),
    )


def is_purchase(record: Record) -> bool:
    """A row of an order export, or Segment's event of the same meaning."""
    payload = record.payload
    return isinstance(payload, Purchase) or (isinstance(payload, Event) and payload.name == "Order Completed")


ENDINGS = frozenset(
    ["Account Closed", "Subscription Cancelled", "Unsubscribed", "Order Cancelled", "Order Refunded", "Trial Ended"]
)
"""Events that end something, by Segment's names; what else an event means is for a task to say."""


def outcomes_of(record: Record) -> Iterator[Outcome]:
    """What a record says about how things went."""
    payload = record.payload
    found: list[tuple[str, float | None]] = []
    if isinstance(payload, Conversation):
        if payload.resolved is not None:
            found.append(("resolved" if payload.resolved else "unresolved", None))
        if payload.reopened:
            found.append(("reopened", None))
        if payload.csat is not None:
            found.append(("csat", payload.csat))
    elif isinstance(payload, Review) and payload.rating is not None:
        found.append(("rating", payload.rating))
    elif isinstance(payload, Survey) and payload.score is not None:
        found.append(("score", payload.score))
    elif isinstance(payload, Event) and payload.name in ENDINGS:
        found.append((payload.name, None))
    elif is_purchase(record):
        found.append(("purchase", None))
    for what, value in found:
        yield Outcome(what=what, value=value, record_id=record.record_id, at=record.occurred_at)


def _order(record: Record, now: datetime) -> tuple[bool, datetime, str]:
    at = record.occurred_at
    undated = at is None or is_future(at, now=now)
    return (undated, _NEVER if at is None else in_utc(at), record.record_id)
