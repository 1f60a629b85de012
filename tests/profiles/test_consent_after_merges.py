"""Whatever the order of merges, a person's consent is what all their statements together say; and so after an undo."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from linking import NOW, people, record, said

from brandtune.core.records import Consent, Identifier
from brandtune.profiles import Ruling, node_of

STATUSES = ("granted", "denied", "revoked")
STATEMENTS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(STATUSES), st.none() | st.sampled_from([1, 2, 3, 9000])), max_size=8
)
MERGES = st.permutations([(0, 1), (1, 2), (2, 3), (0, 3), (0, 2)]).map(lambda pairs: pairs[:4])


def expected(statements: list[Consent]) -> str:
    """The rule written down a second time, as a table of days: latest wins, ties deny, nothing is missing."""
    if not statements:
        return "missing"
    by_day: dict[datetime, set[str]] = {}
    for item in statements:
        future_grant = item.status == "granted" and item.at is not None and item.at > NOW + timedelta(days=1)
        day = datetime(1, 1, 1, tzinfo=UTC) if item.at is None or future_grant else item.at
        by_day.setdefault(day, set()).add(item.status)
    last = by_day[max(by_day)]
    return last.pop() if len(last) == 1 else "denied"


def rows(statements, merges):
    """Four accounts with their statements, then records that each tie two accounts by a browser of their own."""
    found = [record(n, day=n, user_id=f"u{n}") for n in range(4)]
    found += [
        record(10 + n, day=5 + n, user_id=f"u{account}", consents=[said(status, day)])
        for n, (account, status, day) in enumerate(statements)
    ]
    for n, (one, other) in enumerate(merges):
        found.append(record(50 + 2 * n, day=20 + n, user_id=f"u{one}", anonymous_id=f"d{n}"))
        found.append(record(51 + 2 * n, day=20 + n, user_id=f"u{other}", anonymous_id=f"d{n}"))
    return found


def accounts_by_person(profiles):
    return {
        subject.subject_id: {int(i.value[1:]) for i in subject.identifiers if i.type == "user_id"}
        for subject in profiles.subjects
    }


@settings(deadline=None, max_examples=120)
@given(STATEMENTS, MERGES, st.integers(0, 4), st.randoms(use_true_random=False))
def test_consent_is_the_same_for_any_order_of_merges(statements, merges, num_merges, random):
    records = rows(statements, merges[:num_merges])
    profiles, _ = people(random.sample(records, len(records)), limits={"user_id": 10})
    for subject in profiles.subjects:
        theirs = accounts_by_person(profiles)[subject.subject_id]
        said_by_them = [said(status, day) for account, status, day in statements if account in theirs]
        assert subject.training_consent == expected(said_by_them)


@settings(deadline=None, max_examples=80)
@given(STATEMENTS, MERGES, st.sampled_from([(0, 1), (1, 3), (0, 3)]))
def test_consent_after_an_undo_is_what_each_side_said(statements, merges, apart):
    one, other = (node_of(Identifier(type="user_id", value=f"u{n}"), key="k") for n in apart)
    ruling = Ruling(verdict="apart", one=one, other=other, entry=1)
    profiles, _ = people(rows(statements, merges), rulings=[ruling], limits={"user_id": 10})
    found = accounts_by_person(profiles)
    assert not any(set(apart) <= theirs for theirs in found.values())
    for subject in profiles.subjects:
        theirs = found[subject.subject_id]
        assert subject.training_consent == expected([said(s, d) for a, s, d in statements if a in theirs])


def test_consent_revoked_after_ingestion_counts_on_the_next_linking():
    before = [record(1, day=1, user_id="u", email="a@x.org", consents=[said("granted", 1)])]
    assert people(before)[0].subjects[0].training_consent == "granted"
    revoked = record(2, day=9, email="a@x.org", consents=[said("revoked", 9)])
    subject = people([*before, revoked])[0].subjects[0]
    assert subject.training_consent == "revoked" and "2024-01-10" in subject.consent_reason
