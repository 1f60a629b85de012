"""Cutting text into sentences and paragraphs with their offsets, the way every checker here agrees on."""

import re
from collections.abc import Iterator

# A sentence ends at . ? ! (and closing quotes) before white space and something that can start one, or at a line end.
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]{0,3}[ \t]+(?=[\"'“‘(\[]?[A-Z0-9À-Þ])|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|No|vs|etc|approx|e\.g|i\.e|a\.m|p\.m))\.$", re.IGNORECASE)
_GAP = re.compile(r"\n[ \t]*\n\s*")

Piece = tuple[int, int]


def sentences(text: str) -> list[Piece]:
    """Offsets of the sentences of `text`, without the white space around them.

    >>> [("Hi. It is 2.5 kg."[a:b]) for a, b in sentences("Hi. It is 2.5 kg.")]
    ['Hi.', 'It is 2.5 kg.']
    """
    return list(_pieces(text, _END, joins=True))


def paragraphs(text: str) -> list[Piece]:
    """Offsets of the blocks between blank lines."""
    return list(_pieces(text, _GAP, joins=False))


def _pieces(text: str, separator: re.Pattern[str], *, joins: bool) -> Iterator[Piece]:
    start = 0
    for match in separator.finditer(text):
        if (
            joins
            and "\n" not in match[0]
            and _ABBREVIATION.search(text[max(start, match.start() - 12) : match.start()])
        ):
            continue
        yield from _trimmed(text, start, match.start() + len(match[0]) - len(match[0].lstrip("\"'”’)]")))
        start = match.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[Piece]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    if piece.strip():
        yield start + left, start + left + len(piece.strip())
