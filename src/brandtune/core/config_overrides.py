"""`--set a.b=c`: settings from the command line, put into a document as if they stood in the file."""

import re
from typing import Any

import yaml

from brandtune.core.errors import ConfigError
from brandtune.core.yaml_document import Path_, YamlDocument, load_value, reason


def apply_overrides(document: YamlDocument, overrides: list[str]) -> None:
    """Apply `a.b=c` settings in place; values are read as YAML, list items by number (`tasks.0.kind=…`).

    Raises:
        ConfigError: Not of that form, the value is not YAML, or there is nothing at the key that could hold it.
    """
    for text in overrides:
        key, separator, value = text.partition("=")
        if not separator or not key:
            raise ConfigError(
                f"--set {text!r} is not of the form key=value.", fix="Write e.g. --set training.epochs=2."
            )
        _override(document, key, _value(value, key=key))


def _value(text: str, *, key: str) -> Any:
    try:
        return load_value(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {key}: the value is not valid YAML ({reason(error)}).") from None
    except RecursionError:
        raise ConfigError(f"--set {key}: the value is nested too deeply.") from None


def _override(document: YamlDocument, key: str, value: Any) -> None:
    target: Any = document.data
    path: Path_ = ()
    *outer, last = re.sub(r"\[(\d+)\]", r".\1", key).split(".")
    for part in outer:
        step = _step(target, part, key=key)
        path = (*path, step)
        if isinstance(target, dict) and target.get(step) is None:
            target[step] = {}
            document.overridden(path, key=key)
        target = target[step]
    step = _step(target, last, key=key)
    target[step] = value
    document.overridden((*path, step), key=key)


def _step(target: Any, part: str, *, key: str) -> str | int:
    """The key or index that `part` means in `target`."""
    if isinstance(target, dict):
        return part
    if not isinstance(target, list):
        raise ConfigError(f"--set {key}: there is no key {part!r} in {target!r}, which is not a mapping.")
    if not part.isdecimal() or int(part) >= len(target):
        raise ConfigError(f"--set {key}: there is no item {part!r}; the list has {len(target)}.")
    return int(part)
