"""Scores of one label, and how an arm's labels compare with people's over a whole task: precision, recall, confusion."""

from collections import Counter
from collections.abc import Collection, Sequence

from brandtune.core.examples import Example
from brandtune.evaluation.metrics.lift import weight
from brandtune.evaluation.results import Confusion

MOST_CONFUSED = 12


def normal(label: str) -> str:
    """A label without case, quotes, final punctuation and doubled spaces."""
    return " ".join(label.casefold().strip(" \t\n\"'.").split())


def label_scores(
    example: Example, text: str, *, known: Collection[str], metrics: Sequence[str]
) -> dict[str, float | None]:
    """The scores of one answer by name; F1 belongs to a whole set and has none."""
    given, wanted = normal(text), normal(example.label or "")
    right = float(given == wanted)
    scores: dict[str, float | None] = {
        "accuracy": right,
        "valid_label": float(given in known),
        "abstained": float(given not in known),
        "hit_rate": right,
        "lift": weight(example, right),
    }
    return {name: scores[name] for name in metrics if name in scores}


def confusion(arm: str, task: str, pairs: Sequence[tuple[str, str]], *, known: Collection[str]) -> Confusion:
    """Precision, recall and F1 of every label, and what is taken for what.

    Args:
        pairs: (label by people, answer) of each example, both as `normal` writes them. An answer that is none of the
            labels abstains: it is no label's false positive, and a miss of the right one.
        known: The closed set, as `normal` writes it.
    """
    answers = [(wanted, given if given in known else "") for wanted, given in pairs]
    given_counts, wanted_counts = Counter(g for _, g in answers), Counter(w for w, _ in answers)
    hits = Counter(wanted for wanted, given in answers if wanted == given)
    rows: dict[str, tuple[float | None, float, float, int]] = {}
    for label in sorted(set(known) | set(wanted_counts)):
        given, wanted, hit = given_counts[label], wanted_counts[label], hits[label]
        f1 = 2 * hit / (given + wanted) if given + wanted else 0.0
        rows[label] = (hit / given if given else None, hit / wanted if wanted else 0.0, f1, wanted)
    mistaken = Counter((wanted, given) for wanted, given in answers if wanted != given)
    ranked = sorted(mistaken.items(), key=lambda item: (-item[1], item[0]))[:MOST_CONFUSED]
    answered = sum(bool(given) for _, given in answers)
    return Confusion(
        arm=arm,
        task=task,
        rows=rows,
        confused=tuple((wanted, given, count) for (wanted, given), count in ranked),
        answered=answered,
        abstained=len(answers) - answered,
        accuracy_answered=hits.total() / answered if answered else None,
    )
