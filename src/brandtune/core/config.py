"""The base of every component's configuration, and building it from YAML.

A configuration class belongs to the component it configures. Unknown keys are errors that suggest the nearest
known one.
"""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from brandtune.core.config_errors import explain
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


__all__ = [
    "Config",
    "YamlDocument",
    "apply_overrides",
    "dotted",
    "read_yaml",
    "resolve_environment",
    "validate",
]
