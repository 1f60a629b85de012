"""Business metrics in the cost model against sums on paper: counted escalations, outcomes with a worth, what is missing."""

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep
from test_costing import gains, worked

from brandtune.advice.config import CostConfig, FactsFile
from brandtune.advice.facts import shown
from brandtune.advice.outcomes import with_use
from brandtune.advice.results import Return
from brandtune.core.errors import ConfigError
from brandtune.workflows.plan import load_plan

ESCALATING = {"escalation_cost": 30, "escalation_share": 0.1}


def seen(*rows: tuple[str, str, float, int], **more: float) -> FactsFile:
    outcomes = [{"metric": metric, "arm": arm, "share": share, "n": n} for metric, arm, share, n in rows]
    return FactsFile.model_validate({"outcomes": outcomes, **more})


def names(found: Return) -> dict[str, str]:
    return {one.name: one.source for one in found.inputs}


def uses(facts: FactsFile, found: Return | None, **costs: object) -> dict[tuple[str, str], str]:
    plan = CostConfig.model_validate({"pieces_per_month": 1, "editor_hour": 1, **costs})
    rows = with_use(shown(facts, {}), costs=plan, returns=found)
    return {(one.metric, one.arm): one.use for one in rows}


def test_counted_escalations_replace_the_share_that_was_guessed() -> None:
    facts = seen(("escalated", "tuned", 0.04, 200), ("escalated", "prompt", 0.10, 200))
    found = worked(gains(0.2), facts=facts, **ESCALATING)
    assert found.saving_piece.value == pytest.approx(0.2 * 10 + (0.10 - 0.04) * 30)
    assert worked(gains(0.2), **ESCALATING).saving_piece.value == pytest.approx(0.2 * (10 + 0.1 * 30))
    assert names(found)["seen:escalated"] == "fact" and "escalation_share" not in names(found)
    arms = {arm.arm: arm.piece for arm in found.arms}
    assert arms["prompt"] == pytest.approx(1 + 0.5 * 10 + 0.10 * 30)
    assert arms["tuned"] == pytest.approx(1 + 0.3 * 10 + 0.04 * 30)
    assert set(uses(facts, found, **ESCALATING).values()) == {"replaces `escalation_share`"}


def test_what_was_seen_keeps_newcombes_interval_and_widens_that_of_the_saving() -> None:
    facts = seen(("escalated", "tuned", 0.04, 200), ("escalated", "prompt", 0.10, 200))
    found = worked(gains(0.2), facts=facts, **ESCALATING)
    (one,) = [given for given in found.inputs if given.name == "seen:escalated"]
    theirs = confint_proportions_2indep(20, 200, 8, 200, compare="diff", method="newcomb")
    assert (one.low, one.high) == pytest.approx(theirs, abs=1e-6)
    error = (one.high - one.low) / 2 / 1.96
    half = 1.96 * (0.2 * 0.8 / 200 * 10**2 + (error * 30) ** 2) ** 0.5
    assert found.saving_piece.high - found.saving_piece.low == pytest.approx(2 * half, rel=0.08)
    swing = next(swing for swing in found.swings if swing.name == "seen:escalated")
    assert swing.at_high - swing.at_low == pytest.approx((one.high - one.low) * 30 * 1000)


def test_resolved_is_the_opposite_of_escalated_and_gives_way_to_it() -> None:
    facts = seen(("resolved", "tuned", 0.96, 200), ("resolved", "prompt", 0.90, 200))
    assert worked(gains(0.2), facts=facts, **ESCALATING).saving_piece.value == pytest.approx(2 + 0.06 * 30)
    both = seen(
        ("resolved", "tuned", 0.5, 200), ("resolved", "prompt", 0.5, 200),
        ("escalated", "tuned", 0.04, 200), ("escalated", "prompt", 0.10, 200),
    )  # fmt: skip
    found = worked(gains(0.2), facts=both, **ESCALATING)
    assert found.saving_piece.value == pytest.approx(2 + 0.06 * 30)
    assert uses(both, found, **ESCALATING)["resolved", "tuned"] == "not used: `escalated` is counted"


def test_against_writing_by_hand_peoples_escalations_count() -> None:
    facts = seen(("escalated", "tuned", 0.05, 100), ("escalated", "people", 0.02, 100))
    useless = {"prompt": 0.0, "tuned": 0.7}
    found = worked(gains(0.7), usable=useless, facts=facts, **ESCALATING)
    assert found.baseline == "by_hand"
    assert found.saving_piece.value == pytest.approx(10 - (1 + 0.3 * 10) + (0.02 - 0.05) * 30)
    assert {arm.arm: arm.piece for arm in found.arms}["by_hand"] == pytest.approx(10 + 0.02 * 30)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("escalated", "tuned", 0.04, 200)], "it takes 20 under prompt, and there are 0"),
        (
            [("escalated", "tuned", 0.0, 19), ("escalated", "prompt", 0.1, 200)],
            "it takes 20 under tuned, and there are 19",
        ),
        ([("escalated", "tuned", 0.04, 200), ("escalated", "people", 0.1, 200)], "it takes 20 under prompt"),
    ],
)
def test_what_was_seen_on_one_side_only_changes_nothing_and_says_what_is_missing(rows: list, said: str) -> None:
    found = worked(gains(0.2), facts=seen(*rows), **ESCALATING)
    assert found == worked(gains(0.2), facts=seen(), **ESCALATING)
    assert said in uses(seen(*rows), found, **ESCALATING)["escalated", "tuned"]


