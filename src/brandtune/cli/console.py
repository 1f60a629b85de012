"""What people see: bars with time left, one line a stage, the verdict table; or one JSON document."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console as RichConsole
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from brandtune.core.errors import BrandtuneError

if TYPE_CHECKING:
    from brandtune.evaluation.results import Report


class _Bar:
    def __init__(self, progress: Progress, task: Any) -> None:
        self.progress, self.task = progress, task

    def advance(self, amount: float = 1.0, *, note: str = "") -> None:
        if note:
            self.progress.update(self.task, note=note)
        self.progress.advance(self.task, amount)


class _SilentBar:
    def advance(self, amount: float = 1.0, *, note: str = "") -> None:
        return None


class Console:
    """Draws on stderr, so that stdout is free for results; implements `core.progress.Progress`."""

    def __init__(self, *, quiet: bool = False, json: bool = False) -> None:
        self.quiet, self.json = quiet, json
        self.err = RichConsole(stderr=True, highlight=False)
        self.out = RichConsole(highlight=False)

    @contextmanager
    def task(self, title: str, *, total: float | None = None) -> Iterator[Any]:
        """A progress bar while the block runs; nothing when quiet or when nobody watches."""
        if self.quiet or not self.err.is_terminal:
            yield _SilentBar()
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:<11}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            TextColumn("[dim]{task.fields[note]}"),
        )
        with Progress(*columns, console=self.err, transient=True) as progress:
            yield _Bar(progress, progress.add_task(title, total=total, note=""))

    def say(self, text: str) -> None:
        """One line about what was done."""
        if self.quiet:
            return
        name, separator, rest = text.partition(": ")
        if separator and " " not in name:
            self.err.print(f"[bold]{escape(name):<9}[/] {escape(rest)}", soft_wrap=True)
        else:
            self.err.print(escape(text), soft_wrap=True)

    def warn(self, text: str) -> None:
        self.say(text)

    def result(self, text: str, *, data: Any = None) -> None:
        """The command's answer: `data` as JSON when asked for, else `text`."""
        if self.json:
            sys.stdout.write(json.dumps(data if data is not None else {"message": text}, ensure_ascii=False) + "\n")
        else:
            self.out.print(text, soft_wrap=True, markup=False)

    def verdict(self, report: "Report") -> None:
        """The verdict and the table of arms and metrics."""
        if self.json:
            return
        colour = {"better": "green", "not_better": "red", "cannot_tell": "yellow"}[report.verdict.outcome]
        words = {"better": "Better", "not_better": "Not better", "cannot_tell": "Cannot tell"}[report.verdict.outcome]
        self.out.print(f"\n[bold {colour}]{words}.[/] {escape(report.verdict.sentence)}", soft_wrap=True)
        self.out.print(arms_table(report))
        for gate in report.gates:
            mark = "[green]passed[/]" if gate.passed else "[red]FAILED[/]"
            mark = mark if gate.measured else "[dim]  –   [/]"
            self.out.print(f"gate {gate.name:<13} {mark}  {escape(gate.sentence)}", soft_wrap=True)


def arms_table(report: "Report") -> Table:
    """Arms by metrics with 95 % intervals, on the held-out examples."""
    table = Table(title=f"{report.num_test} held-out examples, 95 % intervals", title_justify="left", pad_edge=False)
    table.add_column("arm")
    shown = [metric for metric in report.metrics if metric.name != "valid_label" and not metric.detail]
    for metric in shown:
        table.add_column(metric.title, justify="right")
    cells = {(cell.arm, cell.metric): cell.estimate for cell in report.cells if cell.task == "all"}
    for arm in report.arms:
        values = [_cell(cells.get((arm.name, metric.name)), share=metric.unit == "share") for metric in shown]
        table.add_row(arm.title, *values, style="bold" if arm.tuned else "dim" if arm.name == "human" else None)
    return table


def _cell(estimate: Any, *, share: bool) -> str:
    if estimate is None:
        return ""
    scale, digits = (100.0, 0) if share else (1.0, 2)
    value = f"{estimate.value * scale:.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} [dim]{estimate.low * scale:.{digits}f}–{estimate.high * scale:.{digits}f}[/]"


def show_error(error: Exception, *, as_json: bool) -> None:
    """What was found, where, what to do next."""
    console = RichConsole(stderr=True, highlight=False)
    where = getattr(error, "where", None)
    fix = getattr(error, "fix", None)
    what = getattr(error, "what", str(error))
    place = f"{escape(where)}: " if where else ""
    console.print(f"[bold red]error[/] {place}{escape(what)}", soft_wrap=True)
    if fix:
        console.print(f"      {escape(fix)}", soft_wrap=True)
    if as_json:
        code = error.exit_code if isinstance(error, BrandtuneError) else 1
        document = {
            "error": {"type": type(error).__name__, "what": what, "where": where, "fix": fix, "exit_code": code}
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
