"""`demo`, `run` and the journey's stages one by one."""

import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandtune.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    QuietOption,
    RunOption,
    Session,
    SetOption,
    VerboseOption,
    run_of,
    unfinished_run,
)

if TYPE_CHECKING:
    from brandtune.execution import RunDirectory
    from brandtune.workflows.ingesting import ReadingChoice
    from brandtune.workflows.plan import Plan

STAGES = {
    "ingest": "Read every source into records; rows that cannot be read are set aside with their line.",
    "link": "Find out which records are about the same person, and what that person agreed to.",
    "curate": "Clean, protect, deduplicate and select; every dropped row keeps its reason.",
    "freeze": "Fix the examples as an immutable dataset version with leak-free held-out splits.",
    "train": "Adapt the base model to the training split.",
    "evaluate": "Compare the tuned model with not tuning, on the held-out examples.",
    "release": "Register the tuned model, if it passed every gate.",
}


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(demo)
    app.command()(run)
    own: dict[str, Callable[..., None]] = {"ingest": ingest, "train": train, "release": release}
    for name, text in STAGES.items():
        app.command(name, help=text)(own.get(name) or _stage_command(name))


def demo(
    directory: Annotated[Path, typer.Option("--dir", help="Where to write the sample company.")] = Path(
        "brandtune-demo"
    ),
    open_report: Annotated[bool, typer.Option("--open/--no-open", help="Open the report in a browser.")] = False,
    scale: Annotated[float, typer.Option(help="Size of the sample company; 1 is about 2,000 customers.")] = 1.0,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write the sample company Larkspur Outdoor and take it from records to a released model."""
    from brandtune import sample
    from brandtune.workflows.keys import write_key

    session = Session(directory / "brandtune.yaml", overrides or [], as_json, quiet, verbose)
    console = session.console()
    if session.config.exists():
        console.say(f"going on with the sample company in {directory}")
        plan = session.plan()
        _journey(session, plan, run=unfinished_run(plan), until="release")
        return
    written = sample.write(directory, scale=scale)
    console.say(f"sample: Larkspur Outdoor in {directory} ({_counts(written)})")
    plan = session.plan()
    # A fixed key for invented people: everybody who runs the demo gets the same split, and may compare figures.
    write_key(plan.workspace, "larkspur-outdoor-sample")
    _journey(session, plan, run=None, until="release", open_report=open_report, chat_hint=True)


def _counts(written: Any) -> str:
    """The main files and their rows, from the sample's summary of rows per file."""
    names = {"customers.csv": "customer rows", "tickets.json": "tickets", "campaigns.csv": "campaign variants"}
    names |= {"products.csv": "product rows", "orders.csv": "orders", "reviews.jsonl": "reviews"}
    rows = {Path(path).name: count for path, count in written.counts.items()}
    events = sum(count for path, count in written.counts.items() if "events/" in path)
    return ", ".join(
        [f"{rows[name]:,} {words}" for name, words in names.items() if name in rows] + [f"{events:,} events"]
    )


def run(
    until: Annotated[str, typer.Option(help="Last stage to run.")] = "release",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the latest run.")] = False,
    run_id: Annotated[str | None, typer.Option("--run", help="Go on with this run.")] = None,
    open_report: Annotated[bool, typer.Option("--open/--no-open", help="Open the report in a browser.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run the whole journey in order; stops at the first failed gate."""
    from brandtune.core.errors import NotFoundError

    session = Session(config, overrides or [], as_json, quiet, verbose)
    plan = session.plan()
    chosen = run_of(plan, run_id) if run_id or resume else None
    if resume and chosen is None:
        raise NotFoundError("there is no run to resume.", fix="Start one: brandtune run")
    _journey(session, plan, run=chosen, until=until, open_report=open_report)


def ingest(
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most this many records of each source; the run keeps to it.")
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Forget what was read before and read every source anew.")
    ] = False,
    run_id: RunOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Read every source into records; rows that cannot be read are set aside with their line."""
    from brandtune.workflows.ingesting import ReadingChoice

    session = Session(config, overrides or [], as_json, quiet, verbose)
    plan = session.plan()
    reading = ReadingChoice(limit=limit, fresh=from_start)
    _journey(session, plan, run=run_of(plan, run_id), until="ingest", reading=reading)


def train(
    search: Annotated[
        bool, typer.Option("--search", help="Try settings on the validation split first, and train with the best.")
    ] = False,
    run_id: RunOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Adapt the base model to the training split."""
    session = Session(config, overrides or [], as_json, quiet, verbose)
    plan = session.plan()
    _journey(session, plan, run=run_of(plan, run_id), until="train", search=search)


def release(
    override: Annotated[
        list[str] | None,
        typer.Option("--override", metavar="GATE", help="Release although this gate failed; needs --by and --reason."),
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who answers for the override.")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept in the ledger.")] = "",
    run_id: RunOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Register the tuned model, if it passed every gate."""
    from brandtune.core.errors import NotFoundError, UsageError
    from brandtune.workflows.overriding import override_gates

    session = Session(config, overrides or [], as_json, quiet, verbose)
    plan = session.plan()
    chosen = run_of(plan, run_id)
    if (by or reason) and not override:
        raise UsageError("--by and --reason belong to an override.", fix="Add --override GATE.")
    if override:
        if chosen is None:
            raise NotFoundError("there is no run to release.", fix="Start one: brandtune run")
        override_gates(plan, chosen, names=override, by=by, reason=reason)
    _journey(session, plan, run=chosen, until="release")


def _stage_command(name: str) -> Callable[..., None]:
    def command(
        run_id: RunOption = None,
        config: ConfigOption = DEFAULT_CONFIG,
        overrides: SetOption = None,
        as_json: JsonOption = False,
        quiet: QuietOption = False,
        verbose: VerboseOption = False,
    ) -> None:
        session = Session(config, overrides or [], as_json, quiet, verbose)
        plan = session.plan()
        _journey(session, plan, run=run_of(plan, run_id), until=name)

    command.__doc__ = STAGES[name]
    return command


def _journey(
    session: Session,
    plan: "Plan",
    *,
    run: "RunDirectory | None",
    until: str,
    open_report: bool = False,
    chat_hint: bool = False,
    reading: "ReadingChoice | None" = None,
    search: bool = False,
) -> None:
    from brandtune.cli.outcome import show_outcome
    from brandtune.core.errors import GateFailed
    from brandtune.execution import RunDirectory
    from brandtune.workflows.journey import run_journey

    console = session.console()
    started = time.perf_counter()
    run = run or RunDirectory.create(plan.workspace)
    with run.locked():
        try:
            run_journey(plan, run=run, until=until, progress=console, reading=reading, search=search)
        except GateFailed:
            show_outcome(console, run, stages=STAGES, seconds=time.perf_counter() - started, failed=True)
            raise
    if until == "curate" and not session.json:
        from brandtune.cli.funnel import show_curation

        show_curation(console, run)
    if search and not session.json:
        from brandtune.cli.searched import show_search

        show_search(console, run)
    show_outcome(console, run, stages=STAGES, seconds=time.perf_counter() - started)
    if chat_hint and not session.json:
        folder = session.config.parent
        console.result(f"\nTalk to it:     brandtune chat --config {folder / 'brandtune.yaml'}")
    if open_report and (run.path / "report.html").is_file():
        webbrowser.open((run.path / "report.html").resolve().as_uri())
