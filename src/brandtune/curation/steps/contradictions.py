"""One question, one answer: labels that disagree, and numbers that the company's other answers do not share."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from brandtune.core.examples import Dropped, Example
from brandtune.core.placeholders import PATTERN as MARK
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.texts import question
from brandtune.scoring.segments import sentences
from brandtune.scoring.similarity import normalised

STEP = "contradictions"
MIN_ANSWERS, MAJORITY, MIN_WORDS = 3, 2 / 3, 3
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def contradictions(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Drop label examples whose text carries another label elsewhere, and answers that are alone with their number.

    An answer is alone when the same question was answered by the same sentence with another number by at least two
    thirds of three or more answers. Which of two equally common numbers is right nobody can tell: both stay.
    """
    # Two actions that worked in one state are no contradiction: histories hold chances, not truths.
    judged = context.label_tasks - {task.kind for task in context.tasks if task.history_kinds}
    labels: dict[tuple[str, str], set[str]] = defaultdict(set)
    for example in examples:
        if example.task in judged:
            labels[_key(example)].add(example.label or example.reference)
    outvoted = _outvoted([row for row in examples if row.task not in context.label_tasks])
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example in examples:
        found = labels.get(_key(example), set()) if example.task in judged else set()
        if len(found) > 1:
            detail = f"labelled {' and '.join(sorted(found))}"
            dropped.append(context.drop_example(example, step=STEP, reason="contradictory label", detail=detail))
        elif example.example_id in outvoted:
            detail = outvoted[example.example_id]
            dropped.append(context.drop_example(example, step=STEP, reason="contradicts other answers", detail=detail))
        else:
            kept.append(example)
    return StepResult(kept, dropped)


def _outvoted(examples: Sequence[Example]) -> dict[str, str]:
    """Example id -> how many say otherwise, for answers whose number most answers to the same question contradict."""
    asked: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in examples:
        text = question(example)
        # A question that names an order or a person is about one case, and cases differ.
        if len(normalised(text).split()) >= MIN_WORDS and not MARK.search(text) and len(example.prompt) <= 2:
            asked[_key(example)].append(example)
    found: dict[str, str] = {}
    for group in asked.values():
        if len(group) >= MIN_ANSWERS:
            found |= _minority(group)
    return found


def _minority(group: Sequence[Example]) -> dict[str, str]:
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for example in group:
        for frame, numbers in statements(example.reference):
            said[frame].append((numbers, example.example_id))
    found: dict[str, str] = {}
    for rows in said.values():
        (common, votes), *_ = Counter(numbers for numbers, _ in rows).most_common(1)
        if len(rows) >= MIN_ANSWERS and votes >= MAJORITY * len(rows):
            detail = f"{votes} of {len(rows)} answers to this question give another number"
            found |= {example_id: detail for numbers, example_id in rows if numbers != common}
    return found


def statements(text: str) -> Iterator[tuple[str, str]]:
    """Sentences with a number: their words without it, and the number.

    >>> list(statements("Hi! Returns take 30 days."))
    [('returns take days', '30')]
    """
    for start, end in sentences(text):
        numbers = _NUMBER.findall(text[start:end])
        frame = normalised(_NUMBER.sub(" ", text[start:end]))
        if numbers and len(frame.split()) >= MIN_WORDS and not MARK.search(text[start:end]):
            yield frame, " ".join(numbers)


def _key(example: Example) -> tuple[str, str]:
    return example.task, normalised(question(example)) or question(example)
