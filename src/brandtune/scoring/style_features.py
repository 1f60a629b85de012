"""What a style guide cannot say, in numbers: how often a text contracts, whom it addresses, how its sentences run and open.

Every feature is a share: how often something stands in a text, out of how often it could. So a short text is known to be
less certain than a long one, and both can be compared. Read `fingerprint` next.
"""

import itertools
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from brandtune.core.placeholders import PATTERN as PLACEHOLDER
from brandtune.scoring.segments import sentences

Array = np.ndarray[Any, np.dtype[np.float64]]
MAX_CHARS = 20_000
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_CONTRACTED = re.compile(r"^(?:[a-z]+n['’]t|[a-z]+['’](?:ll|re|ve|m|d)|(?:it|that|there|here|what|let|who|how)['’]s)$")
_FULL_FORM = re.compile(
    r"\b(?:do|does|did|is|are|was|were|has|have|had|could|should|would|will) not\b|\bcannot\b"
    r"|\b(?:I|you|we|they|it|that|there) (?:am|are|is|will|have|would)\b",
    re.IGNORECASE,
)
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_PUNCTUATION = {
    "commas": ",", "semicolons": ";", "colons": ":", "exclamation marks": "!", "question marks": "?", "dashes": "–—",
    "brackets": "(", "quotation marks": "\"“‘", "ellipses": "…", "slashes": "/",
}  # fmt: skip
_PERSONS = {
    "I, me, my": "i me my mine i'm i'll i've i'd myself",
    "we, us, our": "we us our ours we're we'll we've we'd ourselves",
    "you, your": "you your yours you're you'll you've you'd yourself",
    "they, he, she": "they them their theirs he she him her his hers they're",
}
_FUNCTION_TEXT = """
the a an of and to in for with that this is are be will can should must may please just not or but if when as at by from
on it have has so more all any there been was were would could do which these those what who how your also than into
"""
FUNCTION_WORDS = tuple(dict.fromkeys(_FUNCTION_TEXT.split()))
_OPENINGS = {
    "open with and, but, so": "and but so or yet because",
    "open with a question word or if": "if when where what who why how while once",
    "open with we or I": "we i we're i'm we'll i'll we've i've our my",
    "open with you": "you your you'll you're you've",
    "open with an article or this": "the a an this that these those it there it's here",
    "open with thanks, hello or sorry": "thanks thank hi hello hey dear sorry apologies welcome please",
}
SHORT, LONG = 6, 22


@cache
def _sets(table: tuple[tuple[str, str], ...]) -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in table}


class Sighting:
    """One text taken apart once, so that every feature reads the same words and sentences."""

    def __init__(self, text: str) -> None:
        self.text = PLACEHOLDER.sub("Name", text[:MAX_CHARS])
        self.words = [word.replace("’", "'") for word in _WORD.findall(self.text)]
        self.lower = [word.lower() for word in self.words]
        self.sentences = [self.text[start:end] for start, end in sentences(self.text)]
        self.lengths = [length for piece in self.sentences if (length := len(_WORD.findall(piece)))]
        self.openers = [word.lower().replace("’", "'") for piece in self.sentences for word in _WORD.findall(piece)[:1]]


Pair = tuple[float, float]


def measured(text: str) -> dict[str, Pair]:
    """Each feature of `text` as (how often, out of how many); a text without words has zero chances everywhere.

    >>> measured("We don't rush. You can wait.")["contractions"]
    (1, 1)
    >>> measured("We don't rush. You can wait.")["you, your"]
    (1, 6)
    """
    seen = Sighting(text)
    num_words, num_sentences = len(seen.words), len(seen.lengths)
    found: dict[str, Pair] = {}
    contracted = sum(_CONTRACTED.match(word) is not None for word in seen.lower)
    found["contractions"] = (contracted, contracted + len(_FULL_FORM.findall(seen.text)))
    for name, words in _sets(tuple(_PERSONS.items())).items():
        found[name] = (sum(word in words for word in seen.lower), num_words)
    for name, signs in _PUNCTUATION.items():
        found[name] = (min(sum(seen.text.count(sign) for sign in signs), num_words), num_words)
    found["emoji"] = (min(len(_EMOJI.findall(seen.text)), num_words), num_words)
    found["words in capitals"] = (sum(word.isupper() and len(word) > 1 for word in seen.words), num_words)
    found["numbers"] = (sum(word[0].isdigit() for word in seen.words), num_words)
    found["long words"] = (sum(len(word) > 7 for word in seen.words), num_words)
    found["short words"] = (sum(len(word) < 4 for word in seen.words), num_words)
    found["capitalised words"] = (sum(word[0].isupper() for word in seen.words), num_words)
    found["line breaks"] = (min(seen.text.strip().count("\n"), num_words), num_words)
    found["short sentences"] = (sum(length < SHORT for length in seen.lengths), num_sentences)
    found["long sentences"] = (sum(length > LONG for length in seen.lengths), num_sentences)
    found["sentences"] = (num_sentences, num_words)
    found["changes of rhythm"] = (_changes(seen.lengths), max(0, num_sentences - 1))
    found["exclaimed sentences"] = (_ending(seen, "!"), num_sentences)
    found["questions"] = (_ending(seen, "?"), num_sentences)
    for name, words in _sets(tuple(_OPENINGS.items())).items():
        found[name] = (sum(word in words for word in seen.openers), num_sentences)
    for word in FUNCTION_WORDS:
        found[f"“{word}”"] = (seen.lower.count(word), num_words)
    return found


def _changes(lengths: list[int]) -> int:
    """How many neighbouring sentences differ in length by a factor of two or more."""
    return sum(max(a, b) >= 2 * min(a, b) for a, b in itertools.pairwise(lengths))


def _ending(seen: Sighting, sign: str) -> int:
    return sum(piece.rstrip("\"'”’) ").endswith(sign) for piece in seen.sentences if _WORD.search(piece))


NAMES: tuple[str, ...] = tuple(measured(""))
Measure = Callable[[str], Array]


def counted(text: str) -> Array:
    """The same as an array [feature, (how often, out of how many)]."""
    return np.array(list(measured(text).values()), dtype=np.float64)
