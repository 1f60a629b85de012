"""Undoing merges and uniting people by word: what follows, what stays, and that it can itself be undone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linking import people, record, said

from brandtune.core.records import Identifier, Profile
from brandtune.profiles import Ruling, node_of
from brandtune.profiles.rulings import in_force


def node(type_, value):
    return node_of(Identifier(type=type_, value=value), key="k")


def ruling(verdict, one, other, entry=1):
    return Ruling(verdict=verdict, one=node(*one), other=node(*other), entry=entry)


U1, U2, U3 = ("user_id", "u1"), ("user_id", "u2"), ("user_id", "u3")
FLATMATES = [
    record(1, day=1, name="Ana", user_id="u1", phone="+1 415 555 2671", consents=[said("granted", 1)],
           payload=Profile(traits={"first_name": "Ana", "city": "Oslo"})),
    record(2, day=2, user_id="u2", phone="+1 415 555 2671", consents=[said("revoked", 2)],
           payload=Profile(traits={"city": "Rome"})),
    record(3, day=3, user_id="u2", email="b@x.org"),
    record(4, day=4, email="b@x.org"),
]  # fmt: skip


def test_an_undone_merge_takes_consent_traits_and_records_apart_again():
    before, who = people(FLATMATES)
    assert len(set(who)) == 1 and before.subjects[0].training_consent == "revoked"
    after, who = people(FLATMATES, rulings=[ruling("apart", U1, U2)])
    assert who[0] != who[1] == who[2] == who[3]
    by_id = {subject.subject_id: subject for subject in after.subjects}
    assert by_id[who[0]].training_consent == "granted" and by_id[who[1]].training_consent == "revoked"
    assert by_id[who[0]].traits["city"] == "Oslo" and by_id[who[1]].traits["city"] == "Rome"
    assert ("kept apart by a ruling", "phone", 1) in {(r.reason, r.type, r.count) for r in after.report.refused}
    assert after.report.num_rulings == 1 and after.report.num_rulings_idle == 0


def test_a_ruling_keeps_out_only_what_it_is_about():
    """The e-mail on the same record is new and follows the account, unlike with a limit."""
    rows = [
        record(1, day=1, user_id="u1", phone="+1 415 555 2671"),
        record(2, day=2, user_id="u2", phone="+1 415 555 2671", anonymous_id="d"),
        record(3, day=3, anonymous_id="d"),
    ]
    _, who = people(rows, rulings=[ruling("apart", U1, U2)])
    assert who[0] != who[1] == who[2]


def test_people_stay_apart_however_they_are_brought_together_later():
    more = [
        record(5, day=5, user_id="u1", anonymous_id="d1"),
        record(6, day=6, user_id="u2", anonymous_id="d1"),
        record(7, day=7, user_id="u1", email="b@x.org"),
        record(8, day=8, user_id="u1", zendesk_id="z"),
        record(9, day=9, zendesk_id="z", email="b@x.org"),
    ]
    profiles, who = people([*FLATMATES, *more], rulings=[ruling("apart", U1, U2)])
    of = {(i.type, i.value): s.subject_id for s in profiles.subjects for i in s.identifiers}
    assert of[U1] != of[U2] and who[0] == of[U1]


def test_an_undo_can_be_undone_and_the_latest_word_holds():
    apart, same = ruling("apart", U1, U2, 1), ruling("same", U2, U1, 2)
    assert in_force([same, apart]) == [same]
    _, who = people(FLATMATES, rulings=[apart, same])
    assert len(set(who)) == 1
    _, who = people(FLATMATES, rulings=[same, ruling("apart", U1, U2, 3)])
    assert len(set(who)) == 2
    assert people(FLATMATES)[0].subjects == people(FLATMATES, rulings=[])[0].subjects


def test_people_united_by_word_are_one_with_one_consent():
    rows = [record(1, day=1, user_id="u1", consents=[said("granted", 1)]),
            record(2, day=2, user_id="u2", consents=[said("denied", 1)])]  # fmt: skip
    profiles, who = people(rows, rulings=[ruling("same", U1, U2)])
    assert len(set(who)) == 1 and profiles.subjects[0].training_consent == "denied"
    assert profiles.graph[-1].by_record == "ruling 1"


def test_a_persons_word_counts_more_than_a_limit_but_apart_counts_more_than_same():
    rows = [record(n, day=n, user_id=f"u{n}") for n in (1, 2, 3)]
    united = [ruling("same", U1, U2, 1), ruling("same", U2, U3, 2)]
    assert len(set(people(rows, rulings=united, limits={"user_id": 1})[1])) == 1
    profiles, who = people(rows, rulings=[*united, ruling("apart", U1, U3, 3)])
    assert who[0] == who[1] != who[2]
    assert ("kept apart by a ruling", 1) in {(r.reason, r.count) for r in profiles.report.refused}


def test_rulings_about_people_who_are_gone_are_counted_and_harm_nobody():
    profiles, who = people(FLATMATES[:1], rulings=[ruling("apart", U1, U2), ruling("same", U1, U3, 2)])
    assert profiles.report.num_rulings == 0 and profiles.report.num_rulings_idle == 2 and who[0]


IDS = {"user_id": ["u1", "u2", "u3"], "email": ["a@x.org", "b@x.org"], "anonymous_id": ["d1", "d2"]}
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={type_: st.sampled_from(values) for type_, values in IDS.items()}), max_size=12
)
NODES = [(type_, value) for type_, values in IDS.items() for value in values]
RULINGS = st.lists(
    st.tuples(st.sampled_from(["apart", "same"]), st.sampled_from(NODES), st.sampled_from(NODES)).filter(
        lambda row: row[1] != row[2]
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=150)
@given(ROWS, RULINGS, st.randoms(use_true_random=False))
def test_whoever_was_ruled_apart_is_apart_in_any_order_of_the_input(rows, ruled, random):
    records = [record(n, day=n % 5, **ids) for n, ids in enumerate(rows)]
    rulings = [ruling(verdict, one, other, entry) for entry, (verdict, one, other) in enumerate(ruled, start=1)]
    profiles, _ = people(records, rulings=rulings)
    shuffled, _ = people(random.sample(records, len(records)), rulings=rulings)
    assert profiles.subjects == shuffled.subjects and profiles.report == shuffled.report
    person = {member.node: member.subject_id for member in profiles.members}
    for held in in_force(rulings):
        if held.verdict == "apart" and held.one in person and held.other in person:
            assert person[held.one] != person[held.other]


@pytest.mark.parametrize("verdict", ["apart", "same"])
def test_the_named_person_keeps_the_name_when_others_change(verdict):
    """Whose name a merged person has does not depend on rulings about other people."""
    rows = [record(1, day=1, user_id="u1", anonymous_id="d1"), record(2, day=2, user_id="u2"),
            record(3, day=3, user_id="u3")]  # fmt: skip
    alone = people(rows)[1][0]
    assert people(rows, rulings=[ruling(verdict, U2, U3)])[1][0] == alone
