"""Values that several people share (a family e-mail, a shop's tablet): found before linking, so order cannot matter."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from brandtune.core.records import Event, Identifier, Profile, Record
from brandtune.profiles.identity import IdentityConfig
from brandtune.profiles.names import clusters, first_name

ACCOUNTS = ("user_id", "zendesk_id")
"""Identifiers that a system gave to one person each; the others can be shared."""
FAMILY = ("email", "phone")
TOO_MANY = "value shared by too many people"
OTHER_NAME = "shared value, different first names"


@dataclass
class Sharing:
    """Which values are shared, and whose name a record carries.

    Attributes:
        crowded: Values that link nobody, because too many people use them.
        family: For a value used under clearly different first names: first name to the name it stands for.
        names: First name by account.
    """

    crowded: set[Identifier] = field(default_factory=set)
    family: dict[Identifier, dict[str, str]] = field(default_factory=dict)
    names: dict[Identifier, str] = field(default_factory=dict)

    def name_on(self, record: Record, identifiers: Sequence[Identifier]) -> str:
        """The first name a record is under: its own, else that of its account."""
        return name_of(record) or next((self.names[i] for i in identifiers if i in self.names), "")


def name_of(record: Record) -> str:
    payload = record.payload
    if isinstance(payload, Profile):
        return first_name(payload.traits)
    if isinstance(payload, Event) and payload.type == "identify":
        plain = {k: v for k, v in payload.properties.items() if v is None or isinstance(v, str | int | float | bool)}
        return first_name(plain)
    return ""


def find_shared(
    records: Sequence[Record], identifiers: Sequence[Sequence[Identifier]], *, config: IdentityConfig
) -> Sharing:
    """Look over all records once.

    Args:
        records: In time order, so that an account's first name is the same for any order of the input.
        identifiers: Normalised identifiers of each record.
    """
    sharing = Sharing()
    for record, found in zip(records, identifiers, strict=True):
        name = name_of(record)
        for identifier in found:
            if name and identifier.type in ACCOUNTS:
                sharing.names.setdefault(identifier, name)
    _find_crowded(sharing, identifiers, config=config)
    _find_families(sharing, records, identifiers)
    return sharing


def _find_crowded(sharing: Sharing, identifiers: Sequence[Sequence[Identifier]], *, config: IdentityConfig) -> None:
    """Values that occur together with more different values of a more trusted type than one person can have.

    Windows of limits play no part here: a tablet that knows too many e-mails names nobody, however slowly they came.
    """
    rank = {type_: position for position, type_ in enumerate(config.identifiers)}
    most = {type_: limit.values for type_, limit in config.limits.items()} | {"user_id": config.max_profiles_per_value}
    # A tuple a value takes a tenth of the memory of a set, and none grows beyond the limits.
    together: dict[Identifier, tuple[Identifier, ...]] = {}
    for found in identifiers:
        for identifier in found:
            if identifier in sharing.crowded:
                continue
            for other in found:
                known = together.get(identifier, ())
                if rank[other.type] < rank[identifier.type] and other not in known:
                    together[identifier] = known = (*known, other)
                    if sum(item.type == other.type for item in known) > most.get(other.type, len(known)):
                        sharing.crowded.add(identifier)
                        del together[identifier]
                        break


def _find_families(sharing: Sharing, records: Sequence[Record], identifiers: Sequence[Sequence[Identifier]]) -> None:
    """A value under clearly different first names, each with an account of its own, belongs to several people."""
    users: dict[Identifier, dict[str, set[Identifier]]] = defaultdict(lambda: defaultdict(set))
    for record, found in zip(records, identifiers, strict=True):
        accounts = [identifier for identifier in found if identifier.type in ACCOUNTS]
        name = sharing.name_on(record, found)
        for identifier in found if name and accounts else ():
            if identifier.type in FAMILY:
                users[identifier][name].update(accounts)
    for identifier, names in users.items():
        cluster = clusters(names)
        if len(set(cluster.values())) > 1:
            sharing.family[identifier] = cluster
