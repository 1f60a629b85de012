"""From scored outputs to the report: cells with intervals, contrasts, verdict, gates, samples."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from sklearn.metrics import f1_score

from brandtune.core.errors import DataError
from brandtune.core.tasks import Task
from brandtune.evaluation import statistics, verdict
from brandtune.evaluation.calibration import Judge
from brandtune.evaluation.checks import settle
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.gates import gates
from brandtune.evaluation.judging import TextJudge, normal
from brandtune.evaluation.metrics.catalogue import ALL
from brandtune.evaluation.metrics.intervals import clustered_estimate
from brandtune.evaluation.metrics.lift import LIFT, asked_for, lift_estimate, lift_notes
from brandtune.evaluation.results import (
    ArmFacts,
    Cell,
    Contrast,
    Estimate,
    Metric,
    Output,
    PairwiseLine,
    Report,
    Sample,
    SuiteScore,
)
from brandtune.evaluation.scored import HUMAN, Scored, in_numbers, loss_estimate
from brandtune.evaluation.set_tables import confusions, set_cells
from brandtune.evaluation.spending import ArmWords, arm_facts
from brandtune.evaluation.voice_lines import voice_lines
from brandtune.models.generation import Generated

__all__ = ["HUMAN", "Scored", "summarise"]

# What people wrote is what these compare with.
AGAINST_PEOPLE = ("similarity", "revised", "editing_s", "chrf", "resolution")


def summarise(
    scored: Scored,
    *,
    config: EvaluationConfig,
    tasks: Mapping[str, Task],
    primary: str,
    baseline: str,
    words: Mapping[str, ArmWords],
    judges: Mapping[str, Judge],
    num_validation: int,
    notes: Sequence[str],
    overfitting: tuple[float, float] | None,
    pairwise: Mapping[str, PairwiseLine] | None = None,
    texts: Mapping[str, str] | None = None,
    suites: Sequence[SuiteScore] = (),
) -> Report:
    """Build the report; see the arguments of `evaluate`.

    Args:
        words: What is said about each arm, and what its tokens cost.
        pairwise: Arm -> its blind comparison with what people wrote.
        texts: Example id -> the brand's own text, to quote the nearest ones.
    """
    titles = {arm: one.title for arm, one in words.items()}
    _add_human_row(scored, judges)
    sets = list(set_cells(scored.outputs, examples=scored.examples, clusters=scored.clusters, judges=judges))
    notes = [*notes, *settle(scored), *lift_notes(scored, tasks=tasks, titles=titles)]
    metrics = _metrics(scored, sets, blank={LIFT} if asked_for(scored, tasks) else set())
    arms = [arm for arm in scored.outputs if arm != HUMAN]
    contrasts = _contrasts(scored, config, primary=primary, baseline=baseline, arms=arms)
    title = next(metric.title for metric in metrics if metric.name == primary)
    decision = verdict.decide(
        contrasts[0], title=title, arm=titles["tuned"], baseline=titles[baseline], worthwhile=config.worthwhile
    )
    decision = msgspec.structs.replace(decision, reasons=tuple(_reasons(scored, title, primary=primary)))
    return Report(
        arms=(*(arm_facts(arm, scored.replies[arm], words[arm]) for arm in arms), *_human_facts(scored)),
        metrics=metrics,
        cells=(*_cells(scored, config, metrics=metrics, tasks=list(tasks)), *sets),
        verdict=decision,
        gates=tuple(gates(scored, config, decision, baseline=baseline, titles=titles, overfitting=overfitting)),
        contrasts=tuple(contrasts),
        samples=tuple(_samples(scored, arms, limit=config.samples)),
        tasks=tuple(tasks),
        num_test=len(scored.examples),
        num_validation=num_validation,
        num_customers=len({example.subject for example in scored.examples if example.subject}),
        notes=tuple(notes),
        forgetting=scored.forgetting,
        examples=in_numbers(scored),
        voice=voice_lines(
            scored.outputs, examples=scored.examples, clusters=scored.clusters, judges=judges, pairwise=pairwise,
            texts=texts, resamples=config.resamples, seed=config.seed,
        ),
        confusions=tuple(confusions({arm: scored.outputs[arm] for arm in arms}, examples=scored.examples, judges=judges)),
        suites=tuple(suites),
        task_metrics={kind: tuple(task.metrics) for kind, task in tasks.items()},
    )  # fmt: skip


def _metrics(scored: Scored, sets: Sequence[Cell], *, blank: set[str]) -> tuple[Metric, ...]:
    """The metrics that have values, and those shown `blank` without; a brand without facts, say, has no facts column."""
    known = {
        name for rows in scored.outputs.values() for row in rows for name, v in row.scores.items() if v is not None
    }
    known |= blank | {cell.metric for cell in sets} | {"loss"} | ({"macro_f1"} if "accuracy" in known else set())
    return tuple(metric for name, metric in ALL.items() if name in known)


def _add_human_row(scored: Scored, judges: Mapping[str, Judge]) -> None:
    """What people wrote, judged by the same judges: the ceiling, and a check on the judges themselves."""
    rows: list[Output] = []
    for example in scored.examples:
        judge = judges[example.task]
        if isinstance(judge, TextJudge):
            written = Generated(example.reference, 0, 0, True, 0.0)
            output = judge.judge(HUMAN, [example], [written])[0]
            rows.append(Output(arm=HUMAN, text=output.text, scores=_alone(output.scores), claims=output.claims))
        else:
            rows.append(Output(arm=HUMAN, text=example.reference))
    if any(row.scores for row in rows):
        scored.outputs[HUMAN] = rows


def _alone(scores: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if name in AGAINST_PEOPLE else value for name, value in scores.items()}


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
        return loss_estimate(scored, config, arm=arm, task=task)
    if metric == "macro_f1":
        return _macro_f1(scored, config, arm=arm, task=task)
    column = scored.column(arm, metric, task=task)
    if not column:
        return None
    clusters = [scored.clusters[index] for index, _ in column]
    if metric == LIFT:
        return lift_estimate([value for _, value in column], clusters=clusters)
    if ALL[metric].detail:
        share = ALL[metric].unit == "share"
        return clustered_estimate([v for _, v in column], clusters=clusters, low=0.0, high=1.0 if share else None)
    return statistics.estimate(
        [value for _, value in column], clusters=clusters, resamples=config.resamples, seed=config.seed
    )


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
    if first is None:
        raise DataError(
            f"no held-out example has a score of {primary} under both tuned and {baseline}; nothing can be compared.",
            where="evaluate",
            fix="The notes of the run say which replies failed; run the evaluation again once they come.",
        )
    family = [_contrast(scored, config, metric=primary, baseline=arm) for arm in others]
    family += [_contrast(scored, config, metric=metric, baseline=baseline) for metric in secondary]
    found = [contrast for contrast in family if contrast is not None]
    adjusted = statistics.holm([contrast.p_value for contrast in found])
    return [first, *(msgspec.structs.replace(c, p_adjusted=p) for c, p in zip(found, adjusted, strict=True))]


def _contrast(scored: Scored, config: EvaluationConfig, *, metric: str, baseline: str) -> Contrast | None:
    ours, theirs, clusters = scored.paired(metric, arm="tuned", baseline=baseline)
    if not ours:
        return None
    return statistics.compare(
        metric,
        ("tuned", ours),
        (baseline, theirs),
        clusters=clusters,
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
