"""The command tree."""

import typer

import brandtune
from brandtune.cli import (
    advise,
    artifacts,
    check,
    compare,
    datasets,
    init,
    journey,
    planned,
    profiles,
    registry,
    review,
    talk,
)

app = typer.Typer(
    name="brandtune",
    help="Turn your company's own records into a language model in your house style, and prove whether it helped.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"brandtune {brandtune.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options that stand before a command."""


for group in (
    init, journey, check, advise, compare, profiles, review, datasets, talk, registry, artifacts, planned,
):  # fmt: skip
    group.register(app)
