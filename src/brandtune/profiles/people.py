"""From groups of identifiers to people: traits, consent over everything they said, identifiers as they are written."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from brandtune.core.records import Identifier, Record, Subject
from brandtune.profiles.consent import consent_of
from brandtune.profiles.groups import Group, Groups
from brandtune.profiles.sharing import FAMILY
from brandtune.profiles.traits import merged_traits


def make_subjects(records: Sequence[Record], groups: Groups, *, purpose: str, now: datetime) -> list[Subject]:
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
                traits=merged_traits(theirs, now=now),
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
