"""The worst examples go: by outcome and rules, and by wording that is unlike everything else the brand wrote."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec
import numpy as np
from pydantic import Field

from brandtune.core.config import Config
from brandtune.core.examples import Dropped, Example
from brandtune.curation.consistency import MIN_TEXTS, oddness
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.steps.language import language_of
from brandtune.curation.steps.ranking import best_first

STEP = "quality"
STYLE_SHARE = 0.2


class QualityConfig(Config):
    """How good an example must be."""

    min_score: float = Field(default=0.2, ge=0.0, le=1.0)
    """Examples that score lower go. 0 to 1: satisfaction, resolution, rules, and consistency with the brand's texts."""
    max_oddness: float | None = Field(default=8.0, gt=0.0)
    """Answers worded this many robust standard deviations unlike the task's others go. None keeps them."""
    keep_share: float | None = Field(default=None, gt=0.0, le=1.0)
    """Keep only the best share of each text task, e.g. 0.8. None keeps all that pass."""


def quality(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Score how consistent each answer is with the task's others, and drop the odd, the bad and what is over the share.

    Labels are not judged. A kept example carries its score, by which later steps choose between alike ones.
    """
    settings = context.config.quality
    odd = _oddness(examples, context)
    scored = [_scored(example, odd.get(index)) for index, example in enumerate(examples)]
    reasons: dict[int, tuple[str, str]] = {}
    for index, example in enumerate(scored):
        away = odd.get(index, 0.0)
        if settings.max_oddness is not None and away > settings.max_oddness:
            reasons[index] = ("unlike the brand's other texts", f"{away:.0f} robust standard deviations away")
        elif index in odd and example.quality < settings.min_score:
            reasons[index] = ("low quality", f"scored {example.quality:.2f}, wanted {settings.min_score:.2f}")
    reasons |= _over_share(scored, reasons, odd, settings.keep_share)
    dropped: list[Dropped] = [
        context.drop_example(scored[index], step=STEP, reason=reason, detail=detail)
        for index, (reason, detail) in sorted(reasons.items())
    ]
    return StepResult([row for index, row in enumerate(scored) if index not in reasons], dropped)


def consistency(oddness_: float) -> float:
    """1 for wording within two robust standard deviations, falling to 0 at six.

    >>> consistency(1.0), consistency(4.0), consistency(9.0)
    (1.0, 0.5, 0.0)
    """
    return max(0.0, min(1.0, (6.0 - oddness_) / 4.0))


def _oddness(examples: Sequence[Example], context: Context) -> dict[int, float]:
    """How odd each text example's answer is among the answers of its task in its language."""
    by_task: dict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        if example.task not in context.label_tasks and example.label is None:
            by_task[example.task].append(index)
    found: dict[int, float] = {}
    for indices in by_task.values():
        for alike in _by_language(examples, indices):
            found |= zip(alike, oddness([examples[index].reference for index in alike]).tolist(), strict=True)
    return found


def _by_language(examples: Sequence[Example], indices: Sequence[int]) -> list[list[int]]:
    """Indices by the language of the answer; what cannot be told is judged with the commonest."""
    told = [language_of(examples[index].reference) for index in indices]
    main = Counter(name for name in told if name).most_common(1)
    groups: dict[str, list[int]] = defaultdict(list)
    for index, name in zip(indices, told, strict=True):
        groups[name or (main[0][0] if main else "")].append(index)
    return list(groups.values())


def _scored(example: Example, odd: float | None) -> Example:
    if odd is None:
        return example
    score = (1 - STYLE_SHARE) * example.quality + STYLE_SHARE * consistency(odd)
    return msgspec.structs.replace(example, quality=round(score, 4))


def _over_share(
    examples: Sequence[Example], gone: dict[int, tuple[str, str]], odd: dict[int, float], share: float | None
) -> dict[int, tuple[str, str]]:
    if share is None:
        return {}
    by_task: dict[str, list[int]] = defaultdict(list)
    for index in best_first(examples):
        if index in odd and index not in gone:
            by_task[examples[index].task].append(index)
    reason = ("not among the best", f"the best {share:.0%} of the task are kept")
    return {
        index: reason for rows in by_task.values() for index in rows[max(MIN_TEXTS, int(np.ceil(share * len(rows)))) :]
    }
