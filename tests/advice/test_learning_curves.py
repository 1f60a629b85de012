"""A power law is found again where there is one; flat and noisy curves say that more data hardly or openly helps."""

import numpy as np
import pytest

from brandtune.advice.learning_curve import CurvePart, fit
from brandtune.core.errors import DataError


def parts(exponent: float, *, noise: float = 0.0, held_out: int = 60, seed: int = 0) -> list[CurvePart]:
    """Trainings on 100, 200 and 400 examples whose loss is 8 * n^-b nats a token, plus noise of each example."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(20, 80, size=held_out)
    found = []
    for size in (100, 200, 400):
        each = 8.0 * size**-exponent * (1 + noise * rng.normal(size=held_out))
        found.append(
            CurvePart(
                share=size / 400, num_examples=size, nats=tuple(map(float, each * tokens)),
                tokens=tuple(map(int, tokens)), customers=tuple(f"c{i // 2}" for i in range(held_out)),
            )
        )  # fmt: skip
    return found


@pytest.mark.parametrize("exponent", [0.02, 0.1, 0.35])
def test_the_exponent_of_a_power_law_is_found_again(exponent: float) -> None:
    found = fit(parts(exponent))
    assert found.exponent.value == pytest.approx(exponent)
    assert found.fall.value == pytest.approx(1 - 2**-exponent)
    assert [size for size, _ in found.points] == [100, 200, 400]
    assert found.helps is (1 - 2**-exponent >= 0.02)


def test_the_fit_is_numpys_line_through_logarithms() -> None:
    noisy = parts(0.2, noise=0.1)
    slope = np.polyfit(np.log([p.num_examples for p in noisy]), np.log([p.loss for p in noisy]), 1)[0]
    assert fit(noisy).exponent.value == pytest.approx(-slope)


def test_noise_of_held_out_examples_widens_the_interval_and_keeps_the_truth_in_it() -> None:
    held = [fit(parts(0.15, noise=0.2, seed=seed)).exponent for seed in range(40)]
    assert sum(one.low <= 0.15 <= one.high for one in held) >= 34
    sharp = fit(parts(0.15, noise=0.02)).exponent
    assert held[0].high - held[0].low > 3 * (sharp.high - sharp.low)


def test_what_follows_is_said_in_one_sentence() -> None:
    assert fit(parts(0.3)).sentence.startswith(
        "More data would help: twice as much would lower held-out loss by about 18.8 %"
    )
    assert fit(parts(0.0)).sentence.startswith("More data would hardly help")
    assert fit(parts(0.01, noise=0.5)).sentence.startswith("It is open whether more data would help")


def test_the_order_of_trainings_does_not_matter() -> None:
    assert fit(parts(0.2, noise=0.1)) == fit(parts(0.2, noise=0.1)[::-1])


def test_one_amount_of_data_is_no_curve() -> None:
    with pytest.raises(DataError, match="at least two amounts"):
        fit(parts(0.2)[:1])


def test_other_held_out_examples_are_refused() -> None:
    one, two, _ = parts(0.2)
    with pytest.raises(DataError, match="different held-out examples"):
        fit([one, parts(0.2, held_out=30)[1]])
    assert two.share == 0.5
