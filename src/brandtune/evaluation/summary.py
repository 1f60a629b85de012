"""From scored outputs to the report: cells with intervals, contrasts, verdict, gates, samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from sklearn.metrics import f1_score

from brandtune.core.examples import Example
from brandtune.core.tasks import Task
from brandtune.evaluation import statistics, verdict
from brandtune.evaluation.calibration import Judge
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.forgetting import Loss, compared, forgetting_gate
from brandtune.evaluation.judging import LABEL_METRICS, LOSS_METRIC, TEXT_METRICS, TextJudge, normal
from brandtune.evaluation.results import (
    ArmFacts,
    Cell,
    Contrast,
    Estimate,
    Forgetting,
    Gate,
    Metric,
    Output,
    Report,
    Sample,
    Verdict,
)
from brandtune.models.generation import Generated

HUMAN = "human"


@dataclass
class Scored:
    """The test examples with what each arm wrote, in the same order everywhere."""

    examples: list[Example]
    replies: dict[str, list[Generated]] = field(default_factory=dict)
    outputs: dict[str, list[Output]] = field(default_factory=dict)
    losses: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    elsewhere: dict[str, dict[str, list[Loss]]] = field(default_factory=dict)

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


def summarise(
    scored: Scored,
    *,
    config: EvaluationConfig,
    tasks: Mapping[str, Task],
    primary: str,
    baseline: str,
    titles: Mapping[str, str],
    descriptions: Mapping[str, str],
    judges: Mapping[str, Judge],
    num_validation: int,
    notes: Sequence[str],
    overfitting: tuple[float, float] | None,
) -> Report:
    """Build the report; see the arguments of `evaluate`."""
    _add_human_row(scored, judges)
    metrics = _metrics(tasks, scored)
    arms = [arm for arm in scored.outputs if arm != HUMAN]
    contrasts = _contrasts(scored, config, primary=primary, baseline=baseline, arms=arms)
    title = next(metric.title for metric in metrics if metric.name == primary)
    decision = verdict.decide(
        contrasts[0], title=title, arm=titles["tuned"], baseline=titles[baseline], worthwhile=config.worthwhile
    )
    decision = msgspec.structs.replace(decision, reasons=tuple(_reasons(scored, title, primary=primary)))
    return Report(
        arms=(*(_arm_facts(arm, scored, titles, descriptions) for arm in arms), *_human_facts(scored)),
        metrics=metrics,
        cells=tuple(_cells(scored, config, metrics=metrics, tasks=list(tasks))),
        verdict=decision,
        gates=tuple(_gates(scored, config, decision, baseline=baseline, titles=titles, overfitting=overfitting)),
        contrasts=tuple(contrasts),
        samples=tuple(_samples(scored, arms, limit=config.samples)),
        tasks=tuple(tasks),
        num_test=len(scored.examples),
        num_validation=num_validation,
        num_customers=len({example.subject for example in scored.examples if example.subject}),
        notes=tuple(notes),
        forgetting=_forgetting(scored, config),
    )


def _metrics(tasks: Mapping[str, Task], scored: Scored) -> tuple[Metric, ...]:
    """The metrics that have values; a brand without facts, say, has no facts column."""
    outputs = {task.output for task in tasks.values()}
    possible = (*(TEXT_METRICS if "text" in outputs else ()), *(LABEL_METRICS if "label" in outputs else ()))
    known = {
        name for rows in scored.outputs.values() for row in rows for name, v in row.scores.items() if v is not None
    }
    known |= {"macro_f1"} if "accuracy" in known else set()
    return (*(metric for metric in possible if metric.name in known), LOSS_METRIC)


def _add_human_row(scored: Scored, judges: Mapping[str, Judge]) -> None:
    """What people wrote, judged by the same judges: the ceiling, and a check on the judges themselves."""
    rows: list[Output] = []
    for example in scored.examples:
        judge = judges[example.task]
        if isinstance(judge, TextJudge):
            written = Generated(example.reference, 0, 0, True, 0.0)
            output = judge.judge(HUMAN, [example], [written])[0]
            rows.append(Output(arm=HUMAN, text=output.text, scores={**output.scores, "similarity": None}))
        else:
            rows.append(Output(arm=HUMAN, text=example.reference))
    if any(row.scores for row in rows):
        scored.outputs[HUMAN] = rows


def _arm_facts(arm: str, scored: Scored, titles: Mapping[str, str], descriptions: Mapping[str, str]) -> ArmFacts:
    replies = scored.replies[arm]
    return ArmFacts(
        name=arm,
        title=titles[arm],
        description=descriptions[arm],
        tuned=arm in ("tuned", "tuned_rag"),
        mean_prompt_tokens=float(np.mean([reply.num_prompt_tokens for reply in replies])),
        mean_reply_tokens=float(np.mean([reply.num_reply_tokens for reply in replies])),
        mean_seconds=float(np.mean([reply.seconds for reply in replies])),
    )


def _human_facts(scored: Scored) -> list[ArmFacts]:
    if HUMAN not in scored.outputs:
        return []
    return [ArmFacts(name=HUMAN, title="People", description="What the company's people wrote: the ceiling.")]


def _cells(scored: Scored, config: EvaluationConfig, *, metrics: Sequence[Metric], tasks: list[str]) -> list[Cell]:
    cells: list[Cell] = []
    for arm in scored.outputs:
        for metric in metrics:
            for task in ["all", *(tasks if len(tasks) > 1 else [])]:
                found = _estimate(scored, config, arm=arm, metric=metric.name, task=task)
                if found is not None:
                    cells.append(Cell(arm=arm, metric=metric.name, task=task, estimate=found))
    return cells


def _estimate(scored: Scored, config: EvaluationConfig, *, arm: str, metric: str, task: str) -> Estimate | None:
    if metric == "loss":
        return _loss_estimate(scored, config, arm=arm, task=task)
    if metric == "macro_f1":
        return _macro_f1(scored, config, arm=arm, task=task)
    column = scored.column(arm, metric, task=task)
    if not column:
        return None
    clusters = [scored.clusters[index] for index, _ in column]
    return statistics.estimate(
        [value for _, value in column], clusters=clusters, resamples=config.resamples, seed=config.seed
    )


def _loss_estimate(scored: Scored, config: EvaluationConfig, *, arm: str, task: str) -> Estimate | None:
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


def _macro_f1(scored: Scored, config: EvaluationConfig, *, arm: str, task: str) -> Estimate | None:
    rows = [
        (normal(example.label), normal(output.text))
        for example, output in zip(scored.examples, scored.outputs[arm], strict=True)
        if example.label and task in ("all", example.task) and output.scores
    ]
    if not rows:
        return None
    labels = sorted({wanted for wanted, _ in rows})
    wanted, given = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])

    def score(index: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> float:
        return float(f1_score(wanted[index], given[index], labels=labels, average="macro", zero_division=0))

    generator = np.random.default_rng(config.seed)
    draws = [score(generator.integers(0, len(rows), len(rows))) for _ in range(300)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return Estimate(value=score(np.arange(len(rows))), low=float(low), high=float(high), n=len(rows))


def _contrasts(
    scored: Scored, config: EvaluationConfig, *, primary: str, baseline: str, arms: Sequence[str]
) -> list[Contrast]:
    """The declared primary contrast first; then the tuned arm against every other, Holm-corrected as one family."""
    others = [arm for arm in arms if arm not in ("tuned", baseline)]
    secondary = [m for m in ("on_brand", "accuracy", "facts_ok", "well_formed", "similarity") if m != primary]
    first = _contrast(scored, config, metric=primary, baseline=baseline)
    assert first is not None
    family = [_contrast(scored, config, metric=primary, baseline=arm) for arm in others]
    family += [_contrast(scored, config, metric=metric, baseline=baseline) for metric in secondary]
    found = [contrast for contrast in family if contrast is not None]
    adjusted = statistics.holm([contrast.p_value for contrast in found])
    return [first, *(msgspec.structs.replace(c, p_adjusted=p) for c, p in zip(found, adjusted, strict=True))]


def _contrast(scored: Scored, config: EvaluationConfig, *, metric: str, baseline: str) -> Contrast | None:
    ours, theirs = scored.column("tuned", metric), scored.column(baseline, metric)
    if not ours or not theirs:
        return None
    return statistics.compare(
        metric,
        ("tuned", [value for _, value in ours]),
        (baseline, [value for _, value in theirs]),
        clusters=[scored.clusters[index] for index, _ in ours],
        resamples=config.resamples,
        seed=config.seed,
    )


def _reasons(scored: Scored, title: str, *, primary: str) -> list[str]:
    """What to keep in mind when reading the verdict."""
    reasons: list[str] = []
    if HUMAN in scored.outputs and (column := scored.column(HUMAN, primary)):
        ceiling = float(np.mean([value for _, value in column]))
        reasons.append(f"What people wrote reaches {verdict.percent(ceiling)} on {title}: that is the ceiling.")
    if primary == "on_brand":
        reasons.append("On-brand says how a text sounds, not whether it answers: read the samples before you decide.")
    return reasons


def _gates(
    scored: Scored,
    config: EvaluationConfig,
    decision: Verdict,
    *,
    baseline: str,
    titles: Mapping[str, str],
    overfitting: tuple[float, float] | None,
) -> list[Gate]:
    gates: list[Gate] = []
    if config.gates.primary:
        gates.append(verdict.primary_gate(decision, baseline=titles[baseline]))
    if config.gates.heldout_loss is not None:
        base = _loss_estimate(scored, config, arm="base", task="all")
        tuned = _loss_estimate(scored, config, arm="tuned", task="all")
        if base and tuned:
            gates.append(verdict.loss_gate(base=base.value, tuned=tuned.value, required=config.gates.heldout_loss))
    margins = (("facts_ok", "Facts", config.gates.facts_margin), ("well_formed", "Form", config.gates.format_margin))
    for metric, title, margin in margins:
        lower = _lower(scored, config, metric=metric, baseline=baseline)
        if margin is not None and lower is not None:
            gates.append(
                verdict.margin_gate(metric, title=title, lower=lower, margin=margin, baseline=titles[baseline])
            )
    if config.gates.overfitting is not None and overfitting:
        best, last = overfitting
        gates.append(verdict.overfitting_gate(best=best, last=last, allowed=config.gates.overfitting))
    forgotten = _forgetting(scored, config)
    if config.gates.forgetting is not None and forgotten:
        gates.append(forgetting_gate(forgotten, margin=config.gates.forgetting))
    return gates


def _forgetting(scored: Scored, config: EvaluationConfig) -> tuple[Forgetting, ...]:
    found = scored.elsewhere
    if not found:
        return ()
    return compared(found["base"], found["tuned"], resamples=config.resamples, seed=config.seed)


def _lower(scored: Scored, config: EvaluationConfig, *, metric: str, baseline: str) -> float | None:
    ours, theirs = scored.column("tuned", metric), scored.column(baseline, metric)
    if not ours or not theirs:
        return None
    difference = np.array([a[1] - b[1] for a, b in zip(ours, theirs, strict=True)])
    clusters = [scored.clusters[index] for index, _ in ours]
    return statistics.one_sided_lower(difference, clusters, resamples=config.resamples, seed=config.seed)


def _samples(scored: Scored, arms: Sequence[str], *, limit: int) -> list[Sample]:
    """The first examples of the stable choice, taken in turn from each task: nobody picked them."""
    by_task: dict[str, list[int]] = {}
    for index, example in enumerate(scored.examples):
        by_task.setdefault(example.task, []).append(index)
    turns = [index for row in range(len(scored.examples)) for own in by_task.values() for index in own[row : row + 1]]
    return [
        Sample(
            example_id=scored.examples[index].example_id,
            task=scored.examples[index].task,
            prompt=scored.examples[index].prompt,
            reference=scored.examples[index].reference,
            outputs=tuple(scored.outputs[arm][index] for arm in arms),
        )
        for index in turns[:limit]
    ]
