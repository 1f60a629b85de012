"""Only conversations that ended well: solved, and the customer content. Unknown outcomes pass."""

from collections.abc import Sequence

from brandtune.core.config import Config
from brandtune.core.examples import Dropped
from brandtune.core.records import Conversation, Record
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult

STEP = "outcome"


class OutcomeConfig(Config):
    """Which conversations ended well enough."""

    min_csat: float = 0.5
    """Satisfaction from 0 to 1; conversations rated lower are left out. Unrated ones pass."""


def outcome(records: Sequence[Record], context: Context) -> StepResult[Record]:
    """Drop conversations that were unresolved, or whose customer was unhappy."""
    kept: list[Record] = []
    dropped: list[Dropped] = []
    for record in records:
        reason, detail = _complaint(record, min_csat=context.config.outcome.min_csat)
        if reason:
            dropped.append(context.drop_record(record, step=STEP, reason=reason, detail=detail))
        else:
            kept.append(record)
    return StepResult(kept, dropped)


def _complaint(record: Record, *, min_csat: float) -> tuple[str, str]:
    talk = record.payload
    if not isinstance(talk, Conversation):
        return "", ""
    if talk.csat is not None and talk.csat < min_csat:
        return "customer unhappy", f"rated {talk.csat:.2f} of 1, wanted {min_csat:.2f}"
    if talk.resolved is False:
        return "unresolved", f"status {talk.status}" if talk.status else ""
    return "", ""
