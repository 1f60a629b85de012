"""Words that may not appear: what the brand put off limits, and abuse that no brand publishes.

The built-in list is short and plain on purpose: it finds insults and swearing, not opinions. It is no toxicity model.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

_ABUSE_TEXT = """
arse arsehole asshole bastard bitch bollocks bullshit cock crap cunt damn dick dickhead douche dumbass fuck fucker fucking
goddamn idiot imbecile jackass jerk moron motherfucker piss pissed prick pussy retard retarded scum shit shithead shitty
slut stupid twat wanker whore
"""
_ABUSE_PHRASES = ("shut up", "go to hell", "screw you", "drop dead", "kill yourself", "hate you", "you are dumb")
ABUSE = (*_ABUSE_TEXT.split(), *_ABUSE_PHRASES)
_LOOKALIKES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s", "’": "'"})


@dataclass(frozen=True)
class OffLimitsFinding:
    """One word that may not appear; offsets are characters of the checked text."""

    term: str
    by: str
    start: int
    end: int


@dataclass(frozen=True)
class OffLimits:
    """What may not be said.

    Attributes:
        terms: The brand's own words and phrases, whole words in any case; a final `*` takes any ending.
    """

    terms: tuple[str, ...] = ()

    def check(self, text: str) -> list[OffLimitsFinding]:
        """Every word of `text` that may not appear, in reading order; letters written as digits or signs are seen through.

        >>> [(f.term, f.by) for f in OffLimits(("cheap*",)).check("Cheaper than this sh1t")]
        [('cheap*', 'brand'), ('shit', 'abuse')]
        """
        found = (
            [_finding(match, by="brand", terms=self.terms) for match in self._own.finditer(text)] if self.terms else []
        )
        found += [_finding(match, by="abuse", terms=ABUSE) for match in _abuse().finditer(text.translate(_LOOKALIKES))]
        return sorted(found, key=lambda finding: (finding.start, finding.end, finding.by))

    @cached_property
    def _own(self) -> re.Pattern[str]:
        return _any_of(self.terms)


def _abuse() -> re.Pattern[str]:
    return _ABUSE_PATTERN


def _any_of(terms: Sequence[str]) -> re.Pattern[str]:
    """Each term in a group `t0`, `t1`…, longest first."""
    order = sorted(range(len(terms)), key=lambda index: (-len(terms[index]), index))
    parts = "|".join(f"(?P<t{index}>{_pattern(terms[index])})" for index in order)
    return re.compile(rf"(?<!\w)(?:{parts})(?!\w)", re.IGNORECASE)


def _pattern(term: str) -> str:
    words = [re.escape(word) for word in term.removesuffix("*").split()]
    return r"\s+".join(words) + (r"\w*" if term.endswith("*") else "")


def _finding(match: re.Match[str], *, by: str, terms: Sequence[str]) -> OffLimitsFinding:
    return OffLimitsFinding(terms[int((match.lastgroup or "t0")[1:])], by, match.start(), match.end())


_ABUSE_PATTERN = _any_of(ABUSE)
