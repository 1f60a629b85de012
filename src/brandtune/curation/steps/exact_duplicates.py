"""The same question with the same answer, once."""

from collections.abc import Sequence

from brandtune.core.examples import Dropped, Example
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.steps.ranking import best_first
from brandtune.curation.texts import spoken
from brandtune.scoring.similarity import normalised

STEP = "exact_duplicates"


def exact_duplicates(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Keep the best of each set of examples whose turns have the same words, within a task."""
    first: dict[tuple[str, str], str] = {}
    instead: dict[str, str] = {}
    for index in best_first(examples):
        example = examples[index]
        key = example.task, normalised(spoken(example)) or spoken(example)
        if key in first:
            instead[example.example_id] = first[key]
        else:
            first[key] = example.example_id
    dropped: list[Dropped] = [
        context.drop_example(example, step=STEP, reason="exact duplicate", kept_instead=instead[example.example_id])
        for example in examples
        if example.example_id in instead
    ]
    return StepResult([example for example in examples if example.example_id not in instead], dropped)
