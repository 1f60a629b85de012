"""Scores of one output of a task that writes text: one function a metric, from what the check engine found."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from brandtune.core import placeholders
from brandtune.core.examples import Example
from brandtune.core.tasks.localize import glossary_of
from brandtune.models.generation import Generated
from brandtune.scoring.chrf import chrf
from brandtune.scoring.claims import FactBook
from brandtune.scoring.copying import CopyIndex
from brandtune.scoring.edits import edit_similarity, needs_revision
from brandtune.scoring.handover import hands_over
from brandtune.scoring.publishing import seconds_to_publishable
from brandtune.scoring.quantities import quantities
from brandtune.scoring.voice import VoiceCheck

_TEMPLATE_DEBRIS = re.compile(r"<\|[a-z_]+\|>")


@dataclass(frozen=True)
class Judged:
    """One output with everything a metric may look at.

    Attributes:
        check: What the check engine found in the output.
        malformed: What is wrong with its usual form, in a few words each.
        threshold: The style score from which a text counts as on-brand; None where no style was fitted.
        handover: The company's own ways of handing over.
        has_limits: Whether the brand put any words off limits.
    """

    example: Example
    reply: Generated
    check: VoiceCheck
    malformed: tuple[str, ...]
    threshold: float | None
    facts: FactBook
    copies: CopyIndex | None
    handover: tuple[str, ...] = ()
    has_limits: bool = False

    @property
    def text(self) -> str:
        return self.reply.text

    @property
    def empty(self) -> bool:
        return not self.text.strip()


def _rules_pass(item: Judged) -> float:
    return float(not item.empty and not item.check.broken)


def _on_brand(item: Judged) -> float:
    styled = item.check.style is None or item.threshold is None or item.check.style >= item.threshold
    return float(bool(_rules_pass(item)) and styled)


def _facts_ok(item: Judged) -> float | None:
    claims = item.check.claims
    return None if claims is None else float(not claims.contradicted and not claims.expired)


def _claims_supported(item: Judged) -> float | None:
    claims = item.check.claims
    if claims is None:
        return None
    every = len(claims.matched) + len(claims.contradicted) + len(claims.unmatched) + len(claims.expired)
    return len(claims.matched) / every if every else None


def _unsupported_claims(item: Judged) -> float | None:
    claims = item.check.claims
    return None if claims is None else float(len(claims.contradicted) + len(claims.unmatched) + len(claims.expired))


def _off_limits_ok(item: Judged) -> float | None:
    return float(all(found.by != "brand" for found in item.check.off_limits)) if item.has_limits else None


def _copied_words(item: Judged) -> float | None:
    return None if item.copies is None else float(item.copies.longest(item.text).words)


def _contained(item: Judged) -> float:
    return float(not item.empty and not hands_over(item.text, phrases=item.handover))


def _resolution(item: Judged) -> float:
    """As the person decided: handed over or not; what the person's facts were; and nothing that is wrong."""
    if item.empty or hands_over(item.text, phrases=item.handover) != hands_over(
        item.example.reference, phrases=item.handover
    ):
        return 0.0
    if _facts_ok(item) == 0.0:
        return 0.0
    given = quantities(item.text, own_units=item.facts.own_units)
    wanted = [claim.text for claim in item.facts.check(item.example.reference).matched]
    needed = [quantity for text in wanted for quantity in quantities(text, own_units=item.facts.own_units)]
    return float(all(any(quantity.same_value(other) for other in given) for quantity in needed))


def _glossary_kept(item: Judged) -> float | None:
    terms = glossary_of(item.example)
    if not terms:
        return None
    lower = item.text.casefold()
    return sum(term.casefold() in lower for term in terms.values()) / len(terms)


SCORERS: Mapping[str, Callable[[Judged], float | None]] = {
    "on_brand": _on_brand,
    "rules_pass": _rules_pass,
    "style": lambda item: item.check.style,
    "facts_ok": _facts_ok,
    "well_formed": lambda item: float(not item.malformed),
    "similarity": lambda item: edit_similarity(item.text, item.example.reference),
    "fingerprint": lambda item: item.check.percentile,
    "claims_supported": _claims_supported,
    "unsupported_claims": _unsupported_claims,
    "format_ok": lambda item: None if item.check.form is None else float(not item.check.form),
    "off_limits_ok": _off_limits_ok,
    "safe": lambda item: float(not item.check.off_limits),
    "abuse_free": lambda item: float(all(found.by != "abuse" for found in item.check.off_limits)),
    "revised": lambda item: float(needs_revision(item.text, item.example.reference)),
    "editing_s": lambda item: seconds_to_publishable(item.text, item.example.reference),
    "copied_words": _copied_words,
    "contained": _contained,
    "resolution": _resolution,
    "chrf": lambda item: chrf(item.text, item.example.reference),
    "glossary_kept": _glossary_kept,
}


def malformed(example: Example, reply: Generated, *, length: tuple[int, int]) -> tuple[str, ...]:
    """What is wrong with the usual form of an output: cut off, too short or long, debris, placeholders made up."""
    found: list[str] = []
    if not reply.finished:
        found.append("did not come to an end")
    if not length[0] <= len(reply.text) <= length[1]:
        found.append(f"{len(reply.text)} characters; usual are {length[0]} to {length[1]}")
    if _TEMPLATE_DEBRIS.search(reply.text):
        found.append("holds marks of the chat template")
    given = " ".join([message.content for message in example.prompt])
    made_up = {m[0] for m in placeholders.PATTERN.finditer(reply.text)} - {
        m[0] for m in placeholders.PATTERN.finditer(given)
    }
    # People greet by name although the message may not say it; any other mark must come from the message.
    made_up -= {"[CUSTOMER_NAME]", "[AGENT_NAME]"}
    if made_up:
        found.append(f"placeholder made up: {', '.join(sorted(made_up))}")
    return tuple(found)
