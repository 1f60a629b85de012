"""What curation hands on: the examples kept, every row dropped, and the funnel between them."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from brandtune.core.examples import Dropped, Example, Preference, Rated
from brandtune.core.records import Struct
from brandtune.curation.personal.risk import ResidualRisk

T = TypeVar("T")


@dataclass(frozen=True)
class StepResult(Generic[T]):
    """What one step decided: `len(kept) + len(dropped)` is what entered; `notes` are sentences for people."""

    kept: list[T]
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class FunnelRow(Struct, frozen=True, kw_only=True):
    """How many rows entered a step and were left; `entered - left` is the sum of `reasons`."""

    step: str
    entered: int
    left: int
    reasons: dict[str, int] = msgspec.field(default_factory=dict)


class PersonalDataReport(Struct, frozen=True, kw_only=True):
    """How much was replaced, never what: mentions by type, and records with at least one.

    Attributes:
        risk: What is left in the finished examples; None when nothing was replaced.
    """

    mentions: dict[str, int] = msgspec.field(default_factory=dict)
    records_touched: int = 0
    risk: ResidualRisk | None = None


class CurationReport(Struct, frozen=True, kw_only=True):
    """The whole story in numbers.

    Attributes:
        by_task: Examples kept for each task.
    """

    funnel: list[FunnelRow] = msgspec.field(default_factory=list)
    by_task: dict[str, int] = msgspec.field(default_factory=dict)
    notes: list[str] = msgspec.field(default_factory=list)
    personal_data: PersonalDataReport = PersonalDataReport()


@dataclass(frozen=True)
class Curated:
    """The outcome of `curate`."""

    kept: list[Example]
    dropped: list[Dropped]
    report: CurationReport
    preferences: list[Preference] = field(default_factory=list)
    rated: list[Rated] = field(default_factory=list)
