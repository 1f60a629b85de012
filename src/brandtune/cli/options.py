"""Options that every command has, and what they open: the plan, the console, the run."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from brandtune.cli.console import Console
    from brandtune.workflows.plan import Plan

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override one setting, e.g. training.epochs=2.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, everything else on stderr.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only results and errors.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Log what is done in detail.")]

DEFAULT_CONFIG = Path("brandtune.yaml")


@dataclass
class Session:
    """What one command was called with."""

    config: Path = DEFAULT_CONFIG
    overrides: list[str] = field(default_factory=list)
    json: bool = False
    quiet: bool = False
    verbose: bool = False

    def __post_init__(self) -> None:
        if self.verbose:
            logging.getLogger("brandtune").setLevel(logging.DEBUG)

    def console(self) -> "Console":
        from brandtune.cli.console import Console

        return Console(quiet=self.quiet, json=self.json)

    def plan(self) -> "Plan":
        from brandtune.workflows.plan import load_plan

        return load_plan(self.config, overrides=self.overrides)
