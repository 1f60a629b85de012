"""`link`: which records are about the same person. Deterministic, in time order, with every refusal counted.

The rules are Segment's (blocked values, limits, priorities) plus two about shared values; see `sharing`.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from brandtune.core.progress import Progress, Silent
from brandtune.core.records import Event, Identifier, Record, Subject
from brandtune.profiles.consent import consent_of, in_utc
from brandtune.profiles.groups import Birth, Group, Groups
from brandtune.profiles.identity import IdentityConfig
from brandtune.profiles.names import may_be_same
from brandtune.profiles.report import LinkReport, MergeRefusal, Profiles
from brandtune.profiles.sharing import FAMILY, OTHER_NAME, TOO_MANY, Sharing, find_shared
from brandtune.profiles.traits import country_of, merged_traits
from brandtune.profiles.values import Normalizer, national_numbers

REPORT_EVERY = 1000
Refusals = Counter[tuple[str, str]]


def link(
    records: Sequence[Record],
    *,
    config: IdentityConfig,
    purpose: str = "model_training",
    key: str = "",
    progress: Progress | None = None,
    now: datetime | None = None,
) -> Profiles:
    """Find the people behind the records.

    Args:
        purpose: The consent that is asked for.
        key: Key of the hash that makes subject ids; keep it, and ids stay the same from run to run.
        now: The present, to tell statements dated in the future; the clock's when left out.

    Returns:
        The records in the given order with `subject` set, the people, the account of merges and refusals.

    Example:
        >>> from brandtune.core.records import Origin, Profile
        >>> def seen(number, **ids):
        ...     found = tuple(Identifier(type=type_, value=value) for type_, value in ids.items())
        ...     return Record(record_id=number, payload=Profile(), origin=Origin(source="crm"), identifiers=found)
        >>> records = [seen("a", user_id="7", email="ana@x.org"), seen("b", email="Ana@X.org")]
        >>> both = link(records, config=IdentityConfig())
        >>> both.records[0].subject == both.records[1].subject
        True
    """
    shown: Progress = progress or Silent()
    normalizer = Normalizer(config)
    blocked: Counter[str] = Counter()
    identifiers = [_usable(record, config=config, normalizer=normalizer, blocked=blocked) for record in records]
    identifiers = _resolve_aliases(records, _resolve_local_phones(identifiers))
    order = _in_time_order(records)
    sharing = find_shared([records[i] for i in order], [identifiers[i] for i in order], config=config)
    groups = Groups(limits=config.limits, key=key)
    refused: Refusals = Counter()
    anchors: list[Identifier | None] = [None] * len(records)
    with shown.task("Linking people", total=len(records)) as task:
        for position, index in enumerate(order):
            found = _linking(records[index], identifiers[index], sharing=sharing, refused=refused)
            anchors[index] = _attach(records[index], found, groups=groups, position=position, refused=refused)
            if position % REPORT_EVERY == 0:
                task.advance(min(REPORT_EVERY, len(records) - position))
    linked = [
        record if anchor is None else replace(record, subject=groups.of(anchor).subject_id)
        for record, anchor in zip(records, anchors, strict=True)
    ]
    subjects = _subjects(linked, groups, purpose=purpose, now=now or datetime.now(UTC))
    report = LinkReport(
        num_records=len(linked),
        num_linked=sum(record.subject is not None for record in linked),
        num_subjects=len(subjects),
        num_merged=groups.num_merged,
        blocked=dict(sorted(blocked.items())),
        refused=[MergeRefusal(reason=r, type=t, count=count) for (r, t), count in refused.most_common()],
    )
    return Profiles(records=linked, subjects=subjects, report=report, graph=groups.graph)


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


def _in_time_order(records: Sequence[Record]) -> list[int]:
    """Positions by time, undated records last, then by record id: the same for any order of the input."""
    never = datetime.max.replace(tzinfo=UTC)

    def order(index: int) -> tuple[bool, datetime, str]:
        at = records[index].occurred_at
        return (at is None, never if at is None else in_utc(at), records[index].record_id)

    return sorted(range(len(records)), key=order)


def _linking(
    record: Record, identifiers: tuple[Identifier, ...], *, sharing: Sharing, refused: Refusals
) -> list[Identifier]:
    """The identifiers of a record that may link it to others.

    A shared value does not link; a family value links under the record's first name. A record that has nothing else
    stays with the shared value alone, so that it is about somebody (unknown), never about nobody.
    """
    kept: list[Identifier] = []
    shared: list[Identifier] = []
    name = sharing.name_on(record, identifiers) if any(item in sharing.family for item in identifiers) else ""
    for item in identifiers:
        if item in sharing.crowded:
            refused[(TOO_MANY, item.type)] += 1
            shared.append(item)
        elif item in sharing.family:
            fitting = _under_name(item, name, sharing)
            refused[(OTHER_NAME, item.type)] += 1
            (kept if fitting else shared).append(fitting or item)
        else:
            kept.append(item)
    return kept or shared[:1]


def _under_name(item: Identifier, name: str, sharing: Sharing) -> Identifier | None:
    if not name:
        return None
    cluster = sharing.family[item]
    stands_for = cluster.get(name) or next((cluster[known] for known in cluster if may_be_same(name, known)), name)
    return Identifier(type=item.type, value=f"{item.value}|{stands_for}")


def _attach(
    record: Record, identifiers: list[Identifier], *, groups: Groups, position: int, refused: Refusals
) -> Identifier | None:
    """Join a record's identifiers, the most trusted first; one that would break a limit is left out of this link."""
    if not identifiers:
        return None
    anchor, at = identifiers[0], record.occurred_at
    birth = Birth(record=position, rank=0, value=anchor.value)
    group: Group = groups.start(anchor, birth=birth, by_record=record.record_id, at=at)
    for item in identifiers[1:]:
        full = groups.join(group, item, by_record=record.record_id, at=at)
        group = groups.of(anchor)
        if full is not None:
            refused[(f"limit of {full}", item.type)] += 1
    return anchor


def _subjects(records: Sequence[Record], groups: Groups, *, purpose: str, now: datetime) -> list[Subject]:
    about: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.subject is not None:
            about[record.subject].append(record)
    subjects: list[Subject] = []
    for group in groups.all():
        theirs = about.get(group.subject_id, [])
        said = (statement for record in theirs for statement in record.consents)
        decision = consent_of(said, purpose=purpose, now=now)
        subjects.append(
            Subject(
                subject_id=group.subject_id,
                identifiers=_public(group),
                traits=merged_traits(theirs),
                training_consent=decision.status,
                consent_reason=decision.reason,
            )
        )
    return subjects


def _public(group: Group) -> tuple[Identifier, ...]:
    """Members as plain identifiers: a family value without the name it was linked under."""
    plain = {
        replace(item, value=item.value.rpartition("|")[0]) if item.type in FAMILY and "|" in item.value else item
        for item in group.members
    }
    return tuple(sorted(plain, key=lambda item: (item.type, item.value)))
