"""`link`: which records are about the same person. Deterministic, in time order, with every refusal counted.

The rules are Segment's (blocked values, limits with windows, priorities) plus two about shared values; see `sharing`.
What people said (`rulings`) stands above them.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from msgspec.structs import replace

from brandtune.core.progress import Progress, Silent
from brandtune.core.records import Identifier, Record
from brandtune.profiles.candidates import in_time_order, usable_identifiers
from brandtune.profiles.consent import is_future
from brandtune.profiles.groups import KEPT_APART, Birth, Groups, Seen
from brandtune.profiles.identity import IdentityConfig
from brandtune.profiles.names import may_be_same
from brandtune.profiles.people import make_subjects
from brandtune.profiles.report import LinkReport, MergeRefusal, Profiles
from brandtune.profiles.rulings import Ruling, in_force, kept_apart
from brandtune.profiles.sharing import OTHER_NAME, TOO_MANY, Sharing, find_shared

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
    rulings: Iterable[Ruling] = (),
) -> Profiles:
    """Find the people behind the records.

    Args:
        purpose: The consent that is asked for.
        key: Key of the hash that makes subject ids; keep it, and ids stay the same from run to run.
        now: The present, to tell statements dated in the future; the clock's when left out.
        rulings: What people said about who is one person and who is not; see `IdentityGraph.rulings`.

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
    with _collector_paused():
        return _link(
            records, config=config, purpose=purpose, key=key, shown=progress or Silent(), now=now or datetime.now(UTC),
            held=in_force(rulings),
        )  # fmt: skip


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Linking makes millions of objects that live on and no cycles; looking for cycles takes 40 % of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _link(
    records: Sequence[Record],
    *,
    config: IdentityConfig,
    purpose: str,
    key: str,
    shown: Progress,
    now: datetime,
    held: Sequence[Ruling],
) -> Profiles:
    identifiers, blocked = usable_identifiers(records, config=config)
    order = in_time_order(records)
    sharing = find_shared([records[i] for i in order], [identifiers[i] for i in order], config=config)
    groups = Groups(limits=config.limits, key=key, apart=kept_apart(held))
    refused: Refusals = Counter()
    anchors = _walk(records, identifiers, order, sharing=sharing, groups=groups, refused=refused, shown=shown)
    num_followed = _follow(held, groups=groups, refused=refused)
    linked = [
        record if anchor is None else replace(record, subject=groups.of(anchor).subject_id)
        for record, anchor in zip(records, anchors, strict=True)
    ]
    subjects = make_subjects(linked, groups, purpose=purpose, now=now)
    report = LinkReport(
        num_records=len(linked),
        num_linked=sum(record.subject is not None for record in linked),
        num_subjects=len(subjects),
        num_merged=groups.num_merged,
        blocked=dict(sorted(blocked.items())),
        refused=[MergeRefusal(reason=r, type=t, count=count) for (r, t), count in refused.most_common()],
        num_future=sum(is_future(record.occurred_at, now=now) for record in records),
        num_rulings=num_followed,
        num_rulings_idle=len(held) - num_followed,
    )
    return Profiles(
        records=linked, subjects=subjects, report=report, graph=groups.graph, members=list(groups.memberships())
    )


def _walk(
    records: Sequence[Record],
    identifiers: Sequence[tuple[Identifier, ...]],
    order: Sequence[int],
    *,
    sharing: Sharing,
    groups: Groups,
    refused: Refusals,
    shown: Progress,
) -> list[Identifier | None]:
    """Join each record's identifiers, in `order`; returns for each record an identifier of its person."""
    anchors: list[Identifier | None] = [None] * len(records)
    with shown.task("Linking people", total=len(records)) as task:
        for position, index in enumerate(order):
            found = _linking(records[index], identifiers[index], sharing=sharing, refused=refused)
            anchors[index] = _attach(records[index], found, groups=groups, position=position, refused=refused)
            if position % REPORT_EVERY == 0:
                task.advance(min(REPORT_EVERY, len(records) - position))
    return anchors


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
    """Join a record's identifiers, the most trusted first.

    When one would break a limit, the least trusted are given up until the rest fits (Segment's demotion): that one,
    and all that are trusted less. A ruling only keeps out the identifier that it is about.
    """
    if not identifiers:
        return None
    anchor, seen = identifiers[0], Seen(record.record_id, record.occurred_at)
    birth = Birth(record=position, rank=0, value=anchor.value)
    group = groups.start(anchor, birth=birth, seen=seen)
    for rank, item in enumerate(identifiers[1:], start=1):
        obstacle = groups.join(group, item, birth=birth, seen=seen)
        if obstacle is None:
            group = groups.of(anchor)
        elif obstacle == KEPT_APART:
            refused[(KEPT_APART, item.type)] += 1
        else:
            for given_up in identifiers[rank:]:
                refused[(obstacle, given_up.type)] += 1
            break
    return anchor


def _follow(rulings: Sequence[Ruling], *, groups: Groups, refused: Refusals) -> int:
    """Unite what people said is one; returns how many rulings are about identifiers that occur."""
    known = groups.identifiers({node for ruling in rulings for node in (ruling.one, ruling.other)})
    idle = 0
    for ruling in rulings:
        one, other = known.get(ruling.one), known.get(ruling.other)
        if one is None or other is None:
            idle += 1
        elif ruling.verdict == "same":
            obstacle = groups.unite(one, other, seen=Seen(f"ruling {ruling.entry}", None))
            if obstacle is not None:
                refused[(obstacle, one.type)] += 1
    return len(rulings) - idle
