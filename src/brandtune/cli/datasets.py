"""`datasets`: the frozen versions of the workspace; list, show, compare, and write one in a trainer's format."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandtune.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, Session

if TYPE_CHECKING:
    from brandtune.datasets import DatasetVersion, VersionDifference

datasets = typer.Typer(help="Frozen dataset versions.", no_args_is_help=True)

VersionArgument = Annotated[str, typer.Argument(help="Version, or its beginning; `latest` is the one frozen last.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(datasets, name="datasets")


def _folder(session: Session) -> Path:
    return session.plan().workspace / "datasets"


@datasets.command("list")
def list_versions(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Every frozen version, oldest first, with its counts."""
    from brandtune.datasets import total, versions

    session = Session(config, json=as_json)
    rows = []
    for version in versions(_folder(session)):
        facts = version.facts()
        rows.append({
            "version": version.version, "published": facts.published, "previous": facts.previous,
            "examples": {split: sum(tasks.values()) for split, tasks in version.counts.items()},
            "preferences": total(facts.preferences), "rated": total(facts.rated),
            "customers": facts.num_customers,
        })  # fmt: skip
    session.console().result("\n".join(_line(row) for row in rows) or "nothing was frozen yet", data=rows)


def _line(row: dict[str, object]) -> str:
    examples = row["examples"]
    parts = ", ".join(f"{split} {count:,}" for split, count in examples.items()) if isinstance(examples, dict) else ""
    beside = "".join(f", {name} {row[name]}" for name in ("preferences", "rated") if row[name])
    after = f", follows {row['previous']}" if row["previous"] else ""
    return f"{row['version']}  {row['published']}  {parts}{beside}, customers {row['customers']}{after}"


@datasets.command("show")
def show(
    version: VersionArgument = "latest", config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """The card of one version, after every file was compared with its hash; with --json, all facts."""
    import msgspec

    session = Session(config, json=as_json)
    chosen = _find(session, version)
    chosen.verify()
    card = (chosen.directory / "README.md").read_text(encoding="utf-8")
    session.console().result(card, data=msgspec.to_builtins(chosen.facts()))


@datasets.command("diff")
def diff(
    before: VersionArgument,
    after: VersionArgument = "latest",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """What came, went, was rewritten, or changed sides between two versions."""
    import msgspec

    from brandtune.datasets import compare

    session = Session(config, json=as_json)
    found = compare(_find(session, before), _find(session, after))
    session.console().result(_difference(found), data=msgspec.to_builtins(found))


def _difference(found: "VersionDifference", *, shown: int = 10) -> str:
    moved = tuple(f"{name} ({before} to {after})" for name, before, after in found.moved)
    parts = (("added", found.added), ("removed", found.removed), ("changed", found.changed), ("moved", moved))
    lines = [f"{found.before} -> {found.after}"]
    for word, names in parts:
        more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
        lines.append(f"{word:<8} {len(names):>6,}  {', '.join(names[:shown])}{more}".rstrip())
    return "\n".join(lines)


@datasets.command("export")
def export(
    output: Annotated[Path, typer.Argument(help="File to write.")],
    version: Annotated[str, typer.Option(help="Version, its beginning, or `latest`.")] = "latest",
    format: Annotated[
        str,
        typer.Option(help="openai_chat, openai_preference, trl_prompt_completion, trl_preference, or trl_kto."),
    ] = "openai_chat",
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "train",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write one split in one format to a file of your choice; a file that is there is not overwritten."""
    from brandtune.core.errors import EmptyDatasetError, UsageError
    from brandtune.core.storage import write_jsonl
    from brandtune.datasets import FORMATS, SPLITS, rows

    session = Session(config, json=as_json)
    known_format = next((name for name in FORMATS if name == format), None)
    known_split = next((name for name in SPLITS if name == split), None)
    if known_format is None:
        raise UsageError(
            f"there is no format {format!r}.", where="--format", fix=f"Choose one of {', '.join(FORMATS)}."
        )
    if known_split is None:
        raise UsageError(f"there is no split {split!r}.", where="--split", fix=f"Choose one of {', '.join(SPLITS)}.")
    if output.exists():
        raise UsageError("the file exists.", where=str(output), fix="Delete it, or choose another name.")
    chosen = _find(session, version)
    lines = list(rows(chosen.part(known_split), format=known_format))
    if not lines:
        raise EmptyDatasetError(
            f"version {chosen.version} holds nothing for {format} in {split}.",
            fix="`brandtune datasets show` tells what it holds.",
        )
    count = write_jsonl(output, lines)
    data = {"version": chosen.version, "format": format, "split": split, "lines": count, "path": str(output)}
    session.console().result(f"{count:,} lines of {chosen.version} ({split}, {format}) in {output}", data=data)


def _find(session: Session, name: str) -> "DatasetVersion":
    """A version by its name or a beginning that fits one alone.

    Raises:
        NotFoundError: None, or several, fit.
    """
    from brandtune.core.errors import NotFoundError
    from brandtune.datasets import latest, versions

    folder = _folder(session)
    known = versions(folder)
    if name == "latest" and (newest := latest(folder)):
        return newest
    fitting = [version for version in known if version.version.startswith(name)]
    if len(fitting) != 1:
        listed = ", ".join(version.version for version in (fitting or known)[-5:]) or "none yet; run `brandtune freeze`"
        what = f"{len(fitting)} versions begin with {name!r}." if fitting else f"there is no dataset version {name!r}."
        raise NotFoundError(what, fix=f"Known versions: {listed}.")
    return fitting[0]
