"""Nothing older than the company said it would keep, counted back from the newest record."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from brandtune.core.examples import Dropped
from brandtune.core.records import Record
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult

STEP = "retention"


def retention(records: Sequence[Record], context: Context) -> StepResult[Record]:
    """Drop what is older than `retention_days` before the newest record; undated records stay and are counted."""
    days = context.governance.retention_days
    if days is None or not records:
        return StepResult(list(records))
    dated = [_aware(record.occurred_at) for record in records if record.occurred_at]
    oldest = max(dated) - timedelta(days=days) if dated else None
    kept: list[Record] = []
    dropped: list[Dropped] = []
    for record in records:
        if oldest and record.occurred_at and _aware(record.occurred_at) < oldest:
            detail = f"more than {days} days before the newest record"
            dropped.append(
                context.drop_record(
                    record, step=STEP, reason="past the retention period", detail=detail, keep_text=False
                )
            )
        else:
            kept.append(record)
    undated = len(records) - len(dated)
    notes = [f"{undated} records carry no date; the retention period could not be applied to them."] if undated else []
    return StepResult(kept, dropped, notes)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
