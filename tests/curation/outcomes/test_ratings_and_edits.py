"""Conversations, edits, comparisons and ratings: what is good, what is bad, and what says nothing."""

from typing import Any

import pytest
from bookshop import GOOD, Curate, balanced, record, talk

from brandtune.core.records import Comparison, Edit, Identifier, Rating, Record, Turn
from brandtune.core.tasks import CampaignCopy, PromptCompletion, SupportReply
from brandtune.curation import Curated, CurationConfig
from brandtune.curation.outcomes.config import EditsConfig, OutcomesConfig, SatisfactionConfig

ANSWER = GOOD.format(name="Ana")
OFF = CurationConfig(outcomes=OutcomesConfig(use=("edits",)))


def conversation(record_id: str = "r1", answer: str = ANSWER, **outcome: Any) -> Record:
    asked = f"May I return the book that I got in parcel {record_id}? I have not opened it."
    return record(talk(asked, answer, **outcome), record_id=record_id)


def rated(curated: Curated) -> list[tuple[str, bool]]:
    return [(one.evidence, one.good) for one in curated.rated]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ({"csat": 1.0}, [("csat", True)]),
        ({"csat": 0.0}, [("csat", False)]),
        ({"csat": 0.0, "resolved": True}, [("csat", False)]),
        ({"resolved": True}, [("resolution", True)]),
        ({"resolved": False}, [("resolution", False)]),
        ({"resolved": True, "reopened": True}, [("resolution", False)]),
    ],
)
def test_outcomes_are_labels(run: Curate, outcome: dict[str, Any], expected: list[tuple[str, bool]]) -> None:
    curated = run([conversation(**outcome)])
    assert rated(curated) == expected
    balanced(curated)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ({"csat": 0.5}, "neutral rating"),
        ({}, "outcome unknown"),
        ({"csat": 1.0, "reopened": True}, "rated well, but reopened or unsolved"),
    ],
)
def test_what_says_nothing_is_left_out_and_counted(run: Curate, outcome: dict[str, Any], reason: str) -> None:
    curated = run([conversation(**outcome)])
    assert curated.rated == []
    assert curated.report.outcomes.left_out == {f"satisfaction: {reason}": 1}
    assert len(curated.kept) == 1


def test_thresholds_and_unrated_are_the_companys_choice(run: Curate) -> None:
    strict = SatisfactionConfig(good_from=0.9, bad_to=0.6, unrated="left_out")
    config = CurationConfig(outcomes=OutcomesConfig(satisfaction=strict))
    curated = run([conversation("r1", csat=0.6), conversation("r2", resolved=True)], config=config)
    assert rated(curated) == [("csat", False)]
    assert curated.report.outcomes.left_out == {"satisfaction: not rated": 1}
    with pytest.raises(ValueError, match="`bad_to` must be below `good_from`"):
        SatisfactionConfig(good_from=0.2, bad_to=0.4)


def test_bad_endings_are_evidence_without_names_and_never_examples(run: Curate) -> None:
    unhappy = conversation(answer="Dear Ana Lopez, write to ana@mail.example or leave it.", csat=0.0)
    curated = run([unhappy])
    assert curated.kept == []
    (one,) = curated.rated
    assert one.completion == "Dear [CUSTOMER_NAME], write to [EMAIL] or leave it."
    assert one.subject == "ana"


def test_nobody_without_consent_is_evidence(run: Curate) -> None:
    said_no = record(talk("Late again", "Sorry to hear that, it comes tomorrow.", csat=0.0), subject="zoe")
    assert run([said_no]).rated == []


def test_the_last_the_first_or_every_answer(run: Curate) -> None:
    long = record(talk("One?", "First answer here.", "Two?", "Second answer here.", csat=1.0))
    for turn, expected in (("last", ["Second"]), ("first", ["First"]), ("all", ["First", "Second"])):
        settings = SatisfactionConfig(turn=turn)  # type: ignore[arg-type]
        found = run([long], config=CurationConfig(outcomes=OutcomesConfig(satisfaction=settings))).rated
        assert [one.completion.split()[0] for one in found] == expected
        assert all(one.prompt[-1].role == "user" for one in found)


