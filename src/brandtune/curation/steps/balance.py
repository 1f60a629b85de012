"""No task and no group of customers may drown the others; where nothing is asked, nothing is dropped."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from pydantic import Field

from brandtune.core.config import Config
from brandtune.core.examples import Dropped, Example
from brandtune.curation.context import Context
from brandtune.curation.representation import segment_of, traits_of
from brandtune.curation.results import StepResult
from brandtune.curation.steps.ranking import best_first

STEP = "balance"
NEVER_BELOW = 20


class BalanceConfig(Config):
    """How much one task or one group of customers may be."""

    max_task_share: float | None = Field(default=None, gt=0.0, le=1.0)
    """No task may be more than this share of all examples; its worst ones go. None sets no limit."""
    traits: tuple[str, ...] | None = None
    """Customer traits by which groups are told, e.g. `country`. None finds those with a few values each."""
    max_over_representation: float | None = Field(default=None, ge=1.0)
    """No group may have more than this many times its share of the customer base; its worst examples go."""


def balance(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Drop the worst examples of tasks and groups over their limits, worst first; 20 of each always stay."""
    settings = context.config.balance
    gone: dict[int, tuple[str, str]] = {}
    if settings.max_over_representation is not None:
        for trait in traits_of(context.subjects.values(), wanted=settings.traits):
            gone |= _over_base(examples, context, trait, settings.max_over_representation, gone)
    if settings.max_task_share is not None:
        gone |= _over_task(examples, settings.max_task_share, gone)
    dropped: list[Dropped] = [
        context.drop_example(examples[index], step=STEP, reason=reason, detail=detail)
        for index, (reason, detail) in sorted(gone.items())
    ]
    return StepResult([row for index, row in enumerate(examples) if index not in gone], dropped)


def allowance(sizes: dict[str, int], key: str, share: float) -> int:
    """How many of `key` make it `share` of all, the others as they are: n / (n + others) = share.

    >>> allowance({"a": 900, "b": 100}, "a", 0.5)
    100
    """
    others = sum(sizes.values()) - sizes[key]
    return sizes[key] if share >= 1 else max(NEVER_BELOW, int(share * others / (1 - share)))


def _over_task(
    examples: Sequence[Example], share: float, gone: dict[int, tuple[str, str]]
) -> dict[int, tuple[str, str]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for index in best_first(examples):
        if index not in gone:
            rows[examples[index].task].append(index)
    sizes = {task: len(indices) for task, indices in rows.items()}
    found: dict[int, tuple[str, str]] = {}
    for task, indices in rows.items():
        if len(sizes) > 1 and sizes[task] > share * sum(sizes.values()):
            detail = f"at most {share:.0%} of the examples may be {task}"
            found |= dict.fromkeys(indices[allowance(sizes, task, share) :], ("over the task's share", detail))
    return found


def _over_base(
    examples: Sequence[Example], context: Context, trait: str, times: float, gone: dict[int, tuple[str, str]]
) -> dict[int, tuple[str, str]]:
    base = Counter(segment_of(subject, trait) for subject in context.subjects.values())
    base.pop("", None)
    rows: dict[str, list[int]] = defaultdict(list)
    for index in best_first(examples):
        subject = context.subjects.get(examples[index].subject or "")
        segment = segment_of(subject, trait) if subject else ""
        if segment and index not in gone:
            rows[segment].append(index)
    sizes = {segment: len(indices) for segment, indices in rows.items()}
    found: dict[int, tuple[str, str]] = {}
    for segment, indices in rows.items():
        share = times * base[segment] / base.total()
        if sizes[segment] > share * sum(sizes.values()):
            detail = f"{trait}: at most {times:g} times its share of the customers"
            reason = ("over its group's share", detail)
            found |= dict.fromkeys(indices[allowance(sizes, segment, share) :], reason)
    return found
