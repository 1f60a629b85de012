"""Splitting by time: what happened after a day judges a model that learnt only from what happened before.

The rule, in full. Everything after the day is the test. What is tied to it (the same customer, conversation, template or
text) and is earlier is left out, for it would be in training. What has no date is left out where its task has dates,
and else (product sheets) drawn by the keyed hash, following the time of whatever it is tied to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from brandtune.core.errors import EmptyDatasetError
from brandtune.core.examples import Dropped
from brandtune.datasets.components import Component
from brandtune.datasets.items import Item
from brandtune.datasets.splitting import Split


@dataclass
class TimeCut:
    """Components that time places, what remains of each, and what is left out."""

    placed: dict[str, Split] = field(default_factory=dict)
    components: list[Component] = field(default_factory=list)
    left_out: list[Dropped] = field(default_factory=list)

    def drop(self, item: Item, *, reason: str) -> None:
        self.left_out.append(Dropped(id=item.item_id, step="freeze", reason=reason, origin=item.content.origin))


def cut_by_time(found: Sequence[Component], items: Sequence[Item], *, after: date) -> TimeCut:
    """Place what is after the day into test, and leave out what would leak.

    Raises:
        EmptyDatasetError: Nothing is after that day, or nothing before it; names the days there are.
    """
    cut = TimeCut()
    dated_tasks = {item.task for item in items if item.day}
    for component in found:
        _cut_one(component, items, cut, after=after, dated_tasks=dated_tasks)
    days = sorted(item.day for item in items if item.day)
    if not cut.placed or len(cut.placed) == len(cut.components):
        span = f"they run from {days[0]} to {days[-1]}" if days else "none has a date"
        side = "after" if not cut.placed else "up to"
        raise EmptyDatasetError(
            f"no example can be used {side} {after}: {span}.",
            where="split.after", fix="Choose a day within the data, map a date column, or write `after: null`.",
        )  # fmt: skip
    return cut


def _cut_one(component: Component, items: Sequence[Item], cut: TimeCut, *, after: date, dated_tasks: set[str]) -> None:
    days = {member: items[member].day for member in component.members}
    later = any(day is not None and day > after for day in days.values())
    kept: list[int] = []
    for member, day in days.items():
        if day is None and items[member].task in dated_tasks:
            cut.drop(items[member], reason="no date")
        elif later and day is not None and day <= after:
            cut.drop(items[member], reason="tied to what is held out, and earlier")
        else:
            kept.append(member)
    if kept:
        cut.components.append(Component(component.key, tuple(kept)))
        if later:
            cut.placed[component.key] = "test"
