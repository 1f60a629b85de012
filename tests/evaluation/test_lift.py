"""Lift off the log: the inverse-propensity estimate, its error against simulation, and what is said where there is none."""

import numpy as np
import pytest

from brandtune.core.examples import Example, Message
from brandtune.core.tasks import NextBestAction
from brandtune.core.tasks.label import TicketIntent
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.judging import LabelJudge
from brandtune.evaluation.metrics.lift import lift_estimate, lift_notes, off_log
from brandtune.evaluation.report.measures import detail_tables
from brandtune.evaluation.results import Report
from brandtune.evaluation.scored import Scored
from brandtune.evaluation.spending import ArmWords
from brandtune.evaluation.summary import summarise
from brandtune.models.generation import Generated

CHANCE = np.array([[0.30, 0.10, 0.05], [0.05, 0.20, 0.40]])  # state, action -> chance that it works
TAKEN = np.array([[0.6, 0.3, 0.1], [0.5, 0.3, 0.2]])  # state, action -> chance that it is done
BEST = np.array([0, 2])
TRUE = float(CHANCE[[0, 1], BEST].mean() / (CHANCE * TAKEN).sum(1).mean())
TASKS = {"next_best_action": NextBestAction()}
TITLES = {"prompt": "Prompted", "tuned": "Fine-tuned"}


