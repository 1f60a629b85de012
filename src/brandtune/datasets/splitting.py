"""Which component goes where: by a keyed hash, so that erasing one person moves nobody else.

A hash is only right on average. A task with fewer than 60 components is cut by count instead: its components are put
in the order of their hash and the test part is taken from the front until its share is reached, then validation.
Adding or erasing a component then moves at most those at the two cuts. And a component of more than 5 % of its task
always trains: held out, it alone would decide the judgement.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal

from brandtune.core.examples import Example
from brandtune.core.ids import keyed_fraction
from brandtune.datasets.components import Component
from brandtune.datasets.config import SplitConfig

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
FEW, LARGE_SHARE = 60, 0.05


def assign(
    found: Sequence[Component], examples: Sequence[Example], *, split: SplitConfig, key: str
) -> dict[str, Split]:
    """Component key -> its split. Every task is divided by itself; a component counts for its main task."""
    by_task: dict[str, list[Component]] = defaultdict(list)
    for component in found:
        by_task[_main_task(component, examples)].append(component)
    assigned: dict[str, Split] = {}
    for task in sorted(by_task):
        ranked = sorted(by_task[task], key=lambda component: keyed_fraction(key, f"split:{component.key}"))
        if len(ranked) < FEW:
            assigned |= _by_count(ranked, split)
        else:
            large = LARGE_SHARE * sum(len(component.members) for component in ranked)
            assigned |= {c.key: "train" if len(c.members) > large else _by_hash(c, split, key) for c in ranked}
    return assigned


def _by_hash(component: Component, split: SplitConfig, key: str) -> Split:
    fraction = keyed_fraction(key, f"split:{component.key}")
    if fraction < split.test:
        return "test"
    return "validation" if fraction < split.test + split.validation else "train"


def _by_count(ranked: list[Component], split: SplitConfig) -> dict[str, Split]:
    total = sum(len(component.members) for component in ranked)
    assigned: dict[str, Split] = {}
    left = list(ranked)
    parts: tuple[tuple[Split, float], ...] = (("test", split.test), ("validation", split.validation))
    for name, share in parts:
        taken = 0
        while len(left) > 1 and share > 0:
            component = next((c for c in left if taken + len(c.members) / 2 <= share * total), None)
            if component is None and taken == 0:
                component = min(left, key=lambda c: len(c.members))
            if component is None:
                break
            left.remove(component)
            assigned[component.key] = name
            taken += len(component.members)
    return assigned | {component.key: "train" for component in left}


def _main_task(component: Component, examples: Sequence[Example]) -> str:
    counts = Counter(examples[member].task for member in component.members)
    return min(counts, key=lambda task: (-counts[task], task))
