"""Briefs as a colleague would hand them over: what the record says, and what only the copy shows, worked back from it."""

import re
from collections.abc import Iterable, Sequence

BARE = "a title alone is no brief"
"""The reason for leaving out a record that says nothing but a name."""
FEWEST_PIECES = 2

_NUMBER = r"\d+(?:[.,:]\d+)*"
_UNIT = (
    r"(?:%|percent|business days|working days|seasons?|days?|hours?|minutes?|weeks?|months?|years?|nights?|ways|tips"
    r"|kg|g|mg|km|m|cm|mm|l|ml|litres?|liters?|degrees|°C|GB|MB|TB|mAh|W|people|points|Tage[n]?|Stunden|Wochen|Jahre[n]?)"
)
_DAY = r"(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = rf"(?:\d{{1,2}} {_MONTH}(?: \d{{4}})?|{_MONTH} \d{{1,2}}(?:, \d{{4}})?|\d{{4}}-\d{{2}}-\d{{2}})"
_WORD = r"[A-ZÀ-Þ][\w'’&-]*"
_PATTERNS = (
    r"https?://[^\s<>()\"']+[^\s<>()\"'.,;:!?]",
    r"(?<!\w)#\w+",
    rf"\b(?:until|till|by|before|ends?(?: on)?|from|on|this|next) (?:{_DATE}|{_DAY}|midnight|tomorrow|tonight|weekend)\b",
    _DATE,
    rf"(?:[$€£]\s?{_NUMBER}|{_NUMBER}\s?(?:€|£|USD|EUR|GBP|euros?|dollars?|pounds?)(?!\w))",
    rf"{_NUMBER}\s?{_UNIT}(?!\w)(?: off\b)?",
    r"\b[Ff]ree (?:[a-z]+ )?(?:delivery|shipping|returns?|trial|month|gift|sample|repairs?|exchanges?|\w* ?kit)\b",
    r"\b[Dd]ouble (?:[A-Z]\w+|points|miles)\b",
    r"\b(?=[A-Z0-9]{4,}\b)(?=[A-Z0-9]*\d)[A-Z]+[A-Z0-9]+\b",
)
_NAME = rf"(?<=[a-zà-ÿ,:;] )(?!I\b){_WORD}(?: (?:{_WORD}|\d+)){{1,3}}(?![\w'’&-])(?! {_WORD})"
_FOUND = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))
_FOUND_OR_NAMES = re.compile("|".join(f"(?:{pattern})" for pattern in (*_PATTERNS, _NAME)))


def worked_back(text: str, *, given: Iterable[str] = (), most: int = 8) -> tuple[str, ...]:
    """What a writer must have been told to write this: links, deadlines, prices, quantities, offers, product names.

    Only what `given` does not say already; in order of appearance, each once, at most `most`. No wording is taken: a
    found piece is a name, a number with its unit, a date or an address.

    >>> worked_back("Until Sunday, take 20% off the Fernway 2 Tent. See https://larkspur.example/tents.")
    ('20% off', 'Fernway 2 Tent', 'https://larkspur.example/tents')
    >>> worked_back("You save 20% off until Sunday", given=["Offer: 20% off"])
    ('until Sunday',)
    """
    known = " ".join(given).casefold()
    found: dict[str, str] = {}
    # Where every Word Is Capitalised, capitals tell no names; taking them would give the wording away.
    words = re.findall(r"[^\W\d_][\w'’-]*", text)
    titled = sum(word[0].isupper() for word in words) > 0.5 * len(words)
    for match in (_FOUND if titled else _FOUND_OR_NAMES).finditer(text):
        piece = " ".join(match[0].split())
        key = piece.casefold()
        if key not in known and not any(key in other for other in found):
            found[key] = piece
    return tuple(found.values())[:most]


def agreed(values: Iterable[str]) -> str:
    """What all variants say; empty where they differ.

    >>> agreed(["10% off", "10% off"]), agreed(["10% off", "Free delivery"])
    ('10% off', '')
    """
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def common(texts: Sequence[str], *, given: Iterable[str] = ()) -> tuple[str, ...]:
    """What can be worked back from every one of these texts."""
    given = tuple(given)
    first, *others = (worked_back(text, given=given, most=100) for text in texts)
    kept = [piece for piece in first if all(piece.casefold() in {p.casefold() for p in other} for other in others)]
    return tuple(kept[:8])


def lines(**named: str) -> list[str]:
    """`Name: value` for everything that has a value.

    >>> lines(Product="Pen", Offer="", Audience="Writers")
    ['Product: Pen', 'Audience: Writers']
    """
    return [f"{name.replace('_', ' ')}: {value.strip()}" for name, value in named.items() if value.strip()]


def length_in_words(texts: Sequence[str]) -> str:
    """The longest text's length as a brief gives it: rounded up to full 25 words.

    >>> length_in_words(["word " * 38])
    'at most 50 words'
    """
    most = max(len(text.split()) for text in texts)
    return f"at most {-(-most // 25) * 25} words"


def length_in_characters(texts: Sequence[str]) -> str:
    """The longest text's length as a brief gives it: rounded up to full tens.

    >>> length_in_characters(["A drier night in the Fernway 2 Tent"])
    'at most 40 characters'
    """
    most = max(len(text) for text in texts)
    return f"at most {-(-most // 10) * 10} characters"


def forbidden_in(text: str, words: Sequence[str]) -> tuple[str, ...]:
    """Which of the words that a brief forbids stand in the text.

    >>> forbidden_in("Perfect nights.", ["perfect", "night"])
    ('perfect',)
    """
    return tuple(word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE))
