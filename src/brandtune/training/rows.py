"""Other people's rows with their numbers, from a file or from memory. `shapes` makes of them what the loop learns from."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from brandtune.core.errors import DataError, NotFoundError


def numbered(rows: str | Path | Iterable[Any]) -> Iterable[tuple[int, Any]]:
    """Each row with its line in a JSON Lines file, or with its number from 1.

    Raises:
        NotFoundError: No such file.
        DataError: It is not UTF-8 or not JSON; names file and line.
    """
    if not isinstance(rows, str | Path):
        return enumerate(rows, start=1)
    path = Path(rows)
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}.", fix="Give a .jsonl or .json file, or rows.")
    text = _text(path)
    if path.suffix == ".json":
        document = _json(text, where=str(path))
        if not isinstance(document, list):
            raise DataError("not a list of rows.", where=str(path))
        return enumerate(document, start=1)
    lines = ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())
    return ((number, _json(line, where=f"{path}:{number}")) for number, line in lines)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(
            f"not UTF-8 text (byte 0x{error.object[error.start]:02x}).", where=f"{path}:{line}", fix="Save it as UTF-8."
        ) from None


def _json(text: str, *, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"not JSON ({error.msg}, column {error.colno}).", where=where) from None
