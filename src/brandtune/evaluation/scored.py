"""The test examples with what each arm wrote, and how two arms are read side by side."""

from dataclasses import dataclass, field

import numpy as np

from brandtune.core.examples import Example
from brandtune.evaluation import statistics
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.results import Estimate, Forgetting, Output, ScoredExample
from brandtune.models.generation import Generated

HUMAN = "human"


@dataclass
class Scored:
    """The test examples with what each arm wrote, in the same order everywhere."""

    examples: list[Example]
    replies: dict[str, list[Generated]] = field(default_factory=dict)
    outputs: dict[str, list[Output]] = field(default_factory=dict)
    losses: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    forgetting: tuple[Forgetting, ...] = ()

    @property
    def clusters(self) -> list[str]:
        """Who each example is about; examples about nobody stand for themselves."""
        return [example.subject or example.example_id for example in self.examples]

    def column(self, arm: str, metric: str, *, task: str = "all") -> list[tuple[int, float]]:
        """(position, value) of every example of the task that has this score."""
        return [
            (index, value)
            for index, (example, output) in enumerate(zip(self.examples, self.outputs[arm], strict=True))
            if task in ("all", example.task) and (value := output.scores.get(metric)) is not None
        ]

    def paired(self, metric: str, *, arm: str, baseline: str) -> tuple[list[float], list[float], list[str]]:
        """(values of the arm, of the baseline, customers) of the examples on which both have this score."""
        ours, theirs = dict(self.column(arm, metric)), dict(self.column(baseline, metric))
        both = [index for index in ours if index in theirs]
        clusters = self.clusters
        return [ours[i] for i in both], [theirs[i] for i in both], [clusters[i] for i in both]


def in_numbers(scored: Scored) -> tuple[ScoredExample, ...]:
    """Every example with what each arm scored on it, and no text."""
    return tuple(
        ScoredExample(
            example_id=example.example_id,
            task=example.task,
            customer=customer,
            scores={
                arm: {name: float(value) for name, value in outputs[index].scores.items() if value is not None}
                for arm, outputs in scored.outputs.items()
            },
            tokens={
                arm: (replies[index].num_prompt_tokens, replies[index].num_reply_tokens)
                for arm, replies in scored.replies.items()
            },
        )
        for index, (example, customer) in enumerate(zip(scored.examples, scored.clusters, strict=True))
    )


def loss_estimate(scored: Scored, config: EvaluationConfig, *, arm: str, task: str) -> Estimate | None:
    """Nats per token over all tokens: a ratio, so clusters are resampled with their token counts."""
    if arm not in scored.losses:
        return None
    kept = [i for i, e in enumerate(scored.examples) if task in ("all", e.task) and scored.losses[arm][i][1]]
    if not kept:
        return None
    nats = np.array([scored.losses[arm][i][0] for i in kept])
    tokens = np.array([float(scored.losses[arm][i][1]) for i in kept])
    low, high = statistics.ratio_interval(
        nats, tokens, clusters=[scored.clusters[i] for i in kept], resamples=config.resamples, seed=config.seed
    )
    return Estimate(value=float(nats.sum() / tokens.sum()), low=low, high=high, n=len(kept))
