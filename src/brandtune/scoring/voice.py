"""The one check engine: every place that judges a text (data filter, evaluation, editor, gate, drift) asks it.

What it says is never added up to one number: rules, style, fingerprint, claims, words off limits and form stay apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from brandtune.core.tasks.form import FormConfig
from brandtune.scoring.claims import ClaimReport, FactBook
from brandtune.scoring.fingerprint import Fingerprint
from brandtune.scoring.form import breaches
from brandtune.scoring.off_limits import OffLimits, OffLimitsFinding
from brandtune.scoring.rules import RuleFinding, RuleSet

if TYPE_CHECKING:
    from brandtune.scoring.style import StyleModel


@dataclass(frozen=True)
class VoiceCheck:
    """What is known of one text, line by line; None where there is no evidence for a line.

    Attributes:
        style: How much it sounds like the brand's people rather than the base model, 0 to 1.
        percentile: How usual it is among the brand's own texts, 0 to 1.
        form: What is wrong with its form, where the task prescribes one.
    """

    rules: tuple[RuleFinding, ...]
    style: float | None
    percentile: float | None
    claims: ClaimReport | None
    off_limits: tuple[OffLimitsFinding, ...]
    form: tuple[str, ...] | None

    @property
    def broken(self) -> tuple[RuleFinding, ...]:
        """The findings that break a rule of level error."""
        return tuple(finding for finding in self.rules if finding.level == "error")


@dataclass(frozen=True)
class VoiceEngine:
    """Everything that texts of one task are checked against.

    Attributes:
        style: None where there was too little text to fit one; so with the fingerprint.
        facts: What the brand's documents state.
        form: What the task prescribes.
        on: The day for which claims must hold; None takes every statement as holding.
    """

    task: str | None
    rules: RuleSet = field(default_factory=RuleSet)
    style: "StyleModel | None" = None
    fingerprint: Fingerprint | None = None
    facts: FactBook = field(default_factory=FactBook)
    off_limits: OffLimits = field(default_factory=OffLimits)
    form: FormConfig | None = None
    on: date | None = None

    def check(self, text: str, *, context: str = "") -> VoiceCheck:
        """Check one text; see `check_all`."""
        return self.check_all([text], contexts=[context])[0]

    def check_all(self, texts: Sequence[str], *, contexts: Sequence[str] | None = None) -> list[VoiceCheck]:
        """Check texts. A text's result depends on itself and its context alone, never on the others.

        Args:
            contexts: What each text answers: numbers that stand there are not the writer's claims.

        >>> VoiceEngine(None).check("Hello.").rules
        ()
        """
        contexts = contexts if contexts is not None else [""] * len(texts)
        styles = self.style.score(texts) if self.style is not None else [None] * len(texts)
        usual = self.fingerprint.percentiles(texts) if self.fingerprint is not None else [None] * len(texts)
        return [
            VoiceCheck(
                rules=tuple(self.rules.check(text, task=self.task)),
                style=style,
                percentile=percentile,
                claims=self.facts.check(text, context=context, on=self.on) if not self.facts.empty else None,
                off_limits=tuple(self.off_limits.check(text)),
                form=None if self.form is None else tuple(breaches(text, self.form)),
            )
            for text, context, style, percentile in zip(texts, contexts, styles, usual, strict=True)
        ]
