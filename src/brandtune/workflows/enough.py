"""Is this enough data? To learn a style from, and to tell afterwards whether it was learnt."""

import math

from brandtune.core.examples import Example
from brandtune.core.records import Struct
from brandtune.core.tasks import Task
from brandtune.datasets import DatasetVersion
from brandtune.evaluation import statistics
from brandtune.evaluation.calibration import choose
from brandtune.evaluation.comparison import primary_metric
from brandtune.models.rendering import Renderer
from brandtune.workflows.plan import Plan

# Rules of thumb of the field: style shows from about 50 examples, and is dependable from several hundred.
FEW_EXAMPLES, ENOUGH_EXAMPLES = 50, 300


class Enough(Struct, frozen=True, kw_only=True):
    """What the data can teach and what the planned test can show.

    Attributes:
        learn: Task -> `few`, `some` or `enough` examples to learn from.
        primary: The metric that decides.
        num_test: Held-out examples.
        num_judged: Those that the verdict will rest on: the planned choice, of tasks that the metric judges, that fit.
        num_people: How many of those are independent: one customer's count as one, an example about nobody by itself.
        minimum_detectable: Smallest true difference (a share) that this finds with 80 % power at 5 %.
        worthwhile: The smallest gain that would be worth tuning for (`evaluation.worthwhile`).
        power: Chance that a gain of that size would be found with these.
        num_people_needed: How many of those it takes to see a gain of that size.
        shows: What the planned test can show, in one line; empty where there is nothing held out.
        sentences: All of it for people.
    """

    learn: dict[str, str]
    primary: str
    num_test: int
    num_judged: int
    num_people: int
    minimum_detectable: float
    worthwhile: float
    power: float
    num_people_needed: int
    shows: str
    sentences: tuple[str, ...]


def enough(version: DatasetVersion, *, plan: Plan, renderer: Renderer, context: int) -> Enough:
    """Judge a frozen version by the test that the plan will run on it."""
    learnt = version.counts.get("train", {})
    tasks: dict[str, Task] = {task.kind: task for task in plan.tasks if task.kind in learnt}
    primary = primary_metric(plan.evaluation, tasks)
    judged_output = "label" if primary == "accuracy" else "text"
    test = version.examples("test")
    room = context - plan.evaluation.decoding.max_new_tokens
    planned = choose(test, limit=plan.evaluation.max_test, key="test")
    judged = [e for e in planned if _judges(judged_output, tasks.get(e.task)) and _fits(e, renderer, room)]
    people = len({example.subject or example.example_id for example in judged})
    detectable = statistics.minimum_detectable(people)
    worthwhile = plan.evaluation.worthwhile
    spread = math.sqrt(statistics.ASSUMED_DISCORDANT_SHARE)
    needed = statistics.needed(worthwhile, spread=spread, worthwhile=worthwhile)
    learn = {task: _judge(count) for task, count in learnt.items()}
    sentences = [_learn_sentence(task, count) for task, count in learnt.items()]
    empty = [split for split in ("validation", "test") if not version.examples(split)]
    sentences += [
        f"There are no {split} examples, so the evaluation is refused: raise split.{split}." for split in empty
    ]
    shows = "" if "test" in empty else _test_sentence(len(judged), people, detectable, worthwhile, needed, primary)
    sentences += [shows] if shows else []
    return Enough(
        learn=learn,
        primary=primary,
        num_test=len(test),
        num_judged=len(judged),
        num_people=people,
        minimum_detectable=detectable,
        worthwhile=worthwhile,
        power=statistics.power(people, worthwhile),
        num_people_needed=needed,
        shows=shows,
        sentences=tuple(sentences),
    )


def _judges(output: str, task: Task | None) -> bool:
    return task is not None and task.output == output


def _fits(example: Example, renderer: Renderer, room: int) -> bool:
    return len(renderer.prompt(example.prompt)) <= room


def _judge(count: int) -> str:
    return "few" if count < FEW_EXAMPLES else "some" if count < ENOUGH_EXAMPLES else "enough"


def _learn_sentence(task: str, count: int) -> str:
    if count < FEW_EXAMPLES:
        return f"{task}: {count} examples to learn from are few; a style shows from about {FEW_EXAMPLES}."
    if count < ENOUGH_EXAMPLES:
        return f"{task}: {count} examples to learn from; several hundred are dependable."
    return f"{task}: {count} examples to learn from are enough for a style."


def _test_sentence(
    num_judged: int, people: int, detectable: float, worthwhile: float, needed: int, primary: str
) -> str:
    if not people:
        return f"No held-out example can be judged by {primary}: the verdict will be `cannot tell`."
    can = (
        f"{num_judged} held-out examples, {people} of them independent of each other, can show a true difference of about "
        f"{detectable * 100:.0f} points in {primary} or more"
    )
    if detectable <= worthwhile:
        return f"{can}; a gain of {worthwhile * 100:.0f} points would be seen."
    return (
        f"{can}. A gain of {worthwhile * 100:.0f} points, the least that is worth tuning for, would be found in "
        f"{statistics.power(people, worthwhile) * 100:.0f} of 100 such tests; it takes about {needed:,} independent ones to "
        "find it in 80. A larger gain is seen with these."
    )
