"""JSON Lines: one document a line, streamed; a cut-off line is named with its column."""

import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Literal

import msgspec
from pydantic import Field

from brandtune.core.errors import SourceError
from brandtune.sources.base import Reading
from brandtune.sources.encoding import decide_encoding, skip_mark
from brandtune.sources.files import InputFile
from brandtune.sources.tables import BadRow, Row, TableSource

OnError = Literal["stop", "skip"]


class JsonLinesSource(TableSource):
    """A file with one JSON object a line."""

    kind: Literal["jsonl"] = "jsonl"
    """Selects this connector."""
    on_error: OnError = "stop"
    """What to do with a line that is not JSON: stop, or drop it with a reason."""
    max_field_mb: float = Field(default=8.0, gt=0)
    """Lines larger than this are dropped with a reason."""

    def rows(self, file: InputFile, reading: Reading) -> Iterator[Row | BadRow]:
        limit = int(self.max_field_mb * 1e6)
        for number, line, value in json_lines(file, encoding=self.encoding, on_error=self.on_error, reading=reading):
            if isinstance(value, BadRow):
                yield value
            elif len(line) > limit:
                yield BadRow(number, "field too large", f"the line is larger than {limit / 1e6:g} MB")
            elif not isinstance(value, dict):
                yield BadRow(number, "not an object", f"found {type(value).__name__}")
            else:
                yield Row(value, number)


def json_lines(
    file: InputFile, *, encoding: str, on_error: OnError, reading: Reading
) -> Iterator[tuple[int, bytes, Any]]:
    """Each line's number, bytes and decoded value (or a `BadRow`).

    Raises:
        SourceError: The file is empty, or a line is not JSON and `on_error` is `stop`.
    """
    codec = decide_encoding(file, wanted=encoding, reading=reading)
    count = 0
    with file.open(reading.on_bytes) as stream:
        for number, line in _lines(stream, codec):
            if not line.strip():
                continue
            count += 1
            yield number, line, _decoded(line, number, file=file, on_error=on_error)
    if count == 0 and file.alone:
        raise SourceError("the file is empty.", where=file.label, fix="Export it again.")


def _lines(stream: BinaryIO, codec: str) -> Iterator[tuple[int, bytes]]:
    """Physical lines as UTF-8, however they end."""
    if codec in ("utf-8", "utf-8-sig"):
        skip_mark(stream)
        number = 0
        for raw in stream:
            # A bare carriage return cannot stand inside JSON text, so it always ends a line.
            for line in raw.splitlines() if b"\r" in raw else (raw,):
                number += 1
                yield number, line
        return
    for number, text in enumerate(io.TextIOWrapper(stream, encoding=codec, newline=None), start=1):
        yield number, text.encode("utf-8", "surrogatepass")


_decode = msgspec.json.Decoder().decode


def _decoded(line: bytes, number: int, *, file: InputFile, on_error: OnError) -> Any:
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:  # Python's own writer puts NaN where there is no value; msgspec rightly refuses that
        return json.loads(line, parse_constant=lambda _name: None)
    except RecursionError:
        problem, column = "nested too deeply", 1
    except ValueError as error:
        problem, column = getattr(error, "msg", "not text"), getattr(error, "colno", 1)
    if on_error == "skip":
        return BadRow(number, "not JSON", f"column {column}: {problem}")
    raise SourceError(f"not JSON ({problem}).", where=f"{file.label}:{number}:{column}", fix=_fix(line, number))


def _fix(line: bytes, number: int) -> str:
    if (number == 1 and line.strip() in (b"[", b"{")) or line.lstrip()[:1] == b"[":
        return "This looks like one JSON document over several lines: use `kind: json`."
    return "If the file was cut off, export it again; `on_error: skip` drops such lines with a reason."
