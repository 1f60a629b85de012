"""`compare`: runs side by side."""

from typing import TYPE_CHECKING, Annotated

import typer

from brandtune.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, Session

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from brandtune.workflows.comparing import RunComparison, RunFacts


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(compare)


def compare(
    runs: Annotated[list[str], typer.Argument(help="Two or more run ids; `latest` is the newest.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Runs side by side: data, settings that differ, metrics with intervals, and the tuned models against each other."""
    import msgspec

    from brandtune.core.errors import UsageError
    from brandtune.workflows import keeping
    from brandtune.workflows.comparing import compare_runs

    if len(set(runs)) < 2:
        raise UsageError("name two different runs or more.", fix="Example: brandtune compare 20261120-093000 latest")
    session = Session(config, json=as_json)
    found = compare_runs(session.plan(), runs)
    if as_json:
        session.console().result("", data=keeping.finite(msgspec.to_builtins(found)))
        return
    out = session.console().out
    _show_runs(out, found)
    _show_settings(out, found)
    _show_metrics(out, found)
    _show_contrasts(out, found)


def _table(title: str, first: str, found: "RunComparison"):  # type: ignore[no-untyped-def]  # rich's Table
    from rich.table import Table

    table = Table(title=title, title_justify="left", pad_edge=False)
    table.add_column(first, overflow="fold")
    for run in found.runs:
        table.add_column(run.run_id, justify="right", overflow="fold")
    return table


def _show_runs(out: "RichConsole", found: "RunComparison") -> None:
    table = _table("Runs", "", found)
    table.add_row("status", *(run.status for run in found.runs))
    table.add_row("dataset", *(run.dataset or "–" for run in found.runs))
    for split in ("train", "validation", "test"):
        table.add_row(f"{split} examples", *(f"{run.examples[split]:,}" if run.examples else "–" for run in found.runs))
    table.add_row("verdict", *(run.outcome.replace("_", " ") or "–" for run in found.runs))
    out.print(table)
    for row in found.data:
        out.print(
            f"{row.run_id}: {row.added:,} items added, {row.removed:,} removed, {row.changed:,} changed, "
            f"{row.moved:,} moved to another side, against {found.runs[0].run_id}",
            soft_wrap=True,
        )


def _show_settings(out: "RichConsole", found: "RunComparison") -> None:
    from rich.markup import escape

    if not found.settings:
        out.print("\nThe settings are the same.")
        return
    table = _table("Settings that differ", "setting", found)
    for row in found.settings:
        table.add_row(escape(row.key), *(escape(str(value)) for value in row.values))
    out.print(table)


def _show_metrics(out: "RichConsole", found: "RunComparison") -> None:
    titles = {(arm.name, metric.name): (arm.title, metric.title) for run in found.runs for arm in run.arms
              for metric in run.metrics}  # fmt: skip
    if not titles:
        return
    table = _table("On held-out examples, 95 % intervals", "arm, metric", found)
    for (arm, metric), (arm_title, metric_title) in titles.items():
        values = [_value(run, arm, metric) for run in found.runs]
        if any(value != "–" for value in values):
            table.add_row(f"{arm_title}, {metric_title}", *values)
    out.print(table)


def _value(run: "RunFacts", arm: str, metric: str) -> str:
    unit = next((one.unit for one in run.metrics if one.name == metric), "score")
    estimate = next((cell.estimate for cell in run.cells if (cell.arm, cell.metric) == (arm, metric)), None)
    if estimate is None:
        return "–"
    scale, digits, sign = (100.0, 0, " %") if unit == "share" else (1.0, 2, "")
    value = f"{estimate.value * scale:.{digits}f}{sign}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({estimate.low * scale:.{digits}f} to {estimate.high * scale:.{digits}f})"


def _show_contrasts(out: "RichConsole", found: "RunComparison") -> None:
    from rich.markup import escape

    for one in found.contrasts:
        low, high = one.difference.low, one.difference.high
        assert low is not None and high is not None
        reading = "is better" if low > 0 else "is worse" if high < 0 else "cannot be told apart"
        out.print(
            f"\n{escape(one.arm)} against {escape(one.baseline)}: {one.metric} {one.difference.value:+.3f} "
            f"({low:+.3f} to {high:+.3f}) on {one.difference.n:,} shared examples, p {one.p_value:.3f}: {reading}.",
            soft_wrap=True,
        )
    for note in found.notes:
        out.print(f"- {escape(note)}", soft_wrap=True)
