"""What pydantic found wrong, said so that people can mend it: file, line, path and the nearest valid choice."""

import difflib
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from brandtune.core.environment import masked
from brandtune.core.yaml_document import Path_, YamlDocument


def explain(model: type[BaseModel], errors: Sequence[ErrorDetails], document: YamlDocument) -> str:
    """Every mistake, one a line."""
    return "\n".join(_line(model, detail, document) for detail in errors if not _follows(detail, errors))


def explain_settings(
    model: type[BaseModel], errors: Sequence[ErrorDetails], settings: Mapping[str, Any], *, where: str
) -> str:
    """Every mistake in settings that stand in no file, one a line."""
    data, lines = dict(settings), []
    for detail in errors:
        if _follows(detail, errors):
            continue
        path = _path_in_file(detail["loc"], data)
        place = ".".join(map(str, (where, *path)))
        lines.append(f"{place}: {_what(model, detail, path=path, raw=_at(data, path))}")
    return "\n".join(lines)


def _follows(detail: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """Pydantic counts only valid items, so a list whose one item is wrong is said to be too short as well."""
    place = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in errors
    )


def _line(model: type[BaseModel], detail: ErrorDetails, document: YamlDocument) -> str:
    path = _path_in_file(detail["loc"], document.data)
    raw = _at(document.raw, path)
    return f"{document.where(path)}: {_what(model, detail, path=path, raw=raw)}"


def _what(model: type[BaseModel], detail: ErrorDetails, *, path: Path_, raw: Any) -> str:
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, detail["loc"][:-1])
        return f"unknown key `{path[-1]}`. {_nearest(str(path[-1]), known, otherwise='Known keys')}"
    if detail["type"] == "union_tag_invalid":
        context = detail.get("ctx", {})
        expected = re.findall(r"'([^']+)'", str(context.get("expected_tags", "")))
        tag = masked(str(context.get("tag")), raw)
        return f"unknown kind `{tag}`. {_nearest(tag, expected, otherwise='Choose one of')}"
    if detail["type"] in ("missing", "union_tag_not_found"):
        return f"a required key is missing: `{path[-1] if detail['type'] == 'missing' else 'kind'}`."
    found = "" if detail["type"] == "value_error" else f" Found: {_short(raw)}."
    said = masked(detail["msg"].removeprefix("Value error, "), raw)
    return f"{said}.{found}".replace("..", ".")


def _nearest(word: str, known: list[str], *, otherwise: str) -> str:
    nearest = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean `{nearest[0]}`?" if nearest else f"{otherwise}: {', '.join(known)}."


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _at(raw: Any, path: Path_) -> Any:
    """The value at a path as far as it goes; what follows are names that pydantic gives to a union's members."""
    for part in path:
        known = part in raw if isinstance(raw, dict) else False
        if not known and not (isinstance(raw, list) and isinstance(part, int) and part < len(raw)):
            break
        raw = raw[part]
    return raw


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
