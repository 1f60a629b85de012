"""Which column of a file carries which field: as configured, else by common names; with errors that name both sides."""

import difflib
from collections.abc import Mapping
from typing import Any

from brandtune.core.errors import SourceError
from brandtune.sources.row_fields import FIELDS, canonical
from brandtune.sources.vocabulary import plain

Values = Mapping[str, Any]
STRUCTURED = frozenset({"turns", "role", "csat", "glossary"})
"""Fields whose column may hold an object; all others are bound to plain values only."""
ANSWERS = frozenset({"chosen", "rejected", "answer", "prompt"})
"""As these in rows of answers, where they can be messages."""
WITH_ANSWERS = frozenset({"comparison", "rating"})


class Columns:
    """The columns of one file, bound to our names.

    Args:
        fields: What the configuration maps, our name to column.
        file: File label for messages.
    """

    def __init__(self, maps_to: str, *, fields: Mapping[str, str], file: str) -> None:
        self.maps_to, self.file = maps_to, file
        self.bound: dict[str, str] = {}
        self.renamed: dict[str, str] = {}
        for name, column in fields.items():
            ours = canonical(maps_to, name)
            (self.bound if ours else self.renamed)[ours or name] = column
        self.chosen = frozenset(self.bound)
        self.unseen = {*self.bound.values(), *self.renamed.values()}
        self._top: set[str] = set()
        self.known: dict[str, None] = {}

    def state(self) -> dict[str, Any]:
        """What has been bound, live and JSON-able, so that a later pass over the rest binds the same."""
        return {"bound": self.bound, "known": self.known}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over the `state` of an earlier pass, if there is one."""
        self.bound |= state.get("bound", {})
        self.known |= state.get("known", {})
        self.unseen -= set(self.known)

    def observe(self, values: Values) -> None:
        """Take in the keys of a row; binds fields that were still open. Cheap when nothing is new."""
        if values.keys() <= self._top and not self.unseen:
            return
        self.add(flat_names(values))
        self._top |= values.keys()

    def add(self, names: list[str]) -> None:
        """Take in column names, e.g. of a header."""
        new = [name for name in names if name not in self.known]
        self.known.update(dict.fromkeys(new))
        self.unseen -= set(new)
        if new:
            self._bind()

    def _bind(self) -> None:
        by_plain: dict[str, str] = {}
        for name in self.known:
            by_plain.setdefault(plain(name), name)
        taken = set(self.bound.values())
        parents = {name.rpartition(".")[0] for name in self.known if "." in name}
        structured = STRUCTURED | ANSWERS if self.maps_to in WITH_ANSWERS else STRUCTURED
        for ours, field in FIELDS[self.maps_to].items():
            if ours in self.bound:
                continue
            for column in field.columns:
                theirs = by_plain.get(plain(column))
                if theirs in parents and ours not in structured:
                    continue
                if theirs is not None and theirs not in taken:
                    self.bound[ours] = theirs
                    taken.add(theirs)
                    break

    def require(self) -> None:
        """Check the mapping once the file's columns are known.

        Raises:
            SourceError: A configured column is not there, or a required field has no column.
        """
        self.require_chosen()
        for ours, field in FIELDS[self.maps_to].items():
            if field.required and ours not in self.bound:
                raise self.missing(ours)

    def require_chosen(self) -> None:
        for column in sorted(self.unseen):
            near = difflib.get_close_matches(column, self.known, n=1, cutoff=0.4)
            near = near or [name for name in self.known if plain(name) == plain(column)][:1]
            hint = f"Did you mean `{near[0]}`?" if near else "Correct it under `fields` of this source."
            raise SourceError(f"there is no column `{column}`. {self._list()}", where=self.file, fix=hint)

    def missing(self, *names: str) -> SourceError:
        """The error for a required field that no column was found for."""
        wanted = " or ".join(f"`{name}`" for name in names)
        return SourceError(
            f"no column found for {wanted} of a {self.maps_to}. {self._list()}",
            where=self.file,
            fix=f"Say which one it is, e.g. `fields: {{{names[0]}: {next(iter(self.known), 'COLUMN')}}}`.",
        )

    def _list(self) -> str:
        names = list(self.known)
        return f"The columns are: {', '.join(names[:30])}{' …' if len(names) > 30 else ''}."

    def get(self, values: Values, ours: str) -> Any:
        """The raw value of a field in a row; None when it is not bound or not there."""
        column = self.bound.get(ours)
        return None if column is None else find(values, column)

    def leftovers(self) -> list[str]:
        """Columns that carry no field of ours, in file order."""
        taken = {*self.bound.values(), *self.renamed.values()}
        return [name for name in self.known if name not in taken]


def find(values: Values, column: str) -> Any:
    """`values[column]`, else the nested value at a dotted path, else None."""
    if column in values:
        return values[column]
    found: Any = values
    for part in column.split(".") if "." in column else ():
        found = found.get(part) if isinstance(found, Mapping) else None
    return None if found is values else found


def flat_names(values: Values, *, prefix: str = "", depth: int = 3) -> list[str]:
    """Column names of a row, nested objects as dotted paths."""
    names: list[str] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        names.append(name)
        if isinstance(value, Mapping) and depth > 1:
            names += flat_names(value, prefix=f"{name}.", depth=depth - 1)
    return names
