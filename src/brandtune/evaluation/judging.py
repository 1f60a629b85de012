"""Scoring outputs: one judge a task. Texts by rules, style, facts and form; labels by whether they are right."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from brandtune.core.examples import Example
from brandtune.core.tasks.form import FormConfig
from brandtune.evaluation.metrics.catalogue import LABEL_METRICS, LOSS_METRIC, TEXT_METRICS
from brandtune.evaluation.metrics.labels import label_scores, normal
from brandtune.evaluation.metrics.texts import SCORERS, Judged, malformed
from brandtune.evaluation.results import Finding, Output
from brandtune.models.generation import Generated
from brandtune.scoring.claims import ClaimReport, FactBook
from brandtune.scoring.copying import CopyIndex
from brandtune.scoring.fingerprint import Fingerprint
from brandtune.scoring.lengths import usual_length
from brandtune.scoring.off_limits import OffLimits
from brandtune.scoring.rules import RuleSet
from brandtune.scoring.style import StyleModel
from brandtune.scoring.voice import VoiceCheck, VoiceEngine

__all__ = ["LABEL_METRICS", "LOSS_METRIC", "TEXT_METRICS", "LabelJudge", "TextJudge", "normal", "usual_length"]


@dataclass(frozen=True)
class TextJudge:
    """Judges texts of one task.

    Attributes:
        style: Fitted style model, or None where there was too little text to fit one.
        facts: What the brand's documents state; where they state nothing, facts are not scored.
        length: Shortest and longest acceptable text in characters, from the training set.
        metrics: What is scored, by name; the task says so.
        fingerprint: Fitted on the brand's own texts, or None.
        sources: Example ids of the texts the fingerprint was fitted on, in its order.
        copies: The training texts, to find what was copied from them.
        form: What the task prescribes.
        on: The day for which claims must hold; None takes every statement as holding.
        handover: The company's own ways of handing a customer over.
    """

    task: str
    rules: RuleSet
    style: StyleModel | None
    facts: FactBook
    length: tuple[int, int]
    metrics: tuple[str, ...] = tuple(SCORERS)
    fingerprint: Fingerprint | None = None
    sources: tuple[str, ...] = ()
    copies: CopyIndex | None = None
    off_limits: OffLimits = field(default_factory=OffLimits)
    form: FormConfig | None = None
    on: date | None = None
    handover: tuple[str, ...] = ()

    @cached_property
    def engine(self) -> VoiceEngine:
        """The check engine that this judge, and every other place that judges such texts, asks."""
        return VoiceEngine(
            task=self.task, rules=self.rules, style=self.style, fingerprint=self.fingerprint, facts=self.facts,
            off_limits=self.off_limits, form=self.form, on=self.on,
        )  # fmt: skip

    def judge(self, arm: str, examples: Sequence[Example], replies: Sequence[Generated]) -> list[Output]:
        """Score one arm's replies to examples of this task."""
        contexts = [_context(example) for example in examples]
        checks = self.engine.check_all([reply.text for reply in replies], contexts=contexts)
        return [self._one(arm, *item) for item in zip(examples, replies, checks, strict=True)]

    def _one(self, arm: str, example: Example, reply: Generated, check: VoiceCheck) -> Output:
        item = Judged(
            example=example,
            reply=reply,
            check=check,
            malformed=malformed(example, reply, length=self.length),
            threshold=self.style.threshold if self.style else None,
            facts=self.facts,
            copies=self.copies,
            handover=self.handover,
            has_limits=bool(self.off_limits.terms),
        )
        scores = {name: SCORERS[name](item) for name in self.metrics}
        return Output(
            arm=arm, text=reply.text, scores=scores, findings=tuple(_findings(item)), claims=_counts(check.claims)
        )


def _context(example: Example) -> str:
    return " ".join([message.content for message in example.prompt] + list(example.facts.values()))


def _counts(claims: ClaimReport | None) -> tuple[int, int, int, int] | None:
    if claims is None:
        return None
    return len(claims.matched), len(claims.unmatched), len(claims.contradicted), len(claims.expired)


def _findings(item: Judged) -> list[Finding]:
    check = item.check
    found = [Finding(rule=f.rule, message=f.message, start=f.start, end=f.end) for f in check.rules]
    if check.claims is not None:
        found += [
            Finding(rule="Facts", message=f"{c.fact_path} says {c.expected}", start=c.start, end=c.end)
            for c in check.claims.contradicted
        ]
        found += [
            Finding(rule="Facts", message=f"expired: {c.fact_path} said {c.expected}", start=c.start, end=c.end)
            for c in check.claims.expired
        ]
    found += [
        Finding(rule="Off limits", message=f"may not be said ({f.by})", start=f.start, end=f.end)
        for f in check.off_limits
    ]
    return found + [Finding(rule="Form", message=message) for message in (*item.malformed, *(check.form or ()))]


@dataclass(frozen=True)
class LabelJudge:
    """Judges labels of one task; `labels` is the closed set."""

    task: str
    labels: frozenset[str]
    metrics: tuple[str, ...] = tuple(metric.name for metric in LABEL_METRICS)

    def judge(self, arm: str, examples: Sequence[Example], replies: Sequence[Generated]) -> list[Output]:
        known = frozenset(normal(label) for label in self.labels)
        return [
            Output(
                arm=arm, text=reply.text, scores=label_scores(example, reply.text, known=known, metrics=self.metrics)
            )
            for example, reply in zip(examples, replies, strict=True)
        ]
