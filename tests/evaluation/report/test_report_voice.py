"""Voice lines, further metrics, labels and suites in the report, on the page and in Markdown."""

import msgspec
import sample_data

from brandtune.evaluation.report import render, render_markdown
from brandtune.evaluation.report.arm_tables import arm_table
from brandtune.evaluation.report.measures import detail_tables
from brandtune.evaluation.report.voice import NO_EVIDENCE, voice_view
from brandtune.evaluation.results import (
    ArmFacts,
    BrokenRule,
    Cell,
    ClaimsLine,
    Confusion,
    Estimate,
    FingerprintLine,
    Metric,
    Nearest,
    PairwiseLine,
    Report,
    SuiteScore,
    VoiceLines,
)


def both(report: Report) -> tuple[str, str]:
    return render(report, sample_data.context()), render_markdown(report, sample_data.context())


def test_a_line_without_evidence_is_blank_and_never_zero() -> None:
    page, text = both(sample_data.report(voice=(VoiceLines(arm="tuned"),)))
    assert page.count(f">{NO_EVIDENCE}<") == 4 and text.count(NO_EVIDENCE) == 4


def test_four_lines_are_shown_with_what_they_rest_on() -> None:
    near = Nearest(
        output="<i>Hello</i>", percentile=0.04, traits=("emoji: 3 %, usually 0 %",), real="Hi.", real_id="e1"
    )
    line = VoiceLines(
        arm="tuned",
        rules=Estimate(value=0.8, low=0.7, high=0.9, n=50),
        broken=(BrokenRule(rule="House.Hype", message="Too loud.", outputs=9, example="AMAZING <b>"),),
        fingerprint=FingerprintLine(
            percentile=Estimate(value=0.45, low=0.4, high=0.5, n=50),
            within=Estimate(value=0.9, n=50),
            auc={"support_reply against the base model": 0.934},
            nearest=(near,),
        ),
        pairwise=PairwiseLine(
            score=Estimate(value=0.4, low=0.3, high=0.5, n=40), wins=10, ties=12, losses=18, judge="judge-1", failed=2,
            position_bias=0.12, consistent=0.7, agreement=0.41, num_labels=160,
        ),
        claims=ClaimsLine(outputs=50, matched=31, unmatched=4, contradicted=2, expired=1),
    )  # fmt: skip
    report = sample_data.report(voice=(line,))
    (row,) = voice_view(report).rows
    assert [one.value.replace("\N{NO-BREAK SPACE}", " ") for one in row.lines] == [
        "80.0 % pass",
        "more usual than 45.0 % of people's texts",
        "40.0 % (wins and half the ties)",
        "31 matched",
    ]
    page, text = both(report)
    for shown in (page, text):
        assert "0.93" in shown and "kappa 0.41" in shown and "+12 points" in shown and "not trusted" in shown
        assert "4 unmatched, 2 contradicted, 1 expired" in shown and "2 failed and do not count" in shown
    assert "AMAZING &lt;b&gt;" in page and "<i>Hello</i>" not in page


def test_details_are_in_tables_of_their_own() -> None:
    metrics = (
        Metric(name="on_brand", title="On-brand", description="d"),
        Metric(name="revised", title="Revision rate", description="d", higher_is_better=False, detail=True),
        Metric(name="facts_ok", title="Facts", description="d"),
    )
    cells = tuple(
        Cell(arm="tuned", metric=metric.name, task=task, estimate=Estimate(value=0.5, n=4))
        for metric in metrics
        for task in ("all", "brand_qa", "support_reply")
    )
    report = sample_data.report(
        metrics=metrics,
        cells=cells,
        tasks=("brand_qa", "support_reply"),
        task_metrics={"brand_qa": ("facts_ok", "on_brand")},
    )
    assert [metric.name for metric in arm_table(report, task="all").metrics] == ["on_brand", "facts_ok"]
    assert [metric.name for metric in arm_table(report, task="brand_qa").metrics] == ["facts_ok", "on_brand"]
    assert [[metric.name for metric in table.metrics] for table in detail_tables(report)] == [["revised"]] * 3
    page, text = both(report)
    assert "Revision rate" in page and "Revision rate" in text


def test_the_report_shows_labels_suites_and_stays_readable_from_disk() -> None:
    confusion = Confusion(
        arm="tuned", task="ticket_intent", rows={"return": (0.5, 1.0, 0.667, 3), "refund": (None, 0.0, 0.0, 1)},
        confused=(("refund", "return", 1), ("return", "", 2)), answered=4, abstained=2, accuracy_answered=0.75,
    )  # fmt: skip
    score = SuiteScore(arm="tuned", suite="lm-eval:x", metric="acc", value=0.25, error=0.05)
    tuned = ArmFacts(name="tuned", title="<b>Tuned</b>", description="", tuned=True)
    report = sample_data.report(confusions=(confusion,), suites=(score,), arms=(tuned,))
    again = msgspec.convert(msgspec.to_builtins(report), type(report))
    assert again == report
    page, text = render(report, sample_data.context()), render_markdown(report, sample_data.context())
    for shown in (page, text):
        assert "refund as return (1)" in shown or "75.0" in shown
        assert "lm-eval:x" in shown and "0.25" in shown
    assert "return as no label (2)" in page and "<b>Tuned</b>" not in page
