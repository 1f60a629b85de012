"""The report shows what tuning cost elsewhere, in both units, and the gate with its numbers."""

import sample_data
import sample_run

from brandtune.evaluation.forgetting import forgetting_gate
from brandtune.evaluation.report import render, render_markdown
from brandtune.evaluation.results import Estimate, Forgetting

ROW = Forgetting(
    name="general", title="general texts", n=40, base=4.0, tuned=4.4, base_bits=1.5, tuned_bits=1.65,
    rise=Estimate(value=0.1, low=0.08, high=0.12, n=40),
)  # fmt: skip


def test_the_page_has_the_table_and_the_gate() -> None:
    gate = forgetting_gate([ROW], margin=0.5)
    report = sample_data.report(forgetting=(ROW,), gates=(gate,))
    page = render(report, sample_run.context())
    assert "What tuning cost elsewhere" in page
    assert "4.000 to 4.400" in page and "1.500 to 1.650" in page and "+8.0 to +12.0" in page
    assert "Rise of loss on general texts, at worst" in page
    assert "4.000 to 4.400 nats per token" in render_markdown(report, sample_run.context())


def test_a_report_without_it_says_nothing_of_it() -> None:
    assert "What tuning cost elsewhere" not in render(sample_data.report(), sample_run.context())
