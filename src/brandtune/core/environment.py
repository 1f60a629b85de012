"""`${NAME}` in settings: read in where the value is needed, never written out or quoted."""

import os
import re
from collections.abc import Callable
from typing import Any

from brandtune.core.errors import ConfigError
from brandtune.core.yaml_document import Path_, dotted

VARIABLE = re.compile(r"\$\{(\w+)\}")


def resolve_environment(value: Any, *, path: Path_ = (), where: Callable[[Path_], str] = dotted) -> Any:
    """Replace `${NAME}` in strings by the environment's value.

    Args:
        where: Says in a message where a path stands, e.g. `YamlDocument.where`.

    Raises:
        ConfigError: The variable is not set; names it and the key.
    """
    if isinstance(value, dict):
        return {k: resolve_environment(v, path=(*path, k), where=where) for k, v in value.items()}
    if isinstance(value, list):
        return [resolve_environment(v, path=(*path, i), where=where) for i, v in enumerate(value)]
    if isinstance(value, str):
        return VARIABLE.sub(lambda match: _variable(match[1], where(path)), value)
    return value


def _variable(name: str, where: str) -> str:
    if name not in os.environ:
        raise ConfigError(f"the environment variable {name} is not set.", where=where, fix=f"Export {name} first.")
    return os.environ[name]


def variables(raw: Any, *, path: Path_ = ()) -> dict[Path_, Any]:
    """The settings that hold `${NAME}`, by path.

    A list that holds such strings is one setting, because validation may put its items in another order.
    """
    if _mentions(raw) or (isinstance(raw, list) and any(_mentions(item) for item in raw)):
        return {path: raw}
    items = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    return {place: text for key, item in items for place, text in variables(item, path=(*path, key)).items()}


def _mentions(value: Any) -> bool:
    return isinstance(value, str) and VARIABLE.search(value) is not None


def put_back(data: Any, settings: dict[Path_, Any]) -> None:
    """Write `variables` over their values, in place."""
    for path, text in settings.items():
        target = data
        for part in path[:-1]:
            target = target[part]
        target[path[-1]] = text


def masked(message: str, raw: Any) -> str:
    """The message with the values of the variables that `raw` mentions put back as `${NAME}`."""
    for name in VARIABLE.findall(str(raw)):
        value = os.environ.get(name)
        message = message.replace(value, f"${{{name}}}") if value else message
    return message
