"""Statements without a number that the company's facts call untrue: "free returns", where returns.md says so.

Phrases as they were written down are found, and nothing that means the same in other words. Where the sentence itself
says no, or asks, nothing is claimed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from brandtune.core.brand import Document
from brandtune.scoring.segments import sentences
from brandtune.scoring.validity import section_valid_until

# A "no" counts for a phrase when so few words lie between them, in the same part of the sentence.
NEAR_BEFORE, NEAR_AFTER = 6, 4
# And no further than so many characters are looked at, however long a sentence is.
REACH = 200
_NO = re.compile(
    r"\b(?:no|not|never|neither|nor|none|nothing|without|cannot|stopped|ended|isn['’]?t|untrue|\w+n['’]t)\b",
    re.IGNORECASE,
)
# These say yes, whatever word they hold.
_NO_DENIAL = re.compile(
    r"\bno (?:problem|worries|doubt|matter|need to worry)\b|\bnot only\b|\bwhy not\b", re.IGNORECASE
)
_PART = re.compile(r"[,;:–—]|\bbut\b", re.IGNORECASE)
_BETWEEN, _APOSTROPHE = r"[\s-]+", "['’]"
_WORD = re.compile(r"\w[\w'’]*")


@dataclass(frozen=True)
class Denial:
    """One phrase that a document calls untrue; `until` is the last day for which the document holds."""

    phrase: str
    path: str
    until: date | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The phrase in any case, its words apart by spaces or hyphens; a `*` behind a word takes any ending."""
        words = [re.escape(word.rstrip("*")) + r"\w*" * word.endswith("*") for word in _words(self.phrase)]
        phrase = _BETWEEN.join(words).replace("'", _APOSTROPHE)
        return re.compile(rf"(?<!\w){phrase}(?!\w)", re.IGNORECASE)

    @property
    def expected(self) -> str:
        return f"“{self.phrase}” is not true"


def denials_of(documents: Iterable[Document]) -> tuple[Denial, ...]:
    """Every phrase that the documents call untrue."""
    return tuple(
        Denial(phrase, document.path, section_valid_until(document.text))
        for document in documents
        for phrase in document.denied
        if _words(phrase)
    )


def said_all_the_same(
    text: str, denials: Iterable[Denial], *, on: date | None = None
) -> Iterator[tuple[Denial, int, int]]:
    """Each denied phrase that `text` states, with its offsets.

    Args:
        on: The day for which the text must be right; what was denied until an earlier one is left alone.
    """
    pieces: list[tuple[int, int]] = []
    for denial in denials:
        if on and denial.until and denial.until < on:
            continue
        for match in denial.pattern.finditer(text):
            pieces = pieces or sentences(text)
            start, end = pieces[max(0, bisect_right(pieces, (match.start(), len(text))) - 1)]
            asks = "?" in text[max(match.end(), end - 4) : end]
            before = text[max(start, match.start() - REACH) : match.start()]
            after = text[match.end() : min(end, match.end() + REACH)]
            if not asks and not _says_no(before, after):
                yield denial, match.start(), match.end()


def _says_no(before: str, after: str) -> bool:
    """Whether the part of the sentence that the phrase stands in denies it."""
    before = _PART.split(_NO_DENIAL.sub(" ", before))[-1]
    after = _PART.split(after)[0]
    near = [*_WORD.findall(before)[-NEAR_BEFORE:], "|", *_WORD.findall(after)[:NEAR_AFTER]]
    return _NO.search(" ".join(near)) is not None


def _words(phrase: str) -> list[str]:
    """The words of a phrase; a star that stands alone is none."""
    return [word for word in phrase.replace("’", "'").split() if word.strip("*")]
