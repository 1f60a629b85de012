"""Words with their places, and what a word looks like: the input of the name model, for training and for use."""

import re
from zlib import crc32

ROWS = 24_576
"""Rows of the table that all features of a word are hashed into; row 0 stays free."""
MAX_FEATURES = 26
_LETTERS = 14
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]{2,})*|\n|[^\w\s]|_")
_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(.)\1{2,}")


def word_places(text: str) -> list[tuple[int, int]]:
    """Where the words, punctuation marks and line ends of a text are; one pass, linear in the text.

    >>> [("Ana's tea, 2x"[a:b]) for a, b in word_places("Ana's tea, 2x")]
    ['Ana', "'", 's', 'tea', ',', '2x']
    """
    return [match.span() for match in _WORD.finditer(text)]


def words_and_starts(text: str) -> tuple[list[str], list[int]]:
    """The same words as texts and places: plain lists, which the garbage collector need not walk through."""
    return _WORD.findall(text), [match.start() for match in _WORD.finditer(text)]


def feature_rows(word: str) -> list[int]:
    """Table rows of a word's features; the first is the word itself, the rest its letters, shape and length.

    Digits count as one digit, so that no number is learnt by heart.
    """
    small = _DIGIT.sub("0", word[:64].lower().replace("\u0307", ""))  # Turkish İ becomes i and a dot of its own
    inner = f"^{small[:_LETTERS]}$"
    names = [
        f"w {small}", f"s {_shape(word[:64])}", f"n {min(len(word), 16)}", f"1 {small[:1]}", f"2 {small[:2]}",
        f"- {small[-2:]}", f"= {small[-3:]}", f"4 {small[-4:]}",
    ]  # fmt: skip
    names += [f"3 {inner[i : i + 3]}" for i in range(len(inner) - 2)]
    return [1 + crc32(name.encode("utf-8", "surrogatepass")) % (ROWS - 1) for name in names[:MAX_FEATURES]]


def _shape(word: str) -> str:
    """`Xxx` for Ana, `XX` for ANA, `Xxx0` for Flat12: runs are cut at two."""
    if not word.isascii():
        return _RUN.sub(r"\1\1", "".join(map(_kind, word)))
    kinds = word.translate(_KINDS)
    for run in ("xxx", "XXX", "000"):
        while run in kinds:
            kinds = kinds.replace(run, run[1:])
    return kinds


def _kind(c: str) -> str:
    return "X" if c.isupper() else "x" if c.islower() else "0" if c.isdigit() else "c" if c.isalpha() else c


_KINDS = str.maketrans({chr(i): _kind(chr(i)) for i in range(128)})
