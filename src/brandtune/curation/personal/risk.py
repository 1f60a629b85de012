"""What risk is left in finished examples: what the detector still sees, odd capitals, rare combinations, known names.

Numbers only, never a text. Zero is no proof: the detector misses what it misses, and says the same here as before.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING

import msgspec

from brandtune.core.examples import Example
from brandtune.core.ids import keyed_id
from brandtune.core.placeholders import PATTERN as MARK
from brandtune.core.records import Struct
from brandtune.curation.personal.strangers import REPLACED_AS, ordinary_words
from brandtune.scoring.personal.entities import Found

if TYPE_CHECKING:
    from brandtune.curation.pseudonyms import Pseudonyms

SAMPLE = 2_000
CROWD = 5
QUASI = frozenset(("AGE", "LOCATION", "NRP", "ORGANIZATION", "ZIP", "DATE_TIME", "TITLE"))
_INSIDE = re.compile(r"(?<=[^\W\d_,;)] )[A-ZÀ-Þ][\w'’-]{2,}")
_WORDS = re.compile(r"[^\W\d_]{3,}")


class Rate(Struct, frozen=True, kw_only=True):
    """A share with its 95 % interval (Wilson)."""

    count: int
    of: int
    rate: float
    low: float
    high: float


class ResidualRisk(Struct, frozen=True, kw_only=True):
    """What is left in a dataset after personal data was replaced.

    Attributes:
        examples: How many examples there are; `sampled` of them were looked at, chosen by keyed hash.
        replaced: Mentions replaced before, by type.
        direct: What the detector still sees that names or reaches a person, by kind; should be near zero.
        indirect: Places, ages, dates, employers and the like, by kind: nobody's name, but a hint in combination.
        examples_with_direct: Share of the sampled examples with anything of `direct`.
        odd_capitals: Words inside sentences with a capital that are in no vocabulary, of all words: possible names.
        named_others: Full names of known people in texts that are not theirs.
        rare_combinations: Combinations of two or more indirect hints in one example that fewer than `crowd` people share.
        examples_with_rare: Share of the sampled examples with such a combination.
    """

    examples: int
    sampled: int
    replaced: dict[str, int]
    direct: dict[str, int]
    indirect: dict[str, int]
    examples_with_direct: Rate
    odd_capitals: Rate
    named_others: int
    rare_combinations: int
    examples_with_rare: Rate
    crowd: int = CROWD
    notes: list[str] = msgspec.field(default_factory=list)

    def markdown(self) -> str:
        """A section for the dataset card."""
        share = self.examples_with_direct
        rows = [
            ("replaced before", _listed(self.replaced)), ("still seen, direct", _listed(self.direct)),
            ("still seen, indirect", _listed(self.indirect)), ("examples with a direct find", _said(share)),
            ("odd capitals among words", _said(self.odd_capitals)),
            ("known people named in others' texts", str(self.named_others)),
            (f"combinations of hints shared by fewer than {self.crowd} people", str(self.rare_combinations)),
            ("examples with such a combination", _said(self.examples_with_rare)),
        ]  # fmt: skip
        table = "\n".join(["| what | how much |", "|---|---|", *(f"| {what} | {much} |" for what, much in rows)])
        said = " ".join(self.notes)
        return (
            f"### Residual risk\n\n{self.sampled:,} of {self.examples:,} examples were looked at. {said}\n\n{table}\n"
        )


def residual_risk(
    examples: Sequence[Example],
    *,
    names: "Pseudonyms",
    replaced: Mapping[str, int],
    key: str,
    sample: int = SAMPLE,
    detected: bool = True,
) -> ResidualRisk:
    """Look at finished examples as an attacker would first.

    Args:
        names: What replaced the personal data; knows the people, the brand's words, and the detector.
        replaced: Mentions replaced before, by type.
        key: Decides which examples are sampled, the same ones each time.
        detected: Whether the name model was used; if not the notes say so.
    """
    chosen = sorted(examples, key=lambda example: keyed_id(key, f"risk:{example.example_id}"))[:sample]
    texts = [_spoken(example) for example in chosen]
    found = names.remaining(texts)
    direct = [[f for f in each if f.entity in REPLACED_AS or f.entity == "PHONE"] for each in found]
    rare, with_rare = _rare(chosen, texts, found)
    return ResidualRisk(
        examples=len(examples),
        sampled=len(chosen),
        replaced=dict(sorted(replaced.items())),
        direct=_counted(direct),
        indirect=_counted([[f for f in each if f.entity in QUASI] for each in found]),
        examples_with_direct=_rate(sum(bool(each) for each in direct), len(chosen)),
        odd_capitals=_odd_capitals(texts, names),
        named_others=sum(names.others_named(text, subject=e.subject) for text, e in zip(texts, chosen, strict=True)),
        rare_combinations=rare,
        examples_with_rare=_rate(with_rare, len(chosen)),
        notes=[] if detected else ["The name model was off: strangers' names were looked for by capitals only."],
    )


def wilson(count: int, of: int, *, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a share (Wilson 1927).

    >>> [round(x, 3) for x in wilson(1, 10)]
    [0.018, 0.404]
    """
    if not of:
        return 0.0, 1.0
    share, shrink = count / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / shrink
    half = z / shrink * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def _spoken(example: Example) -> str:
    return "\n".join(message.content for message in example.messages if message.role != "system")


def _odd_capitals(texts: Sequence[str], names: "Pseudonyms") -> Rate:
    plain = [MARK.sub(" ", text) for text in texts]
    ordinary = ordinary_words(plain)
    words = sum(len(_WORDS.findall(text)) for text in plain)
    odd = sum(
        not names.is_vocabulary(word) and word.lower() not in ordinary
        for text in plain
        for word in _INSIDE.findall(text)
    )
    return _rate(odd, words)


def _rare(examples: Sequence[Example], texts: Sequence[str], found: list[list[Found]]) -> tuple[int, int]:
    """Combinations of hints with fewer than `CROWD` people, and examples that hold one."""
    people: dict[frozenset[tuple[str, str]], set[str]] = defaultdict(set)
    combinations = []
    for example, text, each in zip(examples, texts, found, strict=True):
        hints = frozenset((f.entity, text[f.start : f.end].casefold()) for f in each if f.entity in QUASI)
        combinations.append(hints)
        people[hints].add(example.subject or example.example_id)
    rare = {hints for hints, who in people.items() if len(hints) >= 2 and len(who) < CROWD}
    return len(rare), sum(hints in rare for hints in combinations)


def _counted(found: list[list[Found]]) -> dict[str, int]:
    return dict(sorted(Counter(f.entity for each in found for f in each).items()))


def _rate(count: int, of: int) -> Rate:
    low, high = wilson(count, of)
    return Rate(count=count, of=of, rate=count / of if of else 0.0, low=low, high=high)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"


def _said(rate: Rate) -> str:
    return f"{rate.count:,} of {rate.of:,} ({100 * rate.rate:.2f} %, {100 * rate.low:.2f} to {100 * rate.high:.2f})"
