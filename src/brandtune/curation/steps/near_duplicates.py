"""Nearly the same text twice counts once; what merely resembles each other is tied, so that no split separates it."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec
from pydantic import Field

from brandtune.core.config import Config
from brandtune.core.examples import Dropped, Example
from brandtune.core.ids import content_id
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.steps.ranking import best_first
from brandtune.curation.texts import question
from brandtune.scoring.similarity import Union, find_duplicates, find_links

STEP = "near_duplicates"


class NearDuplicatesConfig(Config):
    """What counts as the same text twice; Jaccard similarity of word 3-shingles."""

    threshold: float = Field(default=0.8, ge=0.5, le=1.0)
    """Examples this similar (question and answer together) are duplicates: the best is kept."""
    group_threshold: float = Field(default=0.7, ge=0.5, le=1.0)
    """Kept examples this similar are never on both sides of a split."""


def near_duplicates(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Keep the best of each set of near-duplicates within a task; `tied` then ties what is left but similar."""
    by_task: dict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        by_task[example.task].append(index)
    instead: dict[int, int] = {}
    for indices in by_task.values():
        rows = [examples[index] for index in indices]
        threshold = context.config.near_duplicates.threshold
        found = find_duplicates(_texts(rows, context), ranking=best_first(rows), threshold=threshold)
        instead |= {indices[a]: indices[b] for a, b in found.items()}
    dropped = [_dropped(examples, index, instead[index], context) for index in sorted(instead)]
    kept = [example for index, example in enumerate(examples) if index not in instead]
    return StepResult(kept, dropped)


def _dropped(examples: Sequence[Example], index: int, best: int, context: Context) -> Dropped:
    return context.drop_example(
        examples[index], step=STEP, reason="near duplicate", kept_instead=examples[best].example_id
    )


def _texts(rows: list[Example], context: Context) -> list[str]:
    """Question and answer; a label is part of the text, so that two labels never count as the same."""
    if rows and rows[0].task in context.label_tasks:
        return [f"{question(row)}\n{(row.label or row.reference).replace(' ', '_')}" for row in rows]
    return [f"{question(row)}\n{row.reference}" for row in rows]


def tied(examples: Sequence[Example], context: Context) -> list[Example]:
    """Examples whose answer, or whose whole, is similar get a common group key."""
    threshold = context.config.near_duplicates.group_threshold
    union = Union()
    by_task: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_task[example.task].append(example)
    for task, rows in by_task.items():
        views = [_texts(rows, context)]
        views.append([question(row) if task in context.label_tasks else row.reference for row in rows])
        for view in views:
            for one, other in find_links(view, threshold=threshold):
                union.join(rows[one].example_id, rows[other].example_id)
    sizes: dict[str, int] = defaultdict(int)
    for example in examples:
        sizes[union.find(example.example_id)] += 1
    return [_with_group(example, union.find(example.example_id), sizes) for example in examples]


def _with_group(example: Example, root: str, sizes: dict[str, int]) -> Example:
    if sizes[root] < 2:
        return example
    return msgspec.structs.replace(example, groups=(*example.groups, f"near:{content_id(root)}"))
