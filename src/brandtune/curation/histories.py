"""Each person's records in time order, for tasks that learn from sequences. Only what the record steps let through."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from brandtune.core.examples import Example
from brandtune.core.history import History
from brandtune.core.records import Record
from brandtune.curation.context import Context

_LAST = datetime.max.replace(tzinfo=UTC)


def histories(records: Iterable[Record], context: Context) -> Iterator[History]:
    """One history a person, in the order in which people first appear; records about nobody are in none."""
    by_person: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.subject in context.subjects:
            by_person[record.subject or ""].append(record)
    for subject_id, rows in by_person.items():
        yield History(subject=context.subjects[subject_id], records=tuple(sorted(rows, key=_when)))


def history_examples(records: Iterable[Record], context: Context) -> list[Example]:
    """What the tasks that read histories make of them."""
    tasks = [task for task in context.tasks if task.history_kinds]
    if not tasks:
        return []
    wanted = frozenset().union(*(task.history_kinds for task in tasks))
    rows = (record for record in records if record.kind in wanted)
    return [
        example
        for history in histories(rows, context)
        for task in tasks
        for example in task.examples_of_history(history, context.brand)
    ]


def _when(record: Record) -> datetime:
    at = record.occurred_at
    return _LAST if at is None else at if at.tzinfo else at.replace(tzinfo=UTC)
