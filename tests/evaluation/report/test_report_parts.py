"""The parts below the page: cutting texts at findings, reading contrasts, scales, and the Markdown variant."""

import re

import msgspec
import pytest
import sample_data

from brandtune.evaluation.metrics.catalogue import ALL
from brandtune.evaluation.report import render, render_markdown
from brandtune.evaluation.report.arm_tables import arm_table
from brandtune.evaluation.report.comparisons import comparison_groups, forest, reading
from brandtune.evaluation.report.curves import training_view
from brandtune.evaluation.report.funnel import funnel_view
from brandtune.evaluation.report.measures import detail_tables
from brandtune.evaluation.report.numbers import difference_text, p_text, value_text
from brandtune.evaluation.report.passages import sample_views, segments
from brandtune.evaluation.report.svg import element, scale_over
from brandtune.evaluation.report.verdicts import gate_row
from brandtune.evaluation.results import CurvePoint, Estimate, Finding, FunnelStep, Gate, Output


def finding(start: int, end: int) -> Finding:
    return Finding(rule=f"R{start}", message=f"{start} to {end}", start=start, end=end)


@pytest.mark.parametrize(
    "spans", [(), ((0, 0),), ((2, 5),), ((2, 5), (4, 8)), ((2, 8), (3, 5)), ((-3, 4), (7, 999)), ((5, 2),), ((0, 10),)]
)
def test_segments_hold_the_whole_text_in_order(spans: tuple[tuple[int, int], ...]) -> None:
    text = "0123456789"
    cut = segments(text, tuple(finding(*span) for span in spans))
    assert "".join(segment.text for segment in cut) == text
    for start, end in spans:
        inside = set(range(max(0, start), min(len(text), end)))
        marked, at = set(), 0
        for segment in cut:
            if f"{start} to {end}" in segment.title:
                marked |= set(range(at, at + len(segment.text)))
            at += len(segment.text)
        assert marked == inside


def test_each_marked_finding_is_numbered_once() -> None:
    cut = segments("0123456789", (finding(2, 8), finding(3, 5), finding(0, 0)))
    assert sorted(end for segment in cut for end in segment.ends) == [1, 2]


def test_the_answered_turn_is_the_last_of_the_customer() -> None:
    view = sample_views(sample_data.report())[0]
    assert view.message.startswith("Hi, I took the Fernway")
    assert [turn.role for turn in view.earlier] == ["system", "user", "assistant"]


def test_badge_follows_the_on_brand_score() -> None:
    sample = msgspec.structs.replace(
        sample_data.report().samples[0],
        outputs=tuple(Output(arm="tuned", text="x", scores={"on_brand": score}) for score in (1.0, 0.0, None)),
    )
    view = sample_views(sample_data.report(samples=(sample,)))[0]
    assert [output.badge for output in view.outputs] == ["pass", "fail", "none"]
    assert view.tally == "1 of 2 on brand"


def test_best_follows_the_direction_of_the_metric() -> None:
    table = arm_table(sample_data.report(), task="all")
    best = {
        metric.name: row.arm.name
        for group in table.groups
        for row in group.rows
        for metric, cell in zip(table.metrics, row.cells, strict=True)
        if cell and cell.best
    }
    assert best["on_brand"] == "tuned_rag"
    assert best["loss"] == "tuned"
    assert best["edits"] == "tuned_rag"


def test_reading_needs_the_interval_and_the_corrected_p_value() -> None:
    report = sample_data.report()
    metric, contrast = report.metrics[0], report.contrasts[0]
    edits = next(one for one in report.metrics if one.name == "edits")
    fewer = next(one for one in report.contrasts if one.metric == "edits")
    assert reading(contrast, metric=metric, report=report) == "Fine-tuned is better"
    assert reading(fewer, metric=edits, report=report) == "Fine-tuned is better"
    doubtful = msgspec.structs.replace(contrast, p_adjusted=0.2)
    assert reading(doubtful, metric=metric, report=report) == "No clear difference"
    endless = msgspec.structs.replace(contrast, difference=Estimate(value=0.1, low=float("-inf"), high=float("inf")))
    assert reading(endless, metric=metric, report=report) == "No interval"


def test_forest_starts_with_the_deciding_contrast_and_names_the_better_side() -> None:
    chart = forest(sample_data.report())
    assert chart is not None
    assert [row.primary for row in chart.rows] == [True, False, False, False, False]
    assert chart.right == "Fine-tuned is better"
    assert len(comparison_groups(sample_data.report())) == 7


