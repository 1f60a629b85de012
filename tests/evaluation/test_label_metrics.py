"""Precision, recall and confusion beside scikit-learn's; abstaining; lift from propensities; clustered intervals."""

import random

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from brandtune.core.examples import Example, Message
from brandtune.evaluation.judging import LabelJudge
from brandtune.evaluation.metrics.intervals import clustered_estimate
from brandtune.evaluation.metrics.labels import confusion
from brandtune.models.generation import Generated

LABELS = ("order", "refund", "return")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from((*LABELS, "dunno"))), min_size=1, max_size=30))
def test_the_table_is_sklearns_with_abstentions_as_misses(pairs: list[tuple[str, str]]) -> None:
    found = confusion("tuned", "ticket_intent", pairs, known=LABELS)
    wanted, given_ = [one for one, _ in pairs], [other for _, other in pairs]
    precision, recall, f1, support = precision_recall_fscore_support(
        wanted, given_, labels=list(LABELS), average=None, zero_division=0.0
    )
    for place, label in enumerate(LABELS):
        row = found.rows[label]
        assert (row[0] or 0.0) == pytest.approx(precision[place])
        assert row[0] is None or label in given_
        assert (row[1], row[2], row[3]) == pytest.approx((recall[place], f1[place], support[place]))
    assert found.abstained == given_.count("dunno") and found.answered + found.abstained == len(pairs)
    assert sum(count for *_, count in found.confused) == sum(one != other for one, other in pairs)
    if found.answered:
        right = sum(one == other for one, other in pairs)
        assert found.accuracy_answered == pytest.approx(right / found.answered)
    else:
        assert found.accuracy_answered is None


def example(label: str, **facts: str) -> Example:
    messages = (Message(role="user", content="q"), Message(role="assistant", content=label))
    return Example(example_id="e", task="next_best_action", messages=messages, target=1, label=label, facts=facts)


@pytest.mark.parametrize(
    ("facts", "answer", "lift"),
    [
        ({"propensity": "0.25"}, "Call.", 4.0),
        ({"propensity": "0.25"}, "mail", 0.0),
        ({"propensity": "not logged"}, "call", None),
        ({"propensity": "0"}, "call", None),
        ({"propensity": "nan"}, "call", None),
        ({}, "call", None),
    ],
)
def test_lift_needs_a_logged_propensity(facts: dict[str, str], answer: str, lift: float | None) -> None:
    judge = LabelJudge("next_best_action", frozenset({"call", "mail"}), metrics=("accuracy", "abstained", "lift"))
    (output,) = judge.judge("tuned", [example("call", **facts)], [Generated(answer, 1, 1, True, 0.0)])
    assert output.scores == {"accuracy": float("call" in answer.lower()), "abstained": 0.0, "lift": lift}


def test_lift_over_actions_that_worked_is_the_ratio_of_outcomes() -> None:
    """Simulated: the mean of 1[choice = action]/p over successes is the policy's outcome rate over the logged one."""
    rng = random.Random(0)
    chance = {("new", "call"): 0.30, ("new", "mail"): 0.10, ("old", "call"): 0.05, ("old", "mail"): 0.25}
    best = {"new": "call", "old": "mail"}
    lifts = []
    for _ in range(60_000):
        state = rng.choice(("new", "old"))
        propensity = 0.7
        action = rng.choices(("call", "mail"), (propensity, 1 - propensity))[0]
        if rng.random() < chance[state, action]:
            lifts.append((action == best[state]) / (propensity if action == "call" else 1 - propensity))
    done = sum(0.5 * (0.7 * chance[s, "call"] + 0.3 * chance[s, "mail"]) for s in ("new", "old"))
    wanted = sum(0.5 * chance[s, best[s]] for s in ("new", "old")) / done
    assert np.mean(lifts) == pytest.approx(wanted, rel=0.04)


def test_the_clustered_interval_is_statsmodels() -> None:
    rng = np.random.default_rng(3)
    groups = rng.integers(0, 25, 120)
    values = rng.normal(size=120) + 0.5 * groups
    fitted = sm.OLS(values, np.ones(120)).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}, use_t=True
    )
    found = clustered_estimate(values.tolist(), clusters=groups.tolist())
    num = len(set(groups.tolist()))
    error = float(fitted.bse[0]) * (num / (num - 1)) ** 0.5
    from scipy import stats

    half = float(stats.t.ppf(0.975, num - 1)) * error
    assert found.low == pytest.approx(values.mean() - half) and found.high == pytest.approx(values.mean() + half)
    assert clustered_estimate([1.0, 0.0], clusters=["a", "a"]).low is None
    bounded = clustered_estimate([0.0, 0.0, 1.0], clusters=["a", "b", "c"], low=0.0, high=1.0)
    assert bounded.low == 0.0 and bounded.high == 1.0
