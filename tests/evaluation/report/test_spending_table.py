"""The report shows what each arm costs, what validation chose, and which arms failed how often."""

import msgspec
import pytest
import sample_data
import sample_run

from brandtune.evaluation.report import render, render_markdown
from brandtune.evaluation.report.spending import spending_rows
from brandtune.evaluation.results import ArmFacts, Report
from brandtune.evaluation.spending import priced

HOSTED = ArmFacts(
    name="hosted", title="hosted", description="big at api.example.com", mean_prompt_tokens=812, mean_reply_tokens=40,
    mean_seconds=1.2, p50_seconds=1.1, p95_seconds=2.75, cost=0.0421, currency="EUR", failed=3,
    chosen="2 worked examples out of 1, 2 or 3, with the voice guide",
)  # fmt: skip


def report() -> Report:
    plain = sample_data.report()
    return sample_data.report(arms=(*plain.arms, HOSTED))


def test_page_and_markdown_show_money_time_failures_and_the_choice() -> None:
    for text in (render(report(), sample_run.context()), render_markdown(report(), sample_run.context())):
        assert "What each arm costs" in text
        for part in ("0.0421 EUR", f"3 of {report().num_test:,}", HOSTED.chosen):
            assert part in text


def test_people_cost_no_tokens_and_old_reports_have_no_quantiles() -> None:
    rows = spending_rows(report())
    assert [row.arm for row in rows if row.arm == "People"] == []
    hosted = rows[-1]
    assert hosted.cells[:2] == ("812", "40")
    assert hosted.cells[3].startswith("2.75")
    old = spending_rows(sample_data.report(arms=(msgspec.structs.replace(HOSTED, p50_seconds=0.0, p95_seconds=0.0),)))
    assert old[0].cells[2] == old[0].cells[3] == "–"


def test_an_arm_that_never_answered_has_no_numbers() -> None:
    lost = msgspec.structs.replace(HOSTED, failed=report().num_test)
    assert set(spending_rows(sample_data.report(arms=(lost,)))[0].cells[:-1]) == {"–"}


def test_arms_that_ran_here_cost_what_the_plans_prices_say_and_services_what_theirs_say() -> None:
    before = report()
    priced_report = priced(before, prices=(2.0, 10.0), currency="EUR")
    for was, now in zip(before.arms, priced_report.arms, strict=True):
        if was.name in ("hosted", "human"):
            assert now == was
        else:
            assert now.currency == "EUR" and now.cost is not None
            assert now.cost == pytest.approx((2 * was.mean_prompt_tokens + 10 * was.mean_reply_tokens) / 1000)
    tuned = next(row for row in spending_rows(priced_report) if row.tuned)
    assert tuned.cells[4].endswith(" EUR")
    assert priced(before, prices=(0.0, 0.0), currency="EUR") == before
