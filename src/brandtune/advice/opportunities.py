"""Before any training: which kinds of writing in the records are many, repetitive and consistent enough to tune for."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from brandtune.advice.results import Opportunity
from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.ids import keyed_fraction
from brandtune.core.records import Edit, Record
from brandtune.core.tasks import Task
from brandtune.scoring.edits import edit_similarity

# Rules of thumb of the field: style shows from about 50 examples, and is dependable from several hundred.
FEW_EXAMPLES = 50
MOST_COMPARED = 600
# Cosine of TF-IDF words from which two questions ask nearly the same: 81 % of 600 questions to a bank (Banking77) have
# such a neighbour, and 13 % of the pages of a manual.
ALIKE = 0.35
# Answers to like questions that are this alike are the same text: a template does that without a model.
SAME_ANSWER = 0.97
VARIED = 0.2
DAYS_A_MONTH = 365.25 / 12


def opportunities(
    records: Sequence[Record], *, tasks: Mapping[str, Task], planned: Sequence[str], brand: Brand, drafts_of: str = ""
) -> tuple[Opportunity, ...]:
    """Look at every task that the records can teach, the most promising first.

    Args:
        tasks: Kinds to try.
        planned: Kinds that brandtune.yaml lists.
        drafts_of: The kind that recorded drafts are of (`curation.outcomes.edits.task`).
    """
    changed = _edit_share(records)
    found = [
        _look(task, records, brand=brand, planned=kind in planned, edit_share=changed if kind == drafts_of else None)
        for kind, task in tasks.items()
    ]
    rank = {"worth_a_pilot": 0, "use_templates": 1, "too_varied": 2, "too_few": 3}
    return tuple(sorted((one for one in found if one), key=lambda one: (rank[one.reading], -one.num_examples)))


def _look(
    task: Task, records: Sequence[Record], *, brand: Brand, planned: bool, edit_share: float | None
) -> Opportunity | None:
    pairs = [(record, example) for record in records for example in task.examples(record, brand)]
    if not pairs:
        return None
    examples = [example for _, example in pairs]
    repetitive, consistent = likeness(examples, label=task.output == "label")
    reading = _reading(len(examples), repetitive, consistent)
    per_month = monthly([record.occurred_at for record, _ in pairs])
    return Opportunity(
        task=str(task.kind),
        num_examples=len(examples),
        per_month=per_month,
        repetitive=repetitive,
        consistent=consistent,
        edit_share=edit_share,
        reading=reading,
        sentence=_SENTENCES[reading],
        planned=planned,
    )


_SENTENCES = {
    "worth_a_pilot": "Many alike, answered alike: worth a pilot.",
    "too_few": f"Fewer than {FEW_EXAMPLES} examples: prompt with a few of them, and collect more.",
    "too_varied": "Hardly any two are alike: a model would have to know more than it can learn here; prompt or retrieve.",
    "use_templates": "The same questions get the same words: templates do that without a model.",
}


def _reading(num: int, repetitive: float, consistent: float | None):  # type: ignore[no-untyped-def]  # a Literal
    if num < FEW_EXAMPLES:
        return "too_few"
    if repetitive < VARIED:
        return "too_varied"
    if repetitive > 0.8 and consistent is not None and consistent >= SAME_ANSWER:
        return "use_templates"
    return "worth_a_pilot"


def likeness(examples: Sequence[Example], *, label: bool) -> tuple[float, float | None]:
    """(share of inputs with a like input, how alike those two are answered), on a stable choice of examples.

    Inputs are compared by the cosine of TF-IDF words, answers by edit similarity, labels by being the same.
    """
    chosen = sorted(examples, key=lambda example: keyed_fraction("likeness", example.example_id))[:MOST_COMPARED]
    asked = [example.prompt[-1].content if example.prompt else "" for example in chosen]
    try:
        vectors: csr_matrix = TfidfVectorizer(sublinear_tf=True).fit_transform(asked)
    except ValueError:  # no words at all
        return 0.0, None
    cosines = np.asarray((vectors @ vectors.T).todense())
    np.fill_diagonal(cosines, -1.0)
    nearest, best = cosines.argmax(axis=1), cosines.max(axis=1)
    alike = [index for index in range(len(chosen)) if best[index] >= ALIKE]
    if not alike:
        return 0.0, None
    answers = [example.label if label else example.reference for example in chosen]
    same = [
        float(answers[i] == answers[nearest[i]])
        if label
        else edit_similarity(str(answers[i]), str(answers[nearest[i]]))
        for i in alike
    ]
    return len(alike) / len(chosen), float(np.mean(same))


def monthly(moments: Sequence[datetime | None]) -> float | None:
    """How many a month, over the days between the first and the last; None where fewer than two have a date."""
    dated = sorted(moment.timestamp() for moment in moments if moment is not None)
    days = (dated[-1] - dated[0]) / 86400 if len(dated) > 1 else 0.0
    return len(dated) / max(days, 1.0) * DAYS_A_MONTH if days > 0 else None


def _edit_share(records: Sequence[Record]) -> float | None:
    edits = [record.payload for record in records if isinstance(record.payload, Edit)]
    if not edits:
        return None
    return float(np.mean([1 - edit_similarity(edit.draft, edit.published) for edit in edits[:MOST_COMPARED]]))
