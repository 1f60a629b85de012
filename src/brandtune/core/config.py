"""The base of every component's configuration, and building it from YAML.

A configuration class belongs to the component it configures. Unknown keys are errors that suggest the nearest
known one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from brandtune.core.config_errors import explain, explain_settings
from brandtune.core.config_overrides import apply_overrides
from brandtune.core.environment import resolve_environment
from brandtune.core.errors import ConfigError
from brandtune.core.yaml_document import YamlDocument, dotted, read_yaml

C = TypeVar("C", bound="Config")


class Config(BaseModel):
    """Frozen settings; the docstring under each field is its documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def validate(model: type[C], document: YamlDocument) -> C:
    """Build `model` from a YAML document.

    Raises:
        ConfigError: Every mistake at once, one a line, with file, line, path and the nearest valid choice.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(explain(model, error.errors(), document)) from None


@contextmanager
def naming_mistakes(model: type[Config], settings: Mapping[str, Any], *, where: str) -> Iterator[None]:
    """Around building `model` from settings that were given in code.

    Raises:
        ConfigError: Every mistake at once, one a line, with its name and the nearest valid choice.

    >>> class Lamp(Config):
    ...     colour: str = "red"
    >>> with naming_mistakes(Lamp, {"color": "blue"}, where="Lamp"):
    ...     Lamp(color="blue")
    Traceback (most recent call last):
    brandtune.core.errors.ConfigError: Lamp.color: unknown key `color`. Did you mean `colour`?
    """
    try:
        yield
    except ValidationError as error:
        raise ConfigError(explain_settings(model, error.errors(), settings, where=where)) from None


__all__ = [
    "Config",
    "YamlDocument",
    "apply_overrides",
    "dotted",
    "naming_mistakes",
    "read_yaml",
    "resolve_environment",
    "validate",
]
