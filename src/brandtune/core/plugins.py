"""Parts that other packages bring: found through entry points, loaded once, named in errors when they are broken.

A package adds one in its own pyproject.toml, e.g. `[project.entry-points."brandtune.sources"] acme = "acme:AcmeSource"`.
"""

import importlib.metadata
import logging
from dataclasses import dataclass

from brandtune.core.errors import MissingPartError

SOURCES = "brandtune.sources"
TASKS = "brandtune.tasks"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plugin:
    """One entry point that could be loaded.

    Attributes:
        name: As the entry point calls it.
        value: What was loaded, in most groups a class.
        package: The distribution that brought it, with its version.
    """

    name: str
    value: object
    package: str


@dataclass(frozen=True)
class Plugins:
    """The entry points of one group: those that work, and why the others do not."""

    group: str
    found: tuple[Plugin, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()

    def require(self, name: str) -> Plugin:
        """The plug-in of that name.

        Raises:
            MissingPartError: It is broken (says how), or nobody brings it.
        """
        for plugin in self.found:
            if plugin.name == name:
                return plugin
        why = dict(self.broken).get(name)
        what = f"the plug-in `{name}` cannot be loaded ({why})." if why else f"no package brings `{name}`."
        raise MissingPartError(what, where=self.group, fix="Install or repair the package that should bring it.")


def load_plugins(group: str) -> Plugins:
    """Every plug-in of a group, in order of name. A broken one never stops the others; it is logged and kept by name.

    >>> load_plugins("brandtune.nobody").found
    ()
    """
    found: list[Plugin] = []
    broken: list[tuple[str, str]] = []
    for entry in sorted(importlib.metadata.entry_points(group=group), key=lambda entry: entry.name):
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown package"
        try:
            found.append(Plugin(name=entry.name, value=entry.load(), package=package))
        except Exception as error:  # somebody else's code: anything may come
            why = f"{package}: {type(error).__name__}"
            broken.append((entry.name, why))
            log.warning("plugin=%s group=%s broken=%r", entry.name, group, why)
    return Plugins(group=group, found=tuple(found), broken=tuple(broken))
