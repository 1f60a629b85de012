"""Writes docs/configuration.md and docs/commands.md from the code, so that they cannot say something else."""

import sys
import typing
from pathlib import Path
from typing import Any

import typer.main
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from brandtune.cli.app import app
from brandtune.core.config import Config
from brandtune.workflows.plan import Plan

HERE = Path(__file__).parent


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Config classes inside an annotation, in order of appearance."""
    if isinstance(annotation, type) and issubclass(annotation, Config):
        return [annotation]
    return [model for argument in typing.get_args(annotation) for model in models_in(argument)]


def configuration() -> str:
    """Every setting with type, default and meaning, a section per component."""
    parts = ["# Configuration\n", "Every key of `brandtune.yaml`. Written by `make docs` from the code.\n"]
    waiting: list[tuple[str, type[BaseModel]]] = [("brandtune.yaml", Plan)]
    seen: set[type[BaseModel]] = set()
    while waiting:
        path, model = waiting.pop(0)
        if model in seen:
            continue
        seen.add(model)
        parts.append(f"## {path}\n")
        parts.append(f"{(model.__doc__ or '').strip().splitlines()[0]}\n")
        parts.append("| key | default | meaning |\n|---|---|---|")
        for name, field in model.model_fields.items():
            inner = models_in(field.annotation)
            waiting += [(_path(path, name, found), found) for found in inner]
            default = (
                "required" if field.is_required() else _default(field.get_default(call_default_factory=True), inner)
            )
            meaning = " ".join((field.description or "").split()).replace("|", "\\|")
            parts.append(f"| `{name}` | {default} | {meaning} |")
        parts.append("")
    return "\n".join(parts)


def _path(parent: str, name: str, model: type[BaseModel]) -> str:
    base = name if parent == "brandtune.yaml" else f"{parent}.{name}"
    kinds = typing.get_args(model.model_fields["kind"].annotation) if "kind" in model.model_fields else ()
    return f"{base} (kind: {kinds[0]})" if kinds else base


def _default(value: Any, inner: list[type[BaseModel]]) -> str:
    if inner or value is PydanticUndefined:
        return "see below"
    text = str(value) if not isinstance(value, Path) else value.as_posix()
    text = text.replace("|", "\\|")
    return f"`{text}`" if text and len(text) <= 60 else "empty" if not text else f"`{text[:57]}…`"


def commands() -> str:
    """Every command with its options."""
    parts = [
        "# Commands\n",
        "Written by `make docs` from the code. Exit codes: 0 done, 1 unexpected failure, 2 usage or",
    ]
    parts.append(
        "configuration, 3 data cannot be used, 4 a gate failed, 5 not found, 6 a part is missing, 130 interrupted.\n"
    )
    group = typer.main.get_command(app)
    context = group.make_context("brandtune", ["--help"], resilient_parsing=True)
    parts += _commands(group, context, prefix="brandtune")
    return "\n".join(parts) + "\n"


def _commands(group: Any, context: Any, *, prefix: str) -> list[str]:
    parts: list[str] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command.hidden:
            continue
        if hasattr(command, "list_commands"):
            parts += _commands(command, context, prefix=f"{prefix} {name}")
            continue
        parts += [
            f"## {prefix} {name}\n",
            f"{' '.join((command.help or '').split())}\n",
            "| option | meaning |\n|---|---|",
        ]
        for option in command.params:
            names = ", ".join([*option.opts, *getattr(option, "secondary_opts", [])])
            parts.append(f"| `{names}` | {' '.join((getattr(option, 'help', '') or '').split())} |")
        parts.append("")
    return parts


def main() -> None:
    (HERE / "configuration.md").write_text(configuration(), encoding="utf-8")
    (HERE / "commands.md").write_text(commands(), encoding="utf-8")
    sys.stderr.write("wrote docs/configuration.md and docs/commands.md\n")


if __name__ == "__main__":
    main()
