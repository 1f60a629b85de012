"""Sampled rows with their columns bound, and what a judge says about them; see `guesses`."""

from dataclasses import dataclass, field
from typing import Any

from brandtune.sources.columns import Columns, Values, find
from brandtune.sources.values import as_number, as_text, is_nothing

TEXT_LENGTH = 12


@dataclass(frozen=True)
class Guess:
    """A judgement.

    Attributes:
        score: Comparable between judges, about 0 to 10; more telling columns and contents give more.
        fields: Columns beyond those bound by their names.
    """

    score: float
    reason: str
    evidence: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """Rows with the columns bound for one meaning."""

    rows: list[Values]
    columns: Columns

    def has(self, *names: str) -> bool:
        return all(name in self.columns.bound for name in names)

    def values(self, ours: str) -> list[Any]:
        found = (self.columns.get(row, ours) for row in self.rows)
        return [value for value in found if not is_nothing(value)]

    def filled(self, ours: str, column: str) -> float:
        column = self.columns.bound.get(ours, column)
        return sum(not is_nothing(find(row, column)) for row in self.rows) / len(self.rows)

    def length(self, ours: str) -> float:
        values = self.values(ours)
        return sum(len(as_text(value)) for value in values) / len(values) if values else 0.0

    def numeric(self, ours: str) -> bool:
        values = self.values(ours)
        return bool(values) and sum(as_number(value) is not None for value in values) >= 0.9 * len(values)
