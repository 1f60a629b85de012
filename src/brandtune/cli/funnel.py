"""What `brandtune curate` ends with: records in, what each step left and why, examples out."""

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from brandtune.cli.console import Console
    from brandtune.curation import CurationReport
    from brandtune.execution import RunDirectory

TOP_REASONS = 3


def show_curation(console: "Console", run: "RunDirectory") -> None:
    """What a run's curation did, and where people can look at it."""
    from brandtune.workflows import keeping

    report = keeping.load_curation_report(run.path / "curate")
    console.out.print(funnel_table(report))
    if idle_steps(report):
        console.result(f"Nothing to do for: {idle_steps(report)}")
    for note in report.notes:
        console.result(f"- {note}")
    console.result(f"\nLook at it and disagree: {run.path / 'curation.html'}")


def funnel_table(report: "CurationReport") -> Table:
    """One row a step that did something; a step that found nothing to do is named below the table by `idle_steps`."""
    kept = sum(report.by_task.values())
    entered = report.funnel[0].entered if report.funnel else 0
    table = Table(title=f"{entered:,} records in, {kept:,} examples kept", title_justify="left", pad_edge=False)
    table.add_column("step")
    table.add_column("in", justify="right")
    table.add_column("dropped", justify="right")
    table.add_column("left", justify="right")
    table.add_column("why", overflow="fold")
    for row in report.funnel:
        if row.entered != row.left or row.changed:
            gone = f"{row.entered - row.left:,}" if row.entered > row.left else ""
            table.add_row(escape(row.step), f"{row.entered:,}", gone, f"{row.left:,}", escape(_why(row)))
    for task, count in report.by_task.items():
        table.add_row(f"[dim]kept: {escape(task)}[/]", "", "", f"{count:,}", "")
    return table


def idle_steps(report: "CurationReport") -> str:
    """The steps that found nothing to do, by name."""
    return ", ".join(row.step for row in report.funnel if row.entered == row.left and not row.changed)


def _why(row: Any) -> str:
    parts = _most(row.reasons)
    changed = _most(row.changed)
    return "; ".join(part for part in (parts, changed) if part)


def _most(counts: dict[str, int]) -> str:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{what} {count:,}" for what, count in ranked[:TOP_REASONS]]
    more = sum(count for _, count in ranked[TOP_REASONS:])
    return ", ".join([*told, f"{len(ranked) - TOP_REASONS} more {more:,}"] if more else told)
