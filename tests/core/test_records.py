"""Records and examples survive JSON unchanged, and refuse what is not theirs."""

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandtune.core import records
from brandtune.core.examples import Example, Message
from brandtune.core.records import (
    Consent,
    Conversation,
    Identifier,
    Origin,
    Payload,
    Product,
    Profile,
    Record,
    Subject,
    Turn,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers(-(2**53), 2**53)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | FLOATS | TEXT
MOMENTS = st.datetimes(
    datetime(1990, 1, 1),
    datetime(2090, 1, 1),
    timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
MAYBE_MOMENT = st.none() | MOMENTS
ORIGINS = st.builds(Origin, source=TEXT, file=TEXT, line=st.integers(0, 9999))
TURNS = st.builds(Turn, role=st.sampled_from(get_args(records.Role)), text=TEXT, at=MAYBE_MOMENT, author=TEXT)
FIELDS = {
    "traits": st.dictionaries(TEXT, SCALARS, max_size=3),
    "properties": st.dictionaries(TEXT, SCALARS, max_size=3),
}
FIELDS |= {"turns": st.lists(TURNS, max_size=3).map(tuple), "attributes": st.dictionaries(TEXT, TEXT, max_size=3)}
BY_TYPE = {
    str: TEXT,
    int: NUMBERS,
    bool: st.booleans(),
    dict[str, str]: st.dictionaries(TEXT, TEXT, max_size=3),
    tuple[str, ...]: st.lists(TEXT, max_size=3).map(tuple),
}
BY_TYPE |= {bool | None: st.none() | st.booleans(), int | None: st.none() | NUMBERS, float | None: st.none() | FLOATS}


def values_of(field: msgspec.structs.FieldInfo) -> st.SearchStrategy:
    return FIELDS[field.name] if field.name in FIELDS else BY_TYPE[field.type]


def any_payload(kind: type) -> st.SearchStrategy:
    return st.builds(kind, **{field.name: values_of(field) for field in msgspec.structs.fields(kind)})


RECORDS = st.builds(
    Record,
    record_id=TEXT,
    payload=st.one_of(any_payload(kind) for kind in get_args(Payload)),
    origin=ORIGINS,
    identifiers=st.lists(st.builds(Identifier, type=TEXT, value=TEXT), max_size=2).map(tuple),
    occurred_at=MAYBE_MOMENT,
    consents=st.lists(
        st.builds(Consent, purpose=TEXT, status=st.sampled_from(["granted", "denied", "revoked"]), at=MAYBE_MOMENT),
        max_size=2,
    ).map(tuple),
    subject=st.none() | TEXT,
)
MESSAGES = st.lists(
    st.builds(Message, role=st.sampled_from(["system", "user", "assistant"]), content=TEXT), min_size=1, max_size=4
).map(tuple)
EXAMPLES = st.builds(
    Example,
    example_id=TEXT,
    task=TEXT,
    messages=MESSAGES,
    target=st.just(0),
    label=st.none() | TEXT,
    subject=st.none() | TEXT,
    groups=st.lists(TEXT, max_size=2).map(tuple),
    origin=st.none() | ORIGINS,
    weight=FLOATS,
    quality=FLOATS,
    facts=st.dictionaries(TEXT, TEXT, max_size=2),
)


@given(RECORDS)
def test_every_record_survives_json_unchanged(record: Record) -> None:
    assert msgspec.json.decode(msgspec.json.encode(record), type=Record) == record


@pytest.mark.parametrize("kind", get_args(Payload), ids=lambda kind: kind.__name__)
def test_json_says_which_payload_it_carries(kind: type) -> None:
    required = [field for field in msgspec.structs.fields(kind) if field.required]
    payload = kind(**{field.name: () if field.name == "turns" else "x" for field in required})
    record = Record(record_id="r", payload=payload, origin=Origin(source="crm"))
    plain = msgspec.json.decode(msgspec.json.encode(record))
    assert plain["payload"]["kind"] == kind.__name__ == record.kind


@given(EXAMPLES)
def test_every_example_survives_json_unchanged(example: Example) -> None:
    assert msgspec.json.decode(msgspec.json.encode(example), type=Example) == example


def test_unset_fields_take_no_space_on_disk() -> None:
    assert msgspec.json.encode(Turn(role="customer", text="Hi")) == b'{"role":"customer","text":"Hi"}'


@pytest.mark.parametrize(
    "text",
    [
        b'{"record_id": "r", "origin": {"source": "s"}}',
        b'{"record_id": "r", "origin": {"source": "s"}, "payload": {"kind": "Diary"}}',
        b'{"record_id": "r", "origin": {"source": "s"}, "payload": {"text": "no kind", "label": "x"}}',
        b'{"record_id": "r", "origin": {"source": "s"}, "payload": {"kind": "Survey", "score": "high"}}',
    ],
)
def test_json_that_is_no_record_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Record)


def test_records_cannot_be_changed() -> None:
    record = Record(record_id="r", payload=Conversation(turns=()), origin=Origin(source="s"))
    with pytest.raises(AttributeError):
        record.subject = "ana"


def test_two_records_never_share_a_default() -> None:
    first, second = Profile(), Profile()
    first.traits["name"] = "Ana"
    assert second.traits == {}
    sheet = Product(handle="h", title="t")
    sheet.attributes["colour"] = "red"
    assert Product(handle="h", title="t").attributes == {}


def test_an_origin_reads_as_an_editor_opens_it() -> None:
    assert str(Origin(source="crm", file="a.csv", line=7)) == "a.csv:7"
    assert str(Origin(source="crm", file="a.csv")) == "a.csv"
    assert str(Origin(source="crm", line=7)) == "crm:7"
    assert str(Origin(source="crm")) == "crm"


def test_a_person_without_a_statement_has_missing_consent() -> None:
    assert Subject(subject_id="ana").training_consent == "missing"


def test_times_keep_their_zone() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    back = msgspec.json.decode(msgspec.json.encode(Consent(purpose="p", status="granted", at=noon)), type=Consent)
    assert back.at == noon
    assert back.at.astimezone(UTC).hour == 10


def test_an_example_is_asked_for_its_target_turn() -> None:
    turns = [("system", "s"), ("user", "u1"), ("assistant", "a1"), ("user", "u2"), ("assistant", "a2")]
    messages = tuple(Message(role=role, content=content) for role, content in turns)
    early = Example(example_id="e", task="support_reply", messages=messages, target=2)
    assert (early.reference, [m.content for m in early.prompt]) == ("a1", ["s", "u1"])
    late = Example(example_id="e", task="support_reply", messages=messages, target=4)
    assert (late.reference, [m.content for m in late.prompt]) == ("a2", ["s", "u1", "a1", "u2"])


def test_other_messages_keep_everything_else() -> None:
    example = Example(
        example_id="e",
        task="t",
        messages=(Message(role="assistant", content="a"),),
        target=0,
        subject="ana",
        quality=0.5,
    )
    other = example.with_reply_messages((Message(role="assistant", content="b"),))
    assert other.reference == "b"
    assert (other.example_id, other.subject, other.quality) == ("e", "ana", 0.5)
    assert example.reference == "a"
