"""How many values one person can have, in which time, what is given up for it, and which values are blocked."""

import pytest
from linking import people, record
from pydantic import ValidationError

from brandtune.core.records import Event
from brandtune.profiles import IdentityConfig


def test_segments_own_example_of_demotion():
    """A second user id with a known e-mail and device: both are given up, and the new account stands alone."""
    profiles, who = people(
        [
            record(1, day=1, user_id="abc123", email="jane@x.org", anonymous_id="456"),
            record(2, day=2, user_id="abc456", email="jane@x.org", anonymous_id="456"),
        ],
        limits={"user_id": 1},
    )
    assert who[0] != who[1]
    assert {(r.reason, r.type, r.count) for r in profiles.report.refused} == {
        ("limit of user_id", "email", 1), ("limit of user_id", "anonymous_id", 1),
    }  # fmt: skip


def test_what_is_trusted_less_is_given_up_with_what_breaks_the_limit():
    """The device is new and would break nothing, but a record in doubt links only by what comes before the doubt."""
    profiles, who = people(
        [
            record(1, day=1, user_id="u1", email="jane@x.org"),
            record(2, day=2, user_id="u2", email="jane@x.org", anonymous_id="new"),
            record(3, day=3, anonymous_id="new"),
        ],
        limits={"user_id": 1},
    )
    assert len(set(who)) == 3
    assert sum(refusal.count for refusal in profiles.report.refused) == 2


def test_a_merge_of_two_people_beyond_a_limit_is_refused_and_both_stay_whole():
    rows = [record(n, day=n, user_id="u1", email=f"a{n}@x.org") for n in range(3)]
    rows += [record(n, day=n, user_id="u2", email=f"b{n}@x.org") for n in range(3, 6)]
    _, who = people([*rows, record(9, day=9, user_id="u1", email="b3@x.org")])
    assert len(set(who[:3])) == len(set(who[3:6])) == 1 and who[0] == who[6] != who[3]


@pytest.mark.parametrize(("days", "same"), [([0, 10, 20], False), ([0, 10, 400], True), ([0, 364, 365], True)])
def test_a_window_counts_what_was_added_within_it(days, same):
    """Two e-mails a year: a third within the year is left out, a third after it is not."""
    rows = [record(n, day=day, user_id="u", email=f"e{n}@x.org") for n, day in enumerate(days)]
    rows.append(record(9, email="e2@x.org"))
    profiles, who = people(rows, limits={"email": {"values": 2, "within": "annually"}})
    assert (who[0] == who[3]) is same
    assert bool(profiles.report.refused) is not same


def test_windows_count_the_values_of_both_sides_of_a_merge():
    rows = [
        record(1, day=0, user_id="u1", email="a@x.org"),
        record(2, day=5, user_id="u2", email="b@x.org"),
        record(3, day=900, user_id="u1", phone="+1 415 555 2671"),
        record(4, day=901, user_id="u2", phone="+1 415 555 2671"),
    ]
    _, apart = people(rows, limits={"email": {"values": 1, "within": 30}})
    _, joined = people(rows, limits={"email": {"values": 1, "within": 5}})
    assert len(set(apart)) == 2 and len(set(joined)) == 1


def test_undated_values_count_in_every_window():
    rows = [record(n, user_id="u", email=f"e{n}@x.org") for n in range(3)]
    _, who = people([*rows, record(9, email="e2@x.org")], limits={"email": {"values": 2, "within": "daily"}})
    assert who[3] != who[0]


def test_naming_one_limit_keeps_the_others_and_both_spellings_mean_the_same():
    short, long = IdentityConfig(limits={"email": 2}), IdentityConfig(limits={"email": {"values": 2}})
    assert short.limits == long.limits and short.limits["user_id"].values == 3
    assert IdentityConfig().limits["anonymous_id"].days is None
    assert IdentityConfig(limits={"email": {"values": 2, "within": "monthly"}}).limits["email"].days == 30


@pytest.mark.parametrize(
    "limits", [{"email": 0}, {"email": {"values": 1, "within": "often"}}, {"email": {"values": 1, "within": 0}},
               {"email": True}, {"email": "many"}, ["email"]],
)  # fmt: skip
def test_limits_that_make_no_sense_are_refused(limits):
    with pytest.raises(ValidationError):
        IdentityConfig(limits=limits)


@pytest.mark.parametrize("value", ["0", "000-000", "00000000-0000-0000-0000-000000000000", "-", "-1", "KIOSK-17"])
def test_values_of_zeros_and_dashes_and_own_expressions_are_blocked(value):
    blocked = (*IdentityConfig().blocked_values, "/kiosk-[0-9]+/")
    _, who = people([record(1, user_id="u1", anonymous_id=value), record(2, user_id="u2", anonymous_id=value)],
                    blocked_values=blocked)  # fmt: skip
    assert who[0] != who[1]


def test_an_expression_must_fit_the_whole_value_and_must_compile():
    rows = [record(1, user_id="u1", anonymous_id="kiosk-17b"), record(2, user_id="u2", anonymous_id="kiosk-17b")]
    _, who = people(rows, blocked_values=("/kiosk-[0-9]+/",))
    assert who[0] == who[1]
    with pytest.raises(ValidationError, match="not a regular expression"):
        IdentityConfig(blocked_values=("/(/",))


def test_dates_in_the_future_are_counted_and_never_win():
    """A wrong clock in 2099 must not fix a trait for ever."""
    identify = Event(type="identify", properties={"city": "Nowhere"})
    profiles, who = people([
        record(1, day=30_000, user_id="u", payload=identify),
        record(2, day=5, user_id="u", payload=Event(type="identify", properties={"city": "Oslo"})),
    ])  # fmt: skip
    assert len(set(who)) == 1 and profiles.report.num_future == 1
    assert profiles.subjects[0].traits == {"city": "Oslo"}


def test_a_clock_that_runs_an_hour_fast_is_no_future():
    profiles, _ = people([record(1, day=1000.04, user_id="u"), record(2, day=1001.5, user_id="u")])
    assert profiles.report.num_future == 1
