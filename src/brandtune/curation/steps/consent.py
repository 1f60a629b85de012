"""Only people who agreed, as the company's lawful basis asks; nothing of the others is kept, not even an excerpt."""

from collections.abc import Sequence

from brandtune.core.examples import Dropped
from brandtune.core.records import Record
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.texts import ABOUT_NOBODY, WRITTEN_IN_HOUSE

STEP = "consent"


def consent(records: Sequence[Record], context: Context) -> StepResult[Record]:
    """Keep what may be used; catalogues and campaigns are about nobody and pass."""
    kept: list[Record] = []
    dropped: list[Dropped] = []
    for record in records:
        reason = _objection(record, context)
        if reason:
            dropped.append(context.drop_record(record, step=STEP, reason=reason, keep_text=False))
        else:
            kept.append(record)
    return StepResult(kept, dropped)


def _objection(record: Record, context: Context) -> str:
    if isinstance(record.payload, ABOUT_NOBODY):
        return ""
    if isinstance(record.payload, WRITTEN_IN_HOUSE) and record.subject is None and not record.identifiers:
        return ""
    subject = context.subjects.get(record.subject or "")
    status = subject.training_consent if subject else "missing"
    if status in ("denied", "revoked"):
        return f"no consent: {status}"
    if status == "granted" or context.governance.silence_suffices:
        return ""
    return "no consent: never asked" if subject else "no consent: no person linked"
