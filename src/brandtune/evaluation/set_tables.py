"""What only a whole set of outputs has: diversity and tone of texts, and the confusion of labels."""

from collections.abc import Iterator, Mapping, Sequence

from brandtune.core.examples import Example
from brandtune.evaluation.judging import LabelJudge, TextJudge, normal
from brandtune.evaluation.metrics.labels import confusion
from brandtune.evaluation.metrics.sets import set_estimates, tone_spread
from brandtune.evaluation.results import Cell, Confusion, Output

Judges = Mapping[str, TextJudge | LabelJudge]


def set_cells(
    outputs: Mapping[str, Sequence[Output]], *, examples: Sequence[Example], clusters: Sequence[str], judges: Judges
) -> Iterator[Cell]:
    """Metrics of all texts of an arm together, over all tasks and for each where there are several.

    Args:
        outputs: Arm -> one output an example, in the order of `examples`.
        clusters: Who each example is about.
    """
    fingerprints = {
        kind: judge.fingerprint for kind, judge in judges.items() if isinstance(judge, TextJudge) and judge.fingerprint
    }
    for arm, rows in outputs.items():
        for task in ["all", *(judges if len(judges) > 1 else [])]:
            own = [
                index
                for index, example in enumerate(examples)
                if task in ("all", example.task) and isinstance(judges[example.task], TextJudge)
            ]
            if not own:
                continue
            found = set_estimates([rows[index].text for index in own], clusters=[clusters[index] for index in own])
            by_task: dict[str, list[str]] = {}
            for index in own:
                by_task.setdefault(examples[index].task, []).append(rows[index].text)
            spread = tone_spread(by_task, fingerprints)
            found |= {"tone_spread": spread} if spread is not None else {}
            yield from (Cell(arm=arm, metric=name, task=task, estimate=value) for name, value in found.items())


def confusions(
    outputs: Mapping[str, Sequence[Output]], *, examples: Sequence[Example], judges: Judges
) -> Iterator[Confusion]:
    """How each arm labelled each task that gives labels."""
    for kind, judge in judges.items():
        if not isinstance(judge, LabelJudge):
            continue
        own = [index for index, example in enumerate(examples) if example.task == kind and example.label]
        known = {normal(label) for label in judge.labels}
        for arm in outputs if own else ():
            pairs = [(normal(examples[i].label or ""), normal(outputs[arm][i].text)) for i in own]
            yield confusion(arm, kind, pairs, known=known)
