"""Records and linking for tests about people."""

from datetime import UTC, datetime, timedelta

from brandtune.core.records import Consent, Identifier, Origin, Profile, Record
from brandtune.profiles import IdentityConfig, Profiles, link

START = datetime(2024, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=1000)


def record(number, *, day=None, name="", payload=None, consents=(), source="t", **ids):
    """Record `rNNNNN` with these identifiers, `day` days after the start."""
    found = tuple(Identifier(type=type_, value=value) for type_, value in ids.items())
    return Record(
        record_id=f"r{number:05}",
        payload=payload or Profile(traits={"first_name": name} if name else {}),
        origin=Origin(source=source),
        identifiers=found,
        occurred_at=None if day is None else START + timedelta(days=day),
        consents=tuple(consents),
    )


def said(status, day=None, purpose="model_training"):
    """A consent statement."""
    return Consent(purpose=purpose, status=status, at=None if day is None else START + timedelta(days=day))


def people(records, *, rulings=(), key="k", **settings) -> tuple[Profiles, list[str | None]]:
    """Link; returns the profiles and each record's person."""
    profiles = link(records, config=IdentityConfig(**settings), now=NOW, rulings=rulings, key=key)
    return profiles, [item.subject for item in profiles.records]
