"""The verdict against studies whose truth is known: the benchmark in small, with limits that chance respects."""

import pytest
from benchmarks import evaluation_simulation as simulation

# 400 studies at a true rate of 2.5 % exceed 5 % about once in 500 rows of scenarios.
STUDIES = 400


@pytest.mark.slow
@pytest.mark.parametrize("scenario", simulation.NULL, ids=lambda scenario: scenario.name)
def test_without_an_effect_at_most_5_in_100_studies_claim_one(scenario: simulation.Scenario) -> None:
    assert simulation.rate(scenario, of="better", studies=STUDIES, seed=5) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("scenario", simulation.JUST_WORTHWHILE, ids=lambda scenario: scenario.name)
def test_a_gain_that_is_just_worthwhile_is_seldom_called_worthless(scenario: simulation.Scenario) -> None:
    assert simulation.rate(scenario, of="not_better", studies=STUDIES, seed=6) <= 0.06


@pytest.mark.slow
def test_one_family_of_comparisons_has_one_error_rate() -> None:
    assert simulation.family_rate(studies=1000, seed=7) <= 0.06


@pytest.mark.slow
def test_power_is_as_predicted() -> None:
    from brandtune.evaluation import statistics

    predicted = statistics.power(200, statistics.minimum_detectable(200))
    assert simulation.power_seen(200, studies=STUDIES, seed=8) == pytest.approx(predicted, abs=0.06)


def test_a_large_gain_is_found_and_none_is_not() -> None:
    """A simulation that always said the same would pass the tests above."""
    large = simulation.Scenario("", lambda rng: simulation.shares(rng, customers=60, discordant=0.6, gain=0.5))
    assert simulation.rate(large, of="better", studies=20, seed=1) == 1.0
    assert simulation.rate(large, of="not_better", studies=20, seed=1) == 0.0
    assert simulation.rate(simulation.NULL[0], of="cannot_tell", studies=20, seed=1) == 1.0
