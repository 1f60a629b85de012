"""What each step let through, and what people said against it. `curating` sends the rows down."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from brandtune.core.examples import Dropped, Example
from brandtune.core.records import Record
from brandtune.curation.context import Context
from brandtune.curation.overrides import KEPT_BY_PEOPLE
from brandtune.curation.results import FunnelRow, StepResult
from brandtune.curation.steps.near_duplicates import tied

log = logging.getLogger(__name__)


class Funnel:
    """Filled by one pass of curation.

    Attributes:
        rows: One for each step.
        dropped: Every row that was not used, with its reason.
        notes: Sentences for the report.
        kept_by_people: Ids of rows that a step dropped and people kept.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.rows: list[FunnelRow] = []
        self.dropped: list[Dropped] = []
        self.notes: list[str] = []
        self.kept_by_people: frozenset[str] = frozenset()

    def add(
        self,
        name: str,
        entered: Sequence[Any],
        left: Sequence[Any],
        *,
        reasons: dict[str, int],
        changed: Mapping[str, int] | None = None,
    ) -> None:
        """Count one step; changes that touched nothing are left out."""
        done = {what: count for what, count in (changed or {}).items() if count}
        self.rows.append(FunnelRow(step=name, entered=len(entered), left=len(left), reasons=reasons, changed=done))

    def step(self, name: str, entered: Sequence[Any], result: StepResult[Any]) -> list[Any]:
        """Take a step's result, less what people decided against; returns the rows that go on."""
        kept, dropped = result.kept, result.dropped
        spared = self._context.overrides.kept(name) & {row.id for row in dropped}
        if spared:
            stays = {row_id(row) for row in kept} | spared
            changed_rows = {row_id(row): row for row in kept}
            kept = [changed_rows.get(row_id(row), row) for row in entered if row_id(row) in stays]
            dropped = [row for row in dropped if row.id not in spared]
            self.kept_by_people |= spared
        if name == "near_duplicates":
            kept = tied(kept, self._context)
        reasons = dict(Counter(row.reason for row in dropped).most_common())
        self.add(name, entered, kept, reasons=reasons, changed={**result.changed, KEPT_BY_PEOPLE: len(spared)})
        self.dropped += dropped
        self.notes += result.notes
        log.info("step=%s entered=%d left=%d", name, len(entered), len(kept))
        return kept


def row_id(row: Record | Example) -> str:
    """The id under which a row is dropped."""
    return row.record_id if isinstance(row, Record) else row.example_id
