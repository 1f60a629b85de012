"""A small company, made by hand: a bookshop with a few customers."""

from collections.abc import Callable
from typing import Any

from brandtune.core.records import Conversation, Identifier, Origin, Payload, Record, Subject, Turn
from brandtune.curation import Curated

FACTS = (
    "# Returns\n- Books can be returned within 20 days of delivery.\n\n# Contact\n- Write to"
    " hello@quillshop.example any time.\n"
)
GOOD = (
    "Hi {name},\n\nBooks can be returned within 20 days of delivery, so yours is in time.\n\nWarm regards from the shop"
)


def person(subject_id: str, first: str, last: str, consent: Any) -> Subject:
    traits = {"first_name": first, "last_name": last, "street": f"{len(first)} Harbour Row"}
    identifiers = (
        Identifier(type="email", value=f"{first.lower()}@mail.example"),
        Identifier(type="user_id", value=f"u-{subject_id}-4711"),
    )
    return Subject(subject_id=subject_id, identifiers=identifiers, traits=traits, training_consent=consent)


def record(payload: Payload, *, subject: str | None = "ana", record_id: str = "r1", **more: Any) -> Record:
    return Record(
        record_id=record_id,
        payload=payload,
        origin=Origin(source="test", file="t.json", line=3),
        subject=subject,
        **more,
    )


def talk(*texts: str, **more: Any) -> Conversation:
    """Customer first, then in turn."""
    roles = ("customer", "agent")
    return Conversation(turns=tuple(Turn(role=roles[i % 2], text=text) for i, text in enumerate(texts)), **more)  # type: ignore[arg-type]


Curate = Callable[..., Curated]


def balanced(curated: Curated) -> None:
    """Nothing appears or vanishes between steps."""
    for row in curated.report.funnel:
        assert row.entered - row.left == sum(row.reasons.values()), row
    for before, after in zip(curated.report.funnel, curated.report.funnel[1:], strict=False):
        assert before.step == "format" or before.left == after.entered, (before, after)
    assert len(curated.kept) == curated.report.funnel[-1].left
    assert all(row.step and row.reason for row in curated.dropped)
    assert len({(row.id, row.step) for row in curated.dropped}) == len(curated.dropped)
    assert sum(curated.report.by_task.values()) == len(curated.kept)
