"""Claims against the company's own facts: "30 days to return" when returns.md says 45.

Precision first: a number is called wrong only when facts about the same thing, in the same unit, all say otherwise; words
only where the facts name them as untrue (`denials`).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from brandtune.core.brand import Document
from brandtune.scoring.denials import Denial, denials_of, said_all_the_same
from brandtune.scoring.quantities import CURRENCIES, UNITS, Quantity, following_nouns, number, quantities, singular
from brandtune.scoring.segments import sentences
from brandtune.scoring.validity import section_valid_until, valid_until

# How much a word counts by where it stands: in the claim's own sentence, next to it, elsewhere in the text.
_OWN, _NEAR, _FAR = 1.0, 0.35, 0.1
_TITLE, _SAME_LINE = 0.6, 0.6
# A fact of two words must not outscore a fact of ten by sharing one: every fact counts as this much longer.
_SMOOTH = 4.0
MATCH_SCORE, MATCH_RATIO, EXCUSE_RATIO = 0.15, 0.5, 0.3
WRONG_SCORE, WRONG_WORDS = 0.20, 2
# A value that stands nowhere in the documents, in a unit that they use, needs less to be wrong.
WRONG_SCORE_UNHEARD = 0.10
MAGNITUDE = 20.0
_TOKEN = re.compile(r"[A-Za-zÀ-ÿ][\w'’]*")
_MARK = re.compile(r"\[[A-Z_0-9]+\]")
_STOP_TEXT = """
rest keep keeps kept stay stays look looks looking let lets next back still already only just new one ones first
make makes made want wants good great well also even ever really sure find found day put
a about above after again all also am an and any are as at be because been before being below between both but by
can can't could did do does doing don't down during each every few for from further had has have he her here hers
him his how i i'd i'll i'm i've if in into is isn't it it's its just let me more most my no nor not now of off on
once only or other our ours out over own please same she should so some such than that that's the their them then
there these they this those through to too under until up us very was we we'll we're we've were what when where
which while who why will with within won't would you you'd you'll you're you've your yours takes take make get go
come give need
"""
_STOP = frozenset(_STOP_TEXT.split())


_UNIT_WORDS = frozenset((*UNITS, *CURRENCIES, "business", "working"))


@dataclass(frozen=True)
class ClaimFinding:
    """One claim; offsets are characters of the checked text. `expected` is the fact's own sentence."""

    text: str
    start: int
    end: int
    fact_path: str = ""
    expected: str = ""
    overlap: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClaimReport:
    """Every claim of a text, judged; `expired` are those that only a statement supports that no longer holds."""

    matched: tuple[ClaimFinding, ...] = ()
    contradicted: tuple[ClaimFinding, ...] = ()
    unmatched: tuple[ClaimFinding, ...] = ()
    expired: tuple[ClaimFinding, ...] = ()


@dataclass(frozen=True)
class Fact:
    """One quantity that a document states; `until` is the last day on which it holds, where the document gives one."""

    quantity: Quantity
    path: str
    section: str
    sentence: str
    words: dict[str, float]
    until: date | None = None


