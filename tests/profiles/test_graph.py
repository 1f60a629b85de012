"""The append-only identity graph: what it remembers, that it can be replayed, and that nothing in it names a person."""

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from linking import people, record

from brandtune.core.errors import MissingPartError, NotFoundError, UsageError
from brandtune.core.records import Identifier
from brandtune.profiles import IdentityGraph, node_of


@pytest.fixture
def graph(tmp_path):
    return IdentityGraph(f"sqlite:///{tmp_path / 'graph.db'}")


def members(profiles):
    return {member.node: member.subject_id for member in profiles.members}


FIRST = [record(1, day=1, user_id="u1", email="ana@x.org"), record(2, day=2, user_id="u2")]
MERGED = [*FIRST, record(3, day=3, user_id="u2", email="ana@x.org")]


def test_a_merge_is_appended_and_every_earlier_state_can_be_read_again(graph):
    before, after = people(FIRST)[0], people(MERGED)[0]
    assert graph.append(before, by="run-1") == 3
    end_of_first = max(entry.entry for entry in graph.history(members(before)))
    assert graph.append(after, by="run-2") == 1
    assert graph.replay(until=end_of_first) == members(before)
    assert graph.replay() == members(after)
    last = graph.history(members(after))[-1]
    assert (last.kind, last.because, last.by, last.happened_at) == (
        "moved", "r00003", "run-2", "2024-01-04T00:00:00+00:00",
    )  # fmt: skip


def test_linking_the_same_again_appends_nothing(graph):
    graph.append(people(MERGED)[0])
    assert graph.append(people(MERGED[::-1])[0]) == 0


def test_people_whose_records_are_gone_leave_the_state_and_stay_in_the_history(graph):
    both, one = people(FIRST)[0], people(FIRST[:1])[0]
    graph.append(both)
    assert graph.append(one) == 1
    assert graph.replay() == members(one)
    graph.append(both)
    assert graph.replay() == members(both) and len(graph.history(members(both))) == 5


def test_the_history_of_many_nodes_is_whole_and_in_order(graph):
    profiles, _ = people([record(n, day=n, user_id=f"u{n}", email=f"e{n}@x.org") for n in range(900)])
    assert graph.append(profiles) == 1800
    entries = [entry.entry for entry in graph.history(members(profiles))]
    assert entries == sorted(entries) and len(entries) == 1800


def test_an_undo_is_appended_followed_and_can_be_taken_back(graph):
    merged = people(MERGED)[0]
    graph.append(merged)
    one, other = (node_of(Identifier(type="user_id", value=value), key="k") for value in ("u1", "u2"))
    ruling = graph.rule("apart", one, other, by="ana")
    apart = people(MERGED, rulings=graph.rulings())[0]
    graph.append(apart)
    assert graph.replay()[one] != graph.replay()[other]
    graph.withdraw(ruling.entry, by="ana")
    assert graph.rulings() == []
    again = people(MERGED, rulings=graph.rulings())[0]
    graph.append(again)
    assert graph.replay() == members(merged) == members(again)
    kinds = [entry.kind for entry in graph.history([one, other])]
    assert kinds.count("apart") == 1 and kinds.count("withdrawn") >= 1


def test_the_same_ruling_is_written_once_and_the_opposite_one_replaces_it(graph):
    first = graph.rule("apart", "a", "b", by="x")
    assert graph.rule("apart", "b", "a", by="y") == first
    second = graph.rule("same", "a", "b", by="y")
    assert [ruling.entry for ruling in graph.rulings()] == [first.entry, second.entry]
    third = graph.rule("apart", "a", "b", by="z")
    assert third.entry > second.entry


def test_rulings_that_cannot_be_are_refused(graph):
    with pytest.raises(UsageError, match="same identity"):
        graph.rule("apart", "a", "a", by="x")
    with pytest.raises(NotFoundError, match="no ruling has number 7"):
        graph.withdraw(7, by="x")
    ruling = graph.rule("apart", "a", "b", by="x")
    graph.withdraw(ruling.entry, by="x")
    with pytest.raises(NotFoundError):
        graph.withdraw(ruling.entry, by="x")


def test_a_database_that_cannot_be_opened_says_so(tmp_path):
    (tmp_path / "not.db").write_text("this is not a database, just a text of some length" * 50)
    with pytest.raises(MissingPartError, match=r"store\.database"):
        IdentityGraph(f"sqlite:///{tmp_path / 'not.db'}")


def test_nothing_in_the_table_names_a_person(graph):
    graph.append(people([record(1, user_id="user-4711", email="zelda.quux@x.org", name="Zelda")])[0], by="run")
    with graph.engine.connect() as connection:
        text = str(connection.execute(sa.text("select * from identity_graph")).all())
    assert "moved" in text
    assert not any(word in text.lower() for word in ("4711", "zelda", "quux", "x.org"))


IDS = {"user_id": ["u1", "u2", "u3"], "email": ["a@x.org", "b@x.org"], "anonymous_id": ["d1", "d2"]}
ROW = st.fixed_dictionaries({}, optional={type_: st.sampled_from(values) for type_, values in IDS.items()})


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(ROW, max_size=6), min_size=1, max_size=4))
def test_replaying_to_the_end_of_any_run_gives_what_that_run_linked(runs):
    graph = IdentityGraph("sqlite://")
    ends = []
    for number, rows in enumerate(runs):
        profiles, _ = people([record(n, day=n, **ids) for n, ids in enumerate(rows)])
        graph.append(profiles, by=str(number))
        with graph.engine.connect() as connection:
            last = connection.execute(sa.text("select coalesce(max(entry), 0) from identity_graph")).scalar_one()
        ends.append((last, members(profiles)))
    for last, state in ends:
        assert graph.replay(until=last) == state
