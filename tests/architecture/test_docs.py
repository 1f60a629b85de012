"""What people read about the code is there and true: settings, commands, doctests."""

import doctest
import importlib
import pkgutil
import typing
from collections.abc import Iterator
from typing import Any

import click
import pytest
from typer.main import get_command

from brandtune.cli.app import app
from brandtune.core.config import Config
from brandtune.workflows.plan import Plan


def configs_in(annotation: Any) -> Iterator[type[Config]]:
    if isinstance(annotation, type) and issubclass(annotation, Config):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from configs_in(argument)


def reachable(start: type[Config]) -> list[type[Config]]:
    """Every configuration class below `start`, itself first."""
    found, waiting = [], [start]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.append(current)
        for field in current.model_fields.values():
            waiting += configs_in(field.annotation)
    return found


CONFIGS = reachable(Plan)


def test_the_search_for_settings_reaches_every_room() -> None:
    names = {config.__name__ for config in CONFIGS}
    assert names >= {
        "Plan", "BrandConfig", "CsvSource", "ZendeskSource", "IdentityConfig", "GovernanceConfig", "SupportReply",
        "TicketIntent", "CurationConfig", "NearDuplicatesConfig", "SplitConfig", "LoRAConfig", "GatesConfig",
        "Decoding",
    }  # fmt: skip


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.__name__)
def test_every_setting_says_what_it_does(config: type[Config]) -> None:
    silent = [name for name, field in config.model_fields.items() if not (field.description or "").strip()]
    assert silent == []


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.__name__)
def test_every_group_of_settings_says_what_it_is(config: type[Config]) -> None:
    assert (config.__doc__ or "").strip()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.__name__)
def test_unknown_keys_are_refused_everywhere(config: type[Config]) -> None:
    assert config.model_config["extra"] == "forbid"
    assert config.model_config["frozen"] is True


def commands(group: click.Group, path: str = "brandtune") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {path: group}
    for name, command in group.commands.items():
        deeper = commands(command, f"{path} {name}") if hasattr(command, "commands") else {f"{path} {name}": command}
        found |= deeper
    return found


ROOT_COMMAND = get_command(app)
COMMANDS = commands(ROOT_COMMAND)  # type: ignore[arg-type]


def test_the_search_for_commands_finds_groups_and_their_commands() -> None:
    assert {"brandtune run", "brandtune check", "brandtune models promote"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str) -> None:
    assert (COMMANDS[name].help or "").strip()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_says_what_it_does(name: str) -> None:
    silent = [parameter.name for parameter in COMMANDS[name].params if not getattr(parameter, "help", None)]
    assert silent == []


def modules(package: str) -> list[str]:
    found = importlib.import_module(package)
    return [package, *(info.name for info in pkgutil.walk_packages(found.__path__, f"{package}."))]


WITH_DOCTESTS = [
    *modules("brandtune.core"),
    *modules("brandtune.execution"),
    *modules("brandtune.curation"),
    "brandtune.scoring.similarity",
    "brandtune.evaluation.statistics",
    "brandtune.evaluation.arms",
    "brandtune.evaluation.endpoints.writing",
    "brandtune.evaluation.report.spending",
    "brandtune.evaluation.spending",
    "brandtune.evaluation.verdict",
    "brandtune.advice.measured",
    "brandtune.advice.words",
    "brandtune.models.retrieval",
    "brandtune.workflows.tuning",
]


@pytest.mark.parametrize("name", WITH_DOCTESTS)
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_docstrings_hold_examples_at_all() -> None:
    """Otherwise the test above passes over nothing."""
    finder = doctest.DocTestFinder()
    counts = {name: sum(len(t.examples) for t in finder.find(importlib.import_module(name))) for name in WITH_DOCTESTS}
    assert sum(counts.values()) >= 10
    for name in WITH_DOCTESTS[-4:]:
        assert counts[name] > 0, name