def log(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(1[choice = action] / propensity, reward) of every logged decision, those that brought nothing too."""
    rng = np.random.default_rng(seed)
    state = rng.integers(0, 2, n)
    action = (rng.random(n)[:, None] > TAKEN[state].cumsum(1)).sum(1).clip(max=2)
    return (action == BEST[state]) / TAKEN[state, action], rng.random(n) < CHANCE[state, action]


def each(values: np.ndarray) -> list[str]:
    return [f"c{index}" for index in range(len(values))]


def test_over_what_worked_it_is_horvitz_and_thompsons_value_over_that_of_what_was_done() -> None:
    weights, worked = log(5000, 1)
    found = off_log(weights[worked].tolist(), clusters=each(weights[worked]))
    assert found.value * worked.mean() == pytest.approx((weights * worked).mean())


def test_the_error_is_the_spread_that_estimates_have_and_the_interval_covers() -> None:
    found = []
    for seed in range(150):
        weights, worked = log(600, seed)
        kept = weights[worked].tolist()
        found.append(
            (off_log(kept, clusters=each(weights[worked])), lift_estimate(kept, clusters=each(weights[worked])))
        )
    values = np.array([one.value for one, _ in found])
    assert values.mean() == pytest.approx(TRUE, abs=4 * values.std() / 150**0.5 + 0.01)
    assert np.mean([one.error for one, _ in found]) == pytest.approx(values.std(ddof=1), rel=0.2)
    assert 0.88 <= np.mean([estimate.low <= TRUE <= estimate.high for _, estimate in found]) <= 0.99


def test_in_closed_form() -> None:
    found = off_log([4.0, 0.0, 2.0, 0.0], clusters=["a", "b", "c", "d"])
    assert (found.value, found.n, found.agrees, found.effective) == (1.5, 4, 2, pytest.approx(36 / 20))
    assert found.error == pytest.approx(np.std([4.0, 0.0, 2.0, 0.0], ddof=1) / 2)
    # The same decisions of one customer told twice are no more evidence.
    twice = off_log([4.0, 0.0, 2.0, 0.0] * 2, clusters=["a", "b", "c", "d"] * 2)
    assert twice.error == pytest.approx(found.error)


@pytest.mark.parametrize("weights", [[0.0, 0.0, 0.0], [2.0, 2.0, 2.0]])
def test_weights_that_are_all_alike_claim_no_certainty(weights: list[float]) -> None:
    assert off_log(weights, clusters=["a", "b", "c"]).error is None
    estimate = lift_estimate(weights, clusters=["a", "b", "c"])
    assert (estimate.value, estimate.low, estimate.high) == (weights[0], None, None)


def example(number: int, label: str, propensity: str) -> Example:
    messages = (Message(role="user", content=f"q{number}"), Message(role="assistant", content=label))
    return Example(
        example_id=f"e{number}", task="next_best_action", messages=messages, target=1, label=label, subject=f"c{number}",
        facts={"propensity": propensity},
    )  # fmt: skip


def scored(propensities: list[str], **answers: list[str]) -> Scored:
    """Arms with one answer an example; the action that worked was always a call."""
    found = Scored([example(number, "call", chance) for number, chance in enumerate(propensities)])
    judge = LabelJudge("next_best_action", frozenset({"call", "mail"}), metrics=NextBestAction().metrics)
    for arm, texts in answers.items():
        found.replies[arm] = [Generated(text, 5, 1, True, 0.1) for text in texts]
        found.outputs[arm] = judge.judge(arm, found.examples, found.replies[arm])
    return found


def test_notes_give_value_error_and_what_the_weights_are_worth() -> None:
    found = scored(["0.25", "0.5", "0.5", "not logged"], prompt=["mail"] * 4, tuned=["call", "call", "mail", "call"])
    missing, prompt, tuned = lift_notes(found, tasks=TASKS, titles=TITLES)
    assert missing == "1 of 4 examples have no logged chance (`propensity`) and are in no lift."
    assert prompt == (
        "Lift, Prompted: it chose none of the 3 logged actions that worked, so the log cannot value its choices."
    )
    assert tuned == (
        "Lift, Fine-tuned: 2.00, standard error 1.15; it chose 2 of 3 logged actions that worked, and their weights are "
        "worth 1.8 decisions (effective sample size)."
    )


def test_actions_that_nothing_could_replace_are_said() -> None:
    found = scored(["1", "1", "0.5"], tuned=["call"] * 3)
    assert lift_notes(found, tasks=TASKS, titles=TITLES)[-1].startswith("2 of 3 logged actions had a chance of 1:")


def test_tasks_without_a_lift_are_told_nothing_of_it() -> None:
    found = scored(["0.5"], tuned=["call"])
    assert lift_notes(found, tasks={"next_best_action": TicketIntent()}, titles=TITLES) == []


def summary(found: Scored) -> Report:
    judge = LabelJudge("next_best_action", frozenset({"call", "mail"}), metrics=NextBestAction().metrics)
    return summarise(
        found, config=EvaluationConfig(resamples=200), tasks=TASKS, primary="accuracy", baseline="prompt",
        words={arm: ArmWords(title=title, description="") for arm, title in TITLES.items()},
        judges={"next_best_action": judge}, num_validation=4, notes=[], overfitting=None,
    )  # fmt: skip


def test_without_logged_chances_the_reports_line_stays_blank_and_says_why() -> None:
    report = summary(scored(["not logged"] * 12, prompt=["mail"] * 12, tuned=["call"] * 12))
    assert "lift" in [metric.name for metric in report.metrics]
    assert not [cell for cell in report.cells if cell.metric == "lift"]
    (why,) = [note for note in report.notes if "stays blank" in note]
    assert "none of the 12 held-out examples has a logged chance" in why
    (table,) = detail_tables(report)
    place = [metric.name for metric in table.metrics].index("lift")
    assert {row.cells[place] for group in table.groups for row in group.rows} == {None}


def test_with_logged_chances_the_report_has_the_estimate_and_its_error() -> None:
    chances = ["0.25", "0.5"] * 8
    report = summary(scored(chances, prompt=["mail"] * 16, tuned=["call"] * 12 + ["mail"] * 4))
    (cell,) = [cell for cell in report.cells if (cell.arm, cell.metric, cell.task) == ("tuned", "lift", "all")]
    assert cell.estimate.value == pytest.approx((6 * 4 + 6 * 2) / 16)
    assert cell.estimate.low < cell.estimate.value < cell.estimate.high
    assert [note for note in report.notes if note.startswith("Lift, Fine-tuned: 2.25, standard error")]