def test_a_good_answer_must_be_on_brand_and_a_bad_one_need_not(run: Curate) -> None:
    off_brand = "Hi Ana,\n\nKindly return it within 20 days of delivery."
    curated = run([conversation("r1", off_brand, csat=1.0), conversation("r2", off_brand, csat=0.0)])
    assert rated(curated) == [("csat", False)]
    assert curated.report.outcomes.left_out == {"outcome_checks: better side is off-brand": 1}


def test_who_did_not_answer_is_said(run: Curate) -> None:
    curated = run([conversation("r1", csat=1.0), conversation("r2", resolved=True)])
    assert any("known of 1 of 2 conversations" in note for note in curated.report.notes)


# edits


def edit(draft: str, published: str, **more: Any) -> Record:
    given = {"brief": "Product: Atlas. Offer: 10% off.", **more}
    subject, record_id = given.pop("subject", None), given.pop("record_id", "e1")
    return record(Edit(draft=draft, published=published, **given), subject=subject, record_id=record_id)


def test_the_published_text_is_preferred_to_the_draft(run: Curate) -> None:
    curated = run([edit("Buy our atlas today.", "An atlas for slow evenings.")], tasks=[PromptCompletion()])
    (pair,) = curated.preferences
    assert (pair.chosen, pair.rejected) == ("An atlas for slow evenings.", "Buy our atlas today.")
    assert (pair.evidence, pair.task, pair.confidence) == ("edit", "prompt_completion", 1.0)
    assert pair.prompt[-1].content == "Product: Atlas. Offer: 10% off."
    assert 0 < pair.figures["changed"] < 1
    assert curated.kept == []
    balanced(curated)


@pytest.mark.parametrize(
    ("draft", "published", "reason"),
    [
        ("An atlas.", "  An\natlas. ", "nothing changed but spaces"),
        ("An atlas - folded.", "An atlas, folded.", "nothing changed but punctuation"),
        ("An atlas.", " ", "one side is empty"),
        ("", "An atlas.", "one side is empty"),
    ],
)
def test_idle_edits_are_dropped_and_counted(run: Curate, draft: str, published: str, reason: str) -> None:
    curated = run([edit(draft, published)], tasks=[PromptCompletion()])
    assert curated.preferences == []
    (row,) = curated.dropped
    assert (row.step, row.reason) == ("edits", reason)
    assert curated.report.outcomes.left_out == {f"edits: {reason}": 1}
    balanced(curated)


def test_punctuation_that_mends_a_rule_is_no_idle_edit(run: Curate, brand: Any) -> None:
    from pathlib import Path

    rule = "extends: existence\nmessage: \"No '%s'.\"\nlevel: error\nnonword: true\ntokens: ['!']\n"
    (Path(brand.rules_dir) / "Quill" / "Calm.yml").write_text(rule)
    assert len(run([edit("An atlas is here!", "An atlas is here.")], tasks=[PromptCompletion()]).preferences) == 1


def test_a_draft_without_brief_needs_two_things_that_show_in_both_texts(run: Curate) -> None:
    bare = run([edit("Buy maps.", "Maps for slow days.", brief="")], tasks=[PromptCompletion()])
    assert bare.report.outcomes.left_out == {"edits: a title alone is no brief": 1}
    texts = ("Take 10% off until Sunday, dear reader.", "You have until Sunday: 10% off for quiet readers.")
    (pair,) = run([edit(*texts, brief="")], tasks=[PromptCompletion()]).preferences
    assert pair.prompt[-1].content == "Mention: until Sunday, 10% off"


def test_the_task_is_told_by_the_system_turn_or_by_the_settings(run: Curate) -> None:
    tasks = [SupportReply(), CampaignCopy()]
    rows = [
        edit("One text here", "Another text there", system="You answer customers of Quill Books.", record_id="e1"),
        edit("Some copy here", "Better copy there", record_id="e2"),
    ]
    config = CurationConfig(outcomes=OutcomesConfig(edits=EditsConfig(task="campaign_copy")))
    pairs = run(rows, tasks=tasks, config=config).preferences
    assert [pair.task for pair in pairs] == ["support_reply", "campaign_copy"]
    assert pairs[1].prompt[0].content == "You write marketing e-mails for Quill Books."


