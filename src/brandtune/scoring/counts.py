"""Counts of a text that readability formulas need: words, sentences, syllables, long and complex words, Markdown blocks."""

import re

from brandtune.scoring.segments import paragraphs, sentences

WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+(?:[.,]\d+)*")
_VOWELS = re.compile(r"[aeiouyà-öø-ÿ]+")
# Vowels that are written and not spoken: final e, -es and -ed after most sounds, e before an ending, -gue and -que.
_SILENT = re.compile(
    r"(?:(?<![aeiouy])(?<![^aeiouy]l)e|(?<!arg)(?<=[gq])ue)$"
    r"|(?<![aeiousxzcgh])(?<![^aeiouy]l)es$|(?<=[^cs]h)es$"
    r"|(?<![aeiouytd])(?<![^aeiouy]l)ed$"
    r"|(?<=[^aeiouyl])e(?=(?:ly|ments?|less|ful|fully|ness)$)|(?<=^som)e(?=.)|(?<=^ther)e(?=fore)"
)
# Neighbouring vowels that are spoken apart, though they are one group of letters.
_APART = re.compile(
    r"(?<![ctsgx])i[aou](?!us\b)(?!gn)|(?<![ctgx])iou|(?<![ct])(?<!fr)ien|(?<=^sc)ien|iet|(?<=[^aeiou])ie(?:r|st)$"
    r"|(?<=[aeiouy][^aeiouy])ea$|(?<=[aeiouy][^aeiouy]{2})ea$|eat(?:e|i|or)|(?<=^r)ea(?=ct|li|ss|pp)|eo(?=r|lo|$)|eum"
    r"|(?<![qg])ua(?!de)|ue(?=l)|(?<!q)uen|(?<![qg])ui(?=t[iy])|oe(?=[mt])|(?<=[aeiouy])ing|(?<=[aou])ye"
    r"|(?:th|s)m$|(?<=[ds])n't$"
)
_IRREGULAR = {
    "business": 2,
    "every": 2,
    "different": 3,
    "people": 2,
    "one": 1,
    "something": 2,
    "bicycle": 3,
    "recipe": 3,
}
_COMMON_ENDING = re.compile(r"(?:es|ed|ing)$")
_FENCE = re.compile(r"^ {0,3}```", re.MULTILINE)
_LIST = re.compile(r"(?:^[ \t]*(?:[-*+]|\d+[.)])[ \t]+\S.*(?:\n|\Z))+", re.MULTILINE)
_QUOTE = re.compile(r"(?:^[ \t]*>.*(?:\n|\Z))+", re.MULTILINE)
LONG, COMPLEX = 6, 3


def syllables(word: str) -> int:
    """How many syllables an English word is spoken with, by rule; at least one.

    >>> [syllables(word) for word in ("tent", "water", "beautiful", "made", "table", "readability", "nation")]
    [1, 2, 3, 1, 2, 5, 2]
    """
    plain = word.lower().replace("’", "'")
    if "-" in plain:
        return sum(syllables(part) for part in plain.split("-") if part) or 1
    if plain in _IRREGULAR:
        return _IRREGULAR[plain]
    spoken = len(_VOWELS.findall(_SILENT.sub("", plain.replace("'", "")))) + len(_APART.findall(plain))
    return max(1, spoken)


def counts(text: str) -> dict[str, float]:
    """Vale's variables of `text`; headings, lists, quotations and fenced blocks are read as Markdown.

    `characters` are letters and digits; `long_words` have more than six characters, `polysyllabic_words` more than two
    syllables, `complex_words` more than two without counting the endings -es, -ed and -ing.

    >>> found = counts("The beautiful tent is here. It is yours.")
    >>> found["words"], found["sentences"], found["polysyllabic_words"], found["paragraphs"]
    (8.0, 2.0, 1.0, 1.0)
    """
    words = WORD.findall(text)
    spoken = [syllables(word) for word in words]
    found = {
        "words": len(words),
        "sentences": sum(1 for start, end in sentences(text) if WORD.search(text, start, end)),
        "paragraphs": len(paragraphs(text)),
        "characters": sum(sum(map(str.isalnum, word)) for word in words),
        "syllables": sum(spoken),
        "long_words": sum(len(word) > LONG for word in words),
        "polysyllabic_words": sum(number >= COMPLEX for number in spoken),
        "complex_words": sum(syllables(_COMMON_ENDING.sub("", word)) >= COMPLEX for word in words),
        "list": len(_LIST.findall(text)),
        "blockquote": len(_QUOTE.findall(text)),
        "pre": len(_FENCE.findall(text)) // 2,
    }
    found |= {f"heading_h{level}": _headings(text, level) for level in range(1, 7)}
    return {name: float(value) for name, value in found.items()}


def _headings(text: str, level: int) -> int:
    return len(re.findall(rf"^#{{{level}}} +\S", text, re.MULTILINE))
