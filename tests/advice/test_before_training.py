"""What records promise before any training, and what a project still lacks."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from brandtune.advice.opportunities import likeness, monthly, opportunities
from brandtune.advice.readiness import Preparation, readiness
from brandtune.core.brand import Brand
from brandtune.core.records import Conversation, Edit, Origin, Record, Turn
from brandtune.core.tasks import BrandQa, SupportReply

START = datetime(2026, 1, 1, tzinfo=UTC)
NOUNS = ("kettle", "lamp", "desk", "chair", "shelf", "rug", "clock", "mirror", "vase", "stool")


def ticket(number: int, question: str, answer: str) -> Record:
    turns = (Turn(role="customer", text=question), Turn(role="agent", text=answer))
    return Record(
        record_id=f"r{number}", payload=Conversation(turns=turns), origin=Origin(source="tickets"),
        occurred_at=START + timedelta(days=number),
    )  # fmt: skip


def tickets(count: int, *, kind: str) -> list[Record]:
    rng = random.Random(7)
    found = []
    for number in range(count):
        noun, days = rng.choice(NOUNS), rng.randint(2, 40)
        alike = (
            f"Where is my {noun}, ordered {days} days ago?",
            f"Hello! Your {noun} comes in {days} days. Yours, us.",
        )
        same = (f"Where is my {noun}, ordered {days} days ago?", "It is on its way. Please look at your account.")
        words = [f"w{rng.randrange(20_000)}" for _ in range(24)]
        varied = (" ".join(words[:12]), " ".join(words[12:]))
        found.append(ticket(number, *{"alike": alike, "same": same, "varied": varied}[kind]))
    return found


def look(records: list[Record], *, drafts_of: str = "support_reply", **tasks: object):
    return opportunities(
        records, tasks=tasks or {"support_reply": SupportReply()}, planned=["support_reply"], brand=Brand(name="House"),
        drafts_of=drafts_of,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("count", "kind", "reading"),
    [(120, "alike", "worth_a_pilot"), (20, "alike", "too_few"), (120, "varied", "too_varied"), (120, "same", "use_templates")],
)  # fmt: skip
def test_repetitive_and_consistent_writing_is_worth_a_pilot_and_nothing_else(
    count: int, kind: str, reading: str
) -> None:
    (found,) = look(tickets(count, kind=kind))
    assert found.reading == reading
    assert found.num_examples == count
    assert found.per_month == pytest.approx(30.4 * count / (count - 1), rel=0.01)
    assert found.planned


def test_kinds_without_an_example_are_not_listed_and_the_best_comes_first() -> None:
    found = look(tickets(80, kind="alike"), brand_qa=BrandQa(), support_reply=SupportReply())
    assert [one.task for one in found] == ["support_reply"]


def test_what_editors_changed_is_measured_where_drafts_are_recorded() -> None:
    edit = Record(
        record_id="e", payload=Edit(draft="We ship on Monday.", published="We ship Monday!"), origin=Origin(source="x")
    )
    (found,) = look([*tickets(60, kind="alike"), edit])
    assert found.edit_share == pytest.approx(1 - 2 * 14 / (18 + 15), abs=0.02)
    (without,) = look(tickets(60, kind="alike"))
    (other,) = look([*tickets(60, kind="alike"), edit], drafts_of="campaign_body")
    assert without.edit_share is other.edit_share is None


def test_inputs_without_words_resemble_nothing() -> None:
    examples = SupportReply().examples(ticket(1, "?!", "Yes."), Brand(name="House"))
    assert likeness(examples, label=False) == (0.0, None)


def test_a_monthly_volume_needs_two_dates() -> None:
    assert monthly([START, None]) is None
    assert monthly([START, START]) is None
    assert monthly([START, START + timedelta(days=10)]) == pytest.approx(6.09, abs=0.01)


READY = Preparation(
    examples={"support_reply": 900}, lawful_basis="consent", num_people=1000, num_consented=600, rows_read=5000,
    rows_rejected=3, detectable=0.04, worthwhile=0.05, num_rules=9, has_voice=True, num_facts=4, owner="Jo", num_kpis=2,
    has_costs=True,
)  # fmt: skip


def state(name: str, **changes: object) -> str:
    import msgspec

    found = [check.state for check in readiness(msgspec.structs.replace(READY, **changes)) if check.name == name]
    assert len(found) == 1
    return found[0]


def test_a_project_that_has_everything_is_ready() -> None:
    assert {check.state for check in readiness(READY)} == {"ready"}
    assert [check.name for check in readiness(READY)] == [
        "examples", "consent", "owner", "kpis", "format", "voice", "test", "costs",
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "expected"), [(49, "missing"), (50, "weak"), (299, "weak"), (300, "ready")])
def test_examples_go_by_the_rules_of_thumb(count: int, expected: str) -> None:
    assert state("examples", examples={"support_reply": count}) == expected


def test_each_thing_that_is_missing_is_named() -> None:
    assert state("examples", examples={}) == "missing"
    assert state("consent", num_consented=0) == "missing"
    assert state("consent", num_consented=100) == "weak"
    assert state("consent", num_consented=0, lawful_basis="legitimate_interest") == "ready"
    assert state("owner", owner="") == "missing"
    assert state("kpis", num_kpis=0) == "missing"
    assert state("format", rows_rejected=500) == "weak"
    assert state("format", rows_rejected=5000) == "missing"
    assert state("voice", has_voice=False) == "weak"
    assert state("voice", has_voice=False, num_rules=0, num_facts=0) == "missing"
    assert state("test", detectable=0.2) == "weak"
    assert state("test", detectable=0.9) == "missing"
    assert state("costs", has_costs=False) == "missing"
