"""`review`: what people should decide, out to Label Studio and back."""

from pathlib import Path
from typing import Annotated

import typer

from brandtune.cli.options import DEFAULT_CONFIG, ByOption, ConfigOption, JsonOption, Session, latest_run

review = typer.Typer(help="The review queue: pairs of people that may be one.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(review, name="review")


@review.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", help="File to write; the labelling interface goes beside it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write what waits for review as Label Studio tasks. The file holds personal data."""
    from brandtune.workflows import reviewing

    session = Session(config, json=as_json)
    plan = session.plan()
    done = reviewing.export_reviews(plan, latest_run(plan), out=out)
    outdated = f"; {done.num_outdated:,} that are settled by now were left out" if done.num_outdated else ""
    text = f"{done.num_tasks:,} pairs to review in {out}, labelling interface in {out.with_suffix('.xml')}{outdated}"
    if not done.num_tasks and plan.identity.review_threshold is None:
        text += "\nNothing is proposed while identity.review_threshold is empty; set it to e.g. 0.9 and run `brandtune link`."
    session.console().result(text, data=reviewing.plain(done))


@review.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="What Label Studio exported: JSON or JSON-MIN.")],
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Read decisions back; the next `brandtune link` follows them."""
    from brandtune.cli.options import who_is_asking
    from brandtune.workflows import reviewing

    session = Session(config, json=as_json)
    done = reviewing.import_reviews(session.plan(), file, by=by or who_is_asking())
    lines = [
        f"{done.num_accepted:,} pairs are one person, {done.num_rejected:,} are not; {done.num_known:,} known before"
    ]
    lines += [f"left out: {count:,} {reason}" for reason, count in sorted(done.skipped.items())]
    session.console().result("\n".join(lines), data=reviewing.plain(done))
