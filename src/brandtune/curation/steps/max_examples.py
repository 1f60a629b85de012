"""A task's own limit on examples, chosen so that the same ones are chosen again next time."""

from collections.abc import Sequence

from brandtune.core.examples import Example
from brandtune.core.ids import keyed_fraction
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult

STEP = "max_examples"


def max_examples(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Keep at most `max_examples` of each task, by a hash of the example id."""
    over: dict[str, int] = {}
    for task in context.tasks:
        if task.max_examples is not None:
            ids = [example.example_id for example in examples if example.task == task.kind]
            ids.sort(key=lambda example_id: keyed_fraction(context.key, f"max_examples:{example_id}"))
            over |= dict.fromkeys(ids[task.max_examples :], task.max_examples)
    dropped = [
        context.drop_example(
            example, step=STEP, reason="over the task's limit", detail=f"max_examples is {over[example.example_id]}"
        )
        for example in examples
        if example.example_id in over
    ]
    return StepResult([example for example in examples if example.example_id not in over], dropped)
