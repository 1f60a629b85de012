"""`review`: what people should decide, out to Label Studio and back."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from brandtune.cli.options import DEFAULT_CONFIG, ByOption, ConfigOption, JsonOption, Session, latest_run


class Queue(StrEnum):
    """What people are asked."""

    merges = "merges"
    pairs = "pairs"


QueueOption = Annotated[
    Queue,
    typer.Option(help="`merges`: pairs of people that may be one. `pairs`: outputs beside what people wrote, blinded."),
]
review = typer.Typer(
    help="What people decide: who is one person, and which text they would rather publish.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(review, name="review")


@review.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", help="File to write; the labelling interface goes beside it.")],
    queue: QueueOption = Queue.merges,
    arms: Annotated[
        list[str] | None, typer.Option("--arm", help="Whose outputs to compare, for `pairs`; `tuned` if not given.")
    ] = None,
    num: Annotated[int, typer.Option(min=1, help="Examples to compare, for `pairs`.")] = 100,
    run_id: Annotated[str | None, typer.Option("--run", help="The run whose outputs to compare, for `pairs`.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write what waits for people as Label Studio tasks (pairs also as .csv). The file holds personal data."""
    session = Session(config, json=as_json)
    if queue is Queue.pairs:
        _export_pairs(session, out=out, arms=arms or ["tuned"], num=num, run_id=run_id)
        return
    from brandtune.workflows import reviewing

    plan = session.plan()
    done = reviewing.export_reviews(plan, latest_run(plan), out=out)
    outdated = f"; {done.num_outdated:,} that are settled by now were left out" if done.num_outdated else ""
    text = f"{done.num_tasks:,} pairs to review in {out}, labelling interface in {out.with_suffix('.xml')}{outdated}"
    if not done.num_tasks and plan.identity.review_threshold is None:
        text += "\nNothing is proposed while identity.review_threshold is empty; set it to e.g. 0.9 and run `brandtune link`."
    session.console().result(text, data=reviewing.plain(done))


@review.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="What Label Studio exported: JSON or JSON-MIN; for pairs also CSV.")],
    by: ByOption = None,
    queue: QueueOption = Queue.merges,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Read decisions back; the next `brandtune link` follows those on people, the report shows votes on pairs."""
    from brandtune.cli.options import who_is_asking

    session = Session(config, json=as_json)
    if queue is Queue.pairs:
        _import_votes(session, file, by=by or who_is_asking())
        return
    from brandtune.workflows import reviewing

    done = reviewing.import_reviews(session.plan(), file, by=by or who_is_asking())
    lines = [
        f"{done.num_accepted:,} pairs are one person, {done.num_rejected:,} are not; {done.num_known:,} known before"
    ]
    lines += [f"left out: {count:,} {reason}" for reason, count in sorted(done.skipped.items())]
    session.console().result("\n".join(lines), data=reviewing.plain(done))


def _export_pairs(session: Session, *, out: Path, arms: list[str], num: int, run_id: str | None) -> None:
    from brandtune.execution import RunDirectory
    from brandtune.workflows import blind_pairs

    plan = session.plan()
    run = RunDirectory.open(plan.workspace, run_id) if run_id else latest_run(plan, after="evaluate")
    done = blind_pairs.export_pairs(plan, run, out=out, arms=arms, num=num)
    failed = f"; {done.num_failed:,} outputs that never came were left out" if done.num_failed else ""
    beside = "" if out.suffix.lower() == ".csv" else f", labelling interface in {out.with_suffix('.xml')}"
    text = f"{done.num_pairs:,} blinded pairs of run {run.run_id} in {out}{beside}{failed}"
    session.console().result(text, data=blind_pairs.plain(done))


def _import_votes(session: Session, file: Path, *, by: str) -> None:
    from brandtune.workflows import blind_pairs

    done = blind_pairs.import_votes(session.plan(), file, by=by)
    lines = [f"{done.num_votes:,} new votes, {done.num_changed:,} changed, {done.num_known:,} known before"]
    lines += [f"left out: {count:,} {reason}" for reason, count in sorted(done.skipped.items())]
    lines += [f"they stand in the report of run {run}" for run in done.runs]
    session.console().result("\n".join(lines), data=blind_pairs.plain(done))
