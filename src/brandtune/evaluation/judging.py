"""Scoring outputs: one judge a task. Texts by rules, style, facts and form; labels by whether they are right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from brandtune.core import placeholders
from brandtune.core.examples import Example
from brandtune.evaluation.results import Finding, Metric, Output
from brandtune.models.generation import Generated
from brandtune.scoring.claims import FactBook
from brandtune.scoring.edits import edit_similarity
from brandtune.scoring.lengths import usual_length as usual_length
from brandtune.scoring.rules import RuleSet
from brandtune.scoring.style import StyleModel

_TEMPLATE_DEBRIS = re.compile(r"<\|[a-z_]+\|>")

TEXT_METRICS = (
    Metric(
        name="on_brand",
        title="On-brand",
        description="Passes every brand rule and scores at least the style threshold.",
    ),
    Metric(name="rules_pass", title="Rules passed", description="No brand rule of level error is broken."),
    Metric(
        name="style",
        title="Style score",
        description="How sure a classifier is that the brand's people wrote it, not the base model (0 to 1).",
        unit="score",
    ),
    Metric(name="facts_ok", title="Facts", description="No number in it contradicts the brand's facts."),
    Metric(
        name="well_formed",
        title="Well-formed",
        description="Ended by itself, of usual length, with no stray marks and no personal data placeholder made up.",
    ),
    Metric(
        name="similarity",
        title="Like the human text",
        description="1 minus the share of characters to edit to get what people wrote.",
        unit="score",
    ),
)
LABEL_METRICS = (
    Metric(name="accuracy", title="Accuracy", description="The label is the one people gave."),
    Metric(name="macro_f1", title="Macro F1", description="F1 of each label, averaged over labels.", unit="score"),
    Metric(name="valid_label", title="Valid label", description="The answer is one of the labels."),
)
LOSS_METRIC = Metric(
    name="loss",
    title="Held-out loss",
    description="Cross-entropy on what people wrote, per token.",
    unit="nats",
    higher_is_better=False,
)


@dataclass(frozen=True)
class TextJudge:
    """Judges texts of one task.

    Attributes:
        style: Fitted style model, or None where there was too little text to fit one.
        facts: What the brand's documents state; where they state nothing, facts are not scored.
        length: Shortest and longest acceptable text in characters, from the training set.
    """

    task: str
    rules: RuleSet
    style: StyleModel | None
    facts: FactBook
    length: tuple[int, int]

    def judge(self, arm: str, examples: Sequence[Example], replies: Sequence[Generated]) -> list[Output]:
        """Score one arm's replies to examples of this task."""
        texts = [reply.text for reply in replies]
        styles: Sequence[float | None] = self.style.score(texts) if self.style and texts else [None] * len(texts)
        return [
            self._one(arm, example, reply, style)
            for example, reply, style in zip(examples, replies, styles, strict=True)
        ]

    def _one(self, arm: str, example: Example, reply: Generated, style: float | None) -> Output:
        broken = self.rules.check(reply.text, task=self.task)
        errors = [finding for finding in broken if finding.level == "error"]
        context = " ".join([message.content for message in example.prompt] + list(example.facts.values()))
        wrong = self.facts.check(reply.text, context=context).contradicted
        form = self._form(example, reply)
        rules_pass = bool(reply.text.strip()) and not errors
        styled = style is None or self.style is None or style >= self.style.threshold
        findings = [Finding(rule=f.rule, message=f.message, start=f.start, end=f.end) for f in broken]
        findings += [
            Finding(rule="Facts", message=f"{w.fact_path} says {w.expected}", start=w.start, end=w.end) for w in wrong
        ]
        scores: dict[str, float | None] = {
            "on_brand": float(rules_pass and styled and bool(reply.text.strip())),
            "rules_pass": float(rules_pass),
            "style": None if style is None else float(style),
            "facts_ok": float(not wrong) if self.facts.facts else None,
            "well_formed": float(not form),
            "similarity": edit_similarity(reply.text, example.reference),
        }
        return Output(arm=arm, text=reply.text, scores=scores, findings=(*findings, *form))

    def _form(self, example: Example, reply: Generated) -> list[Finding]:
        found: list[str] = []
        if not reply.finished:
            found.append("did not come to an end")
        if not self.length[0] <= len(reply.text) <= self.length[1]:
            found.append(f"{len(reply.text)} characters; usual are {self.length[0]} to {self.length[1]}")
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
        return [Finding(rule="Form", message=message) for message in found]


@dataclass(frozen=True)
class LabelJudge:
    """Judges labels of one task; `labels` is the closed set."""

    task: str
    labels: frozenset[str]

    def judge(self, arm: str, examples: Sequence[Example], replies: Sequence[Generated]) -> list[Output]:
        known = {normal(label) for label in self.labels}
        outputs = []
        for example, reply in zip(examples, replies, strict=True):
            given, wanted = normal(reply.text), normal(example.label or "")
            scores: dict[str, float | None] = {
                "accuracy": float(given == wanted),
                "valid_label": float(given in known),
            }
            outputs.append(Output(arm=arm, text=reply.text, scores=scores))
        return outputs


def normal(label: str) -> str:
    """A label without case, quotes, final punctuation and doubled spaces."""
    return " ".join(label.casefold().strip(" \t\n\"'.").split())
