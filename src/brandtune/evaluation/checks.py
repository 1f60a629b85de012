"""What makes a comparison void: test rows that training has seen, arms with other examples, scores that are no numbers."""

import math
from collections.abc import Sequence

import msgspec

from brandtune.core.errors import DataError
from brandtune.core.examples import Example
from brandtune.core.ids import content_id
from brandtune.evaluation.metrics.catalogue import ALL
from brandtune.evaluation.results import Output
from brandtune.evaluation.scored import HUMAN, Scored

NAMED = 5


def refuse_leaks(train: Sequence[Example], test: Sequence[Example]) -> None:
    """Stop when a held-out example is in the training set too, by its id or word for word.

    Raises:
        DataError: Names the first of them with file and line.
    """
    learnt = {example.example_id: example for example in train}
    texts = {_content(example): example for example in train}
    leaked = [(one, learnt.get(one.example_id) or texts.get(_content(one))) for one in test]
    found = [(one, twin) for one, twin in leaked if twin is not None]
    if not found:
        return
    named = "; ".join(f"{_place(one)} is {_place(twin)} of training" for one, twin in found[:NAMED])
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    raise DataError(
        f"{len(found)} held-out examples were learnt from, so that nothing can be proven on them: {named}{more}.",
        where="evaluate",
        fix="Freeze the examples again (`brandtune freeze`); `split.by` keeps equal texts on one side.",
    )


def _content(example: Example) -> str:
    """The words of the question and of the answer, whatever their case and spacing; system turns aside."""
    turns = [message.content for message in example.messages[: example.target + 1] if message.role != "system"]
    return content_id([example.task, example.label, *(" ".join(turn.casefold().split()) for turn in turns)], length=32)


def _place(example: Example) -> str:
    return f"{example.example_id} ({example.origin})" if example.origin else example.example_id


def settle(scored: Scored) -> list[str]:
    """Make what the arms wrote comparable; returns what was found, as notes.

    Empty replies fail every check that has two outcomes; scores that are no number are left out for every arm.

    Raises:
        DataError: An arm has more or fewer outputs than there are examples.
    """
    _refuse_other_examples(scored)
    notes: list[str] = []
    for arm in [name for name in scored.outputs if name != HUMAN]:
        empty = sum(not output.text.strip() for output in scored.outputs[arm])
        if empty:
            scored.outputs[arm] = [_failed(output) for output in scored.outputs[arm]]
            notes.append(f"{arm}: {empty} of {len(scored.examples)} replies are empty and count as failures.")
    return notes + _leave_out_what_is_no_number(scored)


def _refuse_other_examples(scored: Scored) -> None:
    for arm, outputs in scored.outputs.items():
        if len(outputs) != len(scored.examples):
            raise DataError(
                f"the arm {arm} was scored on {len(outputs)} examples and there are {len(scored.examples)}; "
                "arms are compared on the same examples only.",
                where="evaluate",
                fix="Run the evaluation again; if an endpoint left answers out, it must fail them, not drop them.",
            )


def _failed(output: Output) -> Output:
    """An empty reply passes no check, not even that of saying nothing wrong."""
    if output.text.strip():
        return output
    scores = {name: 0.0 if value == 1.0 and _praises(name) else value for name, value in output.scores.items()}
    return msgspec.structs.replace(output, scores=scores)


def _praises(metric: str) -> bool:
    """Whether a high score is a good one; an empty reply keeps its bad marks."""
    return metric not in ALL or ALL[metric].higher_is_better


def _leave_out_what_is_no_number(scored: Scored) -> list[str]:
    bad = {
        (index, metric)
        for outputs in scored.outputs.values()
        for index, output in enumerate(outputs)
        for metric, value in output.scores.items()
        if value is not None and not math.isfinite(value)
    }
    if not bad:
        return []
    for arm, outputs in scored.outputs.items():
        scored.outputs[arm] = [_without(output, {m for i, m in bad if i == at}) for at, output in enumerate(outputs)]
    counts = {metric: sum(name == metric for _, name in bad) for metric in sorted({name for _, name in bad})}
    return [
        f"{metric} is not a number for {count} of {len(scored.examples)} examples, which are left out of it "
        f"for every arm: {', '.join(scored.examples[i].example_id for i, m in sorted(bad) if m == metric)[:200]}."
        for metric, count in counts.items()
    ]


def _without(output: Output, metrics: set[str]) -> Output:
    if not metrics & set(output.scores):
        return output
    scores = {name: None if name in metrics else value for name, value in output.scores.items()}
    return msgspec.structs.replace(output, scores=scores)
