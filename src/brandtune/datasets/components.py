"""Which examples belong together: those that share a customer, a conversation, a template or nearly the same text."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from brandtune.core.errors import DataError
from brandtune.core.examples import Example
from brandtune.datasets.config import Tie
from brandtune.scoring.similarity import Union, find_neighbours

NEAR_DUPLICATE = 0.8
GIANT_SHARE = 0.5
_NAMES = {
    "subject": "one customer",
    "conversation": "one conversation",
    "near": "near-duplicate texts",
    "campaign": "one campaign",
    "product": "one product",
}


@dataclass(frozen=True)
class Component:
    """Examples that must stay on one side. `key` is the smallest of the keys that tie them; `members` are indices."""

    key: str
    members: tuple[int, ...]


def components(examples: Sequence[Example], *, by: Sequence[Tie]) -> list[Component]:
    """Cut examples into components, in order of their keys.

    Raises:
        DataError: One component holds more than half of the examples; says what joins them.
    """
    union = Union()
    for example in examples:
        node = f"example:{example.example_id}"
        union.find(node)
        for key in tie_keys(example, by=by):
            union.join(node, key)
    if "near_duplicate" in by:
        for one, other in near_links(examples):
            union.join(f"example:{examples[one].example_id}", f"example:{examples[other].example_id}")
    members: dict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        members[union.find(f"example:{example.example_id}")].append(index)
    found = [Component(_key(examples, rows, by), tuple(rows)) for rows in members.values()]
    _refuse_giant(examples, found, by)
    return sorted(found, key=lambda component: component.key)


def tie_keys(example: Example, *, by: Sequence[Tie]) -> Iterator[str]:
    """The keys of one example that count under `by`."""
    if example.subject is not None and "subject" in by:
        yield f"subject:{example.subject}"
    for group in example.groups:
        kind = group.partition(":")[0]
        tie = {"conversation": "conversation", "near": "near_duplicate"}.get(kind, "template")
        if tie in by:
            yield group


def near_links(examples: Sequence[Example]) -> Iterator[tuple[int, int]]:
    """Pairs of indices that connect all near-duplicates, within each task."""
    by_task: dict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        by_task[example.task].append(index)
    for indices in by_task.values():
        texts = [comparable(examples[index]) for index in indices]
        for one, other in find_neighbours(texts, threshold=NEAR_DUPLICATE).links():
            yield indices[one], indices[other]


def comparable(example: Example) -> str:
    """The text by which two examples count as the same: last question and answer, for labels the text alone."""
    asked = next((message.content for message in reversed(example.prompt) if message.role == "user"), "")
    return asked if example.label is not None else f"{asked}\n{example.reference}"


def _key(examples: Sequence[Example], rows: list[int], by: Sequence[Tie]) -> str:
    ties = [key for row in rows for key in tie_keys(examples[row], by=by)]
    return min(ties) if ties else min(f"example:{examples[row].example_id}" for row in rows)


def _refuse_giant(examples: Sequence[Example], found: list[Component], by: Sequence[Tie]) -> None:
    giant = max(found, key=lambda component: len(component.members))
    if len(examples) < 2 or len(giant.members) <= GIANT_SHARE * len(examples):
        return
    counts: Counter[str] = Counter(key for row in giant.members for key in set(tie_keys(examples[row], by=by)))
    largest, shared = counts.most_common(1)[0] if counts else ("near:", len(giant.members))
    kind = largest.partition(":")[0]
    raise DataError(
        f"{len(giant.members)} of {len(examples)} examples hang together and cannot be divided; the largest tie is "
        f"{_NAMES.get(kind, kind)} ({shared} examples).",
        where="split.by",
        fix="Add more varied data, or take that tie out of `split.by` and accept that the test will flatter the model.",
    )
