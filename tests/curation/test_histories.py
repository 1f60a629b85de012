"""Histories in curation: only of people who agreed, without names, and counted to the last event."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from bookshop import GOOD, Curate, balanced, record, talk

from brandtune.core.examples import Example
from brandtune.core.history import History
from brandtune.core.records import Event, Payload, Purchase, Record, Subject
from brandtune.core.tasks import NextBestAction, SupportReply
from brandtune.curation import CurationConfig, GovernanceConfig
from brandtune.curation.context import Context
from brandtune.curation.histories import histories

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(day: float | None, payload: Payload, subject: str | None = "ana", **more: Any) -> Record:
    when = None if day is None else START + timedelta(days=day)
    return record(
        payload, subject=subject, record_id=f"{subject}-{type(payload).__name__}-{day}", occurred_at=when, **more
    )


def path(subject: str | None) -> list[Record]:
    """Looked, was offered something, bought."""
    return [
        at(1, Event(type="track", name="Product Viewed", properties={"category": "maps"}), subject),
        at(2, Event(type="track", name="Offer Sent", properties={"action": "free_map"}), subject),
        at(5, Purchase(order=f"o-{subject}", product="atlas"), subject),
    ]


def test_only_people_who_agreed_are_learnt_from(run: Curate) -> None:
    curated = run([row for who in ("ana", "zoe", "kim", None) for row in path(who)], tasks=[NextBestAction()])
    assert [(example.subject, example.label) for example in curated.kept] == [("ana", "free map")]
    assert {row.step for row in curated.dropped} == {"consent"}
    balanced(curated)


def test_two_actions_that_worked_in_one_state_are_no_contradiction(run: Curate) -> None:
    other = [*path("will")]
    other[1] = at(2, Event(type="track", name="Offer Sent", properties={"action": "call"}), "will")
    steps = CurationConfig(steps=("consent", "personal_data", "contradictions"))
    curated = run([*path("ana"), *other], tasks=[NextBestAction()], config=steps)
    assert {example.label for example in curated.kept} == {"free map", "call"}
    assert len({example.messages[1].content for example in curated.kept}) == 1


def test_what_was_in_no_useful_history_is_counted_not_listed(run: Curate) -> None:
    extra = at(9, Event(type="track", name="Page Closed"))
    curated = run([*path("ana"), extra, *path("will")[:2]], tasks=[NextBestAction()])
    (row,) = [row for row in curated.report.funnel if row.step == "format"]
    assert (row.entered, row.left) == (6, 3)
    assert row.reasons == {"no action with an outcome in this history": 3}
    assert curated.dropped == []
    balanced(curated)


def test_events_stay_out_when_no_task_reads_them(run: Curate) -> None:
    answer = GOOD.format(name="Ana")
    curated = run([*path("ana"), record(talk("May I return the book I got?", answer), record_id="t")])
    assert curated.report.funnel[0].reasons == {"not used by any task": 3}
    assert [example.task for example in curated.kept] == ["support_reply"]


def test_an_old_record_is_no_part_of_a_history_past_the_retention_period(run: Curate) -> None:
    old = at(-900, Purchase(order="old", product="scroll"))
    governance = GovernanceConfig(retention_days=365)
    (example,) = run([old, *path("ana")], tasks=[NextBestAction()], governance=governance).kept
    assert "scroll" not in example.messages[1].content


def test_histories_are_in_time_order_with_undated_last_whatever_the_time_zone(run: Curate) -> None:
    seen: list[History] = []

    class Watching(NextBestAction):
        def examples_of_history(self, history: History, brand: Any) -> list[Example]:
            seen.append(history)
            return []

    naive = at(None, Purchase(order="n", product="globe"))
    rows = [*path("ana")[::-1], naive, at(3, Purchase(order="m", product="map"))]
    rows[-1] = msgspec.structs.replace(rows[-1], occurred_at=datetime(2026, 3, 4))
    run(rows, tasks=[Watching()])
    (history,) = seen
    assert history.subject.subject_id == "ana"
    order = [record.occurred_at.replace(tzinfo=UTC) if record.occurred_at else None for record in history.records]
    assert order[-1] is None
    assert order[:-1] == sorted(order[:-1])  # type: ignore[type-var]


def test_texts_in_histories_have_lost_their_names(run: Curate) -> None:
    seen: list[str] = []

    class Reading(SupportReply):
        @property
        def history_kinds(self) -> frozenset[str]:
            return frozenset({"Conversation"})

        def examples_of_history(self, history: History, brand: Any) -> list[Example]:
            seen.extend(turn.text for record in history.records for turn in record.payload.turns)  # type: ignore[union-attr]
            return []

    run(
        [record(talk("I am Ana Lopez, where is my book?", "Hi Ana Lopez, it comes tomorrow.", csat=1.0))],
        tasks=[Reading()],
    )
    assert seen
    assert not any("Lopez" in text for text in seen)


@pytest.mark.parametrize("subject", [None, "nobody-known"])
def test_records_about_nobody_known_are_in_no_history(run: Curate, subject: str | None) -> None:
    context = Context(
        subjects={"ana": Subject(subject_id="ana")}, tasks=[], brand=None, governance=GovernanceConfig(),  # type: ignore[arg-type]
        config=CurationConfig(), key="k", pseudonyms=None,  # type: ignore[arg-type]
    )  # fmt: skip
    assert list(histories(path(subject), context)) == []
    assert [history.subject.subject_id for history in histories(path("ana"), context)] == ["ana"]
