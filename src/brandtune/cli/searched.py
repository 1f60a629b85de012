"""What a search for settings tried, as a table."""

from typing import TYPE_CHECKING

from rich.table import Table

from brandtune.workflows import searching

if TYPE_CHECKING:
    from brandtune.cli.console import Console
    from brandtune.execution import RunDirectory


def show_search(console: "Console", run: "RunDirectory") -> None:
    """Print all trials, the best first, and where they are for other tools."""
    found = searching.load(run.path / searching.NAME)
    table = Table(title="Settings tried, by held-out loss (nats per token)", title_justify="left", pad_edge=False)
    for name in ("trial", *found.settings, "held-out loss", "", "seconds"):
        table.add_column(name, justify="left" if name == "" else "right")
    for trial in searching.best_first(found):
        values = [f"{trial.settings[name]:.3g}" for name in found.settings]
        loss = "" if trial.loss is None else f"{trial.loss:.4f}"
        state = {"finished": "", "pruned": "given up early", "failed": "diverged"}[trial.state]
        style = "bold" if trial.number == found.best else None
        table.add_row(str(trial.number), *values, loss, state, f"{trial.seconds:.1f}", style=style)
    console.out.print(table)
    console.result(f"\nFor plots:      {run.path / searching.NAME / 'search.csv'}")
