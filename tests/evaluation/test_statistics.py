"""Intervals and tests against statsmodels and scipy, against simulation, and in every degenerate case."""

import gc
import math
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import contingency_tables, multitest, proportion

from brandtune.evaluation import statistics
from brandtune.evaluation.results import Contrast, Estimate

P_VALUES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8)


def estimate(values: list[float], clusters: list[int] | None = None, *, seed: int = 0) -> Estimate:
    own = list(range(len(values))) if clusters is None else clusters
    return statistics.estimate(values, clusters=own, resamples=500, seed=seed)


def compare(
    ours: list[float], theirs: list[float], clusters: list[int] | None = None, *, resamples: int = 400, seed: int = 0
) -> Contrast:
    own = list(range(len(ours))) if clusters is None else clusters
    return statistics.compare(
        "on_brand", ("tuned", ours), ("base", theirs), clusters=own, resamples=resamples, seed=seed
    )


def width(estimate_: Estimate) -> float:
    assert estimate_.low is not None
    assert estimate_.high is not None
    return estimate_.high - estimate_.low


# Against other people's implementations


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_mcnemar_is_the_exact_test_of_statsmodels(gained: int, lost: int, same: int) -> None:
    difference = np.array([1.0] * gained + [-1.0] * lost + [0.0] * same)
    theirs = contingency_tables.mcnemar([[same, gained], [lost, 0]], exact=True).pvalue if gained + lost else 1.0
    assert statistics.mcnemar(difference) == pytest.approx(theirs, abs=1e-12)


@given(st.integers(1, 500), st.floats(0, 1))
def test_wilson_is_that_of_statsmodels(n: int, share: float) -> None:
    successes = round(share * n)
    theirs = proportion.proportion_confint(successes, n, method="wilson")
    assert statistics.wilson(successes, n) == pytest.approx(theirs, abs=1e-9)


