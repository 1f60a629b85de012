"""Answers that break the house style teach the wrong voice; they are left out, with the rules named."""

from collections.abc import Sequence

from brandtune.core.examples import Dropped, Example
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult

STEP = "rules"


def rules(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Drop text examples in which an assistant turn breaks a rule of level error."""
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example in examples:
        broken = [finding.rule for finding in context.findings_of(example) if finding.level == "error"]
        if broken:
            detail = ", ".join(dict.fromkeys(broken))
            dropped.append(context.drop_example(example, step=STEP, reason="off-brand", detail=detail))
        else:
            kept.append(example)
    notes = [f"Rule {rule.path} is not checked: {rule.why}." for rule in context.rules.unsupported if rule.extends]
    return StepResult(kept, dropped, notes)
