"""The items of an export that is either one JSON document with a list in it or JSON Lines; each knows its line."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from brandtune.core.errors import SourceError
from brandtune.sources.base import FileSource, Reading
from brandtune.sources.files import InputFile
from brandtune.sources.json_document import read_document
from brandtune.sources.json_lines import JsonLine, OnError, json_lines
from brandtune.sources.json_repair import decoded
from brandtune.sources.tables import BadRow


def json_items(
    file: InputFile, source: FileSource, *, on_error: OnError, reading: Reading, inside: Sequence[str] = ()
) -> Iterator[JsonLine]:
    """Every item, with its line; one beyond the size limit is a `BadRow`.

    Args:
        inside: Keys under which a document may hold its list.

    Raises:
        SourceError: Not JSON, or the document holds no such list.
    """
    if not is_document(file, inside=inside):
        yield from json_lines(file, source, on_error=on_error, reading=reading)
        return
    text = read_document(file, encoding=source.encoding, reading=reading)
    for key, array in _lists(text, inside=inside, file=file):
        for number, value in items_with_lines(text, array, limit=source.limit_bytes):
            told = key == "users" and not isinstance(value, BadRow)
            yield JsonLine(number, {key: value} if told else value, None)


def is_document(file: InputFile, *, inside: Sequence[str]) -> bool:
    """One document when the first line is not a whole item by itself."""
    with file.open() as stream:
        first, rest = stream.readline(), stream.read(4096)
    try:
        value = decoded(first.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        start = first.strip()[:1]
        return start == b"[" or (start in (b"{", b"\xef", b"") and not rest.lstrip().startswith(b"{"))
    return isinstance(value, list) or (not rest.strip() and isinstance(value, dict) and any(k in value for k in inside))


def _lists(text: bytes, *, inside: Sequence[str], file: InputFile) -> list[tuple[str, bytes]]:
    if text.lstrip()[:1] == b"[":
        return [("", text)]
    keys = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    found = [(key, bytes(keys[key])) for key in inside if key in keys and bytes(keys[key]).lstrip()[:1] == b"["]
    if not found or found[-1][0] == "users":
        raise SourceError(
            f"expected `{inside[-1] if inside else ''}` (a list) at the top and found "
            f"{', '.join(sorted(keys)[:20]) or 'nothing'}.",
            where=file.label,
            fix="Export it again, or use `kind: json` with `maps_to`.",
        )
    return found


def items_with_lines(text: bytes, array: bytes, *, limit: int) -> Iterator[tuple[int, Any]]:
    """Each item of an array inside a text with the physical line on which it starts."""
    position = text.find(array)
    line = text.count(b"\n", 0, position) + 1
    for raw in msgspec.json.decode(array, type=list[msgspec.Raw]):
        chunk = bytes(raw)
        # The pieces are slices of the text in order, so each search ends where it begins.
        start = text.find(chunk, position)
        line += text.count(b"\n", position, start)
        position = start
        large = len(chunk) > limit
        yield (
            line,
            BadRow(line, "field too large", f"larger than {limit / 1e6:g} MB") if large else msgspec.json.decode(chunk),
        )
