"""The review queue: proposals wait, decisions stay, nothing is asked twice, nothing is overwritten."""

import pytest
import sqlalchemy as sa

from brandtune.core.errors import NotFoundError
from brandtune.lineage import ReviewQueue


@pytest.fixture
def queue(tmp_path):
    return ReviewQueue(f"sqlite:///{tmp_path / 'q.db'}")


def test_proposals_wait_until_they_are_decided_and_are_not_proposed_twice(queue):
    assert queue.propose("merges", {"a": {"score": 0.9}, "b": {"score": 0.8}}) == 2
    assert queue.propose("merges", {"a": {"score": 0.1}, "c": {}}) == 1
    assert [item.item for item in queue.items("merges", status="proposed")] == ["a", "b", "c"]
    assert queue.decide("merges", "a", "rejected", by="ana") is True
    assert queue.propose("merges", {"a": {"score": 0.99}}) == 0
    waiting, (done,) = queue.items("merges", status="proposed"), queue.items("merges", status="rejected")
    assert [item.item for item in waiting] == ["b", "c"]
    assert (done.item, done.by, done.detail) == ("a", "ana", {"score": 0.9})


def test_a_decision_can_change_and_every_one_is_kept(queue):
    queue.propose("merges", {"a": {}})
    assert queue.decide("merges", "a", "rejected", by="ana")
    assert not queue.decide("merges", "a", "rejected", by="ben")
    assert queue.decide("merges", "a", "accepted", by="ben")
    assert [item.status for item in queue.items("merges")] == ["accepted"]
    with queue.engine.connect() as connection:
        kept = connection.execute(sa.text("select status from review_queue order by entry")).scalars().all()
    assert kept == ["proposed", "rejected", "accepted"]


def test_queues_do_not_see_each_other_and_unknown_items_are_an_error(queue):
    queue.propose("merges", {"a": {}})
    assert queue.items("other") == []
    with pytest.raises(NotFoundError, match="queue other has no item a"):
        queue.decide("other", "a", "accepted", by="x")
