"""The report as Markdown, for pull requests and terminals: verdict, gates and tables, without plots and samples."""

import re
from collections.abc import Iterable

from brandtune.evaluation.report.arm_tables import ALL_TASKS, HUMAN, ArmTable, arm_table, task_tables
from brandtune.evaluation.report.comparisons import ComparisonRow, comparison_groups
from brandtune.evaluation.report.curves import training_view
from brandtune.evaluation.report.funnel import funnel_view
from brandtune.evaluation.report.measures import detail_tables, label_tables
from brandtune.evaluation.report.numbers import MISSING, arrow, duration_text, title_text, when_text
from brandtune.evaluation.report.protocol import protocol_rows
from brandtune.evaluation.report.spending import COLUMNS, spending_rows
from brandtune.evaluation.report.verdicts import VerdictView, verdict_view
from brandtune.evaluation.report.voice import LINES, NO_EVIDENCE, voice_view
from brandtune.evaluation.results import Report, RunContext

SPECIAL = re.compile(r"([\\`*_\[\]|#~])")


def render_markdown(report: Report, context: RunContext) -> str:
    """The verdict, the gates and every table of the report as GitHub-flavoured Markdown.

    Args:
        report: What the evaluation found.
        context: What is known about the run around it. Every part of it may be empty.
    """
    parts = [
        *_verdict(verdict_view(report), context),
        *_comparisons(report, context),
        *_arms(arm_table(report, task=ALL_TASKS), level="##"),
        *_spending(report),
        *[line for table in task_tables(report) for line in _arms(table, level="###")],
        *_voice(report),
        *[line for table in detail_tables(report) for line in _further(table)],
        *_labels(report),
        *_dropped(context),
        *_training(context),
        *_run(context),
        *_listed("## Notes", report.notes),
        f"Run {plain(context.run_id)}, {plain(when_text(context.created_at))}.",
    ]
    return "\n\n".join(parts) + "\n"


def plain(text: str) -> str:
    """Text that Markdown shows as it is: on one line, and nothing in it means anything.

    >>> plain("a|b <i>\\nc_d")
    'a\\\\|b &lt;i&gt; c\\\\_d'
    """
    safe = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(r"\\\1", safe)


def _table(header: Iterable[str], rows: Iterable[Iterable[str]], *, words: int = 1) -> str:
    titles = list(header)
    line = ["---" if index < words else "--:" for index in range(len(titles))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (titles, line, *rows))


def _listed(title: str, lines: Iterable[str], *, numbered: bool = False) -> list[str]:
    texts = list(lines)
    mark = [f"{number}." if numbered else "-" for number in range(1, len(texts) + 1)]
    return [title, "\n".join(f"{at} {plain(text)}" for at, text in zip(mark, texts, strict=True))] if texts else []


def _verdict(view: VerdictView, context: RunContext) -> list[str]:
    parts = [f"# {view.word}: {plain(context.title)}", plain(view.sentence)]
    reasons = [*view.reasons, *([view.needed] if view.needed else [])]
    parts += ["\n".join(f"- {plain(reason)}" for reason in reasons)] if reasons else []
    parts += [plain(view.held_back)] if view.held_back else []
    parts += [_standings(view)] if view.standings and view.metric else []
    parts += [_primary(view.primary, title=view.metric.title)] if view.primary and view.metric else []
    return [*parts, *_gates(view), *_listed("## What to do next", context.next_steps, numbered=True)]


def _standings(view: VerdictView) -> str:
    assert view.metric
    rows = [
        [
            plain(one.title) + (f" ({plain(one.role)})" if one.role else ""),
            f"{one.value or MISSING}{f' ({one.interval})' if one.interval else ''}",
            plain(one.description),
        ]
        for one in view.standings
    ]
    return _table(["What was compared", plain(view.metric.title), "What it is"], rows, words=3)


def _primary(row: ComparisonRow, *, title: str) -> str:
    interval = f", 95 % interval {row.interval}" if row.interval else ""
    counted = f"{row.contrast.difference.n:,} examples in {row.contrast.num_clusters:,} clusters"
    what = f"{plain(title)}: {plain(row.arm)} against {plain(row.baseline)}, {row.difference}"
    return f"**{what}**{interval}, p {plain(row.p_value)}, {counted}."


def _gates(view: VerdictView) -> list[str]:
    if not view.gates:
        return []
    rows = [
        [
            row.limit if not row.gate.measured else "passed" if row.gate.passed else "**failed**",
            plain(row.title),
            row.value,
            row.limit,
            plain(row.gate.sentence),
        ]
        for row in view.gates
    ]
    title = f"## Gates: {view.num_passed} of {view.num_measured} passed"
    return [title, _table(["", "Gate", "Value", "Limit", "Condition"], rows, words=5)]


def _arms(table: ArmTable, *, level: str) -> list[str]:
    if not table.metrics:
        return []
    costs = level == "##"
    header = ["Arm", *(f"{plain(metric.title)} {arrow(metric)}" for metric in table.metrics)]
    header += ["Prompt tokens", "Reply tokens", "Seconds"] if costs else []
    return [f"{level} {plain(table.title)}", _table(header, _arm_rows(table, costs=costs))]


