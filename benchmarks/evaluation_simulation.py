"""Is the verdict right as often as it says? Studies with a known truth, judged by the product's own code.

`null_false_verdict_rate` is the share of studies without any effect that end in `better`, in the worst of the
scenarios; `power_error` the largest distance between the power that `check` predicts and the power that is seen.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.record import record
from brandtune.evaluation import statistics, verdict
from brandtune.evaluation.results import Contrast

STUDIES, QUICK_STUDIES = 2000, 200
RESAMPLES = 1000
WORTHWHILE = 0.05
ARMS = 5
Values = NDArray[np.float64]
Pair = tuple[Values, Values, NDArray[np.int64]]


@dataclass(frozen=True)
class Scenario:
    """One kind of study: (ours, theirs, customer) of each example, drawn anew each time."""

    name: str
    draw: Callable[[np.random.Generator], Pair]


def shares(rng: np.random.Generator, *, customers: int, sizes: int = 1, discordant: float, gain: float = 0.0) -> Pair:
    """Pairs of right or wrong; each customer has 1 to `sizes` examples that all go the same way."""
    counts = rng.integers(1, sizes + 1, size=customers)
    lots = rng.random(customers)
    ours = lots < (discordant + gain) / 2
    theirs = (lots >= (discordant + gain) / 2) & (lots < discordant)
    both = ~ours & ~theirs & (rng.random(customers) < 0.6)
    who = np.repeat(np.arange(customers), counts)
    return (ours | both)[who].astype(float), (theirs | both)[who].astype(float), who


def loose(rng: np.random.Generator, *, customers: int) -> Pair:
    """Customers of very unequal size, whose examples are alike but not the same."""
    counts = np.minimum(rng.geometric(0.35, size=customers), 20)
    who = np.repeat(np.arange(customers), counts)
    level = np.repeat(rng.beta(2, 2, size=customers), counts)
    lean = np.repeat(rng.normal(0, 0.25, size=customers), counts)
    ours = rng.random(len(who)) < np.clip(level + lean, 0, 1)
    theirs = rng.random(len(who)) < np.clip(level - lean, 0, 1)
    return ours.astype(float), theirs.astype(float), who


def scores(rng: np.random.Generator, *, customers: int) -> Pair:
    """Scores from 0 to 1 that pile up at the ends."""
    ability = rng.beta(0.7, 0.7, size=customers)
    noise = rng.normal(0, 0.2, size=(2, customers))
    return np.clip(ability + noise[0], 0, 1), np.clip(ability + noise[1], 0, 1), np.arange(customers)


def skewed(rng: np.random.Generator, *, customers: int, sign: float) -> Pair:
    """Differences with mean zero and a long tail to one side."""
    difference = sign * np.where(rng.random(customers) < 0.1, 0.45, -0.05)
    return difference, np.zeros(customers), np.arange(customers)


def zeros(*, customers: int) -> Pair:
    """Arms that fail always, as prompting a tiny model does."""
    return np.zeros(customers), np.zeros(customers), np.arange(customers)


NULL = (
    Scenario("7 customers", lambda rng: shares(rng, customers=7, discordant=0.6)),
    Scenario("10 customers", lambda rng: shares(rng, customers=10, discordant=0.5)),
    Scenario("20 customers", lambda rng: shares(rng, customers=20, discordant=0.3)),
    Scenario("100 customers", lambda rng: shares(rng, customers=100, discordant=0.3)),
    Scenario("100 customers, nearly all ties", lambda rng: shares(rng, customers=100, discordant=0.03)),
    Scenario("300 customers", lambda rng: shares(rng, customers=300, discordant=0.2)),
    Scenario("15 customers of 1 to 8", lambda rng: shares(rng, customers=15, sizes=8, discordant=0.4)),
    Scenario("60 customers of 1 to 4", lambda rng: shares(rng, customers=60, sizes=4, discordant=0.3)),
    Scenario("80 customers of unequal size", lambda rng: loose(rng, customers=80)),
    Scenario("40 customers, scores", lambda rng: scores(rng, customers=40)),
    Scenario("80 customers, rare large gains", lambda rng: skewed(rng, customers=80, sign=1.0)),
    Scenario("80 customers, rare large losses", lambda rng: skewed(rng, customers=80, sign=-1.0)),
    Scenario("100 customers, all zero", lambda _: zeros(customers=100)),
)  # fmt: skip
JUST_WORTHWHILE = (
    Scenario("60 customers", lambda rng: shares(rng, customers=60, discordant=0.3, gain=WORTHWHILE)),
    Scenario("150 customers", lambda rng: shares(rng, customers=150, discordant=0.3, gain=WORTHWHILE)),
    Scenario("80 customers, nearly all ties", lambda rng: shares(rng, customers=80, discordant=0.06, gain=WORTHWHILE)),
    Scenario("600 customers of 1 to 4", lambda rng: shares(rng, customers=600, sizes=4, discordant=0.2, gain=WORTHWHILE)),
)  # fmt: skip


def contrast(pair: Pair, *, seed: int) -> Contrast:
    ours, theirs, who = pair
    return statistics.compare(
        "on_brand", ("tuned", list(ours)), ("prompt", list(theirs)), clusters=list(who), resamples=RESAMPLES, seed=seed
    )


def outcome(pair: Pair, *, seed: int) -> str:
    found = verdict.decide(contrast(pair, seed=seed), title="", arm="Tuned", baseline="Prompted", worthwhile=WORTHWHILE)
    return str(found.outcome)


def rate(scenario: Scenario, *, of: str, studies: int, seed: int) -> float:
    """Share of studies that end in the verdict `of`."""
    rng = np.random.default_rng(seed)
    return sum(outcome(scenario.draw(rng), seed=number) == of for number in range(studies)) / studies


def family_rate(*, studies: int, seed: int) -> float:
    """Share of studies without any effect in which one of the secondary contrasts is significant after Holm."""
    rng, wrong = np.random.default_rng(seed), 0
    for _ in range(studies):
        right = rng.random((ARMS + 1, 150)) < rng.beta(3, 3, size=150)
        p_values = [statistics.mcnemar(right[0].astype(float) - other) for other in right[1:].astype(float)]
        wrong += min(statistics.holm(p_values)) < 0.05
    return wrong / studies


def power_seen(customers: int, *, studies: int, seed: int) -> float:
    """How often a gain as large as the minimum detectable difference ends in `better`."""
    gain, share = statistics.minimum_detectable(customers), statistics.ASSUMED_DISCORDANT_SHARE
    planned = Scenario("", lambda rng: shares(rng, customers=customers, discordant=share, gain=gain))
    return rate(planned, of="better", studies=studies, seed=seed)


def told_with_needed(*, studies: int, seed: int) -> float:
    """Of studies that could not tell a gain of 15 points, how many can with the examples they asked for."""
    rng, told, asked = np.random.default_rng(seed), 0, 0
    for number in range(studies):
        first = contrast(shares(rng, customers=50, discordant=0.3, gain=0.15), seed=number)
        found = verdict.decide(first, title="", arm="", baseline="", worthwhile=WORTHWHILE)
        if found.outcome == "cannot_tell" and found.needed_examples:
            asked += 1
            again = shares(rng, customers=found.needed_examples, discordant=0.3, gain=0.15)
            told += outcome(again, seed=number) == "better"
    return told / asked if asked else 1.0


def simulate(studies: int) -> dict[str, Any]:
    """All figures of this file."""
    seeds = iter(range(100, 1000))
    null = {s.name: rate(s, of="better", studies=studies, seed=next(seeds)) for s in NULL}
    worth = {s.name: rate(s, of="not_better", studies=studies, seed=next(seeds)) for s in JUST_WORTHWHILE}
    power = {
        str(n): (
            statistics.power(n, statistics.minimum_detectable(n)),
            power_seen(n, studies=studies, seed=next(seeds)),
        )
        for n in (50, 100, 200, 500)
    }
    return {
        "studies_per_scenario": studies,
        "null_false_verdict_rate": max(null.values()),
        "null_false_verdict_rate_by_scenario": null,
        "false_not_better_rate": max(worth.values()),
        "false_not_better_rate_by_scenario": worth,
        "family_false_rate": family_rate(studies=studies, seed=next(seeds)),
        "power_error": max(abs(predicted - seen) for predicted, seen in power.values()),
        "power_predicted_and_seen": power,
        "told_with_examples_asked_for": told_with_needed(studies=studies // 4, seed=next(seeds)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_STUDIES} studies instead of {STUDIES}")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    asked = parser.parse_args()
    started = time.perf_counter()
    figures = simulate(QUICK_STUDIES if asked.quick else STUDIES)
    sys.stderr.write(f"{time.perf_counter() - started:.0f} s\n")
    record("evaluation_simulation", figures)


if __name__ == "__main__":
    main()
