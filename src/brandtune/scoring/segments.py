"""Cutting text into sentences and paragraphs with their offsets, the way every checker here agrees on."""

import re
from collections.abc import Iterator

# A sentence ends at . ? ! (and closing quotes) before white space and something that can start one, or at a line end.
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]{0,3}[ \t]+(?=[\"'“‘(\[]?[A-Z0-9À-Þ])|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|No|vs|etc|approx|e\.g|i\.e|a\.m|p\.m))\.$", re.IGNORECASE)
_GAP = re.compile(r"\n[ \t]*\n\s*")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(\S.*?)[ \t#]*$", re.MULTILINE)
_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)
SCOPES = (
    "text", "raw", "summary", "paragraph", "sentence", "list", "heading",
    *(f"heading.h{level}" for level in range(1, 7)),
)  # fmt: skip

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


def pieces_of(text: str, *, scope: str) -> list[Piece]:
    """Offsets of what one of `SCOPES` means in `text`; headings and list items are read as Markdown.

    >>> text = "# Big\\n\\n## Small\\n- one\\n- two"
    >>> [text[a:b] for a, b in pieces_of(text, scope="heading.h2") + pieces_of(text, scope="list")]
    ['Small', 'one', 'two']
    """
    if scope == "sentence":
        return sentences(text)
    if scope == "paragraph":
        return paragraphs(text)
    if scope == "list":
        return [match.span(1) for match in _ITEM.finditer(text)]
    if scope.startswith("heading"):
        level = scope.removeprefix("heading").removeprefix(".h")
        return [match.span(2) for match in _HEADING.finditer(text) if level in ("", str(len(match[1])))]
    return [(0, len(text))]


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
