"""What an earlier version decided: who was on which side, so that a new version moves nobody who stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from brandtune.core.ids import keyed_id
from brandtune.datasets.components import Component
from brandtune.datasets.items import Item
from brandtune.datasets.sidecar import SidecarRow
from brandtune.datasets.splitting import Split

# What a model has learnt from can never judge it again, and what was chosen on can never give the verdict.
_MOST_SEEN: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Earlier:
    """Sides of an earlier version, by item name and by customer token."""

    items: Mapping[str, Split] = field(default_factory=dict)
    subjects: Mapping[str, Split] = field(default_factory=dict)

    @classmethod
    def from_sidecar(cls, rows: Sequence[SidecarRow]) -> "Earlier":
        return cls({row.name: row.split for row in rows}, {row.subject: row.split for row in rows if row.subject})

    def side(self, component: Component, items: Sequence[Item], *, key: str) -> Split | None:
        """Where the component's members were: train before validation before test, None where all are new."""
        seen: set[Split] = set()
        for item in (items[member] for member in component.members):
            if item.name in self.items:
                seen.add(self.items[item.name])
            elif item.subject and (token := subject_token(key, item.subject)) in self.subjects:
                seen.add(self.subjects[token])
        return next((split for split in _MOST_SEEN if split in seen), None)

    def placed(self, found: Sequence[Component], items: Sequence[Item], *, key: str) -> dict[str, Split]:
        """The side of every component that an earlier version knew, by component key."""
        sides = ((component.key, self.side(component, items, key=key)) for component in found)
        return {name: side for name, side in sides if side is not None}


def subject_token(key: str, subject: str) -> str:
    """How the sidecar names a customer: a keyed hash, so that the file alone names nobody."""
    return keyed_id(key, f"subject:{subject}")
