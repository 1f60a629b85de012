"""What page one says without a glossary: what the deciding metric means, and how each side of the contrast does on it."""

from dataclasses import dataclass

from brandtune.evaluation.report.arm_tables import ALL_TASKS, HUMAN
from brandtune.evaluation.report.comparisons import metric_named
from brandtune.evaluation.report.numbers import interval_text, value_text
from brandtune.evaluation.results import ArmFacts, Metric, Report


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One side: who it is in words, and its number."""

    title: str
    role: str
    description: str
    value: str
    interval: str
    tuned: bool


def standings(report: Report) -> list[Standing]:
    """The two arms of the deciding contrast, then people; nothing where no contrast decided."""
    primary = report.verdict.primary
    if primary is None:
        return []
    metric = metric_named(report, primary.metric)
    roles = {primary.arm: "", primary.baseline: "best alternative", HUMAN: "the ceiling"}
    arms = {arm.name: arm for arm in report.arms}
    return [_standing(report, arms[name], metric, role=role) for name, role in roles.items() if name in arms]


def _standing(report: Report, arm: ArmFacts, metric: Metric, *, role: str) -> Standing:
    cells = (
        one.estimate for one in report.cells if (one.arm, one.metric, one.task) == (arm.name, metric.name, ALL_TASKS)
    )
    found = next(cells, None)
    return Standing(
        title=arm.title,
        role=role,
        description=arm.description,
        value=value_text(found.value, unit=metric.unit) if found else "",
        interval=interval_text(found, unit=metric.unit) if found else "",
        tuned=arm.tuned,
    )
