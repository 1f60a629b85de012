"""What belongs together: items that share a customer, a record, a conversation, a template, or nearly the same text."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from brandtune.core.errors import DataError
from brandtune.core.ids import keyed_id
from brandtune.datasets.config import Tie
from brandtune.datasets.items import Item, turns, views
from brandtune.datasets.passages import Passages, shared_passages
from brandtune.scoring.similarity import Union, find_neighbours

NEAR_DUPLICATE = 0.8
GIANT_SHARE = 0.5
_NAMES = {
    "subject": "one customer",
    "conversation": "one conversation",
    "record": "one record",
    "near": "near-duplicate texts",
    "campaign": "one campaign",
    "product": "one product",
}


@dataclass(frozen=True)
class Component:
    """Items that must stay on one side.

    Attributes:
        key: The tie by which its side is drawn; see `_anchor`.
        members: Indices of the items.
    """

    key: str
    members: tuple[int, ...]


def components(
    items: Sequence[Item], *, by: Sequence[Tie], key: str, settled: Container[str] = frozenset()
) -> list[Component]:
    """Cut items into components, in order of their keys.

    Args:
        by: What ties; sharing a source record always does.
        key: Secret that the choice of each component's key hangs on.
        settled: Names of items that an earlier version divided already; passages between two of them tie no more.

    Raises:
        DataError: One component holds more than half of the items; says what joins them.
    """
    union = Union()
    for item in items:
        union.find(item.name)
        for tie in tie_keys(item, by=by):
            union.join(item.name, f"tie:{tie}")
    if "near_duplicate" in by:
        for one, other in near_links(items):
            union.join(items[one].name, items[other].name)
        for one, other in passage_pairs(items, settled=settled)[0]:
            union.join(items[one].name, items[other].name)
    members: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        members[union.find(item.name)].append(index)
    found = [Component(_anchor([items[row] for row in rows], by, key), tuple(rows)) for rows in members.values()]
    _refuse_giant(items, found, by)
    return sorted(found, key=lambda component: component.key)


def tie_keys(item: Item, *, by: Sequence[Tie]) -> Iterator[str]:
    """The keys of one item that count under `by`."""
    if item.subject is not None and "subject" in by:
        yield f"subject:{item.subject}"
    for group in item.groups:
        if tie_of(group) in by:
            yield group
    for record in item.content.source_record_ids:
        yield f"record:{record}"


def tie_of(group: str) -> Tie:
    """Which kind of tie a group key is; campaigns, products and whatever else tasks name are templates."""
    kinds: dict[str, Tie] = {"conversation": "conversation", "near": "near_duplicate"}
    return kinds.get(group.partition(":")[0], "template")


def near_links(items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    """Pairs of indices that connect all near-duplicates, across tasks and kinds."""
    texts, owners = _all_views(items)
    for one, other in find_neighbours(texts, threshold=NEAR_DUPLICATE).links():
        if owners[one] != owners[other]:
            yield owners[one], owners[other]


def near_pairs(items: Sequence[Item], sides: Sequence[str]) -> list[tuple[int, int]]:
    """Near-duplicates on two sides: just enough pairs to connect each cluster, so none exactly where there is no leak."""
    pairs = {(min(pair), max(pair)) for pair in near_links(items)}
    return sorted(pair for pair in pairs if sides[pair[0]] != sides[pair[1]])


def passage_pairs(
    items: Sequence[Item], *, settled: Container[str] = frozenset(), sides: Sequence[str] | None = None
) -> tuple[list[tuple[int, int]], int]:
    """Pairs of items that share a passage (across sides where given), and how many runs of words the sides have in common.

    What counts as boilerplate changes as people come and go, so what is settled is not judged again.
    """
    texts = [(text, index) for index, item in enumerate(items) for text in turns(item.content)]
    whose = [index for _, index in texts]
    found: Passages = shared_passages(
        [text for text, _ in texts],
        owners=[items[index].owner for index in whose],
        sides=[sides[index] for index in whose] if sides is not None else None,
    )
    pairs = {(whose[one], whose[other]) for one, other in found.pairs}
    new = [(a, b) for a, b in pairs if not (items[a].name in settled and items[b].name in settled)]
    return sorted(new), found.num_common


def _all_views(items: Sequence[Item]) -> tuple[list[str], list[int]]:
    pairs = [(text, index) for index, item in enumerate(items) for text in views(item.content)]
    return [text for text, _ in pairs], [index for _, index in pairs]


def _anchor(rows: Sequence[Item], by: Sequence[Tie], key: str) -> str:
    """The tie that is least likely to go away: a template, else a customer, else whatever there is.

    Of several, the one with the smallest keyed hash. Erasing one of n people thus redraws the side of a component
    with probability 1/n at most, and never where a template holds it.
    """
    ties = {tie for item in rows for tie in tie_keys(item, by=by) if not tie.startswith(("near:", "record:"))}
    templates = {tie for tie in ties if not tie.startswith("subject:") and tie_of(tie) == "template"}
    people = {tie for tie in ties if tie.startswith("subject:")}
    choice = templates or people or ties or {item.name for item in rows}
    return min(choice, key=lambda tie: keyed_id(key, f"anchor:{tie}"))


def _refuse_giant(items: Sequence[Item], found: list[Component], by: Sequence[Tie]) -> None:
    giant = max(found, key=lambda component: len(component.members))
    if len(items) < 2 or len(giant.members) <= GIANT_SHARE * len(items):
        return
    counts: Counter[str] = Counter(key for row in giant.members for key in set(tie_keys(items[row], by=by)))
    largest, shared = counts.most_common(1)[0] if counts else ("near:", 1)
    largest, shared = (largest, shared) if shared > 1 else ("near:", len(giant.members))
    kind = largest.partition(":")[0]
    raise DataError(
        f"{len(giant.members)} of {len(items)} examples hang together and cannot be divided; the largest tie is "
        f"{_NAMES.get(kind, kind)} ({shared} examples).",
        where="split.by",
        fix="Add more varied data, or take that tie out of `split.by` and accept that the test will flatter the model.",
    )
