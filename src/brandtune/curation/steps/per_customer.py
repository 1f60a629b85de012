"""No single customer may fill the data: a cap for each person and task, the best ones kept."""

from collections import defaultdict
from collections.abc import Sequence

from pydantic import Field

from brandtune.core.config import Config
from brandtune.core.examples import Dropped, Example
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.steps.ranking import best_first

STEP = "per_customer"


class PerCustomerConfig(Config):
    """How much of the data one customer may be."""

    max_examples: int = Field(default=20, ge=1)
    """At most this many examples of one customer for each task."""


def per_customer(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Keep the best of each customer up to the cap; examples about nobody are not counted."""
    cap = context.config.per_customer.max_examples
    taken: dict[tuple[str, str], int] = defaultdict(int)
    over: set[int] = set()
    for index in best_first(examples):
        example = examples[index]
        if example.subject is not None:
            taken[example.task, example.subject] += 1
            if taken[example.task, example.subject] > cap:
                over.add(index)
    dropped: list[Dropped] = [
        context.drop_example(examples[index], step=STEP, reason="over the cap per customer", detail=f"at most {cap}")
        for index in sorted(over)
    ]
    return StepResult([example for index, example in enumerate(examples) if index not in over], dropped)
