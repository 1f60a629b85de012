"""One JSON document that holds a list of rows somewhere; every row knows its physical line."""

import json
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from brandtune.core.errors import SourceError
from brandtune.sources.base import Reading
from brandtune.sources.encoding import decide_encoding
from brandtune.sources.files import InputFile
from brandtune.sources.json_repair import repaired
from brandtune.sources.tables import BadRow, Row, TableSource


class JsonSource(TableSource):
    """A JSON document: a list of objects, or an object that holds one."""

    kind: Literal["json"] = "json"
    """Selects this connector."""
    records_at: str = ""
    """Dotted path of the list inside the document, e.g. `data.tickets`; not needed when there is only one list."""

    def rows(self, file: InputFile, reading: Reading) -> Iterator[Row | BadRow]:
        text = read_document(file, encoding=self.encoding, reading=reading)
        items = _list_in(text, self.records_at, file)
        position, line = 0, 1
        for raw in items:
            chunk = bytes(raw)
            # The pieces are slices of the text in order, so each search ends where it begins.
            start = text.find(chunk, position)
            line += text.count(b"\n", position, start)
            position = start
            if len(chunk) > self.limit_bytes:
                yield BadRow(line, "field too large", f"larger than {self.max_field_mb:g} MB")
                continue
            value = msgspec.json.decode(chunk)
            if isinstance(value, dict):
                yield Row(value, line)
            else:
                yield BadRow(line, "not an object", f"found {type(value).__name__}")


def read_document(file: InputFile, *, encoding: str, reading: Reading) -> bytes:
    """The whole document as valid JSON in UTF-8.

    Raises:
        SourceError: Empty, or not JSON; names line and column.
    """
    codec = decide_encoding(file, wanted=encoding, reading=reading)
    with file.open(reading.on_bytes) as stream:
        text = stream.read()
    if codec != "utf-8":
        text = text.decode(codec).encode("utf-8")
    if not text.strip():
        raise SourceError("the file is empty.", where=file.label, fix="Export it again.")
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        text = _explained(text, file, reading)
    return text


def _explained(text: bytes, file: InputFile, reading: Reading) -> bytes:
    """Text that msgspec refused: repaired when it is only NaN, else an error with line and column."""
    try:
        return repaired(text, notes=reading.notes, where=file.label)
    except json.JSONDecodeError as error:
        lines = error.msg == "Extra data"
        fix = "This looks like JSON Lines: use `kind: jsonl`." if lines else "If the file was cut off, export it again."
        where = f"{file.label}:{error.lineno}:{error.colno}"
    except RecursionError:
        fix, where = "Nobody's export is nested like this; look at how it was made.", file.label
        raise SourceError("nested too deeply.", where=where, fix=fix) from None
    raise SourceError("not JSON.", where=where, fix=fix) from None


def _list_in(text: bytes, path: str, file: InputFile) -> list[msgspec.Raw]:
    value: Any = msgspec.Raw(text)
    for part in path.split(".") if path else ():
        inner = _object(value)
        if inner is None or part not in inner:
            keys = ", ".join(sorted(inner)[:20]) if inner else "no keys"
            raise SourceError(f"`records_at: {path}`: there is no `{part}`; found {keys}.", where=file.label)
        value = inner[part]
    rows = _array(value)
    if rows is not None:
        return rows
    inner = _object(value) or {}
    lists = {key: found for key, raw in inner.items() if (found := _array(raw)) is not None}
    if len(lists) == 1:
        return next(iter(lists.values()))
    if not lists and inner and all(_object(raw) is not None for raw in inner.values()):
        return list(inner.values())  # rows keyed by their id
    seen = f"these lists: {', '.join(lists)}" if lists else "no list"
    raise SourceError(f"expected a list of rows and found {seen}.", where=file.label, fix="Set `records_at: KEY`.")


def _array(raw: Any) -> list[msgspec.Raw] | None:
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        return None


def _object(raw: Any) -> dict[str, msgspec.Raw] | None:
    try:
        return msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return None
