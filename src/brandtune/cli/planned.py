"""Commands whose names are fixed and whose work is not written yet: they say so instead of not being found."""

from collections.abc import Callable

import typer

PLANNED = {
    "audit": "memorization audit",
    "serve": "HTTP server",
    "keys": "tenant keys",
    "erase": "erasure",
    "dpia": "documents for legal",
    "monitor": "drift",
    "retrain": "scheduled retraining",
    "backup": "backup",
    "restore": "restore",
}


def register(app: typer.Typer) -> None:
    """Add hidden commands that refuse."""
    for name, what in PLANNED.items():
        settings = {"ignore_unknown_options": True, "allow_extra_args": True}
        app.command(name, hidden=True, context_settings=settings)(_refusal(name, what))


def _refusal(name: str, what: str) -> Callable[[], None]:
    def command() -> None:
        from brandtune.core.errors import UsageError

        raise UsageError(f"`brandtune {name}` ({what}) is not implemented yet.", fix="See CHANGELOG.md for what is.")

    command.__doc__ = f"Not implemented yet: {what}."
    return command
