"""What one evaluation works with from beginning to end, and how outputs of several tasks are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from brandtune.core.examples import Example
from brandtune.core.tasks import Task
from brandtune.evaluation.arms import PromptBook
from brandtune.evaluation.calibration import Judge
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.results import Output
from brandtune.models.generation import Generated


@dataclass
class Study:
    """What one call of `evaluate` works with."""

    config: EvaluationConfig
    tasks: Mapping[str, Task]
    primary: str
    book: PromptBook
    judges: dict[str, Judge] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def has_guide(self) -> bool:
        return bool(self.book.brand.voice)

    def judge(self, arm: str, examples: Sequence[Example], replies: Sequence[Generated]) -> list[Output]:
        """Outputs in the order of `examples`, each by its own task's judge; a reply that failed has no scores."""
        return judged(self.judges, arm, examples, replies)

    def merit(self, outputs: Sequence[Output]) -> tuple[float, float]:
        """How good outputs are, for a choice on validation: by the primary metric, then by style."""
        return _mean(outputs, self.primary), _mean(outputs, "style")


def judged(
    judges: Mapping[str, Judge], arm: str, examples: Sequence[Example], replies: Sequence[Generated]
) -> list[Output]:
    """Outputs in the order of `examples`, each by its own task's judge; a reply that failed has no scores."""
    found = {i: Output(arm=arm, text="", failed=r.failed) for i, r in enumerate(replies) if r.failed}
    for task, judge in judges.items():
        own = [index for index, one in enumerate(examples) if one.task == task and index not in found]
        if own:
            scored = judge.judge(arm, [examples[i] for i in own], [replies[i] for i in own])
            found.update(zip(own, scored, strict=True))
    return [found[index] for index in range(len(examples))]


def _mean(outputs: Sequence[Output], metric: str) -> float:
    values = [value for output in outputs if (value := output.scores.get(metric)) is not None]
    return sum(values) / len(values) if values else 0.0
