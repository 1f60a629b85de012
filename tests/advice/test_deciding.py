"""Which recommendation follows from which numbers; `do not fine-tune` wherever tuning is not proven and paid for."""

import pytest
from measured_runs import measured_report

from brandtune.advice.config import CostConfig
from brandtune.advice.costing import Situation, work_out
from brandtune.advice.deciding import Decision, decide
from brandtune.advice.measured import measured
from brandtune.advice.results import Return
from brandtune.evaluation.results import Report
from brandtune.evaluation.verdict import overfitting_gate, primary_gate


def returns(report: Report, baseline: str = "prompt", **costs: float) -> Return:
    given = {"pieces_per_month": 2000, "editor_hour": 45, **costs}
    return work_out(
        Situation(
            costs=CostConfig.model_validate(given),
            measured=measured(report.examples, metric="on_brand", arm="tuned", baseline=baseline),
            usable={cell.arm: cell.estimate.value for cell in report.cells if cell.arm != "human"},
            titles={arm.name: arm.title for arm in report.arms},
            tokens={},
            baseline=baseline,
        )
    )


def test_better_and_paid_for_is_tune() -> None:
    report = measured_report(tuned=0.85, prompt=0.4)
    found = decide(report, returns=returns(report))
    assert (found.choice, found.sure) == ("tune", True)
    assert "beats Prompted" in found.reasons[0]
    assert "breaks even at" in " ".join(found.reasons)
    assert "whether it answers is not known" in " ".join(found.reasons)


@pytest.mark.parametrize(
    ("baseline", "choice"), [("base", "prompt"), ("prompt", "prompt"), ("few_shot", "few_shot"), ("rag", "rag")]
)
def test_not_better_is_the_best_way_without_tuning(baseline: str, choice: str) -> None:
    report = measured_report(n=400, baseline=baseline, tuned=0.5, **{baseline: 0.85})
    assert report.verdict.outcome == "not_better"
    found = decide(report, returns=None)
    assert (found.choice, found.sure) == (choice, True)
    assert found.headline.startswith("Do not fine-tune")


def test_doubt_is_more_data_and_says_how_much() -> None:
    report = measured_report(n=40, tuned=0.6, prompt=0.5)
    assert report.verdict.outcome == "cannot_tell"
    found = decide(report, returns=returns(report))
    assert (found.choice, found.sure) == ("collect_data", False)
    assert any("Hold out more examples" in fix for fix in found.fix_first)
    assert any("Prompted did best without tuning" in reason for reason in found.reasons)


def test_better_at_a_volume_that_does_not_pay_is_not_tuning() -> None:
    report = measured_report(tuned=0.85, prompt=0.4)
    money = returns(report, pieces_per_month=30)
    found = decide(report, returns=money)
    assert (found.choice, found.sure) == ("prompt", True)
    assert any("It would pay from about" in reason and "there are 30" in reason for reason in found.reasons)


def test_better_without_costs_is_tune_and_says_that_money_is_unknown() -> None:
    found = decide(measured_report(tuned=0.85, prompt=0.4), returns=None)
    assert found.choice == "tune"
    assert any("No costs are given" in reason for reason in found.reasons)
    assert any("`costs` in brandtune.yaml" in fix for fix in found.fix_first)


def test_a_failed_gate_keeps_it_from_being_released() -> None:
    passed = measured_report(tuned=0.85, prompt=0.4)
    gates = (primary_gate(passed.verdict), overfitting_gate(best=1.0, last=2.0, allowed=0.25))
    report = measured_report(tuned=0.85, prompt=0.4, gates=gates)
    found = decide(report, returns=returns(report))
    assert (found.choice, found.sure) == ("prompt", False)
    assert any("failed the gate `overfitting`" in reason for reason in found.reasons)
    assert found.fix_first[0].startswith("Overfitting")


def test_retrieval_is_added_where_it_is_proven_to_help() -> None:
    helped = decide(measured_report(tuned=0.6, prompt=0.2, tuned_rag=0.95), returns=None)
    assert helped.choice == "tune_rag"
    assert any("With retrieved passages the tuned model did better" in reason for reason in helped.reasons)
    hurt = decide(measured_report(tuned=0.9, prompt=0.2, tuned_rag=0.5), returns=None)
    assert hurt.choice == "tune"
    same = decide(measured_report(tuned=0.8, prompt=0.2, tuned_rag=0.8), returns=None)
    assert same.choice == "tune"
    assert any("can be left out" in reason for reason in same.reasons)


def test_drafts_that_cost_more_time_than_they_save_are_no_drafts() -> None:
    report = measured_report(n=400, tuned=0.05, prompt=0.1)
    money = returns(report, minutes_per_piece=5, minutes_to_check=2)
    found: Decision = decide(report, returns=money)
    assert found.choice == "by_hand"
    assert any("larger base" in fix for fix in found.fix_first)


def test_what_people_write_off_brand_is_named_first() -> None:
    report = measured_report(tuned=0.6, prompt=0.2, human=0.4)
    assert any("Only 40 % of what people wrote" in fix for fix in decide(report, returns=None).fix_first)


def test_an_assumption_that_turns_the_answer_is_to_be_measured() -> None:
    report = measured_report(tuned=0.6, prompt=0.5, n=400, seed=3)
    money = returns(report, pieces_per_month=900, uncertainty=0.9)
    assert any(swing.at_low * swing.at_high < 0 for swing in money.swings if swing.source != "measured")
    assert any(fix.startswith("Measure “") for fix in decide(report, returns=money).fix_first)


def test_a_failed_gate_without_a_usable_alternative_asks_to_mend_it_first() -> None:
    passed = measured_report(tuned=0.85, prompt=0.05)
    gates = (primary_gate(passed.verdict), overfitting_gate(best=1.0, last=2.0, allowed=0.25))
    found = decide(measured_report(tuned=0.85, prompt=0.05, gates=gates), returns=None)
    assert (found.choice, found.sure) == ("fix_first", False)
    assert found.headline.startswith("Do not release it yet")
    assert any("no way out" in reason for reason in found.reasons)
