"""The consent of a person over everything that was ever recorded: the latest word counts, and doubt means no."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from brandtune.core.records import Consent

Status = Literal["granted", "denied", "revoked", "missing"]
UNDATED = datetime.min.replace(tzinfo=UTC)
CLOCK_SKEW = timedelta(days=1)


class Decision(NamedTuple):
    """What holds, and which statement decided, in words."""

    status: Status
    reason: str


def consent_of(statements: Iterable[Consent], *, purpose: str, now: datetime) -> Decision:
    """Decide from all statements of one person.

    The latest statement wins; statements of one moment that disagree count as denied; statements without a date are
    older than all dated ones; none at all is `missing`. A grant dated in the future is taken as undated, so that a
    typing error cannot outlive a refusal.

    >>> said = [Consent(purpose="model_training", status="granted")]
    >>> consent_of(said, purpose="model_training", now=datetime(2026, 1, 1, tzinfo=UTC)).status
    'granted'
    """
    dated = [(_moment(item, now), item.status) for item in statements if item.purpose == purpose]
    if not dated:
        return Decision("missing", f"no statement about {purpose}")
    latest = max(at for at, _ in dated)
    last = {status for at, status in dated if at == latest}
    when = "without a usable date" if latest == UNDATED else f"of {latest.date().isoformat()}"
    if len(last) > 1:
        return Decision("denied", f"statements {when} disagree ({', '.join(sorted(last))}); doubt counts as denied")
    status = last.pop()
    which = f"the latest of {len(dated)} statements" if len(dated) > 1 else "the only statement"
    return Decision(status, f"{status}, {when}, {which}")


def _moment(statement: Consent, now: datetime) -> datetime:
    if statement.at is None:
        return UNDATED
    at = in_utc(statement.at)
    return UNDATED if statement.status == "granted" and is_future(at, now=now) else at


def is_future(moment: datetime | None, *, now: datetime) -> bool:
    """More than a day ahead: a typing error or a wrong clock, not a clock that runs a little fast."""
    return moment is not None and in_utc(moment) > in_utc(now) + CLOCK_SKEW


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC; times without a zone are taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
