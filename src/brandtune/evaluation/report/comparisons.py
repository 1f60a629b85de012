"""Contrasts as rows and as a forest plot: how far apart two arms are, and whether the test set can tell."""

from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup

from brandtune.evaluation.report.numbers import (
    MINUS,
    difference_range_text,
    difference_text,
    has_interval,
    p_text,
    title_text,
    value_text,
)
from brandtune.evaluation.report.svg import Scale
from brandtune.evaluation.report.tracks import TrackChart, TrackRow, axis, estimate_scale, track
from brandtune.evaluation.results import Contrast, Estimate, Metric, Report

SIGNIFICANT = 0.05


@dataclass(frozen=True, kw_only=True)
class ComparisonRow:
    """One contrast in words and numbers."""

    contrast: Contrast
    arm: str
    baseline: str
    difference: str
    interval: str
    p_value: str
    p_adjusted: str
    reading: str
    test: int
    detectable: str
    discordant: str
    drawing: Markup
    primary: bool


@dataclass(frozen=True, kw_only=True)
class ComparisonGroup:
    """The contrasts of one metric, on one scale with zero in its middle."""

    metric: Metric
    rows: list[ComparisonRow]


def comparison_groups(report: Report) -> list[ComparisonGroup]:
    """All contrasts by metric, in the order of the metrics."""
    groups = []
    for metric in all_metrics(report):
        contrasts = [one for one in report.contrasts if one.metric == metric.name]
        if contrasts:
            scale = _centred(contrasts)
            rows = [comparison_row(one, report=report, metric=metric, scale=scale) for one in contrasts]
            groups.append(ComparisonGroup(metric=metric, rows=rows))
    return groups


def methods(report: Report) -> list[str]:
    """The tests that were used; a row's `test` counts from 1 in this list."""
    primary = [report.verdict.primary] if report.verdict.primary else []
    return list(dict.fromkeys(one.method for one in (*report.contrasts, *primary)))


def comparison_row(contrast: Contrast, *, report: Report, metric: Metric, scale: Scale | None = None) -> ComparisonRow:
    """One contrast, ready to print."""
    difference, unit = contrast.difference, metric.unit
    filled = contrast.arm in {arm.name for arm in report.arms if arm.tuned}
    drawn = track(difference, scale=scale or _centred([contrast]), filled=filled, height=20, zero=0.0)
    return ComparisonRow(
        contrast=contrast,
        arm=arm_title(report, contrast.arm),
        baseline=arm_title(report, contrast.baseline),
        difference=difference_text(difference.value, unit=unit),
        interval=_interval(difference, unit=unit),
        p_value=p_text(contrast.p_value),
        p_adjusted="" if contrast.p_adjusted is None else p_text(contrast.p_adjusted),
        reading=reading(contrast, metric=metric, report=report),
        test=methods(report).index(contrast.method) + 1,
        detectable=_detectable(contrast, unit=unit),
        discordant="" if contrast.discordant is None else f"{contrast.discordant[0]} : {contrast.discordant[1]}",
        drawing=drawn if isfinite(difference.value) else Markup(""),
        primary=contrast == report.verdict.primary,
    )


def reading(contrast: Contrast, *, metric: Metric, report: Report) -> str:
    """What can be said, in three words: by the interval, and by the corrected p-value where there is one."""
    difference = contrast.difference
    if not has_interval(difference):
        return "No interval"
    assert difference.low is not None and difference.high is not None
    doubtful = contrast.p_adjusted is not None and contrast.p_adjusted >= SIGNIFICANT
    if doubtful or difference.low <= 0 <= difference.high:
        return "No clear difference"
    arm_wins = (difference.low > 0) == metric.higher_is_better
    return f"{arm_title(report, contrast.arm if arm_wins else contrast.baseline)} is better"


def forest(report: Report) -> TrackChart | None:
    """The primary contrast among the other contrasts of its arm on the same metric."""
    primary = report.verdict.primary
    if primary is None or not isfinite(primary.difference.value):
        return None
    metric = metric_named(report, primary.metric)
    peers = [one for one in report.contrasts if (one.metric, one.arm) == (primary.metric, primary.arm)]
    contrasts = [one for one in ([] if primary in peers else [primary]) + peers if isfinite(one.difference.value)]
    scale = _scale(contrasts)
    ticks = tuple(scale.ticks())
    sides = ("The other is better", f"{arm_title(report, primary.arm)} is better")
    return TrackChart(
        rows=[_forest_row(one, report=report, metric=metric, scale=scale, ticks=ticks) for one in contrasts],
        axis=axis(ticks, scale=scale, labels=[_tick(tick, unit=metric.unit) for tick in ticks]),
        left=sides[0] if metric.higher_is_better else sides[1],
        right=sides[1] if metric.higher_is_better else sides[0],
        banded=any(one.minimum_detectable for one in contrasts),
    )


def arm_title(report: Report, name: str) -> str:
    return next((arm.title for arm in report.arms if arm.name == name), title_text(name))


def metric_named(report: Report, name: str) -> Metric:
    """The metric of that name; a bare one where the report does not describe it."""
    bare = Metric(name=name, title=title_text(name), description="", unit="score")
    return next((metric for metric in report.metrics if metric.name == name), bare)


def all_metrics(report: Report) -> list[Metric]:
    """The described metrics, then those that only a contrast names."""
    primary = [report.verdict.primary] if report.verdict.primary else []
    named = [one.metric for one in (*report.contrasts, *primary)]
    return [metric_named(report, name) for name in dict.fromkeys([*(one.name for one in report.metrics), *named])]


def _forest_row(
    contrast: Contrast, *, report: Report, metric: Metric, scale: Scale, ticks: tuple[float, ...]
) -> TrackRow:
    band = contrast.minimum_detectable
    return TrackRow(
        title=f"against {arm_title(report, contrast.baseline)}",
        value=difference_text(contrast.difference.value, unit=metric.unit),
        interval=_interval(contrast.difference, unit=metric.unit),
        drawing=track(contrast.difference, scale=scale, filled=True, zero=0.0, band=band, ticks=ticks),
        tuned=True,
        primary=contrast == report.verdict.primary,
    )


def _scale(contrasts: list[Contrast]) -> Scale:
    bands = [band for one in contrasts if (band := one.minimum_detectable) is not None and isfinite(band)]
    reach = max(bands, default=0.0)
    return estimate_scale([one.difference for one in contrasts], also=(0.0, -reach, reach))


def _centred(contrasts: list[Contrast]) -> Scale:
    scale = _scale(contrasts)
    reach = max(abs(scale.low), abs(scale.high))
    return Scale(-reach, reach)


def _interval(difference: Estimate, *, unit: str) -> str:
    if not has_interval(difference):
        return ""
    assert difference.low is not None and difference.high is not None
    return difference_range_text(difference.low, difference.high, unit=unit)


def _detectable(contrast: Contrast, *, unit: str) -> str:
    if contrast.minimum_detectable is None:
        return ""
    text = value_text(contrast.minimum_detectable, unit=unit)
    return text.replace("%", "points") if unit == "share" else text


def _tick(tick: float, *, unit: str) -> str:
    shown = f"{100 * tick:+.3g}" if unit == "share" else f"{tick:+g}"
    return "0" if tick == 0 else shown.replace("-", MINUS)
