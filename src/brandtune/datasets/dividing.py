"""The division of a version: who is on which side, why, and the proof that nothing is on two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brandtune.core.errors import EmptyDatasetError
from brandtune.core.examples import Dropped
from brandtune.datasets.components import Component, components
from brandtune.datasets.config import SplitConfig
from brandtune.datasets.earlier import Earlier
from brandtune.datasets.items import Item
from brandtune.datasets.leaks import LeakReport, require_no_leaks
from brandtune.datasets.splitting import Split, assign
from brandtune.datasets.timecut import TimeCut, cut_by_time
from brandtune.datasets.version import DatasetVersion


@dataclass(frozen=True)
class Division:
    """Item name -> (split, component); what was left out; and the earlier version that was followed."""

    sides: dict[str, tuple[Split, str]]
    num_components: int
    left_out: list[Dropped]
    earlier: Earlier
    previous: str = ""

    @property
    def num_moved(self) -> int:
        before = self.earlier.items
        return sum(before.get(name, side) != side for name, (side, _) in self.sides.items())


def divide(items: Sequence[Item], *, split: SplitConfig, key: str, previous: DatasetVersion | None) -> Division:
    """Draw components and their sides: time first, then what an earlier version decided, then the keyed hash."""
    follow = previous if previous and _may_follow(previous, split) else None
    earlier = Earlier.from_sidecar(follow.sidecar()) if follow else Earlier()
    found = components(items, by=split.by, key=key, settled=earlier.items.keys())
    placed = earlier.placed(found, items, key=key)
    cut = TimeCut(components=found)
    if split.after:
        cut = cut_by_time(found, items, after=split.after)
        placed = {**{name: side for name, side in placed.items() if side != "test"}, **cut.placed}
        split = split.model_copy(update={"test": 0.0})
    placed = {component.key: placed[component.key] for component in cut.components if component.key in placed}
    assigned = assign(cut.components, items, split=split, key=key, placed=placed)
    return Division(
        sides=_sides(cut.components, items, assigned),
        num_components=len(cut.components),
        left_out=cut.left_out,
        earlier=earlier,
        previous=follow.version if follow else "",
    )


def _sides(
    found: Sequence[Component], items: Sequence[Item], assigned: Mapping[str, Split]
) -> dict[str, tuple[Split, str]]:
    return {items[member].name: (assigned[c.key], c.key) for c in found for member in c.members}


def require_parts(items: Sequence[Item], division: Division, split: SplitConfig) -> None:
    """Raises EmptyDatasetError unless every part that was asked for holds examples."""
    present = {division.sides[item.name][0] for item in items if item.kind == "example"}
    wanted = {"train": 1.0, "test": 1.0 if split.after else split.test, "validation": split.validation}
    empty = [name for name, share in wanted.items() if share > 0 and name not in present]
    if empty:
        raise EmptyDatasetError(
            f"no example is left for {' and '.join(empty)}.",
            where="split",
            fix="Add data, set that share to 0, or draw everybody anew with `split.earlier: ignore`.",
        )


def _may_follow(previous: DatasetVersion, split: SplitConfig) -> bool:
    """Whether the earlier version was divided under the same rules."""
    rules = split.model_dump(mode="json", exclude={"earlier", "min_examples"})
    before = previous.facts().split
    return split.earlier == "keep" and all(before.get(name) == value for name, value in rules.items())


def prove(items: Sequence[Item], division: Division, split: SplitConfig) -> LeakReport:
    """The leak report of a division. Raises DataError, naming ids, when it is not all zero."""
    sides = [division.sides[item.name][0] for item in items]
    return require_no_leaks(items, sides, by=split.by, settled=division.earlier.items.keys())
