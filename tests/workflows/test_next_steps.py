"""What to do next: each failed gate with its numbers and a remedy, in words that are no internal names."""

import pytest

from brandtune.evaluation.report.verdicts import KNOWN_GATES
from brandtune.evaluation.results import Gate, Report, Verdict
from brandtune.workflows.next_steps import ADVICE, next_steps


def report(outcome: str, *gates: Gate) -> Report:
    verdict = Verdict(outcome=outcome, sentence="", needed_examples=240)  # type: ignore[arg-type]
    return Report(
        arms=(), metrics=(), cells=(), verdict=verdict, gates=gates, contrasts=(), samples=(), tasks=(), num_test=1,
        num_validation=1, num_customers=1,
    )  # fmt: skip


def test_a_failed_gate_comes_with_its_numbers_a_remedy_and_the_way_past_it() -> None:
    failed = Gate(name="safe", passed=False, value=-0.03, limit=-0.02, sentence="Safety: at worst 3.0 points worse.")
    unmeasured = Gate(name="latency", passed=True, value=0, limit=0, sentence="No limit.", measured=False)
    steps = next_steps(report("better", failed, unmeasured), released=False)
    assert steps[0] == f"Safety: at worst 3.0 points worse. {ADVICE['safe']}"
    assert "evaluation.max_test" in steps[1]
    assert steps[-1].endswith("brandtune release --override safe --by NAME --reason TEXT")
    assert len(steps) == 3


@pytest.mark.parametrize(("outcome", "said"), [("cannot_tell", "240"), ("not_better", "Do not fine-tune")])
def test_what_is_not_proven_says_what_to_use_meanwhile(outcome: str, said: str) -> None:
    steps = next_steps(report(outcome), released=False)
    assert said in steps[0] and "meanwhile" in steps[1]


def test_a_release_or_nothing_failed() -> None:
    assert next_steps(report("better"), released=False) == ["Release it: brandtune release"]
    assert next_steps(report("better"), released=True)[0] == "Talk to it: brandtune chat"


def test_every_gate_that_can_fail_has_a_remedy() -> None:
    assert set(ADVICE) == set(KNOWN_GATES) - {"memorization"}
