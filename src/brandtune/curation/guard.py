"""Words that look like names and are not: the brand's own, its products, its public contacts, the calendar."""

import re
from collections.abc import Iterable, Sequence

import ahocorasick

from brandtune.core.brand import Brand
from brandtune.core.records import Product, Record
from brandtune.scoring.personal_patterns import find_personal_patterns

_CALENDAR = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september"
    " october november december christmas easter mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep sept"
    " oct nov dec"
)
_NAMES_ALL_THE_SAME = frozenset(("jan", "jun", "will", "april", "may", "june", "august", "summer", "autumn"))
_ADDRESSED = (
    "team all there everyone everybody folks guys sir madam customer customers support service sales desk help info"
    " crew"
    " again both friend friends ladies gentlemen valued dear hi hello hey thanks thank you people staff office manager"
    " someone anyone nobody guest member reader subscriber folk señores madame monsieur tous todos à mr mrs ms miss"
    " mx dr prof herr frau señora"
)
_COURTESIES = (
    "ta merci gracias muchas danke vielen dank grazie obrigado obrigada bitte prego brilliant lovely perfect super great"
    " awesome wonderful fantastic omg lol wow yay oops hola salut bonjour ciao hallo hej buenas saludos atentamente"
    " cordialement cheers warmly sincerely yours love hugs sorry okay ok yes no"
)
_OPENERS = (
    "the a an i it its is in on at of to for and but or so if as my your our this that these those we he she they"
    " not no yes"
    " please sorry just also still when where what why how who which after before with without from by was were are"
    " be been"
    " have has had can could will would should do did does not never always very really quite much more most any"
    " some next"
    " last here there today tomorrow yesterday now then soon later first second third great good perfect awesome"
    " order ref"
    " sent get regards best cheers happy looking"
)
_WORD = re.compile(r"[^\W\d_][\w'’-]+")


class Guard:
    """Tells brand words from names."""

    def __init__(self, brand: Brand, records: Iterable[Record]) -> None:
        titles = {record.payload.title for record in records if isinstance(record.payload, Product)}
        self.everyday = frozenset(f"{_CALENDAR} {_ADDRESSED} {_COURTESIES} {_OPENERS} {brand.name.lower()}".split())
        self.words = self.everyday | _brand_words(brand, titles)
        self._phrases = automaton([brand.name, *titles])
        self.contacts = frozenset(
            span.value
            for text in (brand.voice, *(document.text for document in brand.documents))
            for span in find_personal_patterns(text)
        )

        self._published = " ".join(" ".join(document.text.lower().split()) for document in brand.documents)

    def is_published(self, lowered: str) -> bool:
        """True for words that stand in the brand's own documents, such as its address."""
        return " ".join(lowered.split()) in self._published

    def protected(self, lowered: str) -> list[tuple[int, int]]:
        """Where the brand's name and product titles stand in a lower-cased text."""
        return [(start, end) for start, end, _ in matches(self._phrases, lowered)]

    def is_name(self, word: str, *, introduced: bool = False) -> bool:
        """False for words of the brand, the calendar and everyday openings.

        Someone `introduced` ("my friend June") may bear a month's or a product's name.
        """
        plain = word.lower().removesuffix("'s").removesuffix("’s")
        if introduced:
            return plain not in self.everyday or plain in _NAMES_ALL_THE_SAME
        return plain not in self.words


def automaton(phrases: Iterable[str]) -> "ahocorasick.Automaton | None":
    """A matcher for many phrases at once; None when there is nothing to match."""
    found = ahocorasick.Automaton()
    for phrase in phrases:
        lowered = " ".join(phrase.lower().split())
        if len(lowered) >= 3:
            found.add_word(lowered, lowered)
    if not len(found):
        return None
    found.make_automaton()
    return found


def matches(found: "ahocorasick.Automaton | None", lowered: str) -> list[tuple[int, int, str]]:
    """Whole-word occurrences of the automaton's phrases, longest at each place."""
    if found is None:
        return []
    spans: list[tuple[int, int, str]] = []
    for end, phrase in found.iter(lowered):
        start = end + 1 - len(phrase)
        if whole_word(lowered, start, end + 1):
            while spans and spans[-1][0] >= start:
                spans.pop()
            spans.append((start, end + 1, phrase))
    return spans


def whole_word(text: str, start: int, end: int) -> bool:
    """True when no letter or digit touches the place from outside."""
    before = start == 0 or not (text[start - 1].isalnum() or text[start - 1] == "_")
    return before and (end == len(text) or not (text[end].isalnum() or text[end] == "_"))


def _brand_words(brand: Brand, titles: Iterable[str]) -> frozenset[str]:
    """Words of the brand's name and titles, and those its documents write with a capital inside a sentence."""
    words = {word.lower() for phrase in (brand.name, *titles) for word in _WORD.findall(phrase)}
    texts: Sequence[str] = (brand.voice, *(document.title for document in brand.documents))
    for text in (*texts, *(document.text for document in brand.documents)):
        words |= {match[1].lower() for match in re.finditer(r"(?<=[a-z,] )([A-ZÀ-Þ][\w'’-]+)", text)}
    return frozenset(words)
