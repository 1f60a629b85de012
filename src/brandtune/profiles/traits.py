"""What is known about a person from all records: for each trait the latest value that any of them gave."""

from collections.abc import Iterable
from datetime import UTC, datetime

from brandtune.core.records import Event, Profile, Record, Scalar
from brandtune.profiles.consent import in_utc

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
_OLDEST = datetime.min.replace(tzinfo=UTC)


def merged_traits(records: Iterable[Record]) -> dict[str, Scalar]:
    """Traits by name; later records win over earlier and undated ones, an empty value never replaces one."""

    def order(record: Record) -> tuple[datetime, str]:
        return (in_utc(record.occurred_at) if record.occurred_at else _OLDEST, record.record_id)

    merged: dict[str, Scalar] = {}
    for record in sorted((record for record in records if _has_traits(record)), key=order):
        for name, value in traits_of(record).items():
            if value is not None and value != "":
                merged[name] = value
    return dict(sorted(merged.items()))


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