def test_outcomes_count_with_the_worth_that_the_plan_gives_them() -> None:
    facts = seen(
        ("csat", "tuned", 0.9, 100), ("csat", "prompt", 0.8, 100),
        ("open_rate", "tuned", 0.22, 1000), ("open_rate", "prompt", 0.26, 1000), ("open_rate", "people", 0.3, 1000),
    )  # fmt: skip
    worth = {"csat": {"value": 3}, "open_rate": {"value": 0.02, "per_piece": 500}}
    found = worked(gains(0.2), facts=facts, outcomes=worth)
    assert found.saving_piece.value == pytest.approx(2 + 0.1 * 3 - 0.04 * 0.02 * 500)
    assert names(found)["worth:open_rate"] == "given" and names(found)["seen:csat"] == "fact"
    told = uses(facts, found, outcomes=worth)
    assert told["csat", "tuned"] == "counts with its worth, `costs.outcomes.csat`"
    assert told["open_rate", "people"] == "not used: tuned is held against prompt"
    assert worked(gains(0.2), facts=facts) == worked(gains(0.2), facts=seen())


def test_a_worth_may_be_off_as_far_as_other_amounts_that_were_given() -> None:
    facts = seen(("unsubscribed", "tuned", 0.10, 400), ("unsubscribed", "prompt", 0.05, 400))
    found = worked(gains(0.2), facts=facts, outcomes={"unsubscribed": {"value": -4}}, uncertainty=0.25)
    (worth,) = [one for one in found.inputs if one.name == "worth:unsubscribed"]
    assert (worth.value, worth.low, worth.high) == (-4.0, -5.0, -3.0)
    assert found.saving_piece.value == pytest.approx(2 - 0.05 * 4)


def test_what_is_told_twice_is_added_up() -> None:
    facts = seen(("csat", "tuned", 1.0, 10), ("csat", "tuned", 0.8, 30), ("csat", "prompt", 0.5, 40))
    found = worked(gains(0.2), facts=facts, outcomes={"csat": {"value": 1}})
    assert found.saving_piece.value == pytest.approx(2 + (34 / 40 - 0.5))
    assert "counts" in uses(facts, found, outcomes={"csat": {"value": 1}})["csat", "tuned"]


def test_what_has_no_price_says_which_setting_would_give_it_one() -> None:
    facts = seen(
        ("csat", "tuned", 0.9, 100), ("csat", "prompt", 0.8, 100),
        ("escalated", "tuned", 0.0, 100), ("escalated", "prompt", 0.1, 100),
    )  # fmt: skip
    found = worked(gains(0.2), facts=facts)
    assert found == worked(gains(0.2), facts=seen())
    told = uses(facts, found)
    assert told["csat", "tuned"] == "not used: `costs.outcomes.csat` would say what one more is worth"
    assert told["escalated", "prompt"] == "not used: `costs.escalation_cost` is 0"
    (nothing,) = {one.use for one in with_use(shown(facts, {}), costs=None, returns=None)}
    assert nothing == "not used: `costs` in brandtune.yaml would say what it is worth"


def test_a_counted_price_of_an_escalation_is_enough() -> None:
    facts = seen(("escalated", "tuned", 0.04, 200), ("escalated", "prompt", 0.1, 200), escalation_cost=20)
    found = worked(gains(0.2), facts=facts, escalation_share=0.1)
    assert found.saving_piece.value == pytest.approx(2 + 0.06 * 20)


def test_published_edits_say_what_they_replace() -> None:
    edits = {"tuned": (60, 100), "prompt": (50, 100), "rag": (9, 10)}
    found = worked(gains(0.2), published=edits)
    costs = CostConfig(pieces_per_month=1, editor_hour=1)
    told = {one.arm: one.use for one in with_use(shown(seen(), edits), costs=costs, returns=found)}
    assert told["tuned"] == "replaces the usable drafts that the run measured"
    assert told["rag"] == "not used: tuned is held against prompt"


def test_escalations_are_priced_in_one_place_only(tmp_path) -> None:
    (tmp_path / "brandtune.yaml").write_text(
        "brand: {name: Acme}\nsources: [{kind: csv, path: a.csv, maps_to: conversation}]\ntasks: [{kind: support_reply}]\n"
        "costs: {pieces_per_month: 9, editor_hour: 40, outcomes: {escalated: {value: 3}}}\n"
    )
    with pytest.raises(ConfigError, match="escalation_cost"):
        load_plan(tmp_path / "brandtune.yaml")
