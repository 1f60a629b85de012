"""Which component goes where: by a keyed hash, so that erasing one person moves hardly anybody else.

A hash is only right on average. A task with fewer than 60 components is cut by count instead: its components are put
in the order of their hash and the test part is taken from the front until its share is reached, then validation.
Adding or erasing a component then moves at most those at the two cuts. And a component of more than 5 % of its task
always trains: held out, it alone would decide the judgement. The others make up for it, so that the shares of the
examples come out as asked.

Where an earlier version is given, it comes first: whoever was placed stays (`earlier`), and only the new are drawn.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from brandtune.core.ids import keyed_fraction
from brandtune.datasets.components import Component
from brandtune.datasets.config import SplitConfig
from brandtune.datasets.items import Item

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
FEW, LARGE_SHARE, LARGEST_FACTOR = 60, 0.05, 2.0


def assign(
    found: Sequence[Component],
    items: Sequence[Item],
    *,
    split: SplitConfig,
    key: str,
    placed: Mapping[str, Split] | None = None,
) -> dict[str, Split]:
    """Component key -> its split. Every task is divided by itself; a component counts for its main task.

    Args:
        placed: Components whose split is decided already, by key.
    """
    assigned: dict[str, Split] = dict(placed or {})
    by_task: dict[str, list[Component]] = defaultdict(list)
    for component in found:
        by_task[_main_task(component, items)].append(component)
    for task in sorted(by_task):
        ranked = sorted(by_task[task], key=lambda component: _fraction(component, key))
        if len(ranked) < FEW:
            assigned = _by_count(ranked, split, assigned)
        else:
            large = LARGE_SHARE * sum(len(component.members) for component in ranked)
            small = [component for component in ranked if len(component.members) <= large]
            shares = _made_up_for(split, all_of=_num_examples(ranked, items), drawn_from=_num_examples(small, items))
            drawn = {c.key: "train" if len(c.members) > large else _by_hash(c, shares, key) for c in ranked}
            assigned = drawn | assigned
    with_examples = [c for c in found if any(items[member].kind == "example" for member in c.members)]
    return _none_empty(with_examples, assigned, split=split, key=key, placed=placed or {})


def _num_examples(found: Sequence[Component], items: Sequence[Item]) -> int:
    """Examples among the members; all members where there are none (a task of ratings alone)."""
    kinds = Counter(items[member].kind for component in found for member in component.members)
    return kinds["example"] or kinds.total()


def _made_up_for(split: SplitConfig, *, all_of: int, drawn_from: int) -> SplitConfig:
    """Larger shares of what can be held out, for what always trains; at most twice what was asked."""
    factor = min(LARGEST_FACTOR, all_of / drawn_from) if drawn_from else 1.0
    return split.model_copy(update={"test": split.test * factor, "validation": split.validation * factor})


def _fraction(component: Component, key: str) -> float:
    return keyed_fraction(key, f"split:{component.key}")


def _by_hash(component: Component, split: SplitConfig, key: str) -> Split:
    fraction = _fraction(component, key)
    if fraction < split.test:
        return "test"
    return "validation" if fraction < split.test + split.validation else "train"


def _by_count(ranked: list[Component], split: SplitConfig, assigned: dict[str, Split]) -> dict[str, Split]:
    """The same with every one of `ranked` assigned; those that are already count towards the shares."""
    total = sum(len(component.members) for component in ranked)
    left = [component for component in ranked if component.key not in assigned]
    drawn = dict(assigned)
    for name, share in _parts(split):
        taken = sum(len(component.members) for component in ranked if assigned.get(component.key) == name)
        while len(left) > 1 and share > 0:
            component = next((c for c in left if taken + len(c.members) / 2 <= share * total), None)
            if component is None and taken == 0:
                component = min(left, key=lambda c: len(c.members))
            if component is None:
                break
            left.remove(component)
            drawn[component.key] = name
            taken += len(component.members)
    return drawn | {component.key: "train" for component in left}


def _none_empty(
    found: Sequence[Component],
    assigned: dict[str, Split],
    *,
    split: SplitConfig,
    key: str,
    placed: Mapping[str, Split],
) -> dict[str, Split]:
    """Where chance left a wanted part empty, give it the component nearest to its cut; who was placed stays."""
    for name, share in _parts(split):
        free = [c for c in found if c.key not in placed and assigned[c.key] == "train"]
        if share > 0 and name not in {assigned[c.key] for c in found} and len(free) > 1:
            smallest = min(len(component.members) for component in free)
            small = [component for component in free if len(component.members) == smallest]
            assigned[min(small, key=lambda component: _fraction(component, key)).key] = name
    return assigned


def _parts(split: SplitConfig) -> tuple[tuple[Split, float], ...]:
    """The held-out parts with their shares, in the order in which they are filled."""
    return (("test", split.test), ("validation", split.validation))


def _main_task(component: Component, items: Sequence[Item]) -> str:
    counts = Counter(items[member].task for member in component.members)
    return min(counts, key=lambda task: (-counts[task], task))
