"""`check`: everything that can be known before training, and nothing trained."""

from typing import TYPE_CHECKING, Annotated

import typer

from brandtune.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    QuietOption,
    Session,
    SetOption,
    VerboseOption,
    unfinished_run,
)

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from brandtune.training.estimate import Preflight
    from brandtune.workflows.checking import Checked, LaterPhase

SHOWN = 5
_WHAT = {**dict.fromkeys(("dpo", "ipo", "orpo", "simpo", "reward"), "pairs"), "kto": "rated answers",
         **dict.fromkeys(("grpo", "rloo"), "prompts")}  # fmt: skip
_ROLES = {
    "chosen": "the chosen answer, to become likelier or score higher",
    "rejected": "the rejected answer, to become less likely or score lower",
    "good": "an answer rated good, to become likelier",
    "bad": "an answer rated bad, to become less likely",
    "prompt": "a prompt, behind which the model writes",
}


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(check)


def check(
    hosted_price: Annotated[
        float | None,
        typer.Option(min=0, help="Price of a million training tokens at a hosted provider, to see what it would cost."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Preflight: read, curate and freeze, then show what training would see, cost and need. Trains nothing."""
    import msgspec

    from brandtune.execution import RunDirectory
    from brandtune.training.estimate import hosted_cost
    from brandtune.workflows.checking import check_settings, check_sources, preflight_plan
    from brandtune.workflows.journey import run_journey

    session = Session(config, overrides or [], as_json, quiet, verbose)
    plan = session.plan()
    console = session.console()
    check_settings(plan)
    reached = check_sources(plan)
    console.say(f"sources: {len(reached)} can be read ({', '.join(one.name for one in reached)})")
    run = unfinished_run(plan) or RunDirectory.create(plan.workspace)
    with run.locked():
        run_journey(plan, run=run, until="freeze", progress=console)
    checked = preflight_plan(plan, run, reached=reached)
    billed = plan.training.epochs * checked.training.num_tokens
    cost = None if hosted_price is None else hosted_cost(billed, hosted_price)
    if as_json:
        hosted = {"billed_tokens": round(billed), "cost": cost}
        console.result("", data=msgspec.to_builtins(checked) | {"hosted": hosted})
        return
    _show_rows(console.out, checked)
    _show_training(console.out, checked.training)
    told = "" if cost is None else f": {cost:,.2f} at {hosted_price:g} a million"
    console.out.print(f"A hosted provider would bill {billed:,.0f} training tokens{told}.")
    for phase in checked.later:
        console.out.print(
            f"\nThen {phase.objective}: {phase.num_examples:,} to learn from, {phase.num_steps} steps, about "
            f"{phase.seconds / 60:.1f} minutes, about {phase.memory / 2**30:.1f} GB of memory."
        )
        _show_learnt(console.out, phase)
    _show_enough(console.out, checked)


def _show_rows(out: "RichConsole", checked: "Checked") -> None:
    """What is kept, and what is not and why."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="Not used, by reason", title_justify="left", pad_edge=False)
    for name, justify in (("rows", "right"), ("step", "left"), ("reason", "left"), ("first places", "left")):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in checked.dropped:
        places = ", ".join(row.places[:2]) + (" …" if row.count > 2 and row.places else "")
        table.add_row(f"{row.count:,}", row.step, escape(row.reason), escape(places))
    if checked.dropped:
        out.print(table)
    kept = {split: sum(tasks.values()) for split, tasks in checked.counts.items()}
    parts = ", ".join(f"{split} {count:,}" for split, count in kept.items())
    beside = "".join(
        f"; {count:,} {words}"
        for words, count in (("preferences", checked.num_preferences), ("rated answers", checked.num_rated))
        if count
    )
    out.print(f"\nDataset {checked.dataset}: {parts}{beside}. Nothing is on two sides.", soft_wrap=True)


def _show_training(out: "RichConsole", found: "Preflight") -> None:
    from rich.markup import escape

    low, half, ninety, _, high = found.lengths
    out.print(
        f"\n{found.num_examples:,} {_WHAT.get(found.objective, 'conversations')}, {found.num_tokens:,} tokens, "
        f"{found.num_loss_tokens:,} of them learnt; "
        f"lengths {low} to {high}, half up to {half}, 90 % up to {ninety}."
    )
    most = max(count for _, count in found.histogram)
    for limit, count in found.histogram:
        out.print(f"  up to {limit:>5} tokens  {'█' * round(40 * count / most):<40} {count:,}")
    if found.too_long:
        out.print(f"[yellow]{found.num_too_long:,} are too long and are left out, never cut:[/]")
        for row in found.too_long[:SHOWN]:
            out.print(f"  {escape(str(row.origin or row.id))}: {escape(row.detail)}", soft_wrap=True)
        if found.num_too_long > SHOWN:
            out.print(f"  and {found.num_too_long - SHOWN:,} more; all of them with --json")
    _show_learnt(out, found)
    out.print(
        f"\nTraining: {found.num_steps} steps, about {found.seconds / 60:.1f} minutes, "
        f"about {found.memory / 2**30:.1f} GB of memory; {found.batch_size} conversations a step, at most "
        f"{found.micro_batch_tokens:,} tokens at once.",
        soft_wrap=True,
    )
    if found.recomputed:
        out.print(f"Memory is short: {found.recomputed} layers are computed twice to save it.")


def _show_learnt(out: "RichConsole", found: "Preflight | LaterPhase") -> None:
    """What carries loss, in words and in colour: all sequences of one thing that is learnt from."""
    from rich.markup import escape

    if found.num_scored:
        out.print(
            f"\nA score is read at the last token of each of {found.num_scored:,} answers, and no token carries loss: the "
            "chosen answer of a pair is to score higher. Where it is read is [bold green]green[/]:"
        )
    elif found.num_turns:
        out.print(
            f"\nThe end-of-turn token {escape(found.end_token)} carries loss in all {found.num_turns:,} assistant turns "
            "(each one was looked at).\nWhat is learnt is [bold green]green[/]:"
        )
    else:
        out.print(
            "\nOnly prompts come from the data; the model writes behind them and learns from its own answers, up to the "
            f"end-of-turn token {escape(found.end_token)} where it wrote one."
        )
    for shown in found.previews:
        out.print(f"\n[dim italic]{_ROLES.get(shown.role, shown.role)}[/]")
        for piece in shown.pieces:
            style = "bold green" if piece.learnt else "dim"
            out.print(f"[{style}]{escape(piece.text)}[/]", end="", soft_wrap=True)
        out.print()


def _show_enough(out: "RichConsole", checked: "Checked") -> None:
    from rich.markup import escape

    out.print("\n[bold]Is this enough data?[/]")
    for sentence in checked.enough.sentences:
        out.print(f"  {escape(sentence)}", soft_wrap=True)
