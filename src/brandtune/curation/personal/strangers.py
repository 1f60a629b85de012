"""People nobody knows, and official numbers: what the detector finds, less what the brand itself talks about."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from brandtune.core.placeholders import PATTERN as MARK
from brandtune.core.placeholders import PlaceholderType
from brandtune.curation.guard import Guard
from brandtune.curation.people import EVERYDAY
from brandtune.curation.personal.spans import lower, touches
from brandtune.curation.personal.surrogates import is_surrogate
from brandtune.scoring.personal.detector import Detector
from brandtune.scoring.personal.entities import Found
from brandtune.scoring.personal_patterns import Span

_IDS = (
    "IP", "MAC", "SSN", "TAX_ID", "HEALTH_ID", "NATIONAL_ID", "PASSPORT", "DRIVER_LICENSE", "CRYPTO", "MEDICAL_LICENSE",
    "BANK_ACCOUNT", "UUID",
)  # fmt: skip
REPLACED_AS: dict[str, PlaceholderType] = {
    "PERSON": "PERSON_NAME", "ADDRESS": "ADDRESS", "EMAIL": "EMAIL", "CARD": "CARD", "IBAN": "IBAN",
    **dict.fromkeys(_IDS, "ID"),
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]{2,})*")
_MIN_ADDRESS_CHARS = 8
LONGEST = 200_000
"""Characters of the longest text that the detector is shown: nothing longer becomes an example."""


_BY_MODEL = frozenset(("PERSON", "ADDRESS", "LOCATION", "ORGANIZATION", "NRP", "TITLE"))


class Strangers:
    """Finds people and numbers by their looks.

    Args:
        detector: The detector with or without the name model.
        ordinary: Words that this company's texts write small: they are no names unless something else says so.
    """

    def __init__(self, detector: Detector, guard: Guard, *, ordinary: frozenset[str]) -> None:
        self._detector, self._guard, self._ordinary = detector, guard, ordinary
        self._ahead: dict[str, list[Found]] = {}
        self.num_too_long = self.num_other_script = 0

    def look_ahead(self, texts: Sequence[str]) -> None:
        """Detect in many texts at once, which is faster; `spans` of them then only looks up."""
        self._ahead = dict(zip(texts, self.remaining(texts), strict=True))

    def spans(self, text: str) -> list[Span]:
        """What is to be replaced."""
        found = self._ahead[text] if text in self._ahead else self.remaining([text])[0]
        return [
            Span(f.start, f.end, REPLACED_AS[f.entity], _value(text[f.start : f.end], f.entity))
            for f in found
            if f.entity in REPLACED_AS
        ]

    def named_in(self, texts: Sequence[str]) -> dict[str, str]:
        """Each word of the names seen in some texts, with the first word of its name: who is named once is known after."""
        named: dict[str, str] = {}
        for text in texts:
            for span in self.spans(text):
                if span.type == "PERSON_NAME":
                    for word in _WORD.findall(text[span.start : span.end]):
                        if word[0].isupper() and len(word) > 2 and word.lower() not in EVERYDAY | self._ordinary:
                            named.setdefault(word.lower(), span.value)
        return named

    def remaining(self, texts: Sequence[str]) -> list[list[Found]]:
        """Everything that the detector sees in each text and that is not the brand's own, a mark, or a surrogate."""
        self.num_too_long += sum(len(text) > LONGEST for text in texts)
        shown = [text if len(text) <= LONGEST else "" for text in texts]
        return [
            list(self._kept(text, found)) for text, found in zip(texts, self._detector.find_each(shown), strict=True)
        ]

    def _kept(self, text: str, found: list[Found]) -> Iterable[Found]:
        if not found:
            return
        lowered = lower(text)
        other_script = not text.isascii() and _mostly_other_script(text)
        self.num_other_script += other_script
        closed = [*self._guard.protected(lowered), *(match.span() for match in MARK.finditer(text))]
        for item in found:
            written = text[item.start : item.end]
            if touches(Span(item.start, item.end, "ID", ""), closed) or is_surrogate(item.entity, written):
                continue
            if other_script and item.entity in _BY_MODEL:
                continue
            if item.entity == "PERSON":
                yield from self._names(text, item)
            elif self._is_private(item, written, lowered[item.start : item.end]):
                yield item

    def _is_private(self, item: Found, written: str, lowered: str) -> bool:
        if item.entity == "ADDRESS":
            longer = len(written) >= _MIN_ADDRESS_CHARS and any(c.isdigit() for c in written)
            return longer and not self._guard.is_published(lowered)
        return lowered not in self._guard.contacts and not self._guard.is_published(lowered)

    def _names(self, text: str, item: Found) -> Iterable[Found]:
        """The longest runs of words that can be a name, without the brand's words around or between them."""
        run: list[re.Match[str]] = []
        for match in _WORD.finditer(text, item.start, item.end):
            if self._can_be_name(match[0], alone=not run):
                run.append(match)
            elif run:
                yield Found(run[0].start(), run[-1].end(), "PERSON", item.score)
                run = []
        if run and (len(run) > 1 or len(run[0][0]) > 1):
            yield Found(run[0].start(), run[-1].end(), "PERSON", item.score)

    def _can_be_name(self, word: str, *, alone: bool) -> bool:
        plain = word.lower()
        return self._guard.is_name(word) and not (alone and plain in self._ordinary)


def _mostly_other_script(text: str) -> bool:
    """True where most letters are none of ours: the model learnt on Latin script and guesses elsewhere."""
    letters = [c for c in text if c.isalpha()]
    return sum(c > "\u024f" for c in letters) * 2 > len(letters)


def ordinary_words(texts: Iterable[str]) -> frozenset[str]:
    """Words that the texts write with a small letter at least as often as with a capital, and more than once."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for text in texts:
        words = set(_WORD.findall(text))
        small.update(word for word in words if word.islower())
        large.update(word.lower() for word in words if not word.islower())
    return frozenset(word for word, count in small.items() if count >= 2 and count >= large[word])


def _value(written: str, entity: str) -> str:
    if entity == "PERSON":
        return written.split()[0].lower()
    return "".join(c for c in written.casefold() if c.isalnum()) if entity in _IDS else written.casefold()
