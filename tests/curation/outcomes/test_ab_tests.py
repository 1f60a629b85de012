"""A/B tests: what becomes a pair, what does not, and whether pairs point the right way."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from bookshop import Curate, balanced, record

from brandtune.core.records import CampaignVariant, Record
from brandtune.core.records import SocialPost as Post
from brandtune.core.tasks import CampaignCopy, SocialPost
from brandtune.curation import Curated, CurationConfig
from brandtune.curation.outcomes.config import AbTestsConfig, OutcomesConfig
from brandtune.scoring.rules import load_rules

SENT = datetime(2026, 5, 1, 9, tzinfo=UTC)
TASKS = [CampaignCopy(channel="email_subject")]


def variant(
    name: str,
    text: str,
    opens: int | None,
    sends: int | None = 2000,
    *,
    campaign: str = "c1",
    hours: float = 0,
    **more: Any,
) -> Record:
    fields: dict[str, Any] = {"product": "Atlas", "offer": "10% off", "audience": "readers", **more}
    copy = CampaignVariant(campaign=campaign, variant=name, subject_line=text, sends=sends, opens=opens, **fields)
    at = SENT + timedelta(hours=hours)
    return record(copy, subject=None, record_id=f"{campaign}{name}", occurred_at=at)


def left_out(curated: Curated) -> dict[str, int]:
    return {name.removeprefix("ab_tests: "): n for name, n in curated.report.outcomes.left_out.items()}


def test_a_clear_difference_becomes_a_preference_with_its_figures(run: Curate) -> None:
    curated = run([variant("A", "Maps that fold by themselves", 500), variant("B", "A new atlas", 400)], tasks=TASKS)
    (pair,) = curated.preferences
    assert (pair.chosen, pair.rejected) == ("Maps that fold by themselves", "A new atlas")
    assert (pair.evidence, pair.task, pair.groups) == ("ab_test", "campaign_copy", ("campaign:c1",))
    assert pair.source_record_ids == ("c1A", "c1B")
    assert pair.occurred_at == SENT
    assert pair.figures["difference"] == pytest.approx(0.05)
    assert pair.figures["low"] < 0.05 < pair.figures["high"]
    assert pair.confidence == pair.figures["probability"] > 0.999
    assert [m.role for m in pair.prompt] == ["system", "user"]
    assert "fold" not in pair.prompt[-1].content
    assert curated.report.outcomes.preferences == {"ab_test": 1}
    balanced(curated)


def test_an_underpowered_test_says_what_it_would_have_taken(run: Curate) -> None:
    curated = run(
        [variant("A", "Maps that fold by themselves", 25, 110), variant("B", "A new atlas for you", 22, 110)],
        tasks=TASKS,
    )
    assert curated.preferences == []
    (row,) = [row for row in curated.dropped if row.step == "ab_tests"]
    assert row.reason == "underpowered"
    assert row.detail == (
        "22.7% of 110 against 20.0% of 110; difference 2.7 points (-8.1 to 13.5); about 5,874 more sends each would show a "
        "lift of 10%"
    )
    assert len(curated.kept) == 2, "both variants stay examples"


def test_a_large_test_without_difference_is_no_clear_difference(run: Curate) -> None:
    curated = run([variant("A", "One", 8000, 40_000), variant("B", "Two", 8010, 40_000)], tasks=TASKS)
    assert left_out(curated) == {"no clear difference": 1}


@pytest.mark.parametrize(
    "other",
    [{"campaign": "c2"}, {"audience": "members"}, {"channel": "push"}, {"product": "Globe"}],
    ids=["campaign", "audience", "channel", "product"],
)
def test_nothing_is_compared_across_tests(run: Curate, other: dict[str, str]) -> None:
    curated = run([variant("A", "One", 900), variant("B", "Two", 400, **other)], tasks=TASKS)
    assert curated.preferences == []
    assert left_out(curated) == {"nothing to compare with": 2}


def test_variants_sent_at_other_times_are_not_compared(run: Curate) -> None:
    rows = [variant("A", "One", 900), variant("B", "Two", 400, hours=30)]
    assert left_out(run(rows, tasks=TASKS)) == {"not sent at the same time": 1}
    later = CurationConfig(outcomes=OutcomesConfig(ab_tests=AbTestsConfig(same_slot_hours=48)))
    assert len(run(rows, tasks=TASKS, config=later).preferences) == 1


def test_equal_texts_are_one_arm(run: Curate) -> None:
    rows = [variant("A", "Maps  that fold", 300), variant("B", "Maps that fold", 700), variant("C", "A new atlas", 400)]
    (pair,) = run(rows, tasks=TASKS).preferences
    assert pair.figures["chosen_rate"] == 0.25
    assert pair.source_record_ids == ("c1A", "c1B", "c1C")


@pytest.mark.parametrize(
    ("opens", "sends", "reason"),
    [
        (None, 2000, "no engagement counts"), (10, None, "no engagement counts"), (10, 0, "no engagement counts"),
        (900, 800, "impossible engagement counts"), (9, 20, "too few sends"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_used_are_counted(run: Curate, opens: int | None, sends: int | None, reason: str) -> None:
    curated = run([variant("A", "One", opens, sends), variant("B", "Two", 400)], tasks=TASKS)
    assert left_out(curated) == {reason: 1, "nothing to compare with": 1}


def test_many_variants_need_stronger_evidence(run: Curate) -> None:
    two = [variant("A", "One", 460), variant("B", "Two", 407)]
    assert len(run(two, tasks=TASKS).preferences) == 1
    many = [*two, *(variant(name, f"Text {name}", 430) for name in "CDEFG")]
    assert run(many, tasks=TASKS).preferences == []


def test_at_most_so_many_pairs_of_one_test_the_surest_first(run: Curate) -> None:
    curated = run([variant(n, f"Text {n}", 200 + 150 * i) for i, n in enumerate("ABCDE")], tasks=TASKS)
    assert len(curated.preferences) == 3
    assert left_out(curated)["over the cap of pairs a test"] == 7
    assert curated.preferences[0].figures["chosen_rate"] == 0.4


def test_the_metric_is_the_tasks(run: Curate) -> None:
    rows = [variant("A", "One", 900, clicks=50, body="x"), variant("B", "Two", 400, clicks=150, body="y")]
    assert run(rows, tasks=TASKS).preferences[0].chosen == "One"
    assert run(rows, tasks=[CampaignCopy()]).preferences[0].chosen == "Subject: Two\n\ny"


def test_the_better_side_must_keep_the_brands_rules(run: Curate) -> None:
    rows = [variant("A", "Kindly buy", 700), variant("B", "A new atlas", 400)]
    curated = run(rows, tasks=TASKS)
    assert curated.preferences == []
    (row,) = [row for row in curated.dropped if row.step == "outcome_checks"]
    assert (row.reason, row.detail) == ("better side is off-brand", "Quill.Words")
    worse = run([variant("A", "Kindly buy", 400), variant("B", "A new atlas", 700)], tasks=TASKS)
    assert [pair.rejected for pair in worse.preferences] == ["Kindly buy"]


def test_what_a_text_says_against_the_facts_is_not_preferred(run: Curate) -> None:
    rows = [variant("A", "Books can be returned within 90 days of delivery", 700), variant("B", "A new atlas", 400)]
    assert run(rows, tasks=TASKS).report.outcomes.left_out == {"outcome_checks: better side contradicts the facts": 1}


def test_posts_are_compared_by_engagement_within_a_test_only(run: Curate) -> None:
    def post(text: str, variant: str, engagements: int, campaign: str = "s1") -> Record:
        payload = Post(
            text=text, platform="instagram", campaign=campaign, variant=variant, product="Atlas", offer="10% off",
            impressions=5000, engagements=engagements,
        )  # fmt: skip
        return record(payload, subject=None, record_id=f"{campaign}{variant}")

    posts = [post("Maps that fold.", "A", 300), post("Our new atlas.", "B", 200), post("Globes.", "", 900, "s2")]
    (pair,) = run(posts, tasks=[SocialPost()]).preferences
    assert (pair.task, pair.chosen) == ("social_post", "Maps that fold.")


def test_evidence_that_is_switched_off_gives_nothing(run: Curate) -> None:
    config = CurationConfig(outcomes=OutcomesConfig(use=()))
    curated = run([variant("A", "One", 900), variant("B", "Two", 400)], tasks=TASKS, config=config)
    assert (curated.preferences, curated.report.outcomes.left_out) == ([], {})


def test_pairs_point_the_right_way_as_often_as_they_say(run: Curate) -> None:
    """Simulated tests with known true rates: wrong pairs stay below what the confidences promise, and by far."""
    rng = np.random.default_rng(11)
    rows, truth = [], {}
    for number in range(300):
        rates = rng.beta(40, 160, size=3)
        for name, rate in zip("ABC", rates, strict=True):
            truth[f"Text {number} {name}"] = rate
            rows.append(
                variant(name, f"Text {number} {name}", int(rng.binomial(1500, rate)), 1500, campaign=f"c{number}-")
            )
    pairs = run(rows, tasks=TASKS).preferences
    wrong = sum(truth[pair.chosen] < truth[pair.rejected] for pair in pairs)
    assert len(pairs) > 150
    assert wrong <= max(3, 2 * sum(1 - pair.confidence for pair in pairs))


def test_tests_without_any_effect_give_few_pairs(run: Curate) -> None:
    """With four equal variants a test, at most 5 % of the tests may give a pair."""
    rng = np.random.default_rng(5)
    rows = [
        variant(name, f"Text {number} {name}", int(rng.binomial(1500, 0.2)), 1500, campaign=f"c{number}-")
        for number in range(300)
        for name in "ABCD"
    ]
    pairs = run(rows, tasks=TASKS).preferences
    assert len(Counter(pair.groups for pair in pairs)) <= 0.07 * 300


def test_noise_between_equal_texts_is_measured_and_allowed_for(run: Curate) -> None:
    """Rates that wander by themselves: A/A rows give the noise away, and the pairs they would have made are gone."""
    rng = np.random.default_rng(3)

    def opens(mean: float) -> int:
        return int(rng.binomial(2000, rng.beta(mean * 300, (1 - mean) * 300)))

    rows = [
        variant(f"{name}{copy}", f"Text {number} {name}", opens(0.2), campaign=f"c{number}-")
        for number in range(80)
        for name in "AB"
        for copy in (1, 2)
    ]
    blind = AbTestsConfig(noise=1.0)
    naive = run(rows, tasks=TASKS, config=CurationConfig(outcomes=OutcomesConfig(ab_tests=blind)))
    honest = run(rows, tasks=TASKS)
    assert len(naive.preferences) > 0.25 * 80
    assert len(honest.preferences) <= 0.1 * 80
    assert any("times as much as independent sends" in note for note in honest.report.notes)
    assert all(5 < pair.figures["noise"] < 11 for pair in honest.preferences)


def test_without_equal_texts_no_noise_is_made_up(run: Curate) -> None:
    (pair,) = run([variant("A", "One", 900), variant("B", "Two", 400)], tasks=TASKS).preferences
    assert pair.figures["noise"] == 1.0


def test_engagement_weighs_examples_only_when_asked(run: Curate) -> None:
    rows = [variant("A", "One long enough text", 800), variant("B", "Two long enough text", 200)]
    rows.append(variant("A", "Alone and long enough", 900, campaign="c2"))
    assert {example.weight for example in run(rows, tasks=TASKS).kept} == {1.0}
    on = CurationConfig(outcomes=OutcomesConfig(weights="engagement", most_weight=1.3))
    weights = {example.reference: example.weight for example in run(rows, tasks=TASKS, config=on).kept}
    assert weights == {
        "One long enough text": 1.3, "Two long enough text": pytest.approx(0.7692, abs=1e-4), "Alone and long enough": 1.0,
    }  # fmt: skip


def test_the_fixture_has_a_rule_to_break(brand: Any) -> None:
    from pathlib import Path

    assert load_rules(Path(brand.rules_dir)).check("Kindly", task="campaign_copy")
