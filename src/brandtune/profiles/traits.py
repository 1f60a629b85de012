"""What is known about a person from all records: each trait's latest value, and every value it ever had."""

from collections.abc import Iterable
from datetime import UTC, datetime

from brandtune.core.records import Event, Profile, Record, Scalar, Struct
from brandtune.profiles.consent import in_utc, is_future

_NAMES = {
    "firstname": "first_name",
    "givenname": "first_name",
    "lastname": "last_name",
    "familyname": "last_name",
    "surname": "last_name",
    "fullname": "name",
    "displayname": "name",
    "phonenumber": "phone",
    "streetaddress": "street",
    "postalcode": "postal_code",
    "zip": "postal_code",
    "zipcode": "postal_code",
}
_NOTHING = object()
_OLDEST = datetime.min.replace(tzinfo=UTC)


class TraitValue(Struct, frozen=True, kw_only=True):
    """One value of one trait, as one record gave it; a later value never replaces an earlier one in the history.

    Attributes:
        source: Name of the source that gave it.
        at: When it was so; None when the record is undated or dated in the future.
    """

    name: str
    value: Scalar
    source: str
    record_id: str
    at: datetime | None = None


def trait_history(records: Iterable[Record], *, now: datetime) -> list[TraitValue]:
    """Every trait value that these records gave, the oldest first and undated ones before dated ones.

    A value that repeats the one before it, from the same source, is left out; so is an empty one.
    """
    last: dict[tuple[str, str], Scalar] = {}
    history: list[TraitValue] = []
    for record in sorted((record for record in records if _has_traits(record)), key=lambda item: _order(item, now)):
        at = None if is_future(record.occurred_at, now=now) else record.occurred_at
        source = record.origin.source
        for name, value in traits_of(record).items():
            if value is not None and value != "" and last.get((source, name), _NOTHING) != value:
                last[(source, name)] = value
                history.append(TraitValue(name=name, value=value, source=source, record_id=record.record_id, at=at))
    return history


def merged_traits(records: Iterable[Record], *, now: datetime) -> dict[str, Scalar]:
    """Traits by name; later records win over earlier and undated ones, an empty value never replaces one."""
    merged: dict[str, Scalar] = {}
    for record in sorted((record for record in records if _has_traits(record)), key=lambda item: _order(item, now)):
        for name, value in traits_of(record).items():
            if value is not None and value != "":
                merged[name] = value
    return dict(sorted(merged.items()))


def _order(record: Record, now: datetime) -> tuple[datetime, str]:
    at = record.occurred_at
    return (_OLDEST if at is None or is_future(at, now=now) else in_utc(at), record.record_id)


def traits_of(record: Record) -> dict[str, Scalar]:
    """The traits that one record states, with nested objects (an address) taken apart."""
    payload = record.payload
    if isinstance(payload, Profile):
        return {canonical(name): value for name, value in payload.traits.items()}
    if not isinstance(payload, Event):
        return {}
    found: dict[str, Scalar] = {}
    for name, value in payload.properties.items():
        inner = value if isinstance(value, dict) else {name: value}
        for part, item in inner.items():
            if item is None or isinstance(item, str | int | float | bool):
                found[canonical(str(part))] = item
    return found


def country_of(record: Record) -> str:
    """The two-letter country code among a record's traits, else nothing."""
    payload = record.payload
    traits = payload.traits if isinstance(payload, Profile) else {}
    code = traits.get("country") or traits.get("country_code") or ""
    return code.strip().upper() if isinstance(code, str) and len(code.strip()) == 2 else ""


def canonical(name: str) -> str:
    """`firstName`, `First Name` and `first-name` are one trait.

    >>> canonical("firstName"), canonical("Loyalty Tier")
    ('first_name', 'Loyalty Tier')
    """
    plain = "".join(letter for letter in name.lower() if letter.isalnum())
    return _NAMES.get(plain, name)


def _has_traits(record: Record) -> bool:
    payload = record.payload
    return isinstance(payload, Profile) or (isinstance(payload, Event) and payload.type == "identify")
