"""The same text under different labels teaches nothing; all of its copies are left out."""

from collections import defaultdict
from collections.abc import Sequence

from brandtune.core.examples import Dropped, Example
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.texts import question
from brandtune.scoring.similarity import normalised

STEP = "contradictions"


def contradictions(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Drop label examples whose text carries another label elsewhere in the same task."""
    labels: dict[tuple[str, str], set[str]] = defaultdict(set)
    for example in examples:
        if example.task in context.label_tasks:
            labels[_key(example)].add(example.label or example.reference)
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example in examples:
        found = labels.get(_key(example), set()) if example.task in context.label_tasks else set()
        if len(found) > 1:
            detail = f"labelled {' and '.join(sorted(found))}"
            dropped.append(context.drop_example(example, step=STEP, reason="contradictory label", detail=detail))
        else:
            kept.append(example)
    return StepResult(kept, dropped)


def _key(example: Example) -> tuple[str, str]:
    return example.task, normalised(question(example)) or question(example)
