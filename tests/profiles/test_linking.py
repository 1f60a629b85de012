"""Who is the same person: merges, refusals, order, consent after merge."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from brandtune.core.records import Consent, Event, Identifier, Origin, Profile, Record
from brandtune.profiles import IdentityConfig, link

START = datetime(2024, 1, 1, tzinfo=UTC)


def record(number, *, day=None, name="", payload=None, consents=(), **ids):
    found = tuple(Identifier(type=type_, value=value) for type_, value in ids.items())
    at = None if day is None else START + timedelta(days=day)
    payload = payload or Profile(traits={"first_name": name} if name else {})
    return Record(record_id=f"r{number:05}", payload=payload, origin=Origin(source="t"), identifiers=found,
                  occurred_at=at, consents=tuple(consents))  # fmt: skip


def people(records, **settings_):
    profiles = link(records, config=IdentityConfig(**settings_), now=START + timedelta(days=1000))
    return profiles, [item.subject for item in profiles.records]


def test_shared_identifiers_join_and_keep_input_order():
    profiles, who = people([
        record(1, user_id="u1", email="Ana@X.org "), record(2, phone="(415) 555-2671"), record(3, email="ana@x.org"),
        record(4, user_id="u1", phone="+1 415 555 2671"), record(5, user_id="u2"), record(6),
    ])  # fmt: skip
    assert who[0] == who[1] == who[2] == who[3] != who[4] and who[5] is None
    assert [item.record_id for item in profiles.records] == [f"r{n:05}" for n in range(1, 7)]
    assert profiles.report.num_linked == 5 and profiles.report.num_subjects == 2
    assert {s.subject_id for s in profiles.subjects} == {who[0], who[4]}


def test_phone_spellings_by_country_and_by_what_is_known():
    by_trait = Profile(traits={"country": "GB"})
    _, who = people([
        record(1, user_id="u1", phone="+44 20 7946 0457"), record(2, zendesk_id="z", phone="(020) 7946 0457"),
        record(3, user_id="u9", phone="0044 20 7946 0457", payload=by_trait),
    ])  # fmt: skip
    assert len(set(who)) == 1
    _, who = people([record(1, user_id="a", phone="030 1234567"), record(2, email="b@x.org", phone="+49 30 1234567")],
                    default_region="DE")  # fmt: skip
    assert who[0] == who[1]


def test_alias_chains_and_circles():
    def alias(number, new, old):
        payload = Event(type="alias")
        return record(number, day=number, payload=payload, user_id=new, anonymous_id=old)

    _, who = people([alias(1, "b", "a"), alias(2, "c", "b"), alias(3, "a", "c"), record(4, user_id="a")])
    assert len(set(who)) == 1
    _, who = people([record(1, day=0, anonymous_id="x"), alias(2, "u", "x"), record(3, user_id="u")])
    assert len(set(who)) == 1


@pytest.mark.parametrize("value", ["test@example.com", "NoReply@shop.com", "unknown", "null", " ", "not an address"])
def test_blocked_emails_join_nobody(value):
    profiles, who = people(
        [record(1, user_id="u1", email=value), record(2, user_id="u2", email=value), record(3, email=value)]
    )
    assert who[0] != who[1] and who[2] is None
    assert profiles.report.blocked == {"email": 3}


@pytest.mark.parametrize("value", ["0000000000", "+1 111 111 1111", "123", "n/a"])
def test_blocked_phones(value):
    _, who = people([record(1, user_id="u1", phone=value), record(2, user_id="u2", phone=value)])
    assert who[0] != who[1]


def test_own_blocked_values_and_priorities():
    _, who = people([record(1, user_id="u1", email="kiosk@x.org"), record(2, user_id="u2", email="kiosk@x.org")],
                    blocked_values=("kiosk*",))  # fmt: skip
    assert who[0] != who[1]
    _, who = people(
        [record(1, email="a@x.org", phone="4155552671"), record(2, phone="4155552671")], identifiers=("email",)
    )
    assert who[1] is None


def test_family_email_keeps_people_apart_and_finds_each_by_name():
    profiles, who = people([
        record(1, name="Ana", user_id="u1", email="fam@x.org"), record(2, name="Ben", user_id="u2", email="fam@x.org"),
        record(3, name="Benjamin", zendesk_id="z1", email="fam@x.org"), record(4, zendesk_id="z1", email="fam@x.org"),
        record(5, email="fam@x.org"),
    ])  # fmt: skip
    ana, ben, ticket_user, ticket, unknown = who
    assert ana != ben and ben == ticket_user == ticket and unknown not in (ana, ben, None)
    assert profiles.report.refused[0].reason == "shared value, different first names"
    assert all("|" not in identifier.value for subject in profiles.subjects for identifier in subject.identifiers)


def test_two_accounts_of_one_name_are_one_person():
    _, who = people(
        [
            record(1, name="Liz", user_id="u1", email="e@x.org"),
            record(2, name="Elizabeth", user_id="u2", email="e@x.org"),
        ]
    )
    assert who[0] == who[1]


def test_ten_thousand_people_on_one_device_stay_apart_quickly():
    records = [record(n, user_id=f"u{n}", anonymous_id="kiosk") for n in range(10_000)]
    records += [record(20_000 + n, email=f"p{n}@x.org", anonymous_id="tablet") for n in range(10_000)]
    records.append(record(99_999, anonymous_id="kiosk"))
    start = time.process_time()
    profiles, who = people(records)
    assert time.process_time() - start < 10
    assert len(set(who)) == 20_001
    assert profiles.report.refused[0].reason == "value shared by too many people"


def test_limit_leaves_the_least_trusted_identifier_out():
    records = [record(n, day=n, user_id="u", email=f"e{n}@x.org") for n in range(7)]
    profiles, who = people([*records, record(9, day=9, email="e6@x.org")])
    assert len(set(who[:7])) == 1 and who[7] != who[0]
    (refusal,) = profiles.report.refused
    assert (refusal.reason, refusal.type, refusal.count) == ("limit of email", "email", 2)


def test_graph_tells_how_people_came_about():
    profiles, who = people([
        record(1, day=1, anonymous_id="a"), record(2, day=2, user_id="u"),
        record(3, day=3, user_id="u", anonymous_id="a"),
    ])  # fmt: skip
    first, second, merge = profiles.graph
    assert first.subject_id == first.merged_into == who[0] and second.subject_id == second.merged_into
    assert (merge.subject_id, merge.merged_into, merge.by_record) == (second.subject_id, first.subject_id, "r00003")
    assert profiles.report.num_merged == 1 and set(who) == {first.subject_id}


def test_ids_are_keyed_and_stable_when_others_join():
    records = [record(1, day=1, user_id="u1", email="a@x.org")]
    config = IdentityConfig()
    alone = link(records, config=config, key="k").records[0].subject
    crowd = link([record(0, day=0, user_id="u0"), *records, record(2, user_id="u2")], config=config, key="k")
    assert crowd.records[1].subject == alone != link(records, config=config, key="other").records[0].subject
    assert "u1" not in alone


def test_traits_latest_wins_and_undated_lose():
    identify = Event(type="identify", properties={"firstName": "Anna", "address": {"city": "Rome", "street": "Via 1"}})
    track = Event(type="track", properties={"first_name": "WRONG"})
    profiles, _ = people([
        record(1, user_id="u", payload=Profile(traits={"first_name": "Ana", "city": "Oslo", "tier": 2, "phone": None})),
        record(2, day=5, user_id="u", payload=identify), record(3, day=9, user_id="u", payload=track),
        record(4, day=1, user_id="u", payload=Profile(traits={"city": "Bonn", "name": "Ana L"})),
    ])  # fmt: skip
    (ana,) = profiles.subjects
    assert ana.traits == {"first_name": "Anna", "city": "Rome", "street": "Via 1", "tier": 2, "name": "Ana L"}


def said(status, day=None, purpose="model_training"):
    return Consent(purpose=purpose, status=status, at=None if day is None else START + timedelta(days=day))


@pytest.mark.parametrize(("statements", "expected"), [
    ([], "missing"), ([said("granted", purpose="ads")], "missing"),
    ([said("granted", 1), said("revoked", 2)], "revoked"), ([said("revoked", 1), said("granted", 2)], "granted"),
    ([said("granted", 2), said("denied", 2)], "denied"), ([said("granted", 2), said("revoked", 2)], "denied"),
    ([said("granted"), said("denied")], "denied"), ([said("denied"), said("granted", 0)], "granted"),
    ([said("granted"), said("denied", 0)], "denied"), ([said("granted")], "granted"),
    ([said("granted", 9000), said("revoked", 3)], "revoked"), ([said("granted", 1), said("revoked", 9000)], "revoked"),
    ([said("granted", 9000)], "granted"), ([said("granted", 2), said("granted", 2)], "granted"),
])  # fmt: skip
def test_consent_of_a_merged_person(statements, expected):
    records = [record(n, day=n, user_id="u", consents=[statement]) for n, statement in enumerate(statements)]
    profiles, _ = people(records or [record(1, user_id="u")])
    assert profiles.subjects[0].training_consent == expected and profiles.subjects[0].consent_reason


def test_naive_times_mix_with_aware_ones():
    naive = datetime(2023, 1, 1)
    early = replace(record(9, user_id="u", consents=[replace(said("granted"), at=naive)]), occurred_at=naive)
    profiles, who = people([record(1, day=1, user_id="u", consents=[said("revoked", 1)]), early])
    assert len(set(who)) == 1 and profiles.subjects[0].training_consent == "revoked"


def test_nothing_at_all():
    profiles, _ = people([])
    assert profiles.records == [] and profiles.subjects == [] and profiles.report.num_subjects == 0


IDS = {
    "user_id": [f"u{n}" for n in range(6)], "email": [f"e{n}@x.org" for n in range(4)],
    "phone": [f"+1 415 555 267{n}" for n in range(3)], "anonymous_id": ["a", "b"],
}  # fmt: skip
ROWS = st.lists(
    st.tuples(
        st.fixed_dictionaries({}, optional={type_: st.sampled_from(values) for type_, values in IDS.items()}),
        st.sampled_from(["", "Ana", "Ben", "Cleo"]),
        st.none() | st.integers(0, 5),
    ),
    max_size=14,
)


@settings(deadline=None, max_examples=150)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_people_do_not_depend_on_the_order_of_the_input(rows, random):
    records = [record(n, day=day, name=name, **ids) for n, (ids, name, day) in enumerate(rows)]
    shuffled = random.sample(records, len(records))
    one, _ = people(records)
    other, _ = people(shuffled)
    by_record = {item.record_id: item.subject for item in other.records}
    assert {item.record_id: item.subject for item in one.records} == by_record
    assert one.subjects == other.subjects and one.graph == other.graph and one.report == other.report
    for subject in one.subjects:
        counts = [sum(i.type == type_ for i in subject.identifiers) for type_ in IDS]
        assert all(count <= limit for count, limit in zip(counts, (3, 5, 5, 100), strict=True))


def test_an_account_under_two_names_is_linked_the_same_in_any_order():
    """Found by the property above: which name came first decided whether a phone was a family's."""
    rows = [
        record(1, user_id="u0", name="Ana"),
        record(2, user_id="u0", phone="+1 415 555 2670"),
        record(3, user_id="u0", phone="+1 415 555 2670", name="Ben"),
    ]
    one, _ = people(rows)
    other, _ = people(rows[::-1])
    assert one.subjects == other.subjects and one.report == other.report
