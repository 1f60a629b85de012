"""Arms by metrics: the table, its per-task variants, and the chart of the primary metric."""

from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup

from brandtune.evaluation.report.numbers import interval_text, title_text, value_text
from brandtune.evaluation.report.svg import Scale
from brandtune.evaluation.report.tracks import TrackChart, TrackRow, axis, bar, estimate_scale, track
from brandtune.evaluation.results import ArmFacts, Cell, Estimate, Metric, Report

ALL_TASKS = "all"
HUMAN = "human"
"""The row of what people wrote: the ceiling, which competes with no arm and costs no tokens."""


@dataclass(frozen=True, kw_only=True)
class ArmCell:
    """One number as shown; `raw` is the number itself."""

    raw: float
    text: str
    interval: str
    n: int
    best: bool
    bar: Markup


@dataclass(frozen=True, kw_only=True)
class ArmRow:
    arm: ArmFacts
    cells: list[ArmCell | None]


@dataclass(frozen=True, kw_only=True)
class ArmGroup:
    """Arms that belong together."""

    title: str
    rows: list[ArmRow]
    tuned: bool = False
    people: bool = False


@dataclass(frozen=True, kw_only=True)
class ArmTable:
    """One table; `metrics` are those that were measured on the task, or should have been."""

    task: str
    title: str
    metrics: list[Metric]
    groups: list[ArmGroup]


def arm_table(report: Report, *, task: str, detail: bool = False) -> ArmTable:
    """The table of one task; `all` pools the tasks. `detail` takes the further metrics instead of the main ones."""
    found = {(cell.arm, cell.metric): cell.estimate for cell in report.cells if _shown(cell, task)}
    measured = {name for _, name in found} | _blank(report, task)
    metrics = [metric for metric in report.metrics if metric.name in measured and metric.detail == detail]
    # A task's own order puts the metric first that matters most to it.
    order = {name: place for place, name in enumerate(report.task_metrics.get(task, ()))}
    metrics.sort(key=lambda metric: order.get(metric.name, len(order)))
    columns = {metric.name: _column(report.arms, found, metric) for metric in metrics}
    rows = [ArmRow(arm=arm, cells=[columns[metric.name].get(arm.name) for metric in metrics]) for arm in report.arms]
    title = "All tasks" if task == ALL_TASKS else title_text(task)
    return ArmTable(task=task, title=title, metrics=metrics, groups=_groups(rows))


def _blank(report: Report, task: str) -> set[str]:
    """Metrics of the task that no cell of the report has: their line stays blank, and a note says why."""
    measured = {cell.metric for cell in report.cells}
    kinds = [task] if task != ALL_TASKS else report.task_metrics
    wanted = {name for kind in kinds for name in report.task_metrics.get(kind, ())}
    return {metric.name for metric in report.metrics if metric.name in wanted - measured}


def task_tables(report: Report) -> list[ArmTable]:
    """A table per task, where there is more than one."""
    if len(report.tasks) < 2:
        return []
    return [table for table in (arm_table(report, task=task) for task in report.tasks) if table.metrics]


def primary_metric(report: Report) -> Metric | None:
    """The metric the verdict rests on; the first one where there is no verdict to rest."""
    if report.verdict.primary is not None:
        return next((one for one in report.metrics if one.name == report.verdict.primary.metric), None)
    return report.metrics[0] if report.metrics else None


def arm_chart(report: Report, *, metric: Metric) -> TrackChart | None:
    """Dots and intervals of one metric over the arms."""
    found = {cell.arm: cell.estimate for cell in report.cells if _shown(cell, ALL_TASKS) and cell.metric == metric.name}
    if not found:
        return None
    scale = estimate_scale(list(found.values()))
    ticks = tuple(scale.ticks())
    rows = [
        TrackRow(
            title=arm.title,
            value=value_text(found[arm.name].value, unit=metric.unit),
            interval=interval_text(found[arm.name], unit=metric.unit),
            drawing=track(found[arm.name], scale=scale, filled=arm.tuned, ticks=ticks),
            tuned=arm.tuned,
        )
        for arm in report.arms
        if arm.name in found
    ]
    labels = [_short(tick, unit=metric.unit) for tick in ticks]
    return TrackChart(rows=rows, axis=axis(ticks, scale=scale, labels=labels))


def _groups(rows: list[ArmRow]) -> list[ArmGroup]:
    people = [row for row in rows if row.arm.name == HUMAN and any(row.cells)]
    untuned = [row for row in rows if row.arm.name != HUMAN and not row.arm.tuned]
    groups = [
        ArmGroup(title="Without tuning", rows=untuned),
        ArmGroup(title="Tuned", tuned=True, rows=[row for row in rows if row.arm.tuned]),
        ArmGroup(title="What people wrote, judged the same way", people=True, rows=people),
    ]
    return [group for group in groups if group.rows]


def _shown(cell: Cell, task: str) -> bool:
    return cell.task == task and isfinite(cell.estimate.value)


def _column(arms: tuple[ArmFacts, ...], found: dict[tuple[str, str], Estimate], metric: Metric) -> dict[str, ArmCell]:
    estimates = {arm.name: found[arm.name, metric.name] for arm in arms if (arm.name, metric.name) in found}
    if not estimates:
        return {}
    values = [one.value for name, one in estimates.items() if name != HUMAN]
    best = (max if metric.higher_is_better else min)(values, default=None)
    scale = estimate_scale(list(estimates.values()))
    tuned = {arm.name for arm in arms if arm.tuned}
    winners = {name for name, one in estimates.items() if name != HUMAN and one.value == best and len(values) > 1}
    return {
        name: _cell(one, metric=metric, scale=scale, best=name in winners, tuned=name in tuned)
        for name, one in estimates.items()
    }


def _cell(estimate: Estimate, *, metric: Metric, scale: Scale, best: bool, tuned: bool) -> ArmCell:
    return ArmCell(
        raw=estimate.value,
        text=value_text(estimate.value, unit=metric.unit),
        interval=interval_text(estimate, unit=metric.unit),
        n=estimate.n,
        best=best,
        bar=bar(estimate, scale=scale, tuned=tuned),
    )


def _short(tick: float, *, unit: str) -> str:
    if unit == "share":
        return f"{100 * tick:.3g} %"
    return f"{tick:g}"
