"""From records to examples: which kinds the tasks want, and what they make of them."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from brandtune.core.examples import Dropped, Example
from brandtune.core.records import Record
from brandtune.core.tasks import Task
from brandtune.curation.context import Context
from brandtune.curation.quality import quality

STEP = "format"
NOT_USED = "not used by any task"


def wanted_kinds(records: Sequence[Record], context: Context) -> frozenset[str]:
    """The kinds of record of which some task can use at least one."""
    by_kind: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_kind[record.kind].append(record)
    return frozenset(
        kind
        for kind, rows in by_kind.items()
        if any(task.examples(row, context.brand) for row in rows for task in context.tasks)
    )


def make_examples(records: Sequence[Record], context: Context) -> tuple[list[Example], list[Record], list[Dropped]]:
    """Examples of all tasks with their quality, the records that gave any, and those that gave none."""
    examples: list[Example] = []
    used: list[Record] = []
    unused: list[Dropped] = []
    for record in records:
        made = [example for task in context.tasks for example in _of(task, record, context)]
        examples += made
        if made:
            used.append(record)
        else:
            unused.append(context.drop_record(record, step=STEP, reason="nothing to learn from"))
    return examples, used, unused


def _of(task: Task, record: Record, context: Context) -> list[Example]:
    return [
        msgspec.structs.replace(example, quality=quality(example, record, context))
        for example in task.examples(record, context.brand)
    ]
