"""Runs side by side: data, settings, and what was measured; two tuned models on the held-out examples they share."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from brandtune import datasets
from brandtune.core.errors import NotFoundError
from brandtune.core.records import Struct
from brandtune.evaluation import statistics
from brandtune.evaluation.results import ArmFacts, Cell, Contrast, Gate, Metric, Report
from brandtune.execution import RunDirectory
from brandtune.workflows import keeping
from brandtune.workflows.plan import Plan


class RunFacts(Struct, frozen=True, kw_only=True):
    """What one run used and found; `verdict` is empty, and there are no cells, where nothing was evaluated.

    Attributes:
        examples: Split -> examples of its dataset.
    """

    run_id: str
    status: str
    dataset: str = ""
    examples: dict[str, int] = {}
    verdict: str = ""
    outcome: str = ""
    arms: tuple[ArmFacts, ...] = ()
    metrics: tuple[Metric, ...] = ()
    cells: tuple[Cell, ...] = ()
    gates: tuple[Gate, ...] = ()


class DataDifference(Struct, frozen=True, kw_only=True):
    """How one run's dataset differs from the first run's, in numbers of items."""

    run_id: str
    added: int
    removed: int
    changed: int
    moved: int


class SettingDifference(Struct, frozen=True, kw_only=True):
    """One setting that is not the same everywhere; a value for each run, None where a run lacks it."""

    key: str
    values: tuple[Any, ...]


class RunComparison(Struct, frozen=True, kw_only=True):
    """Runs side by side, in the order they were named.

    Attributes:
        contrasts: Each run's tuned arm against the first run's, on held-out examples that both scored.
        notes: What could not be compared, and why.
    """

    runs: tuple[RunFacts, ...]
    data: tuple[DataDifference, ...]
    settings: tuple[SettingDifference, ...]
    contrasts: tuple[Contrast, ...]
    notes: tuple[str, ...] = ()


def compare_runs(plan: Plan, names: Sequence[str]) -> RunComparison:
    """Put runs side by side; `latest` names the newest.

    Raises:
        NotFoundError: No such run; names those that exist.
    """
    runs = [_open(plan, name) for name in names]
    reports = [keeping.load_report(run.path / "evaluate") if run.finished("evaluate") else None for run in runs]
    facts = [_facts(plan, run, report) for run, report in zip(runs, reports, strict=True)]
    contrasts, notes = _contrasts(plan, runs, reports)
    return RunComparison(
        runs=tuple(facts),
        data=tuple(_data(plan, runs[0], run) for run in runs[1:] if runs[0].finished("freeze") and run.finished("freeze")),
        settings=_settings([yaml.safe_load((run.path / "config.yaml").read_text("utf-8")) for run in runs]),
        contrasts=tuple(contrasts),
        notes=tuple(notes),
    )  # fmt: skip


def _open(plan: Plan, name: str) -> RunDirectory:
    newest = RunDirectory.latest(plan.workspace) if name == "latest" else None
    if name == "latest" and newest is None:
        raise NotFoundError("there is no run yet.", fix="Start one: brandtune run")
    return newest or RunDirectory.open(plan.workspace, name)


def _facts(plan: Plan, run: RunDirectory, report: Report | None) -> RunFacts:
    version = keeping.load_version(plan.workspace)(run.path / "freeze") if run.finished("freeze") else None
    counts = {split: sum(tasks.values()) for split, tasks in version.counts.items()} if version else {}
    found = RunFacts(run_id=run.run_id, status=run.status, dataset=version.version if version else "", examples=counts)
    if report is None:
        return found
    return RunFacts(
        run_id=found.run_id,
        status=found.status,
        dataset=found.dataset,
        examples=found.examples,
        verdict=report.verdict.sentence,
        outcome=report.verdict.outcome,
        arms=report.arms,
        metrics=report.metrics,
        cells=tuple(cell for cell in report.cells if cell.task == "all"),
        gates=report.gates,
    )


def _data(plan: Plan, first: RunDirectory, other: RunDirectory) -> DataDifference:
    load = keeping.load_version(plan.workspace)
    found = datasets.compare(load(first.path / "freeze"), load(other.path / "freeze"))
    return DataDifference(
        run_id=other.run_id,
        added=len(found.added),
        removed=len(found.removed),
        changed=len(found.changed),
        moved=len(found.moved),
    )


def _settings(documents: Sequence[Mapping[str, Any]]) -> tuple[SettingDifference, ...]:
    flat = [dict(_flat(document)) for document in documents]
    keys = dict.fromkeys(key for one in flat for key in one)
    rows = [SettingDifference(key=key, values=tuple(one.get(key) for one in flat)) for key in keys]
    return tuple(row for row in rows if any(value != row.values[0] for value in row.values[1:]))


def _flat(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        return [pair for key, inner in value.items() for pair in _flat(inner, f"{path}.{key}" if path else str(key))]
    return [(path, value)]


def _contrasts(
    plan: Plan, runs: Sequence[RunDirectory], reports: Sequence[Report | None]
) -> tuple[list[Contrast], list[str]]:
    """On the primary metric; examples by their ids, which say nothing of another dataset's examples."""
    found: list[Contrast] = []
    notes = [f"{run.run_id} was not evaluated." for run, one in zip(runs, reports, strict=True) if one is None]
    first = reports[0]
    for run, report in zip(runs[1:], reports[1:], strict=True):
        if first is None or report is None or first.verdict.primary is None:
            continue
        metric = first.verdict.primary.metric
        before, after = _values(first, metric), _values(report, metric)
        shared = [name for name in after if name in before]
        if not shared:
            notes.append(f"{run.run_id} and {runs[0].run_id} scored no held-out example in common.")
            continue
        found.append(
            statistics.compare(
                metric,
                (f"tuned, {run.run_id}", [after[name][0] for name in shared]),
                (f"tuned, {runs[0].run_id}", [before[name][0] for name in shared]),
                clusters=[after[name][1] for name in shared],
                resamples=plan.evaluation.resamples,
                seed=plan.evaluation.seed,
            )
        )
    return found, notes


def _values(report: Report, metric: str) -> dict[str, tuple[float, str]]:
    return {
        example.example_id: (example.scores["tuned"][metric], example.customer)
        for example in report.examples
        if metric in example.scores.get("tuned", {})
    }