def _arm_rows(table: ArmTable, *, costs: bool) -> Iterable[list[str]]:
    for row in (row for group in table.groups for row in group.rows):
        cells: list[str] = []
        for cell in row.cells:
            text = MISSING if cell is None else f"**{cell.text}**" if cell.best else cell.text
            cells.append(f"{text} ({cell.interval})" if cell and cell.interval else text)
        arm = row.arm
        spent = (
            [MISSING] * 3
            if arm.name == HUMAN
            else [f"{arm.mean_prompt_tokens:,.0f}", f"{arm.mean_reply_tokens:,.0f}", f"{arm.mean_seconds:.2f}"]
        )
        yield [plain(arm.title) + (" (tuned)" if arm.tuned else ""), *cells, *(spent if costs else [])]


def _spending(report: Report) -> list[str]:
    rows = [
        [plain(row.arm) + (" (tuned)" if row.tuned else ""), *map(plain, row.cells), plain(row.chosen) or MISSING]
        for row in spending_rows(report)
    ]
    header = ["Arm", *COLUMNS, "Chosen on validation"]
    return ["## What each arm costs", _table(header, rows)] if rows else []


def _further(table: ArmTable) -> list[str]:
    header = ["Arm", *(f"{plain(metric.title)} {arrow(metric)}" for metric in table.metrics)]
    return [f"### Further metrics, {plain(table.title).lower()}", _table(header, _arm_rows(table, costs=False))]


def _voice(report: Report) -> list[str]:
    view = voice_view(report)
    rows = [
        [plain(row.arm), *(plain(f"{line.value}; {line.detail}" if line.value else NO_EVIDENCE) for line in row.lines)]
        for row in view.rows
    ]
    if not rows:
        return []
    return [
        "## Brand voice in four lines",
        _table(["Arm", *LINES], rows, words=1 + len(LINES)),
        *map(plain, view.trust),
    ]


def _labels(report: Report) -> list[str]:
    parts = []
    for table in label_tables(report):
        rows = [[plain(row.label), row.precision, row.recall, row.f1, f"{row.support:,}"] for row in table.rows]
        parts += [f"### Labels: {plain(table.title)}", plain(table.sentence)]
        parts.append(_table(["Label", "Precision", "Recall", "F1", "Examples"], rows))
    if report.suites:
        suites = [[plain(one.suite), plain(one.metric), plain(one.arm), f"{one.value:.4g}"] for one in report.suites]
        parts += ["### External suites", _table(["Suite", "Metric", "Model", "Score"], suites, words=3)]
    return parts


def _comparisons(report: Report, context: RunContext) -> list[str]:
    header = ["Metric", "Arm", "Against", "Difference", "95 % interval", "p", "p, corrected", "Detectable"]
    rows = [
        [
            plain(group.metric.title),
            plain(row.arm),
            plain(row.baseline),
            row.difference,
            row.interval or MISSING,
            plain(row.p_value),
            plain(row.p_adjusted) or MISSING,
            row.detectable or MISSING,
            plain(row.reading),
            plain(row.contrast.method),
        ]
        for group in comparison_groups(report)
        for row in group.rows
    ]
    tested = [[plain(name), plain(value)] for name, value in protocol_rows(report, context)]
    parts = ["## How it was tested", _table(["", "In this run"], tested, words=2)] if tested else []
    return [*parts, "## Comparisons", _table([*header, "Reading", "Method"], rows, words=3)] if rows else parts


def _dropped(context: RunContext) -> list[str]:
    view = funnel_view(context)
    parts = []
    if view.rows:
        steps = [
            [plain(row.title), f"{row.step.entered:,}", f"{row.dropped:,}", f"{row.step.left:,}"] for row in view.rows
        ]
        parts += ["## What was left out", view.sentence, _table(["Step", "In", "Left out", "Stayed"], steps)]
    if view.reasons:
        reasons = [[plain(title_text(row.reason)), plain(row.step), f"{row.count:,}"] for row in view.reasons]
        parts.append(_table(["Reason", "Step", "Rows"], reasons, words=2))
    return parts


def _training(context: RunContext) -> list[str]:
    view = training_view(context)
    sentence = f"Training took {view.duration}. {view.lowest}".strip() if view.duration else view.lowest
    parts = [sentence] if sentence else []
    if view.rows:
        rows = [
            [plain(row.title), *(loss or MISSING for loss in row.losses), row.change or MISSING] for row in view.rows
        ]
        parts.append(_table(["Held-out loss", *map(plain, view.arms), "Change"], rows))
    return ["## Training", *parts] if parts else []


def _run(context: RunContext) -> list[str]:
    facts = [[plain(name), plain(value)] for name, value in context.facts]
    stages = [[plain(title_text(one.name)), plain(one.summary), duration_text(one.seconds)] for one in context.stages]
    parts = [_table(["Fact", "Value"], facts, words=2)] if facts else []
    parts += [_table(["Stage", "Outcome", "Took"], stages, words=2)] if stages else []
    return ["## The run", *parts] if parts else []
