"""`profiles`: one person as Brandtune knows them, and undoing a merge that was wrong."""

from typing import TYPE_CHECKING, Annotated

import typer

from brandtune.cli.options import (
    DEFAULT_CONFIG,
    ByOption,
    ConfigOption,
    JsonOption,
    Session,
    latest_run,
    who_is_asking,
)

if TYPE_CHECKING:
    from brandtune.workflows.identities import Person

profiles = typer.Typer(help="People after linking, and undoing merges.", no_args_is_help=True)
Who = Annotated[str, typer.Argument(help="A subject id, or TYPE:VALUE such as email:ana@example.com.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(profiles, name="profiles")


@profiles.command("show")
def show(
    who: Who,
    timeline: Annotated[bool, typer.Option("--timeline", help="List every record in order, too.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """One person: identifiers, consent, traits with their history, and how the person came about."""
    import msgspec

    from brandtune.workflows import identities

    session = Session(config, json=as_json)
    plan = session.plan()
    person = identities.find_person(plan, latest_run(plan), who)
    session.console().result("\n".join(_lines(person, timeline)), data=msgspec.to_builtins(person, enc_hook=str))


def _lines(person: "Person", timeline: bool) -> list[str]:
    profile = person.profile
    subject = profile.subject
    lines = [f"{subject.subject_id}   training consent {subject.training_consent}: {subject.consent_reason}"]
    lines += [f"  {item.type:<13} {item.value}" for item in subject.identifiers]
    lines.append(
        f"{len(profile.conversations)} conversations, {len(profile.purchases)} purchases, {len(profile.events)} events"
    )
    lines += [f"trait    {t.name} = {t.value}   ({t.source}, {t.at or 'undated'})" for t in profile.traits]
    lines += [f"merge    {m.subject_id} into {m.merged_into}   (record {m.by_record})" for m in person.merges]
    lines += [f"ruling   {r.entry}: {r.one} and {r.other} {r.verdict}   (by {r.by}, {r.at})" for r in person.rulings]
    lines += [f"outcome  {o.at or 'undated'}  {o.what} {'' if o.value is None else o.value}" for o in profile.outcomes]
    if timeline:
        records = {r.record_id: r for part in (profile.events, profile.conversations, profile.purchases) for r in part}
        ordered = sorted(records.values(), key=lambda r: (r.occurred_at is None, str(r.occurred_at), r.record_id))
        lines += [f"record   {r.occurred_at or 'undated'}  {r.kind.lower()}  {r.origin}" for r in ordered]
    if person.merges:
        lines.append("A merge is undone with: brandtune profiles unmerge ONE OTHER (two ids of a merge line)")
    return lines


@profiles.command("unmerge")
def unmerge(
    one: Who,
    other: Annotated[str, typer.Argument(help="Who it is to be kept apart from, given in the same way.")],
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Keep two identities of one person apart from now on; the next `brandtune link` follows."""
    import msgspec

    from brandtune.workflows import identities

    session = Session(config, json=as_json)
    ruling = identities.unmerge(session.plan(), one, other, by=by or who_is_asking())
    text = (
        f"ruling {ruling.entry}: kept apart from the next `brandtune link` on, with consent, traits and history of "
        f"each.\nTake it back with: brandtune profiles withdraw {ruling.entry}"
    )
    session.console().result(text, data=msgspec.to_builtins(ruling))


@profiles.command("rulings")
def rulings(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """What people ruled about who is one person and who is not."""
    import msgspec

    from brandtune.workflows import identities

    session = Session(config, json=as_json)
    found = identities.rulings_of(session.plan())
    lines = [f"{r.entry}: {r.one} and {r.other} {r.verdict}, by {r.by}, {r.at}" for r in found]
    session.console().result("\n".join(lines) or "nobody ruled on anything yet", data=msgspec.to_builtins(found))


@profiles.command("withdraw")
def withdraw(
    entry: Annotated[int, typer.Argument(help="Number of the ruling.")],
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Take a ruling back; the next `brandtune link` follows."""
    from brandtune.profiles import IdentityGraph

    session = Session(config)
    IdentityGraph(session.plan().database).withdraw(entry, by=by or who_is_asking())
    session.console().result(f"ruling {entry} no longer holds; `brandtune link` links without it")
