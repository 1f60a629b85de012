"""Passwords and keys written into the configuration file are refused: they belong into the environment."""

import re
from collections.abc import Callable
from typing import Any

from brandtune.core.environment import VARIABLE
from brandtune.core.errors import ConfigError
from brandtune.core.yaml_document import Path_, dotted

_PASSWORD = re.compile(r"://[^:/@\s]*:(?P<secret>[^@\s]+)@")
_QUERY = re.compile(
    r"[?&;](?:password|passwd|pwd|token|secret|sig|signature|api_?key)=(?P<secret>[^&\s]+)", re.IGNORECASE
)
_SECRET_KEY = re.compile(r"secret|password|passwd|pwd|token|credential|(^|_)key$|sas|private", re.IGNORECASE)


def refuse_literal_secrets(raw: Any, *, where: Callable[[Path_], str] = dotted) -> None:
    """Look through the sources as written in the file, before `${NAME}` is filled in.

    Args:
        raw: The value of `sources`.
        where: Says in a message where a path stands, e.g. `YamlDocument.where`.

    Raises:
        ConfigError: Names the setting, never its value.
    """
    for number, source in enumerate(raw if isinstance(raw, list) else ()):
        for key, value in source.items() if isinstance(source, dict) else ():
            place: Path_ = ("sources", number, key)
            if isinstance(value, str) and key in ("url", "path") and _holds_secret(value):
                raise _refusal(where(place))
            for name, secret in value.items() if key == "storage" and isinstance(value, dict) else ():
                if _SECRET_KEY.search(str(name)) and not VARIABLE.search(str(secret)):
                    raise _refusal(where((*place, str(name))))


def _holds_secret(value: str) -> bool:
    found = [match["secret"] for pattern in (_PASSWORD, _QUERY) for match in pattern.finditer(value)]
    return any(not VARIABLE.search(secret) for secret in found)


def _refusal(where: str) -> ConfigError:
    return ConfigError(
        "a password or key is written into the file.",
        where=where,
        fix="Put it into the environment and write ${NAME} here; it is then kept out of runs and messages too.",
    )
