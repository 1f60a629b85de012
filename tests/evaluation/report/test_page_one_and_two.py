"""Page one explains itself to a marketing lead; page two holds what a statistician looks for."""

import msgspec
import sample_data

from brandtune.evaluation.report import render, render_markdown
from brandtune.evaluation.report.curves import GUTTER, training_view
from brandtune.evaluation.report.funnel import funnel_view
from brandtune.evaluation.report.lineage import lineage_view
from brandtune.evaluation.report.numbers import title_text, when_text
from brandtune.evaluation.report.protocol import protocol_rows
from brandtune.evaluation.report.standing import standings
from brandtune.evaluation.report.verdicts import verdict_view
from brandtune.evaluation.results import FunnelStep, Gate, Verdict

SEEDS = ("Seeds", "evaluation 3, decoding 4, training 5")


def test_page_one_says_who_was_compared_and_how_each_does() -> None:
    found = standings(sample_data.report())
    assert [(one.title, one.role) for one in found] == [
        ("Fine-tuned", ""), ("Few-shot", "best alternative"), ("People", "the ceiling"),
    ]  # fmt: skip
    assert all(one.value.endswith("%") and one.interval and one.description for one in found)
    undecided = sample_data.report(verdict=Verdict(outcome="not_better", sentence="No."))
    assert standings(undecided) == []


def test_a_better_model_that_may_not_be_released_says_so_at_the_top() -> None:
    failed = Gate(name="safe", passed=False, value=-0.031, limit=-0.02, sentence="Safety.")
    held = sample_data.report(gates=(failed,))
    assert verdict_view(held).held_back == "But it may not be released as it is, because a gate failed: safety."
    assert verdict_view(held).held_back in render(held, sample_data.context())
    assert verdict_view(held).held_back in render_markdown(held, sample_data.context())
    passed = sample_data.report(gates=(msgspec.structs.replace(failed, passed=True),))
    assert verdict_view(passed).held_back == ""


def test_page_two_names_contrast_test_interval_units_family_and_seeds() -> None:
    report = sample_data.report()
    primary = report.verdict.primary
    assert primary is not None
    rows = dict(protocol_rows(report, sample_data.context(protocol=(SEEDS,))))
    assert "Fine-tuned minus Few-shot on On-brand" in rows["Primary contrast"]
    assert rows["Examples"].startswith(f"{primary.difference.n:,}")
    assert rows["Clusters"].startswith(f"{primary.num_clusters:,}")
    assert primary.method.startswith(rows["Test"].partition(",")[0]) and rows["Interval"] in primary.method
    family = [one for one in report.contrasts if one != primary]
    held = sum(one.p_adjusted is not None and one.p_adjusted < 0.05 for one in family)
    assert rows["Family"].startswith(f"{len(family)} further contrasts") and f"{held} of them" in rows["Family"]
    assert "80\N{NO-BREAK SPACE}% power" in rows["Minimum detectable"]
    assert rows["Seeds"] == SEEDS[1]
    html = render(report, sample_data.context(protocol=(SEEDS,)))
    assert html.index('id="verdict"') < html.index(SEEDS[1]) < html.index('id="numbers"')


def test_what_no_task_reads_does_not_dwarf_the_funnel() -> None:
    steps = (
        FunnelStep(step="tasks", title="Wanted by a task", entered=25000, left=1000, reasons={"not used": 24000}),
        FunnelStep(step="length", entered=1000, left=1000),
        FunnelStep(step="format", entered=1000, left=990, reasons={"empty": 10}),
        FunnelStep(step="rules", entered=900, left=450, reasons={"off brand": 450}),
    )
    view = funnel_view(
        sample_data.context(funnel=steps, dropped=(), dropped_counts=(("ab_tests", "underpowered", 48),))
    )
    assert [row.title for row in view.rows] == ["Wanted by a task", "Format", "Rules"]
    assert view.idle == ["Length"]
    assert view.rows[0].bar == "" and 'width="90.00%"' in view.rows[2].bar
    assert view.rows[1].became == 900
    assert "1,000 of them are of use" in view.sentence and "450 examples (45" in view.sentence
    assert ("A/B tests", "underpowered", 48) in [(one.step, one.reason, one.count) for one in view.reasons]


def test_many_source_files_stand_under_one_link() -> None:
    files = tuple(("Source", f"data/{number}.csv", "9 records") for number in range(9))
    view = lineage_view(sample_data.context(lineage=(*files, ("Dataset", "d1", ""))))
    assert [link[0] for link in view.shown] == ["Sources", "Dataset"]
    assert view.folded == files
    few = lineage_view(sample_data.context(lineage=files[:2]))
    assert (few.shown, few.folded) == (files[:2], ())


def test_the_numbers_of_the_loss_axis_stand_left_of_the_curve() -> None:
    losses = training_view(sample_data.context()).losses
    assert losses is not None
    assert f'x1="{100 * GUTTER:.0f}%"' in losses
    first = losses.split('points="', 1)[1].partition(",")[0]
    assert float(first) >= 1000 * GUTTER


def test_dates_and_names_are_written_as_people_write_them() -> None:
    assert when_text("2026-01-02T03:04:05+00:00") == "2 January 2026, 03:04 UTC"
    assert when_text("now") == "now"
    assert title_text("ab_tests") == "A/B tests"
    assert title_text("tuned_rag") == "Tuned RAG"
