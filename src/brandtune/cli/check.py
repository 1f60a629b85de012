"""`check`: everything that can be known before training, and nothing trained."""

from typing import TYPE_CHECKING

import typer

from brandtune.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    QuietOption,
    Session,
    SetOption,
    VerboseOption,
)

if TYPE_CHECKING:
    from brandtune.cli.console import Console
    from brandtune.training.estimate import Preflight


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(check)


def check(
    config: ConfigOption = DEFAULT_CONFIG,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Preflight: read, curate and freeze, then show what training would see, cost and need. Trains nothing."""
    import msgspec

    from brandtune.execution import RunDirectory
    from brandtune.workflows.checking import preflight_plan
    from brandtune.workflows.journey import run_journey

    session = Session(config, overrides or [], as_json, quiet, verbose)
    plan = session.plan()
    console = session.console()
    latest = RunDirectory.latest(plan.workspace)
    run = latest if latest and latest.status == "incomplete" else RunDirectory.create(plan.workspace)
    with run.locked():
        run_journey(plan, run=run, until="freeze", progress=console)
    checked = preflight_plan(plan, run)
    console.result("", data=msgspec.to_builtins(checked)) if as_json else _show(
        console, checked.training, [*checked.funnel, *checked.advice]
    )


def _show(console: "Console", found: "Preflight", lines: list[str]) -> None:
    from rich.markup import escape

    out = console.out
    for line in lines:
        out.print(escape(line), soft_wrap=True)
    low, half, ninety, _, high = found.lengths
    out.print(
        f"\n{found.num_examples:,} conversations, {found.num_tokens:,} tokens, {found.num_loss_tokens:,} of them learnt; "
        f"lengths {low} to {high}, half up to {half}, 90 % up to {ninety}; {found.num_too_long} too long."
    )
    most = max(count for _, count in found.histogram)
    for limit, count in found.histogram:
        out.print(f"  up to {limit:>5} tokens  {'█' * round(40 * count / most):<40} {count:,}")
    out.print(f"\nThe end-of-turn token {found.end_token} carries loss in every assistant turn (checked on each one).")
    out.print("What is learnt is [bold green]green[/]:\n")
    for piece in found.preview:
        style = "bold green" if piece.learnt else "dim"
        out.print(f"[{style}]{escape(piece.text)}[/]", end="", soft_wrap=True)
    out.print(
        f"\n\nTraining: {found.num_steps} steps, about {found.seconds / 60:.1f} minutes, "
        f"about {found.memory / 2**30:.1f} GB of memory."
    )
