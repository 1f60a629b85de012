"""Example steps by hand, the law of conservation, and rough input."""

import itertools
import random
import time

import pytest
from bookshop import Curate, balanced, record, talk

from brandtune.core.records import Event, LabelledText, Pair, Record
from brandtune.core.tasks import Label, PromptCompletion, SupportReply, TicketIntent
from brandtune.curation import CurationConfig
from brandtune.curation.order import ALL_STEPS
from brandtune.curation.steps.near_duplicates import NearDuplicatesConfig
from brandtune.curation.steps.per_customer import PerCustomerConfig
from brandtune.scoring.similarity import jaccard, shingles

WORDS = (
    "paper ink cover spine page print novel poem story shelf reader chapter title index author plot lamp desk chair tea"
)


def words(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(WORDS.split()) for _ in range(count))


def test_length_drops_and_never_cuts(run: Curate) -> None:
    long = "A long story. " * 1000
    rows = [
        record(talk("Tell me?", long), record_id="long"),
        record(talk("Tell me?", "Yes."), record_id="short"),
        record(talk("Tell me more?", "Of course, here is more."), record_id="fine"),
    ]
    curated = run(rows)
    balanced(curated)
    found = {row.reason: row for row in curated.dropped}
    assert set(found) == {"too long", "too short"}
    assert "at most 6000" in found["too long"].detail and len(found["too long"].excerpt) <= 300
    assert found["too long"].excerpt.endswith("…")


def test_off_brand_names_the_rules_and_warnings_only_cost_quality(run: Curate) -> None:
    rows = [
        record(talk("Where is the atlas?", "Kindly wait until Monday."), record_id="bad"),
        record(talk("Where is the novel?", "It basically left on Monday."), record_id="soft"),
        record(talk("Where is the poem?", "It left the shop on Monday morning."), record_id="good"),
    ]
    curated = run(rows)
    assert [(row.reason, row.detail) for row in curated.dropped] == [("off-brand", "Quill.Words")]
    quality = {example.source_record_ids[0]: example.quality for example in curated.kept}
    assert quality["soft"] < quality["good"]


def test_wrong_facts_name_the_file(run: Curate) -> None:
    rows = [record(talk("How long may I return?", "Books can be returned within 60 days of delivery."))]
    (dropped,) = run(rows).dropped
    assert dropped.reason == "contradicts the facts"
    assert "returns.md" in dropped.detail and "20 days" in dropped.detail


def test_outcomes(run: Curate) -> None:
    rows = [
        record(talk("One?", "It left the shop today."), record_id="open"),
        record(talk("Two?", "The novel is on its way."), record_id="unknown"),
        record(talk("Three?", "The poem arrives tomorrow."), record_id="angry"),
    ]
    rows[0] = record(talk("One?", "It left the shop today.", resolved=False, status="open"), record_id="open")
    rows[2] = record(talk("Three?", "The poem arrives tomorrow.", csat=0.25, resolved=True), record_id="angry")
    curated = run(rows)
    assert {row.id: row.reason for row in curated.dropped} == {"open": "unresolved", "angry": "customer unhappy"}


def test_duplicates_keep_the_better_one_and_say_which(run: Curate) -> None:
    text = "the parcel with my three novels has not arrived and I would like to know where it is now please"
    answer = "Your parcel left on Monday and the carrier has it, so it should be with you on Thursday at the latest."
    rows = [
        record(talk(text, answer, csat=0.6), record_id="worse"),
        record(talk(text, answer, csat=1.0), record_id="better", subject="will"),
        record(talk(text + " thanks", answer, csat=0.9), record_id="near"),
    ]
    curated = run(rows)
    balanced(curated)
    (kept,) = curated.kept
    assert kept.source_record_ids == ("better",)
    assert {row.reason for row in curated.dropped} == {"exact duplicate", "near duplicate"}
    assert {row.kept_instead for row in curated.dropped} == {kept.example_id}


def test_near_duplicates_as_brute_force_finds_them(run: Curate) -> None:
    rng = random.Random(4)
    rows: list[Record] = []
    for index in range(200):
        question, answer = words(rng, 20), words(rng, 30)
        if index % 3 == 0 and rows:
            turns = rng.choice(rows).payload.turns  # type: ignore[union-attr]
            answer = turns[1].text.replace(" tea", " cup", rng.randint(0, 3))
            question = turns[0].text
        rows.append(record(talk(question, answer), record_id=str(index)))
    config = CurationConfig(
        steps=("consent", "personal_data", "near_duplicates"), per_customer=PerCustomerConfig(max_examples=999)
    )
    curated = run(rows, config=config)
    sets = [shingles(f"{e.messages[1].content}\n{e.reference}") for e in curated.kept]
    for one, other in itertools.combinations(range(len(sets)), 2):
        similarity = jaccard(sets[one], sets[other])
        assert similarity < 0.8
        if similarity >= 0.7:
            assert {g for g in curated.kept[one].groups if g.startswith("near:")} & set(curated.kept[other].groups)
    assert len(curated.dropped) > 30


