"""Passages that come back in record after record: counted once a record, told by their words without numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from brandtune.core.records import Conversation, Record

_WORD = re.compile(r"[^\W\d_]+")
_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|liebe[r]?|bonjour|hola)\b[^\n]{0,60}$", re.I
)
_NAMED = re.compile(r"(?<=[a-z,] )[A-ZÀ-Þ][a-zß-ÿ]+")
MAX_KEY_CHARS = 4000


def passage_key(text: str) -> str:
    """What two pastings of one passage have in common: its words without numbers, greeting lines and capitalised names.

    >>> passage_key("Hi Ana,\\nOrder 4711 left us.") == passage_key("Hi Tom,\\nOrder 12 left us.")
    True
    """
    lines = (line for line in text[:MAX_KEY_CHARS].split("\n") if not _GREETING.match(line.strip()))
    return " ".join(_WORD.findall(_NAMED.sub("", "\n".join(lines)).lower()))


def num_words(key: str) -> int:
    """How many words a passage has."""
    return key.count(" ") + 1 if key else 0


def repeated(records: Iterable[Iterable[str]], *, min_records: int) -> dict[str, int]:
    """Keys that stand in at least `min_records` records, with the number of records."""
    counts: Counter[str] = Counter()
    for keys in records:
        counts.update(set(keys))
    return {key: count for key, count in counts.items() if count >= min_records}


def without_empty_turns(record: Record) -> Record:
    """The record without turns in which nothing is left."""
    if not isinstance(record.payload, Conversation):
        return record
    left = tuple(turn for turn in record.payload.turns if turn.text.strip())
    if len(left) == len(record.payload.turns):
        return record
    return msgspec.structs.replace(record, payload=msgspec.structs.replace(record.payload, turns=left))


def missing_side(record: Record) -> str:
    """Which side of a conversation says nothing: `customer`, `agent`, or none."""
    if not isinstance(record.payload, Conversation):
        return ""
    roles = {turn.role for turn in record.payload.turns}
    return next((role for role in ("customer", "agent") if role not in roles), "")


def cut_pieces(text: str, pieces: Sequence[tuple[int, int]]) -> str:
    """The text without the pieces, and without the blank lines that they leave."""
    parts, at = [], 0
    for start, end in pieces:
        parts.append(text[at:start])
        at = end + (text[end : end + 1] == " ")
    parts.append(text[at:])
    return re.sub(r"\n{3,}", "\n\n", "".join(parts)).strip()
