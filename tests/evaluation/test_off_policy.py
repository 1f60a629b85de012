"""Off-policy estimates: unbiased against a known policy value, honest intervals, doubly robust when one side is wrong."""

import numpy as np
import pytest

from brandtune.core.errors import DataError
from brandtune.evaluation.metrics.off_policy import (
    Logged,
    doubly_robust,
    inverse_propensity,
    self_normalised,
    uplift,
)

CHANCE = np.array([[0.30, 0.10, 0.05], [0.05, 0.20, 0.40]])  # state, action -> reward
TAKEN = np.array([[0.6, 0.3, 0.1], [0.5, 0.3, 0.2]])  # state, action -> logged chance
BEST = np.array([0, 2])
TRUE = float(CHANCE[[0, 1], BEST].mean())
DONE = float((CHANCE * TAKEN).sum(1).mean())


def simulate(n: int, seed: int, *, model: np.ndarray = CHANCE, propensity: np.ndarray = TAKEN) -> list[Logged]:
    rng = np.random.default_rng(seed)
    state = rng.integers(0, 2, n)
    action = (rng.random(n)[:, None] > TAKEN[state].cumsum(1)).sum(1).clip(max=2)
    reward = rng.random(n) < CHANCE[state, action]
    return [
        Logged(
            reward=float(r), propensity=float(propensity[s, a]), agrees=float(a == BEST[s]),
            expected=float(model[s, BEST[s]]), expected_taken=float(model[s, a]),
        )
        for s, a, r in zip(state, action, reward, strict=True)
    ]  # fmt: skip


ESTIMATES = (inverse_propensity, self_normalised, doubly_robust)


@pytest.mark.parametrize("estimate", ESTIMATES)
def test_estimates_find_the_policys_value_and_cover_it(estimate) -> None:
    found = [estimate(simulate(300, seed)) for seed in range(120)]
    values = np.array([one.value for one in found])
    assert values.mean() == pytest.approx(TRUE, abs=4 * values.std() / np.sqrt(120) + 0.002)
    # The reported error is the spread that the estimates really have.
    assert np.mean([one.error for one in found]) == pytest.approx(values.std(ddof=1), rel=0.2)
    covered = np.mean([one.low <= TRUE <= one.high for one in found])
    assert 0.88 <= covered <= 0.99


def test_doubly_robust_survives_one_wrong_side_and_is_narrower_with_a_right_model() -> None:
    wrong_model = simulate(8000, 1, model=np.full_like(CHANCE, 0.5))
    assert doubly_robust(wrong_model).value == pytest.approx(TRUE, abs=0.03)
    wrong_chances = simulate(8000, 2, propensity=np.full_like(TAKEN, 1 / 3))
    assert doubly_robust(wrong_chances).value == pytest.approx(TRUE, abs=0.03)
    assert abs(inverse_propensity(wrong_chances).value - TRUE) > 0.04
    right = simulate(2000, 3)
    assert doubly_robust(right).error < inverse_propensity(right).error


def test_uplift_is_the_gain_over_what_was_done() -> None:
    found = uplift(simulate(20_000, 4))
    assert found.value == pytest.approx(TRUE - DONE, abs=0.02)
    assert found.low < TRUE - DONE < found.high


def test_in_closed_form() -> None:
    log = [Logged(reward=1.0, propensity=0.5, agrees=1.0), Logged(reward=1.0, propensity=0.5, agrees=0.0)]
    found = inverse_propensity(log)
    assert (found.value, found.n, found.effective) == (1.0, 2, 1.0)
    assert found.error == pytest.approx(np.std([2.0, 0.0], ddof=1) / np.sqrt(2))
    assert self_normalised(log).value == 1.0
    # One customer's two decisions are one observation.
    assert inverse_propensity(log * 2, clusters=["a", "b", "a", "b"]).error == pytest.approx(found.error)


@pytest.mark.parametrize(
    "log",
    [
        [],
        [Logged(reward=1.0, propensity=0.0, agrees=1.0)],
        [Logged(reward=1.0, propensity=1.5, agrees=1.0)],
        [Logged(reward=float("nan"), propensity=0.5, agrees=1.0)],
        [Logged(reward=1.0, propensity=0.5, agrees=2.0)],
    ],
)
def test_what_is_no_log_is_refused(log: list[Logged]) -> None:
    for estimate in (*ESTIMATES, uplift):
        with pytest.raises(DataError):
            estimate(log)


def test_a_policy_that_the_log_never_shows_is_said() -> None:
    with pytest.raises(DataError, match="says nothing"):
        self_normalised([Logged(reward=1.0, propensity=0.5, agrees=0.0)])
