"""The pilot: who owns it, until when, against which KPIs; and how later runs stand against them."""

import math
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import msgspec

from brandtune.core.errors import DataError, UsageError
from brandtune.core.records import Struct
from brandtune.core.storage import read_json, write_json
from brandtune.evaluation.metrics.catalogue import ALL
from brandtune.evaluation.results import Report

PRIMARY_GAIN = "primary_gain"


class Kpi(Struct, frozen=True, kw_only=True):
    """One measure of the tuned arm and what it must reach; `primary_gain` is the gain over the best other arm."""

    metric: str
    target: float


class Pilot(Struct, frozen=True, kw_only=True):
    """What was agreed before the first training."""

    owner: str
    started: str
    until: str
    kpis: tuple[Kpi, ...]
    tasks: tuple[str, ...] = ()


class Standing(Struct, frozen=True, kw_only=True):
    """One KPI in one run. `met`: the whole interval reaches the target; `missed`: none of it; `open`: in between."""

    run_id: str
    at: str
    metric: str
    target: float
    value: float
    low: float
    high: float
    state: Literal["met", "missed", "open"]


def plan_pilot(
    *, owner: str, started: date, until: date, kpis: Sequence[str], tasks: Sequence[str], worthwhile: float
) -> Pilot:
    """Agree on a pilot.

    Args:
        kpis: `METRIC=TARGET`, shares from 0 to 1; without any, the gain that is worth tuning for.

    Raises:
        UsageError: No owner, a date in the past, or a KPI that is not `METRIC=TARGET`.
    """
    if not owner.strip():
        raise UsageError("a pilot needs an owner.", where="--owner", fix="Name who decides on the date: --owner NAME.")
    if until <= started:
        raise UsageError(f"the pilot ends on {until}, which is not after {started}.", where="--until")
    agreed = [_kpi(text) for text in kpis] or [Kpi(metric=PRIMARY_GAIN, target=worthwhile)]
    return Pilot(owner=owner.strip(), started=str(started), until=str(until), kpis=tuple(agreed), tasks=tuple(tasks))


def _kpi(text: str) -> Kpi:
    metric, _, target = text.partition("=")
    try:
        value = float(target)
    except ValueError:
        value = math.nan
    if not metric.strip() or not math.isfinite(value):
        raise UsageError(
            f"{text!r} is no KPI.", where="--kpi", fix=f"Write METRIC=TARGET, e.g. on_brand=0.8 or {PRIMARY_GAIN}=0.05."
        )
    name = metric.strip()
    if name not in (PRIMARY_GAIN, *ALL):
        near = get_close_matches(name, [PRIMARY_GAIN, *ALL], n=1)
        raise UsageError(
            f"nothing measures {name!r}.",
            where="--kpi",
            fix=f"Did you mean {near[0]}?" if near else f"Known are {', '.join([PRIMARY_GAIN, *ALL])}.",
        )
    return Kpi(metric=name, target=value)


def save(pilot: Pilot, path: Path) -> None:
    write_json(path, pilot)


def load(path: Path) -> Pilot | None:
    """The pilot that was agreed on, or None.

    Raises:
        DataError: The file is damaged.
    """
    if not path.is_file():
        return None
    try:
        return msgspec.convert(read_json(path), Pilot)
    except msgspec.ValidationError as error:
        raise DataError(f"is not a pilot plan ({error}).", where=str(path), fix="Delete it and plan anew.") from None


def track(pilot: Pilot, reports: Sequence[tuple[str, str, Report]]) -> tuple[Standing, ...]:
    """How each run since the start stands against each KPI; (run id, when evaluated, report) in order."""
    found = []
    for run_id, at, report in reports:
        falling = {metric.name for metric in report.metrics if not metric.higher_is_better}
        for kpi in pilot.kpis:
            estimate = _measured(kpi.metric, report)
            if at[:10] < pilot.started or estimate is None:
                continue
            value, low, high = estimate
            state = _state(kpi.target, low, high) if kpi.metric not in falling else _state(-kpi.target, -high, -low)
            found.append(
                Standing(
                    run_id=run_id, at=at, metric=kpi.metric, target=kpi.target, value=value, low=low, high=high,
                    state=state,
                )
            )  # fmt: skip
    return tuple(found)


def _state(target: float, low: float, high: float) -> Literal["met", "missed", "open"]:
    return "met" if low >= target else "missed" if high < target else "open"


def _measured(metric: str, report: Report) -> tuple[float, float, float] | None:
    if metric == PRIMARY_GAIN:
        found = report.verdict.primary.difference if report.verdict.primary else None
    else:
        cells = [c.estimate for c in report.cells if (c.arm, c.metric, c.task) == ("tuned", metric, "all")]
        found = cells[0] if cells else None
    if found is None:
        return None
    low = -math.inf if found.low is None else found.low
    return found.value, low, math.inf if found.high is None else found.high


def sentence(pilot: Pilot, standings: Sequence[Standing], *, today: date) -> str:
    """Where the pilot stands, in one sentence."""
    left = (date.fromisoformat(pilot.until) - today).days
    time = f"{left} days are left" if left >= 0 else f"it ended {-left} days ago"
    latest = {standing.metric: standing.state for standing in standings}
    met = sum(state == "met" for state in latest.values())
    return (
        f"{pilot.owner}'s pilot until {pilot.until}: {met} of {len(pilot.kpis)} KPIs are met in the latest run; {time}."
    )
