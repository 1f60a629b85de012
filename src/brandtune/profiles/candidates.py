"""What of each record can link it: identifiers that name somebody, in one spelling, and the order to look at records."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from brandtune.core.records import Event, Identifier, Record
from brandtune.profiles.consent import in_utc
from brandtune.profiles.identity import IdentityConfig
from brandtune.profiles.traits import country_of
from brandtune.profiles.values import Normalizer, national_numbers


def usable_identifiers(
    records: Sequence[Record], *, config: IdentityConfig
) -> tuple[list[tuple[Identifier, ...]], Counter[str]]:
    """The identifiers of each record that name somebody, and how many of each type name nobody."""
    normalizer = Normalizer(config)
    blocked: Counter[str] = Counter()
    found = [_usable(record, config=config, normalizer=normalizer, blocked=blocked) for record in records]
    return _resolve_aliases(records, _resolve_local_phones(found)), blocked


def _usable(
    record: Record, *, config: IdentityConfig, normalizer: Normalizer, blocked: Counter[str]
) -> tuple[Identifier, ...]:
    """The identifiers that name somebody, normalised, the most trusted first."""
    found: dict[Identifier, None] = {}
    for identifier in record.identifiers:
        if identifier.type not in config.identifiers:
            continue
        normal = normalizer(identifier, country=country_of(record))
        if isinstance(normal, str):
            blocked[identifier.type] += 1
        else:
            found[normal] = None
    return tuple(sorted(found, key=lambda item: (config.identifiers.index(item.type), item.value)))


def _resolve_local_phones(identifiers: list[tuple[Identifier, ...]]) -> list[tuple[Identifier, ...]]:
    """A number written without country code is the one number in the data that has its digits, if there is one."""
    phones = {item.value for found in identifiers for item in found if item.type == "phone"}
    national = national_numbers(phones)

    def resolved(item: Identifier) -> Identifier:
        if item.type != "phone" or item.value.startswith("+"):
            return item
        full = national.get(item.value) or national.get(item.value.lstrip("0"))
        return Identifier(type="phone", value=full) if full else item

    return [tuple(dict.fromkeys(map(resolved, found))) for found in identifiers]


def _resolve_aliases(
    records: Sequence[Record], identifiers: list[tuple[Identifier, ...]]
) -> list[tuple[Identifier, ...]]:
    """Segment's alias may name an earlier user id as well as an anonymous one; what occurs as a user id is one."""
    users = {identifier.value for found in identifiers for identifier in found if identifier.type == "user_id"}

    def resolved(record: Record, found: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
        if not (isinstance(record.payload, Event) and record.payload.type == "alias"):
            return found
        earlier = [item for item in found if item.type == "anonymous_id" and item.value in users]
        changed = [replace(item, type="user_id") if item in earlier else item for item in found]
        return tuple(dict.fromkeys(sorted(changed, key=lambda item: item.type != "user_id")))

    return [resolved(record, found) for record, found in zip(records, identifiers, strict=True)]


def in_time_order(records: Sequence[Record]) -> list[int]:
    """Positions by time, undated records last, then by record id: the same for any order of the input."""
    never = datetime.max.replace(tzinfo=UTC)

    def order(index: int) -> tuple[bool, datetime, str]:
        at = records[index].occurred_at
        return (at is None, never if at is None else in_utc(at), records[index].record_id)

    return sorted(range(len(records)), key=order)