@pytest.mark.parametrize(
    ("value", "limit", "passed", "words"),
    [
        (0.7, 0.6, True, "at least"),
        (0.5, 0.6, False, "at least"),
        (0.5, 0.6, True, "at most"),
        (0.6, 0.6, True, "limit"),
    ],
)
def test_a_gate_says_which_side_passes(value: float, limit: float, passed: bool, words: str) -> None:
    gate = Gate(name="new_gate", passed=passed, value=value, limit=limit, sentence="")
    assert gate_row(gate).limit == f"{words} 0.6"
    assert gate_row(gate).title == "New gate"


def test_funnel_counts_what_each_step_dropped() -> None:
    view = funnel_view(sample_data.context())
    assert sum(row.dropped for row in view.rows) == 9412 - 2844
    assert sum(reason.count for reason in view.reasons) == 9412 - 2844
    assert view.reasons[0].reason == "no consent"
    grown = funnel_view(sample_data.context(funnel=(FunnelStep(step="split", entered=10, left=25),), dropped=()))
    assert grown.rows[0].dropped == -15


def test_losses_are_read_by_task() -> None:
    view = training_view(sample_data.context())
    assert [row.title for row in view.rows] == ["All tasks", "Support reply", "Campaign copy", "Product description"]
    assert view.rows[0].change == "−1.512"


@pytest.mark.parametrize("points", [1, 2, 500])
def test_curves_of_any_length_are_drawn(points: int) -> None:
    curve = tuple(CurvePoint(step=step, epoch=0.0, train_loss=1.0, validation_loss=1.0) for step in range(points))
    view = training_view(sample_data.context(curve=curve))
    assert view.losses is not None
    assert len(view.points) <= 60


def test_numbers_round_without_a_negative_zero() -> None:
    assert difference_text(-0.0001, unit="share") == difference_text(0.0, unit="share") == "0.0\N{NO-BREAK SPACE}points"
    assert value_text(-0.00001, unit="score") == "0.000"
    assert p_text(0.0009) == "< 0.001"


@pytest.mark.parametrize("values", [[0.0], [3.0, 3.0], [-1e-9, 1e-9], [1e6, 2e6], [float("nan")], []])
def test_scales_hold_their_values_and_have_ticks(values: list[float]) -> None:
    scale = scale_over(values)
    assert scale.low < scale.high
    assert 1 <= len(scale.ticks()) <= 12
    assert all(0 <= scale.at(value) <= 100 for value in values if value == value)


def test_svg_escapes_attributes_and_text() -> None:
    assert element("text", "<b>", aria_label='"x"') == '<text aria-label="&#34;x&#34;">&lt;b&gt;</text>'


def test_markdown_holds_verdict_gates_and_tables() -> None:
    text = render_markdown(sample_data.report(), sample_data.context())
    for part in ("# Better: Larkspur", "## Gates: 4 of 5 passed", "**failed**", "## All tasks", "### Campaign copy"):
        assert part in text
    for part in (
        "## Comparisons",
        "## What was left out",
        "## Training",
        "## What to do next",
        "70.3",
        "+23.6",
        "9,412",
    ):
        assert part in text


def test_markdown_tables_have_as_many_cells_in_each_row() -> None:
    text = render_markdown(sample_data.report(), sample_data.context(facts=(("a|b", "c\nd"),)))
    for table in re.findall(r"(?:^\|.*\|\n?)+", text, flags=re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1


def test_markdown_escapes_and_survives_emptiness() -> None:
    hostile = render_markdown(sample_data.report(notes=(sample_data.HOSTILE,)), sample_data.context())
    assert "<script>" not in hostile
    assert "<img" not in hostile
    bare = render_markdown(sample_data.bare_report(), sample_data.bare_context())
    assert bare.startswith("# Cannot tell: Empty\n")


def test_a_metric_of_the_task_that_nothing_was_measured_on_stays_blank() -> None:
    report = sample_data.report(
        metrics=(*sample_data.METRICS, ALL["lift"]), task_metrics={sample_data.TASKS[0]: ("on_brand", "lift")}
    )
    page = render(report, sample_data.context())
    further = page[page.index('id="measures"') : page.index('id="notes"')]
    assert ALL["lift"].title in further and "not measured" in further
    assert ALL["lift"].title in render_markdown(report, sample_data.context())
    silent = sample_data.report(metrics=(*sample_data.METRICS, ALL["lift"]))
    assert ALL["lift"].title not in [metric.title for table in detail_tables(silent) for metric in table.metrics]
