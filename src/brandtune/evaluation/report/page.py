"""The HTML page: every section's view, one template, nothing fetched from anywhere."""

from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from brandtune.core.pages import asset, environment, policy, writable
from brandtune.evaluation.report.arm_tables import ALL_TASKS, HUMAN, arm_chart, arm_table, primary_metric, task_tables
from brandtune.evaluation.report.comparisons import all_metrics, comparison_groups, methods
from brandtune.evaluation.report.curves import rate_number, training_view
from brandtune.evaluation.report.funnel import funnel_view
from brandtune.evaluation.report.glossary import TERMS
from brandtune.evaluation.report.lineage import lineage_view
from brandtune.evaluation.report.measures import detail_tables, label_tables
from brandtune.evaluation.report.numbers import arrow, better_words, duration_text, title_text, when_text
from brandtune.evaluation.report.passages import LONG_CHARS, sample_views
from brandtune.evaluation.report.protocol import protocol_rows
from brandtune.evaluation.report.spending import COLUMNS, spending_rows
from brandtune.evaluation.report.verdicts import verdict_view
from brandtune.evaluation.report.voice import LINES, MEANINGS, NO_EVIDENCE, voice_view
from brandtune.evaluation.results import Report, RunContext

PACKAGE = "brandtune.evaluation.report"
STYLES = ("base.css", "parts.css", "print.css")
OPEN_SAMPLES = 2


def render(report: Report, context: RunContext) -> str:
    """The whole report as one HTML page that needs nothing else: no network, no other file.

    The same report and context always give the same text. Everything that people or models wrote is escaped, and the
    page's own content policy forbids any script and any style but the two that it was written with.

    Args:
        report: What the evaluation found.
        context: What is known about the run around it. Every part of it may be empty.
    """
    style = Markup("\n".join(asset(PACKAGE, name) for name in STYLES))
    script = Markup(asset(PACKAGE, "samples.js"))
    metric = primary_metric(report)
    html = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            context=context,
            style=style,
            script=script,
            policy=policy(style=style, script=script),
            verdict=verdict_view(report),
            spending=spending_rows(report),
            spending_columns=COLUMNS,
            table=arm_table(report, task=ALL_TASKS),
            tasks=task_tables(report),
            metric=metric,
            chart=arm_chart(report, metric=metric) if metric else None,
            voice=voice_view(report),
            details=detail_tables(report),
            labels=label_tables(report),
            comparisons=comparison_groups(report),
            methods=methods(report),
            protocol=protocol_rows(report, context),
            metrics=all_metrics(report),
            samples=sample_views(report),
            funnel=funnel_view(context),
            training=training_view(context),
            lineage=lineage_view(context),
        )
    )
    return writable(html)


@cache
def _environment() -> Environment:
    filters = {"title_text": title_text, "duration": duration_text, "rate": rate_number, "when": when_text}
    made = environment(PACKAGE, filters=filters)
    made.globals |= {
        "arrow": arrow,
        "better_words": better_words,
        "terms": TERMS,
        "human": HUMAN,
        "open_samples": OPEN_SAMPLES,
        "long_chars": LONG_CHARS,
        "voice_titles": LINES,
        "voice_meanings": MEANINGS,
        "no_evidence": NO_EVIDENCE,
    }
    return made