def test_labels_contradict_or_count_once(run: Curate) -> None:
    texts = [
        ("where is it", "late"),
        ("Where is it?", "lost"),
        ("refund me", "refund"),
        ("Refund me!", "refund"),
        ("hello", "other"),
    ]
    rows = [record(LabelledText(text=t, label=label), record_id=str(i)) for i, (t, label) in enumerate(texts)]
    curated = run(rows, tasks=[Label()])
    balanced(curated)
    assert sorted(e.label or "" for e in curated.kept) == ["other", "refund"]
    reasons = {row.reason: row.detail for row in curated.dropped}
    assert reasons["contradictory label"] == "labelled late and lost" and "exact duplicate" in reasons
    assert not any(group.startswith("near:") for example in curated.kept for group in example.groups)


def test_caps(run: Curate) -> None:
    rows = [
        record(talk(f"{words(random.Random(i), 9)}?", words(random.Random(i + 500), 12)), record_id=str(i))
        for i in range(30)
    ]
    curated = run(rows)
    assert len(curated.kept) == 20 and {row.reason for row in curated.dropped} == {"over the cap per customer"}
    first = run(rows, tasks=[SupportReply(max_examples=7)])
    again = run(list(reversed(rows)), tasks=[SupportReply(max_examples=7)])
    assert len(first.kept) == 7
    config = CurationConfig(per_customer=PerCustomerConfig(max_examples=99))
    first = run(rows, tasks=[SupportReply(max_examples=7)], config=config)
    again = run(list(reversed(rows)), tasks=[SupportReply(max_examples=7)], config=config)
    assert {e.example_id for e in first.kept} == {e.example_id for e in again.kept}


def test_what_no_task_reads_is_counted_only(run: Curate) -> None:
    rows = [record(Event(type="track", name="Viewed"), record_id=str(i)) for i in range(5)]
    rows += [record(talk("Where is it?", "It left the shop today."), record_id="t")]
    rows += [record(Pair(prompt="a", completion="the answer to a"), record_id="p")]
    curated = run(rows)
    balanced(curated)
    assert curated.report.funnel[0].reasons == {"not used by any task": 6} and curated.dropped == []
    curated = run(rows, tasks=[SupportReply(), PromptCompletion()])
    assert curated.report.by_task == {"support_reply": 1, "prompt_completion": 1}


def test_one_record_two_tasks(run: Curate) -> None:
    rows = [record(talk("Where is it?", "It left the shop today.", tags=("intent_late",)))]
    curated = run(rows, tasks=[SupportReply(), TicketIntent()])
    balanced(curated)
    assert curated.report.by_task == {"support_reply": 1, "ticket_intent": 1}


@pytest.mark.parametrize("missing", [None, *ALL_STEPS])
def test_conservation_whatever_steps_run(run: Curate, missing: str | None) -> None:
    rng = random.Random(8)
    flaws = ["", " kindly", " ana@mail.example"]
    rows = []
    for number in range(150):
        answer = words(rng, rng.randint(0, 14)) + rng.choice(flaws)
        payload = talk(words(rng, rng.randint(0, 12)), answer, csat=rng.choice([None, 0.1, 1.0]))
        rows.append(record(payload, subject=rng.choice(["ana", "will", "zoe", None]), record_id=str(number)))
    steps = tuple(step for step in ALL_STEPS if step != missing or step in ("consent", "personal_data"))
    curated = run(rows, config=CurationConfig(steps=steps))
    balanced(curated)
    again = run(rows, config=CurationConfig(steps=steps))
    assert again.kept == curated.kept and again.dropped == curated.dropped


def test_nothing_in_nothing_out(run: Curate) -> None:
    curated = run([])
    balanced(curated)
    assert curated.kept == [] and curated.report.by_task == {"support_reply": 0}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("unit", ["a", "1", " x", "Aa ", "<b>", "é", "ana@", "\n"])
def test_a_field_of_two_megabytes_is_dropped_by_length(run: Curate, unit: str) -> None:
    start = time.monotonic()
    curated = run([record(talk("Why?" + unit * (2_000_000 // len(unit)), "Because of the weather today."))])
    balanced(curated)
    assert curated.kept == [] or len(curated.kept[0].messages[1].content) < 6000
    assert time.monotonic() - start < 30


def test_thresholds_are_settings(run: Curate) -> None:
    text = "the parcel with my three novels has not arrived and I would like to know where"
    rows = [
        record(talk(text, "It left on Monday."), record_id="a"),
        record(talk(text + " it is", "It left on Monday."), record_id="b"),
    ]
    strict = CurationConfig(near_duplicates=NearDuplicatesConfig(threshold=1.0))
    assert len(run(rows).kept) == 1 and len(run(rows, config=strict).kept) == 2
