"""A person in order: records, trait values with their history, purchases, conversations and how they ended."""

from linking import NOW, record

from brandtune.core.records import Conversation, Event, Profile, Purchase, Review, Subject, Survey, Turn
from brandtune.profiles import histories, profile_of, trait_history
from brandtune.profiles.timeline import outcomes_of


def about(person, *args, **more):
    from msgspec.structs import replace

    return replace(record(*args, **more), subject=person)


TALK = Conversation(turns=(Turn(role="customer", text="Hi"),), resolved=True, reopened=True, csat=0.25)
RECORDS = [
    about("ana", 4, day=4, payload=TALK),
    about("ben", 1, day=1, payload=Purchase(order="9")),
    about("ana", 3, payload=Review(text="Nice", rating=5)),
    about("ana", 2, day=2, payload=Event(type="track", name="Order Completed")),
    about("ana", 5, day=30_000, payload=Event(type="track", name="Unsubscribed")),
    about("ana", 1, day=2, payload=Event(type="track", name="Product Viewed")),
    record(9, day=1, payload=Purchase(order="nobody's")),
]


def test_each_person_comes_once_with_records_in_time_order_and_undated_and_future_ones_last():
    found = {history.subject.subject_id: history for history in histories(RECORDS, now=NOW)}
    assert list(found) == ["ana", "ben"]
    assert [r.record_id for r in found["ana"].records] == ["r00001", "r00002", "r00004", "r00005", "r00003"]


def test_the_order_does_not_depend_on_the_order_of_the_input():
    one = {h.subject.subject_id: h.records for h in histories(RECORDS, now=NOW)}
    assert {h.subject.subject_id: h.records for h in histories(RECORDS[::-1], now=NOW)} == one


def test_people_come_with_their_traits_and_consent_where_they_are_given():
    ana = Subject(subject_id="ana", traits={"city": "Oslo"}, training_consent="granted")
    found = {h.subject.subject_id: h.subject for h in histories(RECORDS, subjects=[ana], now=NOW)}
    assert found["ana"] is ana and found["ben"] == Subject(subject_id="ben")


def test_a_profile_sorts_what_is_known_by_kind():
    ana = next(histories(RECORDS, now=NOW))
    profile = profile_of(ana, now=NOW)
    assert [r.record_id for r in profile.events] == ["r00001", "r00002", "r00005"]
    assert [r.record_id for r in profile.conversations] == ["r00004"]
    assert [r.record_id for r in profile.purchases] == ["r00002"]
    assert [(o.what, o.value) for o in profile.outcomes] == [
        ("purchase", None), ("resolved", None), ("reopened", None), ("csat", 0.25), ("Unsubscribed", None),
        ("rating", 5),
    ]  # fmt: skip


def test_what_says_nothing_about_an_outcome_gives_none():
    silent = [
        Conversation(turns=()),
        Review(text="ok"),
        Survey(answer="ok"),
        Event(type="page", name="Home"),
        Profile(),
    ]
    assert [list(outcomes_of(record(1, payload=payload))) for payload in silent] == [[]] * 5
    (open_end,) = outcomes_of(record(1, payload=Conversation(turns=(), resolved=False)))
    (score,) = outcomes_of(record(1, payload=Survey(score=9)))
    assert (open_end.what, score.what, score.value) == ("unresolved", "score", 9)


def test_traits_keep_every_value_with_source_and_time():
    def crm(number, day, source="crm", **traits):
        return record(number, day=day, source=source, payload=Profile(traits=traits))

    history = trait_history(
        [
            crm(3, 9, city="Rome", tier=None),
            crm(1, 1, city="Oslo", firstName="Ana"),
            crm(2, 5, city="Oslo"),
            crm(4, None, city="Bonn"),
            crm(5, 5, source="shop", city="Oslo"),
            crm(6, 12, city="Oslo"),
            crm(7, 40_000, city="Mars"),
        ],
        now=NOW,
    )
    city = [(item.value, item.source, item.record_id) for item in history if item.name == "city"]
    assert city == [
        ("Bonn", "crm", "r00004"), ("Mars", "crm", "r00007"), ("Oslo", "crm", "r00001"), ("Oslo", "shop", "r00005"),
        ("Rome", "crm", "r00003"), ("Oslo", "crm", "r00006"),
    ]  # fmt: skip
    assert [item.name for item in history if item.name != "city"] == ["first_name"]
    assert history[0].at is None and history[1].at is None and history[2].at is not None
