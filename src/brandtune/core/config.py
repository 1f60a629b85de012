"""The base of every component's configuration, and reading YAML so that each mistake is named with its line.

A configuration class belongs to the component it configures. Unknown keys are errors that suggest the nearest known one.
"""

import difflib
import os
import re
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from brandtune.core.errors import ConfigError, NotFoundError

C = TypeVar("C", bound="Config")
Path_ = tuple[str | int, ...]


class Config(BaseModel):
    """Frozen settings; the docstring under each field is its documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class YamlDocument:
    """Parsed YAML that remembers the line of every key.

    Args:
        text: YAML text.
        name: File name for messages.

    Raises:
        ConfigError: Not YAML, or not a mapping at the top, or a key twice.
    """

    def __init__(self, text: str, *, name: str) -> None:
        self.name = name
        self.lines: dict[Path_, int] = {}
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            self.data: dict[str, Any] = yaml.safe_load(text) if node else {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
            raise ConfigError(f"not valid YAML ({getattr(error, 'problem', error)}).", where=where) from None
        if not isinstance(self.data, dict):
            raise ConfigError("the top level must be a mapping of keys.", where=name)
        if node:
            self._index(node, ())

    def _index(self, node: yaml.Node, path: Path_) -> None:
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in seen:
                    raise ConfigError(f"`{name}` is given twice.", where=f"{self.name}:{key.start_mark.line + 1}")
                seen.add(name)
                self._index(value, (*path, name))
                self.lines[(*path, name)] = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._index(value, (*path, index))

    def where(self, path: Path_) -> str:
        """`file:line (a.b[2].c)`, at the nearest enclosing key that is written down."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return f"{self.name}:{self.lines[path[:length]]} ({dotted(path)})" if path else self.name
        return f"{self.name} ({dotted(path)})"


def dotted(path: Path_) -> str:
    """>>> dotted(("tasks", 0, "kind"))
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


def apply_overrides(document: YamlDocument, overrides: list[str]) -> None:
    """Apply `a.b=c` settings in place; values are read as YAML, list items by number (`tasks.0.kind=…`)."""
    for text in overrides:
        key, separator, value = text.partition("=")
        if not separator or not key:
            raise ConfigError(
                f"--set {text!r} is not of the form key=value.", fix="Write e.g. --set training.epochs=2."
            )
        target: Any = document.data
        parts = re.sub(r"\[(\d+)\]", r".\1", key).split(".")
        for part in parts[:-1]:
            target = _descend(target, part, key=key)
        _assign(target, parts[-1], yaml.safe_load(value), key=key)


def _descend(target: Any, part: str, *, key: str) -> Any:
    if isinstance(target, list):
        return target[_list_index(target, part, key=key)]
    if not isinstance(target.get(part), dict | list):
        target[part] = {}
    return target[part]


def _assign(target: Any, part: str, value: Any, *, key: str) -> None:
    if isinstance(target, list):
        target[_list_index(target, part, key=key)] = value
    else:
        target[part] = value


def _list_index(target: list[Any], part: str, *, key: str) -> int:
    if not part.isdigit() or int(part) >= len(target):
        raise ConfigError(f"--set {key}: there is no item {part!r}; the list has {len(target)}.")
    return int(part)


def resolve_environment(value: Any, *, path: Path_ = ()) -> Any:
    """Replace `${NAME}` in strings by the environment's value.

    Raises:
        ConfigError: The variable is not set; names it and the key.
    """
    if isinstance(value, dict):
        return {k: resolve_environment(v, path=(*path, k)) for k, v in value.items()}
    if isinstance(value, list):
        return [resolve_environment(v, path=(*path, i)) for i, v in enumerate(value)]
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda match: _variable(match[1], path), value)
    return value


def _variable(name: str, path: Path_) -> str:
    if name not in os.environ:
        raise ConfigError(
            f"the environment variable {name} is not set.", where=dotted(path), fix=f"Export {name} first."
        )
    return os.environ[name]


def validate(model: type[C], document: YamlDocument) -> C:
    """Build `model` from a YAML document.

    Raises:
        ConfigError: Every mistake at once, one a line, with file, line, path and the nearest valid choice.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        problems = [_explain(model, detail, document) for detail in error.errors()]
        raise ConfigError("\n".join(problems)) from None


def _explain(model: type[BaseModel], detail: ErrorDetails, document: YamlDocument) -> str:
    path = _path_in_file(detail["loc"], document.data)
    where = document.where(path)
    if detail["type"] == "extra_forbidden":
        key = str(path[-1])
        known = _known_keys(model, detail["loc"][:-1])
        nearest = difflib.get_close_matches(key, known, n=1)
        hint = f"Did you mean `{nearest[0]}`?" if nearest else f"Known keys: {', '.join(sorted(known))}."
        return f"{where}: unknown key `{key}`. {hint}"
    if detail["type"] == "union_tag_invalid":
        context = detail.get("ctx", {})
        expected = re.findall(r"'([^']+)'", str(context.get("expected_tags", "")))
        nearest = difflib.get_close_matches(str(context.get("tag")), expected, n=1)
        hint = f"Did you mean `{nearest[0]}`?" if nearest else f"Choose one of: {', '.join(expected)}."
        return f"{where}: unknown kind `{context.get('tag')}`. {hint}"
    if detail["type"] in ("missing", "union_tag_not_found"):
        return f"{where}: a required key is missing: `{path[-1] if detail['type'] == 'missing' else 'kind'}`."
    found = "" if detail["type"] == "value_error" else f" Found: {_short(detail.get('input'))}."
    return f"{where}: {detail['msg'].removeprefix('Value error, ')}.{found}".replace("..", ".")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _path_in_file(location: tuple[int | str, ...], data: Any) -> Path_:
    """Pydantic inserts union tags into its locations; drop those that are not keys of the file."""
    path: list[str | int] = []
    for index, part in enumerate(location):
        last = index == len(location) - 1
        known = part in data if isinstance(data, dict) else False
        if known or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data = data[part]
            path.append(part)
        elif last:
            path.append(part)
    return tuple(path)


def _known_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The field names at a pydantic error location, following nested models and unions by tag."""
    candidates: list[type[BaseModel]] = [model]
    for part in location:
        following: list[type[BaseModel]] = []
        for candidate in candidates:
            field = candidate.model_fields.get(str(part))
            following += _models_in(field.annotation) if field else []
        tagged = [c for c in candidates if part in _tags(c)]
        candidates = following or tagged or candidates
    return sorted({name for candidate in candidates for name in candidate.model_fields})


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated, list, tuple, dict):
        return [found for argument in typing.get_args(annotation) for found in _models_in(argument)]
    return []


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    field = model.model_fields.get("kind")
    return typing.get_args(field.annotation) if field else ()
