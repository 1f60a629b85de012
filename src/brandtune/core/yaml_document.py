"""YAML that remembers the line of every key, so that each mistake is named where it stands."""

from pathlib import Path
from typing import Any

import yaml

from brandtune.core.errors import ConfigError, NotFoundError

Path_ = tuple[str | int, ...]


class YamlDocument:
    """Parsed YAML that remembers the line of every key.

    Args:
        text: YAML text.
        name: File name for messages.

    Attributes:
        data: What is validated; environment variables may have been put in.
        raw: The same as it was written, `${NAME}` and all. Messages quote this.
        last_wins_in: Mappings that may give a key twice; other people's rule packages do.

    Raises:
        ConfigError: Not YAML, or not a mapping at the top, or a key twice, or an alias inside itself.
    """

    last_wins_in: frozenset[str] = frozenset()

    def __init__(self, text: str, *, name: str) -> None:
        self.name = name
        self.lines: dict[Path_, int] = {}
        self.overrides: dict[Path_, str] = {}
        node = self._parse(text)
        if not isinstance(self.raw, dict):
            raise ConfigError("the top level must be a mapping of keys.", where=name)
        self.data: dict[str, Any] = self.raw
        if node:
            self._index(node, (), inside=())

    def _parse(self, text: str) -> yaml.Node | None:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            self.raw: Any = load_value(text) if node else {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"{self.name}:{mark.line + 1}:{mark.column + 1}" if mark else self.name
            raise ConfigError(f"not valid YAML ({reason(error)}).", where=where) from None
        except RecursionError:
            raise ConfigError("nested too deeply, or inside itself.", where=self.name) from None
        return node

    def _index(self, node: yaml.Node, path: Path_, *, inside: tuple[yaml.Node, ...]) -> None:
        line = node.start_mark.line + 1
        if any(node is outer for outer in inside):
            raise ConfigError(
                f"`{dotted(path)}` is an alias of something that contains it.", where=f"{self.name}:{line}"
            )
        self.lines[path] = line
        inside = (*inside, node)
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in seen and not self.last_wins_in.intersection(map(str, path)):
                    raise ConfigError(f"`{name}` is given twice.", where=f"{self.name}:{key.start_mark.line + 1}")
                seen.add(name)
                self._index(value, (*path, name), inside=inside)
                self.lines[(*path, name)] = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._index(value, (*path, index), inside=inside)

    def overridden(self, path: Path_, *, key: str) -> None:
        """From here on, what is at and below `path` comes from `--set key=…`."""
        self.lines = {known: line for known, line in self.lines.items() if known[: len(path)] != path}
        self.overrides = {known: k for known, k in self.overrides.items() if known[: len(path)] != path}
        self.overrides[path] = key

    def where(self, path: Path_) -> str:
        """`file:line (a.b[2].c)` or `--set a.b (a.b[2].c)`, at the nearest enclosing key that is written down."""
        for length in range(len(path), -1, -1):
            place = path[:length]
            if place in self.overrides:
                deeper = f" ({dotted(path)})" if place != path else ""
                return f"--set {self.overrides[place]}{deeper}"
            if place in self.lines:
                return f"{self.name}:{self.lines[place]} ({dotted(path)})" if path else self.name
        return f"{self.name} ({dotted(path)})" if path else self.name


class _Loader(yaml.SafeLoader):
    """Gives the place of what looks like a date or a number but is none, which yaml raises as a bare ValueError."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, OverflowError) as error:
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from None


def load_value(text: str) -> Any:
    """The value of YAML text.

    Raises:
        yaml.YAMLError: Not YAML.
    """
    return yaml.load(text, Loader=_Loader)


def reason(error: yaml.YAMLError) -> str:
    """What is wrong, without the excerpt."""
    return str(getattr(error, "problem", error))


def dotted(path: Path_) -> str:
    """A path as people write it.

    >>> dotted(("tasks", 0, "kind"))
    'tasks[0].kind'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def read_yaml(path: Path) -> YamlDocument:
    """Read a YAML file.

    Raises:
        NotFoundError: No such file.
        ConfigError: Not UTF-8 or not YAML.
    """
    try:
        return YamlDocument(path.read_text(encoding="utf-8-sig"), name=str(path))
    except FileNotFoundError:
        raise NotFoundError(
            f"no configuration at {path}.", fix="Run `brandtune init` to write one, or name it with --config."
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8 text (byte {error.start}).", where=str(path), fix="Save it as UTF-8.") from None
