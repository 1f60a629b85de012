"""From records to examples: which kinds the tasks want, and what they make of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from brandtune.core.examples import Dropped, Example
from brandtune.core.records import Record
from brandtune.core.tasks import Task
from brandtune.curation.context import Context
from brandtune.curation.histories import history_examples
from brandtune.curation.outcomes.gathering import wanted_kinds as outcome_kinds
from brandtune.curation.outcomes.made import Made
from brandtune.curation.outcomes.weights import weighted
from brandtune.curation.quality import quality

STEP = "format"
NOT_USED = "not used by any task"
HISTORY_ONLY = frozenset({"Event", "Profile", "Purchase"})
IN_NO_HISTORY = "no action with an outcome in this history"


def wanted_kinds(records: Sequence[Record], context: Context) -> frozenset[str]:
    """The kinds of record of which some task can use at least one, or say why not; and those that hold outcomes."""
    by_kind: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_kind[record.kind].append(record)
    known = outcome_kinds(context).union(*(task.history_kinds for task in context.tasks))
    return frozenset(kind for kind, rows in by_kind.items() if kind in known or _read_by_a_task(rows, context))


def _read_by_a_task(rows: Sequence[Record], context: Context) -> bool:
    return any(
        task.examples(row, context.brand) or task.why_not(row, context.brand) for row in rows for task in context.tasks
    )


@dataclass(frozen=True)
class Formatted:
    """What became of the records.

    Attributes:
        used: Records that gave an example, or evidence.
        unused: Those that gave none, but for the ones that the outcomes dropped already.
        reasons: How many records were not used, by reason.
    """

    examples: list[Example]
    used: list[Record]
    unused: list[Dropped]
    reasons: dict[str, int]


def make_examples(records: Sequence[Record], context: Context, *, outcomes: Made) -> Formatted:
    """Examples of all tasks with their quality, the records that gave any, and those that gave none."""
    examples = history_examples(records, context)
    serving = {record_id for example in examples for record_id in example.source_record_ids} | outcomes.used
    said_no = {row.id: row for row in outcomes.dropped}
    used: list[Record] = []
    unused: list[Dropped] = []
    reasons: Counter[str] = Counter()
    for record in records:
        made = [example for task in context.tasks for example in _of(task, record, context)]
        examples += made
        if made or record.record_id in serving:
            used.append(record)
        elif record.kind in HISTORY_ONLY:
            reasons[IN_NO_HISTORY] += 1
        elif record.record_id in said_no:
            reasons[said_no[record.record_id].reason] += 1
        else:
            reason = _why_not(record, context)
            reasons[reason] += 1
            unused.append(context.drop_record(record, step=STEP, reason=reason))
    return Formatted(weighted(examples, records, context), used, unused, dict(reasons.most_common()))


def _why_not(record: Record, context: Context) -> str:
    found = (task.why_not(record, context.brand) for task in context.tasks)
    return next((reason for reason in found if reason), "nothing to learn from")


def _of(task: Task, record: Record, context: Context) -> list[Example]:
    return [
        msgspec.structs.replace(example, quality=quality(example, record, context))
        for example in task.examples(record, context.brand)
    ]
