"""Running text out of HTML mail, in one linear pass; what a mail program quoted is left out with its element."""

import html
import re

_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,19})(?P<rest>(?:\s[^<>]{0,4000})?)/?>|<!--")
_KNOWN_TEXT = """
p br div span a b i u strong em ul ol li table tbody thead td th tr html body head meta title link blockquote h1 h2 h3
h4 h5 h6 img font pre code hr style script center small big sup sub section article o
"""
_KNOWN = frozenset(_KNOWN_TEXT.split())
_BLOCKS = frozenset(("p", "div", "li", "tr", "table", "ul", "ol", "pre", "section", "h1", "h2", "h3", "h4", "h5", "h6"))
_LEFT_OUT = frozenset(("blockquote", "style", "script", "head", "title"))
_QUOTED = re.compile(r"gmail_quote|moz-cite-prefix|yahoo_quoted|OutlookMessageHeader", re.IGNORECASE)


def looks_like_html(text: str) -> bool:
    """True when `text` holds at least one tag that mail uses; `2 < 3` is no tag."""
    return "<" in text and any(match["name"] and match["name"].lower() in _KNOWN for match in _TAG.finditer(text))


def html_to_text(text: str) -> str:
    """The visible text, one line a block.

    >>> html_to_text("<p>Hi &amp; hello</p><blockquote>old</blockquote>you")
    '\\nHi & hello\\nyou'
    """
    parts: list[str] = []
    at, skipped, depth = 0, "", 0
    while match := _TAG.search(text, at):
        if not skipped:
            parts.append(html.unescape(text[at : match.start()]))
        at = match.end()
        name = (match["name"] or "").lower()
        if not name:
            at = _after_comment(text, at)
        elif skipped:
            depth += (name == skipped) * (-1 if match["close"] else 1)
            skipped = skipped if depth > 0 else ""
        elif not match["close"] and (name in _LEFT_OUT or _QUOTED.search(match["rest"])):
            skipped, depth = name, 1
        elif name in _BLOCKS or name in ("br", "hr"):
            parts.append("\n")
        elif name not in _KNOWN:
            parts.append(match[0])
    if not skipped:
        parts.append(html.unescape(text[at:]))
    return "".join(parts)


def _after_comment(text: str, at: int) -> int:
    end = text.find("-->", at)
    return end + 3 if end >= 0 else len(text)