def test_edits_of_customers_texts_need_consent_and_lose_names(run: Curate) -> None:
    texts = ("Hi Ana Lopez, no.", "Hi Ana Lopez, it comes to 3 Harbour Row tomorrow.")
    granted = edit(*texts, brief="Ana Lopez asks where her book is.", subject="ana", record_id="a")
    denied = edit(*texts, subject="zoe", record_id="z")
    unlinked = record(
        Edit(draft="One", published="Two", brief="x"), subject=None, record_id="u",
        identifiers=(Identifier(type="email", value="kim@mail.example"),),
    )  # fmt: skip
    curated = run([granted, denied, unlinked], tasks=[PromptCompletion()])
    (pair,) = curated.preferences
    assert pair.subject == "ana"
    assert "Ana" not in pair.prompt[-1].content + pair.chosen + pair.rejected
    assert "Harbour Row" not in pair.chosen
    assert {row.id: row.step for row in curated.dropped} == {"z": "consent", "u": "consent"}


def test_edits_that_say_opposite_things_are_both_dropped(run: Curate) -> None:
    rows = [edit("One text", "Two words", record_id="e1"), edit("Two words", "One text", record_id="e2")]
    curated = run(rows, tasks=[PromptCompletion()])
    assert curated.report.outcomes.left_out == {"outcome_checks: contradicts another preference": 2}


def test_the_same_edit_twice_counts_once(run: Curate) -> None:
    rows = [edit("One text", "Two words", record_id=name) for name in ("e1", "e2")]
    curated = run(rows, tasks=[PromptCompletion()])
    assert len(curated.preferences) == 1
    assert curated.report.outcomes.left_out == {"outcome_checks: exact duplicate": 1}


# comparisons and ratings

ASKED = (Turn(role="customer", text="May I return it? Ana"),)


def test_comparisons_and_ratings_by_people(run: Curate) -> None:
    rows = [
        record(Comparison(turns=ASKED, chosen="Yes, you may.", rejected="No."), record_id="c"),
        record(Rating(turns=ASKED, answer="Yes, within 20 days.", good=True), record_id="g"),
        record(Rating(turns=ASKED, answer="Go away, Ana.", good=False), record_id="b"),
    ]
    curated = run(rows)
    (pair,) = curated.preferences
    assert (pair.evidence, pair.chosen, pair.task) == ("comparison", "Yes, you may.", "support_reply")
    assert pair.prompt[0].content == "You answer customers of Quill Books."
    assert pair.prompt[1].content == "May I return it? [CUSTOMER_NAME]"
    assert rated(curated) == [("rating", True), ("rating", False)]
    assert len({one.groups for one in [*curated.rated, pair]}) == 1, "one conversation stays on one side of a split"
    balanced(curated)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (Comparison(turns=ASKED, chosen="Yes!", rejected="yes"), ""),
        (Comparison(turns=ASKED, chosen="Yes!", rejected="Yes."), "both sides are the same"),
        (Comparison(turns=ASKED, chosen="Yes", rejected=" "), "one side is empty"),
        (Comparison(turns=(), chosen="Yes", rejected="No"), "does not end with the customer"),
        (
            Rating(turns=(*ASKED, Turn(role="agent", text="Yes")), answer="No", good=True),
            "does not end with the customer",
        ),
        (Rating(turns=ASKED, answer=" ", good=True), "one side is empty"),
    ],
)
def test_judgements_that_say_nothing_are_dropped(run: Curate, payload: Any, reason: str) -> None:
    curated = run([record(payload)])
    assert [row.reason for row in curated.dropped] == ([reason] if reason else [])


def test_judgements_of_people_who_did_not_agree_are_not_used(run: Curate) -> None:
    assert run([record(Rating(turns=ASKED, answer="Yes", good=True), subject=None)]).rated == []


def test_what_is_switched_off_is_not_even_read(run: Curate) -> None:
    curated = run(
        [conversation(csat=1.0), record(Rating(turns=ASKED, answer="Yes", good=True), record_id="g")], config=OFF
    )
    assert (curated.rated, curated.preferences) == ([], [])
    assert curated.report.funnel[0].reasons == {"not used by any task": 1}
