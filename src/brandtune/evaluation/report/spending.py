"""What each arm costs and how validation set it: tokens, time, money, failures."""

from dataclasses import dataclass

from brandtune.evaluation.report.arm_tables import HUMAN
from brandtune.evaluation.report.numbers import MISSING, value_text
from brandtune.evaluation.results import ArmFacts, Report

COLUMNS = ("Prompt tokens", "Reply tokens", "Half within", "19 of 20 within", "1,000 replies", "Never came")


@dataclass(frozen=True, kw_only=True)
class SpendingRow:
    """One arm; `cells` are in the order of `COLUMNS`."""

    arm: str
    tuned: bool
    chosen: str
    cells: tuple[str, ...]


def spending_rows(report: Report) -> list[SpendingRow]:
    """A row an arm; people cost no tokens and have none."""
    return [
        SpendingRow(arm=arm.title, tuned=arm.tuned, chosen=arm.chosen, cells=_cells(arm, num=report.num_test))
        for arm in report.arms
        if arm.name != HUMAN
    ]


def _cells(arm: ArmFacts, *, num: int) -> tuple[str, ...]:
    failed = f"{arm.failed:,} of {num:,}" if arm.failed else "0"
    if arm.failed >= num:
        return (*[MISSING] * 5, failed)
    # Reports from before these were measured have no quantiles.
    timed = arm.p95_seconds > 0
    return (
        f"{arm.mean_prompt_tokens:,.0f}",
        f"{arm.mean_reply_tokens:,.0f}",
        value_text(arm.p50_seconds, unit="seconds") if timed else MISSING,
        value_text(arm.p95_seconds, unit="seconds") if timed else MISSING,
        MISSING if arm.cost is None else money_text(arm.cost, currency=arm.currency),
        failed,
    )


def money_text(value: float, *, currency: str) -> str:
    """An amount with enough digits to compare small ones.

    >>> money_text(1234.5, currency="EUR"), money_text(0.0421, currency="USD")
    ('1,234.50 EUR', '0.0421 USD')
    """
    digits = f"{value:,.2f}" if value >= 1 or value == 0 else f"{value:.3g}"
    return f"{digits} {currency}".strip()
