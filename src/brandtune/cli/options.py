"""Options that every command has, and what they open: the plan, the console, the run."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from brandtune.cli.console import Console
    from brandtune.execution import RunDirectory
    from brandtune.workflows.plan import Plan

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override one setting, e.g. training.epochs=2.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, everything else on stderr.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only results and errors.")]
RunOption = Annotated[str | None, typer.Option("--run", help="The run to work on; the latest if not given.")]
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


ByOption = Annotated[
    str | None, typer.Option("--by", help="Who decides; the name you are logged in under if not given.")
]


def who_is_asking() -> str:
    """The name a person is logged in under; `unknown` where the system has none."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def run_of(plan: "Plan", run_id: str | None) -> "RunDirectory | None":
    """The run of that id, else the newest; None before the first.

    Raises:
        NotFoundError: No such run.
    """
    from brandtune.execution import RunDirectory

    return RunDirectory.open(plan.workspace, run_id) if run_id else RunDirectory.latest(plan.workspace)


def unfinished_run(plan: "Plan") -> "RunDirectory | None":
    """The newest run, if it can be gone on with."""
    from brandtune.execution import RunDirectory

    newest = RunDirectory.latest(plan.workspace)
    return newest if newest and newest.status == "incomplete" else None


def latest_run(plan: "Plan", *, after: str = "link") -> "RunDirectory":
    """The newest run that went through a stage (by default, that linked people), else the newest.

    Raises:
        NotFoundError: There is no run.
    """
    from brandtune.core.errors import NotFoundError
    from brandtune.execution import RunDirectory

    runs = RunDirectory.all(plan.workspace)
    if not runs:
        raise NotFoundError("there is no run yet.", fix="Link people first: brandtune link")
    return next((run for run in reversed(runs) if run.finished(after)), runs[-1])
