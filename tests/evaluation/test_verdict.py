"""The verdict: better, not better, or cannot tell and how many examples would; and the gates with their numbers."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandtune.core.errors import GateFailed
from brandtune.evaluation import statistics, verdict
from brandtune.evaluation.results import Contrast, Estimate, Gate, Report, Verdict

SHARES = st.floats(-1, 1)


def contrast(low: float, value: float, high: float, *, clusters: int = 100, n: int = 100) -> Contrast:
    difference = Estimate(value=value, low=low, high=high, n=n)
    return Contrast(
        metric="on_brand",
        arm="tuned",
        baseline="rag",
        difference=difference,
        p_value=0.01 if low > 0 else 0.5,
        method="",
        num_clusters=clusters,
    )


def decide(primary: Contrast, *, worthwhile: float = 0.05) -> Verdict:
    return verdict.decide(primary, title="On-brand", arm="Fine-tuned", baseline="RAG", worthwhile=worthwhile)


def measured(gain: float, *, n: int, per_customer: int = 1, seed: int = 0) -> Contrast:
    """A study with exactly `gain` and 30 % discordant pairs."""
    num = n // per_customer
    ours, theirs = round((0.3 + gain) / 2 * num), round((0.3 - gain) / 2 * num)
    won = np.repeat([1.0] * ours + [0.0] * (num - ours), per_customer)
    lost = np.repeat([0.0] * (num - theirs) + [1.0] * theirs, per_customer)
    clusters = np.repeat(np.arange(num), per_customer)
    return statistics.compare("on_brand", ("tuned", won), ("rag", lost), clusters=clusters, resamples=1000, seed=seed)


def test_an_interval_above_zero_is_better() -> None:
    found = decide(contrast(0.02, 0.1, 0.18))
    assert found.outcome == "better"
    assert found.sentence == (
        "Fine-tuned beats RAG, the best alternative: "
        "On-brand is 10.0 points higher (95 % interval +2.0 to +18.0 points)."
    )
    assert found.needed_examples is None


def test_an_interval_below_what_is_worth_it_is_not_better() -> None:
    found = decide(contrast(-0.08, -0.02, 0.04))
    assert found.outcome == "not_better"
    assert found.sentence.startswith("Fine-tuned is not worth it over RAG: On-brand is 2.0 points lower")
    assert found.sentence.endswith("below the +5.0 points that would matter.")
    assert found.needed_examples is None


def test_an_interval_over_both_cannot_tell_and_names_the_examples_needed() -> None:
    found = decide(contrast(-0.05, 0.05, 0.15))
    assert found.outcome == "cannot_tell"
    spread = 0.1 / 1.96 * 10
    assert found.needed_examples == statistics.needed(0.05, spread=spread, worthwhile=0.05) > 100
    assert f"About {found.needed_examples} held-out examples would tell" in found.sentence
    assert f"{found.needed_examples - 100} more than there are." in found.sentence


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (0.0, 0.2, "cannot_tell"),
        (0.0001, 0.2, "better"),
        (-0.1, 0.05, "cannot_tell"),
        (-0.1, 0.0499, "not_better"),
        (0.001, 0.02, "better"),
    ],
)
def test_the_borders_belong_to_cannot_tell(low: float, high: float, outcome: str) -> None:
    assert decide(contrast(low, (low + high) / 2, high)).outcome == outcome


@given(st.tuples(SHARES, SHARES, SHARES).map(sorted), st.floats(0.01, 0.5), st.integers(10, 500))
def test_every_interval_has_one_verdict_and_only_doubt_asks_for_more(
    ends: list[float], worthwhile: float, clusters: int
) -> None:
    low, value, high = ends
    found = decide(contrast(low, value, high, clusters=clusters, n=2 * clusters), worthwhile=worthwhile)
    assert found.primary is not None
    assert (found.outcome == "better") is (low > 0)
    assert (found.outcome == "not_better") is (low <= 0 and high < worthwhile)
    assert (found.needed_examples is not None) is (found.outcome == "cannot_tell")
    if found.needed_examples is not None:
        assert found.needed_examples > 2 * clusters


def test_with_the_examples_asked_for_the_same_gain_is_told() -> None:
    doubtful = decide(measured(0.1, n=60))
    assert doubtful.outcome == "cannot_tell"
    assert doubtful.needed_examples is not None
    assert 100 < doubtful.needed_examples < 600
    assert decide(measured(0.1, n=doubtful.needed_examples)).outcome == "better"
    assert decide(measured(0.0, n=1500)).outcome == "not_better"


def test_of_300_studies_at_most_7_in_100_say_the_opposite_of_the_truth() -> None:
    """`better` without any effect, or `not_better` although the gain is just worthwhile."""
    generator = np.random.default_rng(42)
    wrong = {"better": 0, "not_better": 0}
    for gain, mistake in ((0.0, "better"), (0.05, "not_better")):
        for _ in range(300):
            lots = generator.random(120)
            ours = (lots < (0.3 + gain) / 2).astype(float)
            theirs = (lots > 1 - (0.3 - gain) / 2).astype(float)
            primary = statistics.compare(
                "on_brand", ("tuned", ours), ("rag", theirs), clusters=range(120), resamples=300, seed=0
            )
            wrong[mistake] += decide(primary).outcome == mistake
    assert wrong["better"] <= 0.07 * 300
    assert wrong["not_better"] <= 0.07 * 300
    assert sum(wrong.values()) > 0  # intervals that never err are too wide


@pytest.mark.parametrize("gain", [1.0, 0.0, -1.0])
def test_a_test_set_of_seven_cannot_tell_whatever_it_shows(gain: float) -> None:
    ours, theirs = [float(gain > 0)] * 7, [float(gain < 0)] * 7
    primary = statistics.compare("on_brand", ("tuned", ours), ("rag", theirs), clusters=range(7), resamples=300, seed=0)
    found = decide(primary)
    assert found.outcome == "cannot_tell"
    assert found.needed_examples is not None and found.needed_examples >= 10
    assert "7 customers carries no verdict" in found.sentence
    gate = verdict.primary_gate(found)
    assert not gate.passed
    assert ("too uncertain" in gate.sentence) is (gain > 0)


def test_an_interval_above_zero_that_the_exact_test_doubts_cannot_tell() -> None:
    doubted = msgspec.structs.replace(contrast(0.01, 0.1, 0.2), p_value=0.07)
    found = decide(doubted)
    assert found.outcome == "cannot_tell"
    assert "its exact test gives p 0.070" in found.sentence


def test_more_examples_are_needed_than_there_are() -> None:
    """400 examples of 100 customers could not tell; about 230 would be fewer than there are."""
    found = decide(measured(0.1, n=400, per_customer=4))
    assert found.outcome == "cannot_tell"
    assert found.needed_examples is not None
    assert found.needed_examples > 400


def test_numbers_are_said_in_points_and_percent() -> None:
    assert [verdict.points(value) for value in (0.123, -0.05, 0.0)] == ["+12.3 points", "-5.0 points", "+0.0 points"]
    assert verdict.percent(0.123) == "12.3 %"


# Gates


def test_the_primary_gate_is_the_interval_above_zero() -> None:
    passed = verdict.primary_gate(decide(contrast(0.02, 0.1, 0.18)))
    assert (passed.name, passed.passed, passed.value, passed.limit) == ("primary", True, 0.02, 0.0)
    assert passed.sentence == "The gain over rag is at least +2.0 points; it must be above 0."
    assert not verdict.primary_gate(decide(contrast(-0.02, 0.1, 0.18))).passed


@pytest.mark.parametrize(
    ("tuned", "required", "passed"), [(1.8, 0.0, True), (2.0, 0.0, True), (2.01, 0.0, False), (1.8, 0.2, False)]
)
def test_the_loss_gate_asks_for_a_fall_by_a_share(tuned: float, required: float, passed: bool) -> None:
    gate = verdict.loss_gate(base=2.0, tuned=tuned, required=required)
    assert gate.passed is passed
    assert gate.value == pytest.approx(1 - tuned / 2.0)
    assert gate.limit == required


def test_the_loss_gate_says_both_losses_and_the_change() -> None:
    gate = verdict.loss_gate(base=2.0, tuned=1.5, required=0.1)
    expected = "Held-out loss fell by 25.0 %, from 2.000 to 1.500 nats per token; it must fall by at least 10.0 %."
    assert gate.sentence == expected
    risen = "Held-out loss rose by 10.0 %, from 2.000 to 2.200 nats per token; it must not rise."
    assert verdict.loss_gate(base=2.0, tuned=2.2, required=0.0).sentence == risen
    assert verdict.loss_gate(base=0.0, tuned=1.0, required=0.1).passed is False


@pytest.mark.parametrize(("lower", "passed"), [(-0.049, True), (-0.05, False), (-0.2, False), (0.01, True)])
def test_a_margin_gate_is_non_inferiority(lower: float, passed: bool) -> None:
    gate = verdict.margin_gate("facts_ok", title="Facts", lower=lower, margin=0.05, baseline="rag")
    assert (gate.name, gate.passed, gate.value, gate.limit) == ("facts_ok", passed, lower, -0.05)
    side = "worse" if lower < 0 else "better"
    expected = f"Facts: at worst {abs(lower) * 100:.1f} points {side} than rag; up to 5.0 points worse is allowed."
    assert gate.sentence == expected


@pytest.mark.parametrize(("last", "passed"), [(1.0, True), (1.25, True), (1.26, False)])
def test_the_overfitting_gate_measures_the_rise_above_the_best(last: float, passed: bool) -> None:
    gate = verdict.overfitting_gate(best=1.0, last=last, allowed=0.25)
    assert gate.passed is passed
    assert gate.value == pytest.approx(last - 1.0)
    assert "25.0 % is allowed" in gate.sentence


def report(*gates: Gate) -> Report:
    return Report(
        arms=(),
        metrics=(),
        cells=(),
        verdict=Verdict(outcome="better", sentence=""),
        gates=gates,
        contrasts=(),
        samples=(),
        tasks=(),
        num_test=0,
        num_validation=0,
        num_customers=0,
    )


GOOD = verdict.overfitting_gate(best=1.0, last=1.0, allowed=0.25)
BAD = verdict.overfitting_gate(best=1.0, last=2.0, allowed=0.25)
WORSE = verdict.loss_gate(base=1.0, tuned=2.0, required=0.0)


def test_a_report_whose_gates_passed_goes_on() -> None:
    verdict.require(report())
    verdict.require(report(GOOD))


def test_a_report_with_failed_gates_stops_and_names_each_with_its_numbers() -> None:
    with pytest.raises(GateFailed) as caught:
        verdict.require(report(GOOD, BAD, WORSE))
    assert caught.value.what.splitlines() == [
        f"gate `overfitting` failed. {BAD.sentence}",
        f"gate `heldout_loss` failed. {WORSE.sentence}",
    ]
    assert caught.value.exit_code == 4
    assert caught.value.where == "release"


def test_a_test_set_of_one_customer_cannot_tell() -> None:
    primary = statistics.compare(
        "on_brand", ("tuned", [1.0, 1.0]), ("rag", [0.0, 1.0]), clusters=["ana", "ana"], resamples=300, seed=0
    )
    found = decide(primary)
    assert found.outcome == "cannot_tell"
    assert found.needed_examples is not None
    assert found.needed_examples > 2
    assert "one customer" in found.sentence
    assert f"About {found.needed_examples} held-out examples" in found.sentence
    said = [found.sentence, verdict.primary_gate(found).sentence]
    assert not [text for text in said if "inf" in text.replace("inform", "")]
    assert verdict.primary_gate(found).value == -1.0
    assert verdict.margin_gate("f", title="F", lower=-math.inf, margin=0.05, baseline="rag").value == -1.0


def test_a_latency_gate_has_a_limit_in_seconds() -> None:
    assert verdict.latency_gate(seconds=0.8, allowed=1.0).passed
    slow = verdict.latency_gate(seconds=1.8, allowed=1.0)
    assert not slow.passed
    assert "1.80 s" in slow.sentence and "1.00 s is allowed" in slow.sentence


def test_a_gate_that_was_not_measured_stops_nothing_and_says_why() -> None:
    gate = verdict.unmeasured_gate("memorization", "Not measured: no audit.")
    verdict.require(report(gate))
    assert not gate.measured
