"""JSON that is almost JSON: `NaN` where there is no value, and halves of characters from texts that were cut."""

import json
import re
from typing import Any

from brandtune.sources.base import Notes

_HALF = re.compile("[\ud800-\udfff]")


def repaired(text: bytes, *, notes: Notes, where: str) -> bytes:
    """The same document as valid JSON in UTF-8.

    Raises:
        ValueError: It is no JSON all the same (`json.JSONDecodeError`, or bytes that are no text).
        RecursionError: It is nested too deeply.
    """
    plain = json.dumps(json.loads(text, parse_constant=lambda _name: None), ensure_ascii=False)
    whole, count = _HALF.subn("\ufffd", plain)
    if count:
        notes.add("half of a character (a lone surrogate) was replaced by �", where=where, times=count)
    return whole.encode()


def decoded(text: bytes) -> Any:
    """The value of almost-JSON, for a look at its shape only."""
    return json.loads(text, parse_constant=lambda _name: None)
