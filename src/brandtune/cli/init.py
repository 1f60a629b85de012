"""`init` and `doctor`: before the first run."""

from pathlib import Path
from typing import Annotated

import typer

from brandtune.cli.options import JsonOption, Session


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(init)
    app.command()(doctor)


def init(
    directory: Annotated[Path, typer.Argument(help="Folder to set up.")] = Path(),
    source: Annotated[str | None, typer.Option("--from", help="`demo` writes the sample company.")] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="A file of your own records (repeatable); its columns are looked at."),
    ] = None,
    name: Annotated[str, typer.Option(help="Your company's name.")] = "",
    lawful_basis: Annotated[str, typer.Option(help="consent, legitimate_interest or not_personal.")] = "consent",
    assessment: Annotated[
        str, typer.Option(help="Where the assessment behind legitimate_interest or not_personal is recorded.")
    ] = "",
    base: Annotated[str, typer.Option(help="The model to tune.")] = "starter",
    as_json: JsonOption = False,
) -> None:
    """Write a commented brandtune.yaml and folders; refuses to overwrite."""
    from brandtune import sample
    from brandtune.core.errors import UsageError
    from brandtune.workflows import starting

    console = Session(json=as_json).console()
    if source == "demo":
        starting.refuse_overwriting(directory)
        sample.write(directory)
        written = starting.Written(directory / "brandtune.yaml")
    elif source is not None:
        raise UsageError(
            f"--from {source!r} is not known.", fix="Use --from demo, or --data FILE for your own records."
        )
    else:
        written = starting.write_project(
            directory,
            data=data or [],
            name=name,
            governance=starting.GovernanceChoice(lawful_basis=lawful_basis, assessment=assessment),
            base=base,
        )
    for line in written.notes:
        console.say(line)
    text = f"wrote {written.config}\nNext: brandtune check --config {written.config}"
    console.result(text, data={"config": str(written.config), "notes": list(written.notes)})


def doctor(as_json: JsonOption = False) -> None:
    """Machine facts, library versions, what is missing and how to get it."""
    import msgspec

    from brandtune.execution import describe_machine

    machine = describe_machine(Path())
    missing = [name for name in ("torch", "transformers", "peft") if name not in machine.libraries]
    accelerators = ", ".join(machine.accelerators) or "none (training on the CPU works; larger bases want a GPU)"
    lines = [
        f"system        {machine.system}, Python {machine.python}",
        f"cores         {machine.cores}",
        f"memory        {machine.memory / 2**30:.1f} GB",
        f"free disk     {machine.free_disk / 2**30:.1f} GB",
        f"accelerators  {accelerators}",
        *(f"{name:<13} {version}" for name, version in machine.libraries.items()),
        *(f"{name:<13} MISSING: pip install brandtune" for name in missing),
    ]
    Session(json=as_json).console().result("\n".join(lines), data={**msgspec.to_builtins(machine), "missing": missing})
