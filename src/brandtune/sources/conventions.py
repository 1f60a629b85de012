"""How a source writes what its columns leave open: decided once from the first rows, and said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from brandtune.sources.base import Notes, Reading
from brandtune.sources.columns import Columns, Values
from brandtune.sources.roles import Roles
from brandtune.sources.values import as_number, days_come_first, is_slashed

CSAT_TOPS = (1.0, 5.0, 7.0, 10.0, 100.0)
RATES = ("open_rate", "click_rate", "conversion_rate")


class Chosen(Protocol):
    """The settings of a source that decide conventions beforehand."""

    @property
    def csat_scale(self) -> float | None: ...
    @property
    def day_first(self) -> bool | None: ...


@dataclass(frozen=True)
class Conventions:
    """How this source writes what files leave open.

    Attributes:
        day_first: Slashed dates are day/month/year.
        csat_top: Highest value of the satisfaction scale; None when the source has no satisfaction numbers.
        percent: Rates without a percent sign are percentages, not fractions.
    """

    roles: Roles
    notes: Notes
    day_first: bool = False
    csat_top: float | None = None
    percent: bool = False

    def state(self) -> dict[str, Any]:
        return {"day_first": self.day_first, "csat_top": self.csat_top, "percent": self.percent}


def conventions_of(
    rows: Sequence[Values], *, columns: Columns, source: Chosen, roles: Roles, reading: Reading
) -> Conventions:
    """Decided from the first rows, or as an earlier pass over the same file decided."""
    notes = reading.notes
    if reading.resume is not None and "percent" in reading.decided:
        known = {name: reading.decided[name] for name in ("day_first", "csat_top", "percent")}
        return Conventions(roles=roles, notes=notes, **known)
    times = [columns.get(values, name) for name in ("time", "consent_at") for values in rows]
    day_first = days_come_first(times) if source.day_first is None else source.day_first
    if day_first is None and any(is_slashed(value) for value in times):
        notes.add(f"dates in {columns.file} may be day or month first; read month first. Set `day_first`")
    scaled = "good" if columns.maps_to == "rating" else "csat"
    top = source.csat_scale or _csat_top(columns.get(values, scaled) for values in rows)
    if top is not None and top > 1 and source.csat_scale is None:
        notes.add(f"satisfaction in {columns.file} is read on a scale of {csat_bottom(top):g} to {top:g}")
    return Conventions(
        roles=roles, notes=notes, day_first=bool(day_first), csat_top=top, percent=_in_percent(rows, columns)
    )


def csat_bottom(top: float) -> float:
    """Where a scale starts: 1 to 5 and 1 to 7 at one, all others at zero."""
    return 1.0 if 2 <= top < 10 else 0.0


def _csat_top(values: Iterable[Any]) -> float | None:
    numbers = [number for value in values if (number := as_number(value)) is not None]
    return next((top for top in CSAT_TOPS if max(numbers) <= top), max(numbers)) if numbers else None


def _in_percent(rows: Sequence[Values], columns: Columns) -> bool:
    """A fraction is never above one, so one rate above it decides for the file."""
    bare = (columns.get(values, name) for name in RATES if name in columns.bound for values in rows)
    return any((as_number(value) or 0.0) > 1.0 for value in bare if "%" not in str(value))
