"""JSON Lines: one document a line, streamed; a cut-off line is named with its column."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, Literal, NamedTuple

import msgspec

from brandtune.core.errors import SourceError
from brandtune.sources.base import FileSource, Reading
from brandtune.sources.encoding import decide_encoding, skip_mark
from brandtune.sources.files import InputFile
from brandtune.sources.json_repair import repaired
from brandtune.sources.tables import BadRow, Row, TableSource

OnError = Literal["stop", "skip"]


class JsonLinesSource(TableSource):
    """A file with one JSON object a line."""

    kind: Literal["jsonl"] = "jsonl"
    """Selects this connector."""
    on_error: OnError = "stop"
    """What to do with a line that is not JSON: stop, or drop it with a reason."""

    def rows(self, file: InputFile, reading: Reading) -> Iterator[Row | BadRow]:
        for line in json_lines(file, self, on_error=self.on_error, reading=reading):
            if isinstance(line.value, BadRow):
                yield line.value
            elif not isinstance(line.value, dict):
                yield BadRow(line.number, "not an object", f"found {type(line.value).__name__}", line.position)
            else:
                yield Row(line.value, line.number, line.position)


class JsonLine(NamedTuple):
    """One line.

    Attributes:
        value: The decoded value, or a `BadRow`.
        position: Byte after the line and its number, where reading can go on; None where it cannot (packed, another
            encoding, an unfinished line).
    """

    number: int
    value: Any
    position: tuple[int, int] | None


def json_lines(file: InputFile, source: FileSource, *, on_error: OnError, reading: Reading) -> Iterator[JsonLine]:
    """Each line with its number and value; goes on from `reading.resume`, which is `[byte, line]`.

    Raises:
        SourceError: The file is empty, or a line is not JSON and `on_error` is `stop`.
    """
    offset, before = reading.resume or (0, 0)
    codec = decide_encoding(file, wanted=source.encoding, reading=reading, start=offset)
    limit, count = source.limit_bytes, 0
    with file.open(reading.on_bytes, start=offset) as stream:
        for number, line, end in _numbered(stream, codec, limit=limit, offset=offset, number=before):
            position = (end, number) if end and not file.is_packed else None
            if line is None:
                problem = BadRow(number, "field too large", f"longer than {limit / 1e6:g} MB", position)
                yield JsonLine(number, problem, position)
            elif line.strip():
                count += 1
                yield JsonLine(
                    number, _decoded(line, number, position, file=file, on_error=on_error, reading=reading), position
                )
    if count == 0 and file.alone and not offset:
        raise SourceError("the file is empty.", where=file.label, fix="Export it again.")


def _numbered(
    stream: BinaryIO, codec: str, *, limit: int, offset: int, number: int
) -> Iterator[tuple[int, bytes | None, int]]:
    """Physical lines as UTF-8, however they end, with the byte after each; None for one beyond the limit."""
    if codec in ("utf-8", "utf-8-sig"):
        yield from _utf8_lines(stream, limit=limit, offset=offset, number=number)
        return
    for number, text in enumerate(io.TextIOWrapper(stream, encoding=codec, newline=None), start=1):
        yield number, text.encode("utf-8", "surrogatepass"), 0


def _utf8_lines(stream: BinaryIO, *, limit: int, offset: int, number: int) -> Iterator[tuple[int, bytes | None, int]]:
    if offset == 0:
        offset = skip_mark(stream)
    rest = b""
    while raw := rest + stream.readline(limit + 1):
        rest = b""
        whole = raw.endswith(b"\n")
        if not whole and len(raw) > limit:
            at = raw.rfind(b"\r") + 1
            if not at:
                number, offset, whole = number + 1, *_skipped(stream, offset + len(raw))
                yield number, None, offset if whole else 0
                continue
            raw, rest, whole = raw[:at], raw[at:], True
        offset += len(raw)
        # A bare carriage return cannot stand inside JSON text, so it always ends a line.
        lines = raw.splitlines() if b"\r" in raw else (raw,)
        for line in lines:
            number += 1
            yield number, line, offset if whole and line is lines[-1] else 0


def _skipped(stream: BinaryIO, offset: int) -> tuple[int, bool]:
    """Where the line ends that is too long to be held, and whether it ends at all."""
    while block := stream.readline(1 << 20):
        offset += len(block)
        if block.endswith(b"\n"):
            return offset, True
    return offset, False


_decode = msgspec.json.Decoder().decode


def _decoded(line: bytes, number: int, position: Any, *, file: InputFile, on_error: OnError, reading: Reading) -> Any:
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:  # Python's own writer puts NaN where there is no value; msgspec rightly refuses that
        return _decode(repaired(line, notes=reading.notes, where=f"{file.label}:{number}"))
    except RecursionError:
        problem, column = "nested too deeply", 1
    except ValueError as error:
        problem, column = getattr(error, "msg", "not text"), getattr(error, "colno", 1)
    if on_error == "skip":
        return BadRow(number, "not JSON", f"column {column}: {problem}", position)
    raise SourceError(f"not JSON ({problem}).", where=f"{file.label}:{number}:{column}", fix=_fix(line, number))


def _fix(line: bytes, number: int) -> str:
    if (number == 1 and line.strip() in (b"[", b"{")) or line.lstrip()[:1] == b"[":
        return "This looks like one JSON document over several lines: use `kind: json`."
    return "If the file was cut off, export it again; `on_error: skip` drops such lines with a reason."
