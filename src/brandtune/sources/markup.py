"""HTML of exports to plain text, within bounds: a page made to exhaust a parser is refused, not parsed."""

from bs4 import BeautifulSoup

from brandtune.sources.base import RowProblem

MOST_TAGS = 20_000
"""A long e-mail has hundreds of tags; parsing is quadratic in the worst case, so far beyond that we stop."""


def plain_text(text: str) -> str:
    """Text without HTML; paragraphs and list items become lines. Text without tags comes back unchanged.

    Raises:
        RowProblem: More tags than any text for people has.
    """
    if "<" not in text or ">" not in text:
        return text
    if (tags := text.count("<")) > MOST_TAGS:
        raise RowProblem("too much HTML", detail=f"{tags:,} tags; the limit is {MOST_TAGS:,}")
    soup = BeautifulSoup(text, "html.parser")
    if soup.find() is None:
        return text
    for gone in soup(["script", "style", "head"]):
        gone.decompose()
    for line_break in soup("br"):
        line_break.replace_with("\n")
    for block in soup(["p", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote"]):
        block.insert_before("\n")
        block.append("\n")
    lines = (" ".join(line.split()) for line in soup.get_text().splitlines())
    return "\n".join(line for line in lines if line)