@pytest.fixture(scope="module")
def fast_collection() -> Iterator[None]:
    """multipletests collects garbage on each call, which takes a quarter of a second once torch is loaded."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("fast_collection")
@given(P_VALUES)
def test_holm_is_that_of_statsmodels_in_the_order_given(p_values: list[float]) -> None:
    theirs = multitest.multipletests(p_values, method="holm")[1]
    assert statistics.holm(p_values) == pytest.approx(list(theirs), abs=1e-12)


def test_holm_of_no_tests_is_empty() -> None:
    assert statistics.holm([]) == []


@pytest.mark.parametrize("shift", [0.0, 0.4, 1.0])
def test_sign_flip_is_the_permutation_test_of_scipy(shift: float) -> None:
    difference = np.random.default_rng(3).normal(shift, 1.0, size=12)
    exact = stats.permutation_test(
        (difference,), np.sum, permutation_type="samples", n_resamples=np.inf, vectorized=False
    ).pvalue
    ours = statistics.sign_flip(difference, list(range(12)), resamples=20_000, seed=0)
    assert ours == pytest.approx(exact, abs=0.012)


def test_sign_flip_flips_whole_clusters() -> None:
    """Ten equal gains of one customer are one observation: either sign is as likely, so p is 1."""
    ones = np.ones(10)
    assert statistics.sign_flip(ones, [0] * 10, resamples=999, seed=0) == 1.0
    assert statistics.sign_flip(ones, list(range(10)), resamples=999, seed=0) < 0.02


def test_a_permutation_p_value_is_never_zero() -> None:
    assert statistics.sign_flip(np.ones(60), list(range(60)), resamples=199, seed=0) == pytest.approx(1 / 200)


def test_a_bca_interval_is_that_of_scipy() -> None:
    """Of skewed values, where a plain percentile interval lies elsewhere."""
    values = np.random.default_rng(5).lognormal(sigma=1.5, size=25)

    def theirs(method: str) -> tuple[float, float]:
        generator = np.random.default_rng(8)
        found = stats.bootstrap((values,), np.mean, method=method, n_resamples=20_000, rng=generator)
        return found.confidence_interval.low, found.confidence_interval.high

    ours = statistics.estimate(values, clusters=range(25), resamples=20_000, seed=0)
    assert (ours.low, ours.high) == pytest.approx(theirs("BCa"), rel=0.03)
    assert (ours.low, ours.high) != pytest.approx(theirs("percentile"), rel=0.03)


# Against published numbers: alpha 0.05, power 0.8, in points, by share of discordant pairs
DETECTABLE = {
    50: (13, 18, 22, 25),
    100: (9, 13, 15, 18),
    200: (6, 9, 11, 13),
    300: (5, 7, 9, 10),
    500: (4, 6, 7, 8),
    1000: (3, 4, 5, 6),
}


@pytest.mark.parametrize("n", DETECTABLE)
def test_what_a_test_set_can_show_is_what_the_published_table_says(n: int) -> None:
    ours = [round(100 * statistics.minimum_detectable(n, discordant_share=share)) for share in (0.1, 0.2, 0.3, 0.4)]
    assert tuple(ours) == DETECTABLE[n]


@pytest.mark.parametrize(("n", "percent"), [(50, 7.1), (100, 3.7), (200, 1.9)])
def test_no_failure_in_n_still_allows_the_published_share_of_failures(n: int, percent: float) -> None:
    assert statistics.wilson(0, n)[1] * 100 == pytest.approx(percent, abs=0.06)


def test_nothing_can_be_shown_without_examples_and_never_more_than_everything() -> None:
    assert statistics.minimum_detectable(0) == 1.0
    assert statistics.minimum_detectable(1) == 1.0


@given(st.integers(20, 5000))
def test_examples_needed_and_detectable_difference_are_each_others_inverse(n: int) -> None:
    spread = math.sqrt(statistics.ASSUMED_DISCORDANT_SHARE)
    detectable = statistics.minimum_detectable(n)
    assert statistics.needed(detectable, spread=spread, worthwhile=1e-6) == pytest.approx(n, abs=1)


def test_nobody_is_asked_for_more_examples_than_a_worthwhile_gain_needs() -> None:
    assert statistics.needed(0.001, spread=0.5, worthwhile=0.05) == statistics.needed(0.05, spread=0.5, worthwhile=0.05)
    assert statistics.needed(-0.2, spread=0.5, worthwhile=0.05) == statistics.needed(0.2, spread=0.5, worthwhile=0.05)


# By simulation


def test_bca_intervals_of_skewed_values_hold_the_truth_about_95_times_in_100() -> None:
    generator = np.random.default_rng(11)
    held = 0
    for study in range(500):
        found = statistics.estimate(generator.exponential(size=50), clusters=range(50), resamples=300, seed=study)
        held += found.low <= 1.0 <= found.high
    assert 0.90 <= held / 500 <= 0.985


def study(generator: np.random.Generator, *, gain: float, n: int, per_customer: int) -> Contrast:
    """One study of `n` pairs, 30 % of them discordant; the pairs of one customer go the same way."""
    lots = generator.random(n // per_customer)
    only_ours, only_theirs = (0.3 + gain) / 2, (0.3 - gain) / 2
    difference = np.where(lots < only_ours, 1.0, np.where(lots < only_ours + only_theirs, -1.0, 0.0))
    difference = np.repeat(difference, per_customer)
    ours, theirs = (difference > 0).astype(float), (difference < 0).astype(float)
    clusters = np.repeat(np.arange(n // per_customer), per_customer)
    return compare(list(ours), list(theirs), list(clusters), resamples=300, seed=int(generator.integers(1 << 30)))


@pytest.mark.parametrize(("n", "per_customer"), [(100, 1), (120, 2)], ids=["customers of one", "customers of two"])
def test_of_300_studies_without_an_effect_at_most_7_in_100_claim_one(n: int, per_customer: int) -> None:
    generator = np.random.default_rng(2026)
    studies = [study(generator, gain=0.0, n=n, per_customer=per_customer) for _ in range(300)]
    by_interval = sum(s.difference.low > 0 or s.difference.high < 0 for s in studies)
    by_test = sum(s.p_value < 0.05 for s in studies)
    assert by_interval <= 0.07 * 300
    assert by_test <= 0.07 * 300
    assert by_interval > 0  # an interval that never errs is too wide


def test_an_effect_as_large_as_detectable_is_found_about_80_times_in_100() -> None:
    generator = np.random.default_rng(7)
    gain = statistics.minimum_detectable(150)
    found = sum(study(generator, gain=gain, n=150, per_customer=1).difference.low > 0 for _ in range(150))
    assert 0.70 <= found / 150 <= 0.92


def test_ignoring_customers_would_claim_far_too_much() -> None:
    """Why resampling goes by customer: the same null studies, each pair taken for independent."""
    generator = np.random.default_rng(9)
    wrong = 0
    for _ in range(100):
        difference = np.repeat(generator.choice([-1.0, 0.0, 1.0], p=[0.15, 0.7, 0.15], size=25), 4)
        found = compare(list((difference > 0).astype(float)), list((difference < 0).astype(float)), resamples=200)
        wrong += found.difference.low > 0 or found.difference.high < 0
    assert wrong > 20


# Power, exactly


@pytest.mark.parametrize(("n", "gain", "share"), [(30, 0.2, 0.3), (100, 0.15, 0.3), (200, 0.05, 0.2)])
def test_predicted_power_is_how_often_mcnemars_test_finds_the_gain(n: int, gain: float, share: float) -> None:
    generator = np.random.default_rng(12)
    wins = generator.multinomial(n, [(share + gain) / 2, (share - gain) / 2, 1 - share], size=1500)
    found = [
        contingency_tables.mcnemar([[0, won], [lost, 0]], exact=True).pvalue < 0.05 and won > lost
        for won, lost, _ in wins
    ]
    assert statistics.power(n, gain, discordant_share=share) == pytest.approx(np.mean(found), abs=0.035)


def test_power_grows_with_examples_and_gain_and_is_a_false_alarm_without_any() -> None:
    assert statistics.power(0, 0.1) == statistics.power(50, 0.0, discordant_share=0.0) == 0.0
    assert statistics.power(100, 0.0) < 0.025
    assert statistics.power(100, 0.1) < statistics.power(200, 0.1) < statistics.power(200, 0.15) < 1.0
    assert statistics.power(300, statistics.minimum_detectable(300)) == pytest.approx(0.8, abs=0.03)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=2, max_size=8))
def test_few_customers_have_the_exact_permutation_value_of_scipy(sums: list[int]) -> None:
    difference = np.array(sums, dtype=float)
    exact = stats.permutation_test(
        (difference,), np.sum, permutation_type="samples", n_resamples=np.inf, vectorized=False
    ).pvalue
    assert statistics.sign_flip(difference, range(len(sums)), resamples=600, seed=0) == pytest.approx(exact)


def test_a_score_that_is_no_number_is_not_compared() -> None:
    with pytest.raises(ValueError, match="on_brand of base is not a number for example 1"):
        compare([1.0, 1.0], [0.0, math.nan])


# Clusters


def test_clustering_widens_intervals_of_values_and_differences() -> None:
    generator = np.random.default_rng(1)
    values = list(np.repeat(generator.random(20).round(), 5))
    customers = list(np.repeat(np.arange(20), 5))
    assert width(estimate(values, customers)) > 1.5 * width(estimate(values))
    zeros = [0.0] * 100
    assert width(compare(values, zeros, customers).difference) > 1.5 * width(compare(values, zeros).difference)


def test_clusters_are_summed_and_counted_in_order_of_appearance() -> None:
    sums, counts = statistics.cluster_sums(np.array([1.0, 2.0, 3.0, 4.0]), ["b", "a", "b", "c"])
    assert sums.tolist() == [4.0, 2.0, 4.0]
    assert counts.tolist() == [2.0, 1.0, 1.0]


def test_the_order_of_examples_does_not_matter_to_values_and_tests() -> None:
    ours, theirs, clusters = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0, 1.0, 0.0], [0, 0, 1, 2, 3, 3]
    turned = compare(ours[::-1], theirs[::-1], clusters[::-1], resamples=4000)
    found = compare(ours, theirs, clusters, resamples=4000)
    assert turned.difference.value == found.difference.value
    assert turned.discordant == found.discordant == (3, 1)
    assert turned.p_value == pytest.approx(found.p_value, abs=0.05)


def test_a_ratio_interval_weighs_by_tokens_and_holds_the_ratio() -> None:
    generator = np.random.default_rng(4)
    tokens = generator.integers(5, 200, size=60).astype(float)
    nats = tokens * generator.normal(2.0, 0.3, size=60)
    low, high = statistics.ratio_interval(nats, tokens, clusters=range(60), resamples=500, seed=0)
    assert low < nats.sum() / tokens.sum() < high
    assert high - low < 0.4
    pairs = [i // 2 for i in range(60)]
    assert statistics.ratio_interval(tokens * 2, tokens, clusters=pairs, resamples=500, seed=0) == (2.0, 2.0)


# The contrast


def test_unclustered_shares_are_compared_by_mcnemar() -> None:
    found = compare([1.0] * 9 + [0.0] * 11, [0.0] * 8 + [1.0] + [1.0, 0.0] + [0.0] * 9)
    assert found.method.startswith("exact McNemar")
    assert found.discordant == (8, 1)
    assert found.p_value == pytest.approx(2 * (1 + 9) / 2**9)
    assert found.difference.value == pytest.approx(0.35)
    assert found.minimum_detectable == statistics.minimum_detectable(20)
    assert (found.arm, found.baseline, found.metric, found.num_clusters) == ("tuned", "base", "on_brand", 20)
    assert found.p_adjusted is None


def test_clustered_shares_and_scores_are_compared_by_sign_flips() -> None:
    shares = compare([1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.0], [0, 0, 1, 2])
    assert shares.method.startswith("sign-flip permutation by customer")
    assert shares.num_clusters == 3
    assert shares.minimum_detectable == statistics.minimum_detectable(3)
    scores = compare([0.5, 0.7], [0.4, 0.1])
    assert scores.method.startswith("sign-flip")
    assert scores.discordant is None
    assert scores.minimum_detectable is None


def test_turning_arms_round_turns_the_difference_round() -> None:
    generator = np.random.default_rng(2)
    ours, theirs = list(generator.random(40)), list(generator.random(40))
    there, back = compare(ours, theirs, resamples=4000), compare(theirs, ours, resamples=4000)
    assert back.difference.value == pytest.approx(-there.difference.value)
    assert back.difference.low == pytest.approx(-there.difference.high, abs=0.02)
    assert back.p_value == pytest.approx(there.p_value)


@pytest.mark.parametrize(("ours", "theirs", "clusters"), [(2, 3, 3), (3, 2, 3), (3, 3, 2)])
def test_arms_scored_on_different_examples_are_not_compared(ours: int, theirs: int, clusters: int) -> None:
    with pytest.raises(ValueError, match="tuned and base were scored on different examples"):
        compare([1.0] * ours, [0.0] * theirs, [0] * clusters)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_nearly() -> None:
    generator = np.random.default_rng(6)
    ours, theirs = list(generator.random(50)), list(generator.random(50))
    assert compare(ours, theirs, seed=1) == compare(ours, theirs, seed=1)
    other = compare(ours, theirs, seed=2)
    assert other != compare(ours, theirs, seed=1)
    assert other.difference.low == pytest.approx(compare(ours, theirs, seed=1).difference.low, abs=0.05)


def test_a_one_sided_bound_is_closer_than_the_two_sided_end() -> None:
    values = np.random.default_rng(0).normal(0.0, 1.0, size=80)
    one_sided = statistics.one_sided_lower(values, range(80), resamples=2000, seed=0)
    two_sided = statistics.estimate(values, clusters=range(80), resamples=2000, seed=0)
    assert two_sided.low < one_sided < values.mean()
    expected = values.mean() - 1.645 * values.std(ddof=1) / math.sqrt(80)
    assert one_sided == pytest.approx(expected, abs=0.03)


# Degenerate cases


def test_no_examples_have_no_value_and_no_interval() -> None:
    found = estimate([])
    assert math.isnan(found.value)
    assert (found.low, found.high, found.n) == (None, None, 0)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=25))
def test_a_share_of_single_customers_has_wilsons_interval(values: list[float]) -> None:
    found = estimate(values)
    assert (found.low, found.high) == statistics.wilson(int(sum(values)), len(values))
    assert found.value == pytest.approx(sum(values) / len(values))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), st.integers(0, 4)), min_size=1, max_size=15),
)
def test_every_interval_holds_its_value_and_is_never_nan(pairs: list[tuple[float, int]]) -> None:
    values, clusters = [value for value, _ in pairs], [cluster for _, cluster in pairs]
    found = estimate(values, clusters)
    assert found.low <= found.value + 1e-9
    assert found.high >= found.value - 1e-9


def test_arms_that_are_always_equal_have_no_effect_but_no_certainty_either() -> None:
    found = compare([1.0] * 30, [1.0] * 30)
    assert found.p_value == 1.0
    assert found.discordant == (0, 0)
    assert -0.15 < found.difference.low < 0 < found.difference.high < 0.15
    larger = compare([1.0] * 300, [1.0] * 300)
    assert width(larger.difference) < width(found.difference) / 5


def test_an_arm_that_is_always_better_is_better_and_not_by_more_than_everything() -> None:
    found = compare([1.0] * 30, [0.0] * 30)
    assert found.p_value == pytest.approx(2 / 2**30)
    assert 0.7 < found.difference.low < 1.0
    assert found.difference.high == 1.0


def test_one_cluster_says_nothing_about_others() -> None:
    found = compare([1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [7, 7, 7])
    assert (found.difference.low, found.difference.high) == (-math.inf, math.inf)
    assert found.p_value == 1.0
    assert found.difference.value == pytest.approx(2 / 3)


def test_two_clusters_that_differ_have_a_finite_interval() -> None:
    found = compare([1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [7, 7, 8]).difference
    assert -1.0 <= found.low <= found.value <= found.high <= 1.0
    assert width(found) > 0.5


def test_comparing_nothing_gives_no_number_and_no_effect() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of nothing
        found = compare([], [])
    assert math.isnan(found.difference.value)
    assert found.p_value == 1.0
    assert found.difference.n == 0


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_clustered_share_that_never_varies_stays_between_0_and_1_and_is_no_wider_than_wilson(value: float) -> None:
    found = estimate([value] * 20, [i // 2 for i in range(20)])
    low, high = statistics.wilson(int(value) * 10, 10)
    assert (found.low, found.high) == pytest.approx((low, high))


def test_customers_who_all_differ_within_themselves_have_an_interval_around_their_mean() -> None:
    """Each says yes once and no once: no spread between customers, and a mean that no single value has."""
    found = estimate([1.0, 0.0] * 20, [i // 2 for i in range(40)])
    assert found.low == pytest.approx(1 - found.high)
    assert 0.3 < found.low < 0.5


def test_a_share_of_one_customer_lies_between_0_and_1() -> None:
    found = estimate([1.0, 0.0, 1.0], [7, 7, 7])
    assert (found.low, found.high) == (0.0, 1.0)


def test_equal_values_in_clusters_of_unequal_size_have_no_spread() -> None:
    """0.1 + 0.1 + 0.1 is not 0.3: an interval of zero width would claim certainty from six customers."""
    found = compare([0.1] * 10, [0.0] * 10, [0, 1, 1, 1, 2, 3, 3, 3, 4, 5]).difference
    assert width(found) > 0.1
