"""HTML of exports to plain text, in one pass: time and memory grow with the length, however the tags are nested."""

from html.parser import HTMLParser

from brandtune.sources.base import RowProblem

MOST_TAGS = 20_000
"""A long e-mail has some thousand tags. A text beyond this is not one that people wrote; it is refused, not cut."""
_BLOCKS = frozenset(["p", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote"])
_UNSEEN = frozenset({"script", "style", "head"})


def plain_text(text: str) -> str:
    """Text without HTML; paragraphs and list items become lines. Text without tags comes back unchanged.

    Raises:
        RowProblem: More tags than any text for people has, or nothing that a parser can read.
    """
    if "<" not in text or ">" not in text:
        return text
    if (tags := text.count("<")) > MOST_TAGS:
        raise RowProblem("too much HTML", detail=f"{tags:,} tags; the limit is {MOST_TAGS:,}")
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except AssertionError:  # how the parser says that a declaration makes no sense
        raise RowProblem("HTML not readable") from None
    if not reader.has_tags:
        return text
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).splitlines())
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    """Collects the visible text, with a line break around every block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.has_tags = False
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.has_tags = True
        if tag == "body" and self._unseen == "head":
            self._unseen = ""
        elif tag in _UNSEEN and not self._unseen:
            self._unseen = tag
        elif tag == "br" or tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        elif tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data)

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA[") and not self._unseen:
            self.pieces.append(data.removeprefix("CDATA["))
