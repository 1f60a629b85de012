"""Whether a line is in sentence case, title case, lower case or upper case, as Vale's capitalization rules ask."""

import re
from collections.abc import Callable

from brandtune.scoring.patterns import compile_pattern

_SMALL_TEXT = """
a an and as at but by en for if in nor of on or per the to v via vs with from into over
"""
SMALL = frozenset(_SMALL_TEXT.split())
_WORD = re.compile(r"[\w'’-]+")


def capitalised_as(
    style: str, *, exceptions: frozenset[str], indicators: tuple[str, ...], threshold: float
) -> Callable[[str], bool]:
    """A test for `$sentence`, `$title`, `$lower`, `$upper`, or a regular expression.

    Args:
        style: What the rule's `match` says.
        exceptions: Words that may be written as they stand.
        indicators: Endings (such as `:`) after which a sentence starts anew.
        threshold: The share of words that must be right, as in Vale.

    >>> fits = capitalised_as("$sentence", exceptions=frozenset({"Azure"}), indicators=(), threshold=0.8)
    >>> fits("Install the Azure tools"), fits("Install The New Tools Today")
    (True, False)
    """
    if style == "$lower":
        return str.islower
    if style == "$upper":
        return str.isupper
    if style == "$title":
        return lambda text: _title(text, exceptions, threshold)
    if style == "$sentence":
        return lambda text: _sentence(text, exceptions, indicators, threshold)
    found = compile_pattern(style)
    return lambda text: found.search(text) is not None


def _sentence(text: str, exceptions: frozenset[str], indicators: tuple[str, ...], threshold: float) -> bool:
    words = [(match[0], text[: match.start()].rstrip()) for match in _WORD.finditer(text)]
    if not words:
        return True
    right = 0
    for index, (word, before) in enumerate(words):
        starts = index == 0 or bool(indicators and before.endswith(indicators))
        free = word in exceptions or word == "I" or (word.isupper() and len(word) > 1)
        right += free or not word[0].isalpha() or (word[0].isupper() if starts else word[0].islower() or starts)
    first = words[0][0]
    return right / len(words) > threshold and (first in exceptions or not first[0].isalpha() or first[0].isupper())


def _title(text: str, exceptions: frozenset[str], threshold: float) -> bool:
    words = _WORD.findall(text)
    right = 0
    for index, word in enumerate(words):
        inner = 0 < index < len(words) - 1
        small = word.lower() in SMALL
        right += word in exceptions or not word[0].isalpha() or (small and inner) or word[0].isupper()
    return not words or right / len(words) > threshold
