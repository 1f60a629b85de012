"""`advise`: should you fine-tune, what would it return, what to fix first."""

import webbrowser
from pathlib import Path
from typing import Annotated

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


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(advise)


def advise(
    run_id: Annotated[
        str | None, typer.Option("--run", help="The run whose arms count; the newest evaluated one if not given.")
    ] = None,
    records: Annotated[
        bool,
        typer.Option("--records", help="Look at the records, as before any training, although a run was evaluated."),
    ] = False,
    facts: Annotated[
        Path | None,
        typer.Option("--facts", help="YAML or JSON with what was seen in the business; replaces assumptions."),
    ] = None,
    learning_curve: Annotated[
        bool, typer.Option("--learning-curve", help="Train on 25, 50 and 100 % of the data: would more data help?")
    ] = False,
    pilot: Annotated[bool, typer.Option("--pilot", help="Plan a pilot, or show how runs stand against it.")] = False,
    owner: Annotated[str, typer.Option("--owner", metavar="NAME", help="Who owns the pilot; plans it anew.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="When the pilot is decided, YYYY-MM-DD.")] = "",
    kpi: Annotated[
        list[str] | None,
        typer.Option("--kpi", metavar="METRIC=TARGET", help="What the tuned arm must reach, e.g. on_brand=0.8."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Should you fine-tune at all? A recommendation with its reasons, from measured arms, costs and records."""
    from brandtune.core.errors import UsageError
    from brandtune.execution import RunDirectory
    from brandtune.workflows import advising

    if (owner or until or kpi) and not pilot:
        raise UsageError("--owner, --until and --kpi belong to a pilot.", fix="Add --pilot.")
    if (until or kpi) and not owner:
        raise UsageError("a pilot needs an owner.", where="--owner", fix="Name who decides on the date: --owner NAME.")
    session = Session(config, overrides or [], as_json, quiet, verbose)
    plan, console = session.plan(), session.console()
    if pilot and not owner and not (plan.workspace / advising.PILOT).is_file():
        raise UsageError("no pilot was planned yet.", fix="brandtune advise --pilot --owner NAME --until YYYY-MM-DD")
    asked = advising.Asked(
        run=RunDirectory.open(plan.workspace, run_id) if run_id else None,
        records=records,
        facts=facts,
        learning_curve=learning_curve,
        pilot=advising.PilotAsked(owner=owner, until=until, kpis=tuple(kpi or ())) if pilot else None,
    )
    advice, page = advising.advise(plan, asked, progress=console)
    if as_json:
        console.result("", data=advising.document(advice) | {"page": str(page)})
    else:
        from rich.markdown import Markdown

        from brandtune.advice.markdown import render_markdown

        console.out.print(Markdown(render_markdown(advice)), width=max(console.out.width, 112))
        console.result(f"\nPage:           {page}")
    if open_page:
        webbrowser.open(page.resolve().as_uri())
