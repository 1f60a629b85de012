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
    """What one step decided: `len(kept) + len(dropped)` is what entered.

    Attributes:
        notes: Sentences for people.
        changed: How often something was taken out of rows that stay, or done to them, by kind.
    """

    kept: list[T]
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changed: dict[str, int] = field(default_factory=dict)


class FunnelRow(Struct, frozen=True, kw_only=True):
    """How many rows entered a step and were left; `entered - left` is the sum of `reasons`.

    Attributes:
        changed: What was taken out of rows that stay, or done to them, by kind.
    """

    step: str
    entered: int
    left: int
    reasons: dict[str, int] = msgspec.field(default_factory=dict)
    changed: dict[str, int] = msgspec.field(default_factory=dict)


class SegmentShare(Struct, frozen=True, kw_only=True):
    """One segment of the customer base beside the same segment among the people who are learnt from.

    Attributes:
        customers: People in the base.
        learnt: Of those, people with at least one kept example.
        examples: Kept examples about them.
    """

    segment: str
    customers: int
    customers_share: float
    learnt: int
    learnt_share: float
    examples: int


class Representation(Struct, frozen=True, kw_only=True):
    """How well the people who are learnt from stand for all customers, along one trait.

    Attributes:
        distance: Total variation distance of the two distributions of people, 0 (the same) to 1.
        chi_square: Pearson's statistic of the people learnt from against the shares of the base.
        p_value: Of that statistic; None where expected counts are too small for it.
        unknown: People of whom the trait is not known.
    """

    trait: str
    segments: list[SegmentShare]
    distance: float
    chi_square: float | None = None
    p_value: float | None = None
    unknown: int = 0


class PersonalDataReport(Struct, frozen=True, kw_only=True):
    """How much was replaced, never what: mentions by type, and records with at least one.

    Attributes:
        risk: What is left in the finished examples; None when nothing was replaced.
    """

    mentions: dict[str, int] = msgspec.field(default_factory=dict)
    records_touched: int = 0
    risk: ResidualRisk | None = None


class OutcomesReport(Struct, frozen=True, kw_only=True):
    """What the outcomes gave.

    Attributes:
        preferences: Pairs by evidence: ab_test, edit, comparison.
        rated: Answers by evidence and outcome, e.g. `csat: good`.
        left_out: Comparisons, conversations and edits that gave nothing, by step and reason.
    """

    preferences: dict[str, int] = msgspec.field(default_factory=dict)
    rated: dict[str, int] = msgspec.field(default_factory=dict)
    left_out: dict[str, int] = msgspec.field(default_factory=dict)


class CurationReport(Struct, frozen=True, kw_only=True):
    """The whole story in numbers.

    Attributes:
        by_task: Examples kept for each task.
        representation: The people learnt from beside all customers, one report a trait.
        pseudonymized: False where personal data was left in the examples on purpose.
    """

    funnel: list[FunnelRow] = msgspec.field(default_factory=list)
    by_task: dict[str, int] = msgspec.field(default_factory=dict)
    notes: list[str] = msgspec.field(default_factory=list)
    personal_data: PersonalDataReport = PersonalDataReport()
    outcomes: OutcomesReport = OutcomesReport()
    representation: list[Representation] = msgspec.field(default_factory=list)
    pseudonymized: bool = True


@dataclass(frozen=True)
class Curated:
    """The outcome of `curate`."""

    kept: list[Example]
    dropped: list[Dropped]
    report: CurationReport
    preferences: list[Preference] = field(default_factory=list)
    rated: list[Rated] = field(default_factory=list)