@dataclass(frozen=True)
class FactBook:
    """The numbers a company's documents state, ready to compare with, and what they call untrue."""

    facts: tuple[Fact, ...] = ()
    own_units: frozenset[str] = frozenset()
    rarity: dict[str, float] = field(default_factory=dict)
    denials: tuple[Denial, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing that a text could contradict."""
        return not self.facts and not self.denials

    @classmethod
    def from_documents(cls, documents: Iterable[Document]) -> "FactBook":
        """Read every quantity with the words around it; units the documents use are learnt from them."""
        documents = list(documents)
        own_units = frozenset(noun for document in documents for noun in following_nouns(document.text))
        facts: list[Fact] = []
        sentence_words: list[set[str]] = []
        for document in documents:
            section = section_valid_until(document.text)
            for sentence, line in _statements(document.text):
                words = dict.fromkeys(stems(document.title), _TITLE)
                words |= dict.fromkeys(stems(line), _SAME_LINE) | dict.fromkeys(stems(sentence), _OWN)
                sentence_words.append(set(words))
                for quantity in quantities(sentence, own_units=own_units):
                    until = valid_until(sentence) or section
                    where = f"{document.path}#{document.title}"
                    facts.append(Fact(quantity, document.path, where, sentence, words, until))
        return cls(tuple(facts), own_units, _rarity(sentence_words), denials_of(documents))

    def check(self, text: str, *, context: str = "", on: date | None = None) -> ClaimReport:
        """Judge every numeric claim of `text`, and whatever it states of what the facts call untrue.

        Args:
            text: What was written.
            context: What the writer was answering (the customer's message, the product sheet). Numbers that stand
                there are the customer's own and are left alone; its words help to tell what a claim is about.
            on: The day for which the text must be right; None takes every statement as holding.
        """
        untrue = tuple(
            ClaimFinding(text[start:end], start, end, denial.path, denial.expected)
            for denial, start, end in said_all_the_same(text, self.denials, on=on)
        )
        if not self.facts:
            return ClaimReport(contradicted=untrue)
        pieces = sentences(text)
        claims = quantities(text, own_units=self.own_units)
        theirs = [*quantities(context, own_units=self.own_units)] if claims else []
        bare = {number(match) for match in re.findall(r"(?<![\w.])\d{1,9}(?:\.\d{1,4})?(?![\w.]*\d)", context)}
        judged: dict[str, list[ClaimFinding]] = {
            "matched": [],
            "contradicted": [*untrue],
            "unmatched": [],
            "expired": [],
        }
        far = dict.fromkeys([*stems(text), *stems(context)], _FAR)
        for claim in claims:
            verdict, finding = self._judge(claim, _surroundings(text, pieces, claim, far), on)
            given = any(claim.same_value(other) for other in theirs) or _first_number(claim) in bare
            if verdict == "matched" or not given:
                judged[verdict].append(finding)
        return ClaimReport(**{name: tuple(found) for name, found in judged.items()})

    def _judge(self, claim: Quantity, words: dict[str, float], on: date | None) -> tuple[str, ClaimFinding]:
        """By the statements that hold; what only an expired one supports is expired, not wrong."""
        old = [fact for fact in self.facts if on and fact.until and fact.until < on]
        verdict, finding = self._judge_by(
            [fact for fact in self.facts if fact not in old] if old else self.facts, claim, words
        )
        if old and verdict != "matched":
            by_old, its_finding = self._judge_by(old, claim, words)
            return ("expired", its_finding) if by_old == "matched" else (verdict, finding)
        return verdict, finding

    def _judge_by(self, facts: Sequence[Fact], claim: Quantity, words: dict[str, float]) -> tuple[str, ClaimFinding]:
        scored = [(self._score(fact, words), fact) for fact in facts if _comparable(fact.quantity, claim)]
        scored.sort(key=lambda item: -item[0])
        if not scored:
            return "unmatched", _finding(claim)
        best, fact = scored[0]
        agreeing = [(score, other) for score, other in scored if claim.same_value(other.quantity)]
        for score, other in agreeing:
            if score >= max(MATCH_SCORE, MATCH_RATIO * best):
                return "matched", _finding(claim, other, words)
        if claim.within(fact.quantity) or any(_excuses(other, score, fact, best) for score, other in agreeing):
            return "unmatched", _finding(claim)
        if not _is_about(fact, best, words, claim, unheard_of=not agreeing and claim.unit not in self.own_units):
            return "unmatched", _finding(claim)
        return "contradicted", _finding(claim, fact, words)

    def _score(self, fact: Fact, words: dict[str, float]) -> float:
        """The share of the fact's words, rare ones weighing more, that stand around the claim."""
        total = sum(weight * self.rarity.get(word, 1.0) for word, weight in fact.words.items())
        shared = sum(
            min(weight, words[word]) * self.rarity.get(word, 1.0)
            for word, weight in fact.words.items()
            if word in words
        )
        return shared / (total + _SMOOTH)


def _comparable(fact: Quantity, claim: Quantity) -> bool:
    """Same unit and same order of magnitude: 5 minutes is not a wrong way to say 5 years."""
    low, high = sorted((fact.high, claim.high))
    return fact.unit == claim.unit and high <= MAGNITUDE * low


def _excuses(agreeing: Fact, score: float, best_fact: Fact, best: float) -> bool:
    """The same section says so, a fact nearly as close, or the file in that very range: worded otherwise, not wrong."""
    is_range = agreeing.quantity.low != agreeing.quantity.high
    if agreeing.section == best_fact.section or (is_range and agreeing.path == best_fact.path):
        return True
    return score >= EXCUSE_RATIO * best


def _is_about(fact: Fact, score: float, words: dict[str, float], claim: Quantity, *, unheard_of: bool) -> bool:
    """Enough of the fact's words stand around the claim to say that both speak of one thing."""
    shared = [word for word in fact.words if words.get(word, 0.0) >= _NEAR]
    own = [word for word in shared if words[word] == _OWN]
    if claim.is_point_in_time:
        return score >= WRONG_SCORE and len(own) >= WRONG_WORDS
    if unheard_of:
        return score >= WRONG_SCORE_UNHEARD and len(own) >= 1
    return score >= WRONG_SCORE and len(own) >= 1 and len(shared) >= min(WRONG_WORDS, len(fact.words))


def stems(text: str) -> list[str]:
    """Content words of `text`, cut to a common stem.

    >>> stems("Returned parcels are returning")
    ['return', 'parcel', 'return']
    """
    words = (match[0].lower().replace("’", "'") for match in _TOKEN.finditer(_MARK.sub(" ", text)))
    return [_stem(word) for word in words if word not in _STOP and len(word) > 1 and singular(word) not in _UNIT_WORDS]


def _statements(text: str) -> list[tuple[str, str]]:
    """Each sentence with the whole line it stands in."""
    lines = [line.strip().lstrip("-*• ") for line in text.split("\n")]
    return [(line[start:end], line) for line in lines for start, end in sentences(line)]


def _stem(word: str) -> str:
    word = singular(word)
    for suffix in ("ing", "ed", "ly", "er", "ery"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            word = word.removesuffix(suffix)
            break
    return word.removesuffix("e") if len(word) > 4 else word


def _rarity(sentence_words: Sequence[set[str]]) -> dict[str, float]:
    counts = Counter(word for words in sentence_words for word in words)
    return {word: math.log((1 + len(sentence_words)) / (0.5 + count)) for word, count in counts.items()}


def _surroundings(text: str, pieces: list[tuple[int, int]], claim: Quantity, far: dict[str, float]) -> dict[str, float]:
    """Words and how near they stand to the claim."""
    own = next((i for i, (start, end) in enumerate(pieces) if start <= claim.start < end), 0)
    words = dict(far)
    for index in (own - 1, own + 1, own):
        if 0 <= index < len(pieces):
            weight = _OWN if index == own else _NEAR
            words.update(dict.fromkeys(stems(text[slice(*pieces[index])]), weight))
    return words


def _first_number(claim: Quantity) -> float | None:
    found = re.search(r"\d{1,9}(?:\.\d{1,4})?", claim.text.replace(",", ""))
    return float(found[0]) if found else None


def _finding(claim: Quantity, fact: Fact | None = None, words: dict[str, float] | None = None) -> ClaimFinding:
    if fact is None:
        return ClaimFinding(claim.text, claim.start, claim.end)
    overlap = tuple(word for word in fact.words if words and words.get(word, 0.0) >= _NEAR)
    return ClaimFinding(claim.text, claim.start, claim.end, fact.path, fact.sentence, overlap)
