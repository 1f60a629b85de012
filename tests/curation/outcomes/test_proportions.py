"""Comparing rates, checked against scipy and statsmodels."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    power_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)

from brandtune.curation.outcomes.proportions import (
    Rate,
    compare,
    holm,
    newcombe,
    probability_higher,
    trials_needed,
    wilson,
    z_test,
)

RATES = st.integers(1, 400).flatmap(lambda n: st.builds(Rate, st.integers(0, n), st.just(n)))


@settings(max_examples=60, deadline=None)
@given(RATES, RATES)
def test_the_probability_is_the_integral_of_the_posteriors(one: Rate, other: Rate) -> None:
    x = beta(one.successes + 1, one.trials - one.successes + 1)
    y = beta(other.successes + 1, other.trials - other.successes + 1)
    peaks = [(rate.successes + 1) / (rate.trials + 2) for rate in (one, other)]
    expected, _ = quad(lambda v: x.pdf(v) * y.cdf(v), 0, 1, points=peaks, limit=400)
    assert probability_higher(one, other) == pytest.approx(expected, abs=1e-6)


@given(RATES, RATES)
def test_either_one_or_the_other_is_higher(one: Rate, other: Rate) -> None:
    assert probability_higher(one, other) + probability_higher(other, one) == pytest.approx(1, abs=1e-9)


@given(RATES, RATES)
def test_intervals_and_p_are_those_of_statsmodels(one: Rate, other: Rate) -> None:
    assert wilson(one) == pytest.approx(proportion_confint(one.successes, one.trials, method="wilson"), abs=1e-12)
    expected = confint_proportions_2indep(one.successes, one.trials, other.successes, other.trials, method="newcomb")
    assert newcombe(one, other) == pytest.approx(expected, abs=1e-9)
    if 0 < one.successes + other.successes < one.trials + other.trials:
        _, p = proportions_ztest([one.successes, other.successes], [one.trials, other.trials])
        assert z_test(one, other) == pytest.approx(p, abs=1e-12)
    else:
        assert z_test(one, other) == 1.0


@settings(max_examples=8, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)


@pytest.mark.parametrize(("rate", "lift"), list(itertools.product((0.02, 0.2, 0.5), (0.1, 0.5))))
def test_so_many_trials_give_the_power(rate: float, lift: float) -> None:
    needed = trials_needed(rate, lift=lift, alpha=0.05, power=0.8)
    assert power_proportions_2indep(rate * lift, rate, needed).power == pytest.approx(0.8, abs=0.01)


def test_millions_of_sends_are_no_trouble() -> None:
    found = compare(Rate(200_000, 1_000_000), Rate(199_000, 1_000_000))
    assert found.probability == pytest.approx(0.9616, abs=1e-3)
    assert found.low < 0.001 < found.high


def test_equal_arms_are_called_different_as_often_as_promised() -> None:
    rng = np.random.default_rng(7)
    draws = rng.binomial(800, 0.2, size=(4000, 2))
    found = sum(z_test(Rate(int(a), 800), Rate(int(b), 800)) <= 0.05 for a, b in draws) / len(draws)
    assert 0.04 < found < 0.06
