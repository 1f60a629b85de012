"""Who is who over time: linking with what people ruled, looking one person up, and undoing a merge."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from brandtune import profiles
from brandtune.core.errors import NotFoundError, UsageError
from brandtune.core.progress import Progress
from brandtune.core.records import Identifier, Record, Struct, Subject
from brandtune.core.storage import read_jsonl
from brandtune.execution import RunDirectory
from brandtune.lineage import ReviewQueue
from brandtune.profiles.report import GraphUpdate
from brandtune.profiles.values import Normalizer
from brandtune.workflows import keeping
from brandtune.workflows.keys import tenant_key
from brandtune.workflows.plan import Plan

MERGES = "merges"
"""Name of the review queue of pairs that may be one person."""


def rulings_of(plan: Plan) -> list[profiles.Ruling]:
    """What people ruled and did not take back."""
    return profiles.in_force(profiles.IdentityGraph(plan.database).rulings())


def link_people(
    records: Sequence[Record], *, plan: Plan, key: str, by: str, progress: Progress | None = None
) -> profiles.Profiles:
    """Link under the rulings, append what changed to the identity graph, and propose pairs where the plan asks for it.

    Args:
        by: Who is linking: the run's name.
    """
    graph = profiles.IdentityGraph(plan.database)
    rulings = graph.rulings()
    linked = profiles.link(
        records, config=plan.identity, purpose=plan.governance.purpose, key=key, progress=progress, rulings=rulings
    )
    proposals: list[profiles.Proposal] = []
    if plan.identity.review_threshold is not None:
        settled = _settled(plan, linked, rulings)
        proposals = profiles.propose(linked.subjects, threshold=plan.identity.review_threshold, settled=settled)
    graph.append(linked, by=by)
    ReviewQueue(plan.database).propose(MERGES, {item.item: msgspec.to_builtins(item) for item in proposals})
    return replace(linked, report=msgspec.structs.replace(linked.report, num_proposed=len(proposals)))


def _settled(
    plan: Plan, linked: profiles.Profiles, rulings: Sequence[profiles.Ruling]
) -> set[frozenset[str]]:  # fmt: skip
    """Pairs of today's people that were judged, or wait for it, under the names they had then or have now."""
    person = {member.node: member.subject_id for member in linked.members}
    pairs = [(ruling.one, ruling.other) for ruling in rulings]
    pairs += [(item.detail["one"], item.detail["other"]) for item in ReviewQueue(plan.database).items(MERGES)]
    return {frozenset((person.get(one, one), person.get(other, other))) for one, other in pairs}


class Person(Struct, frozen=True, kw_only=True):
    """One person as `profiles show` tells it.

    Attributes:
        merges: How the person came about, oldest first; the two ids of one are what `profiles unmerge` takes.
        rulings: What people ruled about this person's identities.
    """

    profile: profiles.CustomerProfile
    merges: tuple[GraphUpdate, ...]
    rulings: tuple[profiles.Ruling, ...]


def find_person(plan: Plan, run: RunDirectory, who: str) -> Person:
    """A person by subject id, or by an identifier such as `email:ana@x.org`.

    Raises:
        NotFoundError: Nothing is linked yet, or nobody is known by that.
    """
    folder = _linked_folder(run)
    linked = keeping.load_linked(folder)
    subject = _find_subject(linked.subjects, who, plan=plan)
    theirs = [record for record in linked.records if record.subject == subject.subject_id]
    (history,) = profiles.histories(theirs, subjects=[subject])
    merges = merges_of(subject.subject_id, read_jsonl(folder / "graph.jsonl", GraphUpdate))
    nodes = {profiles.node_of(item, key=tenant_key(plan.workspace)) for item in subject.identifiers}
    nodes |= {name for merge in merges for name in (merge.subject_id, merge.merged_into)}
    about = [ruling for ruling in rulings_of(plan) if {ruling.one, ruling.other} & nodes]
    return Person(profile=profiles.profile_of(history), merges=tuple(merges), rulings=tuple(about))


def merges_of(subject_id: str, graph: Sequence[GraphUpdate]) -> list[GraphUpdate]:
    """The merges that made a person, in the order they happened.

    >>> updates = [GraphUpdate(subject_id="b", merged_into="a", by_record="1"),
    ...            GraphUpdate(subject_id="d", merged_into="c", by_record="2")]
    >>> [update.subject_id for update in merges_of("a", updates)]
    ['b']
    """
    theirs, found = {subject_id}, []
    for update in reversed(graph):
        if update.subject_id != update.merged_into and update.merged_into in theirs:
            theirs.add(update.subject_id)
            found.append(update)
    return found[::-1]


def unmerge(plan: Plan, one: str, other: str, *, by: str) -> profiles.Ruling:
    """Rule that two identities of one person are kept apart; the next linking follows.

    Args:
        one: A subject id (a person's name before or after a merge) or an identifier such as `user_id:7`; so is `other`.

    Raises:
        NotFoundError: Nobody is known by that.
        UsageError: They are two people already, or the same identity.
    """
    graph = profiles.IdentityGraph(plan.database)
    person = graph.replay()
    first, second = (_node(name, plan=plan, known=person) for name in (one, other))
    if person[first] != person[second]:
        raise UsageError("these are two people already.", fix="There is nothing to undo.")
    return graph.rule("apart", first, second, by=by)


def _node(name: str, *, plan: Plan, known: dict[str, str]) -> str:
    if name in known:
        return name
    node = ""
    if (identifier := _identifier(name, plan=plan)) is not None:
        node = profiles.node_of(identifier, key=tenant_key(plan.workspace))
    if node in known:
        return node
    raise NotFoundError(
        "nobody is known by that.",
        fix="Give a subject id or TYPE:VALUE, e.g. user_id:7. A value that several people share names none of them.",
    )


def _identifier(name: str, *, plan: Plan) -> Identifier | None:
    """`type:value` in its one spelling; None when it is none of the plan's identifier types, or names nobody."""
    type_, separator, value = name.partition(":")
    if not separator or type_ not in plan.identity.identifiers:
        return None
    found = Normalizer(plan.identity)(Identifier(type=type_, value=value))
    return found if isinstance(found, Identifier) else None


def _find_subject(subjects: Sequence[Subject], who: str, *, plan: Plan) -> Subject:
    identifier = _identifier(who, plan=plan)
    found = [s for s in subjects if s.subject_id == who or (identifier is not None and identifier in s.identifiers)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(subject.subject_id for subject in found[:5])
        raise UsageError("several people share that.", fix=f"Name one of them: {ids}.")
    raise NotFoundError("nobody is known by that.", fix="Give a subject id or TYPE:VALUE, e.g. email:ana@example.com.")


def _linked_folder(run: RunDirectory) -> Path:
    if run.finished("link") is None:
        raise NotFoundError(f"run {run.run_id} has not linked people yet.", fix="Do it with: brandtune link")
    return run.path / "link"
