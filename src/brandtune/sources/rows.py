"""One row with its columns bound: typed access to our fields, the people on it, and what counts as its own id."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from brandtune.core.ids import content_id
from brandtune.core.records import Consent, Identifier, Origin, Payload, Record, Scalar
from brandtune.sources.base import RowProblem
from brandtune.sources.columns import Columns, Values, find
from brandtune.sources.conventions import Conventions
from brandtune.sources.values import (
    as_bool,
    as_consent,
    as_count,
    as_number,
    as_scalar,
    as_text,
    as_time,
    is_known_consent,
    is_nothing,
)
from brandtune.sources.vocabulary import TRAIT_NAMES, plain

T = TypeVar("T")
PURPOSE = "model_training"
_PERSON_FIELDS = ("email", "phone", "zendesk_id", "anonymous_id")
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/#-]{0,79}")


@dataclass(frozen=True)
class Cells:
    """A row seen through our names."""

    values: Values
    columns: Columns
    conventions: Conventions
    where: str = ""

    def raw(self, name: str) -> Any:
        return self.columns.get(self.values, name)

    def text(self, name: str) -> str:
        """The text of a field exactly as written; empty when there is none."""
        value = self.raw(name)
        return "" if value is None or (isinstance(value, float) and value != value) else as_text(value)

    def word(self, name: str) -> str:
        """A short field without surrounding space; the usual words for "no value" count as empty."""
        value = self.raw(name)
        return "" if is_nothing(value) else as_text(value).strip()

    def words(self, *names: str) -> dict[str, Any]:
        """Short fields by name, as arguments of a payload."""
        return {name: self.word(name) for name in names}

    def required(self, name: str) -> str:
        text = self.text(name)
        if not text.strip():
            raise RowProblem(f"empty {name}", detail=f"column {self.columns.bound.get(name, name)}")
        return text

    def number(self, name: str) -> float | None:
        return self._typed(name, as_number, "a number")

    def count(self, name: str) -> int | None:
        return self._typed(name, as_count, "a whole number")

    def counts(self, *names: str) -> dict[str, Any]:
        """Counts by name, as arguments of a payload."""
        return {name: self.count(name) for name in names}

    def share(self, name: str) -> float | None:
        """A rate in 0..1, written `24.5%`, `24.5` or `0.245`."""
        number = self.number(name)
        if number is None:
            return None
        part = number / 100 if "%" in as_text(self.raw(name)) or self.conventions.percent else number
        if 0 <= part <= 1:
            return part
        self.conventions.notes.add(f"column `{self.columns.bound[name]}` holds a rate beyond 100 %", where=self.where)
        return None

    def flag(self, name: str) -> bool | None:
        return as_bool(self.raw(name))

    def time(self, name: str = "time") -> datetime | None:
        day_first = self.conventions.day_first
        return self._typed(name, lambda value: as_time(value, day_first=day_first), "a date")

    def _typed(self, name: str, convert: Callable[[Any], T | None], what: str) -> T | None:
        value = self.raw(name)
        if is_nothing(value):
            return None
        found = convert(value)
        if found is None:
            column = self.columns.bound[name]
            sentence = f"column `{column}` holds a value that is not {what}; left out"
            self.conventions.notes.add(sentence, where=self.where)
        return found

    def scalars(self, *, also: tuple[str, ...] = ()) -> dict[str, Scalar]:
        """The columns that carry no field of ours, under the trait names we know; and the fields in `also`."""
        found: dict[str, Scalar] = {ours: as_scalar(self.raw(ours)) for ours in also if not is_nothing(self.raw(ours))}
        for name in self.columns.leftovers():
            value = find(self.values, name)
            if not is_nothing(value) and not isinstance(value, dict):
                found.setdefault(TRAIT_NAMES.get(plain(name), name), as_scalar(value))
        for ours, column in self.columns.renamed.items():
            if not is_nothing(value := find(self.values, column)):
                found[ours] = as_scalar(value)
        return found

    def identifiers(self) -> tuple[Identifier, ...]:
        """Everything on the row that names a person, unnormalised."""
        user = "id" if self.columns.maps_to == "profile" else "subject"
        # A handle of another platform must not collide with the company's own ids.
        prefix = f"{self.word('platform') or 'social'}:" if self.columns.maps_to == "mention" else ""
        found = [
            Identifier(type=type_, value=f"{prefix if type_ == 'anonymous_id' else ''}{value}")
            for name, type_ in ((user, "user_id"), *((name, name) for name in _PERSON_FIELDS))
            if (value := self.word(name))
        ]
        return tuple(found)

    def consents(self) -> tuple[Consent, ...]:
        value = self.raw("consent")
        status = as_consent(value)
        if status is None:
            return ()
        if not is_known_consent(value):
            column = self.columns.bound["consent"]
            sentence = f"column `{column}` holds a word that is not known; taken as denied"
            self.conventions.notes.add(sentence, where=self.where)
        return (Consent(purpose=PURPOSE, status=status, at=self.time("consent_at")),)

    def record(self, payload: Payload, *, record_id: str, origin: Origin) -> Record:
        """The row as a record, with the people, the time and the consent that stand on it."""
        return Record(
            record_id=record_id,
            payload=payload,
            origin=origin,
            identifiers=self.identifiers(),
            occurred_at=self.time(),
            consents=self.consents(),
        )

    def own_id(self) -> str:
        """A stable id: the row's own where it has one that cannot name a person, else a hash of its content."""
        own = self.word("campaign" if self.columns.maps_to == "campaign" else "id")
        if self.columns.maps_to == "campaign":
            own = f"{own}/{self.word('variant')}" if own and self.word("variant") else ""
        if own and self.columns.maps_to != "profile" and _PLAIN_ID.fullmatch(own):
            return own
        return content_id([self.columns.maps_to, own] if own else dict(self.values))
