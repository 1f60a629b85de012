"""The cost model against sums on paper, its uncertainty against simulation, and every source of an amount."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured_runs import measured_report

from brandtune.advice.amounts import inputs
from brandtune.advice.config import CostConfig, FactsFile
from brandtune.advice.costing import Situation, work_out
from brandtune.advice.measured import Measured, measured, usable, usable_shares
from brandtune.advice.results import Return

PLAIN = {
    "pieces_per_month": 1000, "editor_hour": 60, "minutes_per_piece": 10, "minutes_to_check": 1,
    "data_preparation": 1200, "training": 100, "trainings_per_year": 3, "maintenance_month": 50, "hosting_month": 25,
    "horizon_months": 12, "uncertainty": 0.0,
}  # fmt: skip
EVERYTHING = {**PLAIN, "escalation_cost": 0.0, "escalation_share": 0.0, "input_tokens_million": 0.0,
              "output_tokens_million": 0.0}  # fmt: skip


def gains(share: float, n: int = 200) -> Measured:
    """`share` of the examples gained by the tuned arm, all others equal."""
    won = round(share * n)
    none = np.zeros(n)
    gain = np.array([1.0] * won + [0.0] * (n - won))
    return Measured(gain, gain, none, none, [f"c{i}" for i in range(n)])


def worked(found: Measured, usable: dict[str, float] | None = None, **settings: object) -> Return:
    facts, published = settings.pop("facts", None), settings.pop("published", {})
    return work_out(
        Situation(
            costs=CostConfig.model_validate({**EVERYTHING, **settings}),
            measured=found,
            usable=usable or {"prompt": 0.5, "tuned": 0.7},
            titles={"prompt": "Prompted"},
            tokens={"prompt": (1000.0, 100.0)},
            baseline="prompt",
            facts=facts,
            published=published,
        )
    )


def test_break_even_is_what_tuning_costs_over_what_it_saves_on_a_text() -> None:
    found = worked(gains(0.2))
    own = 1200 / 12 + 3 * 100 / 12 + 50 + 25
    assert found.saving_piece.value == pytest.approx(0.2 * 10)
    assert found.own_cost_month == pytest.approx(own)
    assert found.break_even.value == pytest.approx(own / 2)
    assert found.net_month.value == pytest.approx(1000 * 2 - own)
    assert found.payback_months == pytest.approx((1200 + 100) / (2000 - 2 * 100 / 12 - 75))
    assert found.probability == 1.0


def test_at_the_break_even_volume_nothing_is_won_and_nothing_lost() -> None:
    even = worked(gains(0.2)).break_even.value
    assert worked(gains(0.2), pieces_per_month=even).net_month.value == pytest.approx(0.0, abs=1e-9)


def test_tokens_and_escalations_are_saved_too() -> None:
    none = np.zeros(50)
    tokens = Measured(none, none, np.full(50, 900.0), np.full(50, -20.0), [str(i) for i in range(50)])
    saved = worked(tokens, input_tokens_million=2.0, output_tokens_million=10.0).saving_piece.value
    assert saved == pytest.approx(900 * 2e-6 - 20 * 10e-6)
    escalated = worked(gains(0.2), escalation_cost=30, escalation_share=0.1).saving_piece.value
    assert escalated == pytest.approx(0.2 * (10 + 3))


def test_the_interval_of_the_saving_is_that_of_the_measured_gain() -> None:
    """With exact costs nothing but the test set is uncertain; a share of n has a known standard error."""
    found = worked(gains(0.2)).saving_piece
    half = 1.96 * (0.2 * 0.8 / 200) ** 0.5 * 10
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half), rel=0.06)


def test_examples_of_one_customer_are_resampled_together() -> None:
    one = gains(0.2)
    grouped = Measured(one.gain, one.gain, one.prompt_tokens, one.reply_tokens, [f"c{i // 10}" for i in range(200)])
    wide, narrow = worked(grouped).saving_piece, worked(one).saving_piece
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_without_a_saving_no_volume_pays() -> None:
    found = worked(gains(0.0))
    assert (found.break_even.value, found.break_even.low, found.break_even.high) == (None, None, None)
    assert found.payback_months is None
    assert found.probability == 0.0
    assert found.net_month.value == pytest.approx(-found.own_cost_month)


def test_a_saving_that_may_be_none_has_no_upper_end_of_break_even() -> None:
    gain, none = np.array([1.0] * 12 + [-1.0] * 8 + [0.0] * 80), np.zeros(100)
    mixed = Measured(gain, gain, none, none, list(map(str, range(100))))
    found = worked(mixed)
    assert found.break_even.value is not None and found.break_even.low is not None
    assert found.break_even.high is None
    assert 0.0 < found.probability < 1.0


def test_every_way_of_writing_has_its_price_by_hand_first() -> None:
    arms = {arm.arm: arm for arm in worked(gains(0.2)).arms}
    assert list(arms) == ["by_hand", "prompt", "tuned"]
    assert arms["by_hand"].piece == pytest.approx(10)
    assert arms["prompt"].piece == pytest.approx(1 + 0.5 * 10)
    assert arms["tuned"].month == pytest.approx((1 + 0.3 * 10) * 1000 + 200)


def test_where_writing_by_hand_is_cheaper_than_the_best_arm_tuning_is_held_against_that() -> None:
    """Ten minutes by hand; a useless draft costs one minute more, so it is no measure of what tuning saves."""
    useless = {"prompt": 0.0, "tuned": 0.7}
    found = worked(gains(0.7), usable=useless)
    assert (found.baseline, found.against) == ("by_hand", "writing by hand")
    assert found.saving_piece.value == pytest.approx(10 - (1 + 0.3 * 10))
    assert found.inputs[0].name == "usable"
    paid = Measured(gains(0.7).usable, gains(0.7).gain, np.zeros(200), np.zeros(200), gains(0.7).customers)
    costly = worked(paid, usable=useless, input_tokens_million=100.0)
    assert costly.saving_piece.value == pytest.approx(6.0)  # the tuned arm's tokens are not given here
    edited = worked(gains(0.7), usable=useless, published={"tuned": (10, 40), "prompt": (9, 40)})
    assert edited.saving_piece.value == pytest.approx(10 - (1 + 0.75 * 10))


def test_amounts_say_where_they_come_from_and_how_far_they_may_be_off() -> None:
    costs = CostConfig(pieces_per_month=500, editor_hour=40, uncertainty=0.2)
    known = {one.name: one for one in inputs(costs, FactsFile(editor_hour=44.0))}
    assert (known["editor_hour"].source, known["editor_hour"].low, known["editor_hour"].high) == ("fact", 44.0, 44.0)
    assert (known["pieces_per_month"].source, known["pieces_per_month"].low) == ("given", 400.0)
    assert (known["training"].source, known["training"].high) == ("assumed", 450.0)


def test_a_fact_replaces_what_was_measured_and_assumed() -> None:
    found = worked(
        gains(0.2), facts=FactsFile(minutes_per_piece=5.0), published={"tuned": (60, 100), "prompt": (50, 100)}
    )
    assert found.saving_piece.value == pytest.approx(0.5)
    assert found.inputs[0].source == "fact"
    assert {one.name: one.source for one in found.inputs}["minutes_per_piece"] == "fact"


def test_the_widest_swing_comes_first_and_exact_inputs_have_none() -> None:
    found = worked(gains(0.2), uncertainty=0.3)
    widths = [swing.width for swing in found.swings]
    assert widths == sorted(widths, reverse=True)
    assert found.swings[0].name in ("gain", "pieces_per_month", "editor_hour", "minutes_per_piece")
    assert {swing.name for swing in worked(gains(0.2)).swings} == {"gain"}
    hour = next(swing for swing in found.swings if swing.name == "editor_hour")
    assert hour.at_high - hour.at_low == pytest.approx(0.6 * 2000)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 0.9), st.floats(10, 5000), st.floats(5, 200))
def test_return_and_break_even_always_agree(gain: float, pieces: float, hour: float) -> None:
    found = worked(gains(gain, n=100), pieces_per_month=pieces, editor_hour=hour)
    assert found.break_even.value is not None
    assert (found.net_month.value > 0) == (pieces > found.break_even.value)


def test_a_draft_that_sounds_right_and_says_something_wrong_is_of_no_use() -> None:
    assert usable({"on_brand": 1.0, "facts_ok": 0.0, "well_formed": 1.0}, metric="on_brand") == 0.0
    assert usable({"on_brand": 1.0, "facts_ok": 1.0, "style": 0.2}, metric="on_brand") == 1.0
    assert usable({"accuracy": 0.0}, metric="accuracy") == 0.0
    report = measured_report(tuned=0.75, prompt=0.5, n=40)
    assert usable_shares(report.examples, metric="on_brand") == {"tuned": 0.75, "prompt": 0.5}


def test_examples_that_an_arm_failed_on_are_left_out_of_the_money() -> None:
    import msgspec

    report = measured_report(tuned=0.8, prompt=0.5, n=40)
    lacking = msgspec.structs.replace(report.examples[0], scores={"tuned": {"on_brand": 1.0}, "prompt": {}})
    found = measured((lacking, *report.examples[1:]), metric="on_brand", arm="tuned", baseline="prompt")
    assert len(found.gain) == len(found.customers) == 39
    assert found.prompt_tokens.tolist() == [720.0] * 39
