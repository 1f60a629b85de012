"""Advice as Markdown; the terminal shows the same text."""

from collections.abc import Iterable, Sequence

from brandtune.advice.results import Advice, Curve, Opportunity, Return
from brandtune.advice.words import (
    READINGS,
    SOURCES,
    amount,
    in_unit,
    input_range,
    money_range,
    payback,
    texts,
)
from brandtune.evaluation.report.markdown import plain

MOST_SWINGS = 8


def render_markdown(advice: Advice) -> str:
    """The recommendation, its reasons and every table as GitHub-flavoured Markdown."""
    parts = [f"# {plain(advice.headline)}", plain(advice.title)]
    if not advice.sure:
        parts.append("*The numbers leave this open.*" if advice.run_id else "*Nothing has been measured yet.*")
    parts += _listed("## Why", advice.reasons)
    parts += _listed("## What to fix first", advice.fix_first, numbered=True)
    parts += _returns(advice.returns) if advice.returns else []
    parts += _curve(advice.curve) if advice.curve else []
    parts += _opportunities(advice.opportunities)
    parts += _readiness(advice)
    parts += _facts(advice)
    parts += _pilot(advice)
    parts.append(f"{f'Run {plain(advice.run_id)}, ' if advice.run_id else ''}{plain(advice.made_at)}.")
    return "\n\n".join(parts) + "\n"


def _listed(title: str, lines: Sequence[str], *, numbered: bool = False) -> list[str]:
    marks = [f"{number}." if numbered else "-" for number in range(1, len(lines) + 1)]
    return [title, "\n".join(f"{m} {plain(text)}" for m, text in zip(marks, lines, strict=True))] if lines else []


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    line = ["---" if index < words else "--:" for index in range(len(header))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, line, *rows))


def _returns(returns: Return) -> list[str]:
    money = returns.currency
    facts = [
        ["Return a month", amount(returns.net_month.value, currency=money), money_range(returns.net_month, currency=money)],
        ["Break-even, texts a month", texts(returns.break_even.value),
         f"{texts(returns.break_even.low)} to {texts(returns.break_even.high)}"],
        ["Saved on a text", amount(returns.saving_piece.value, currency=money),
         money_range(returns.saving_piece, currency=money)],
        ["What tuning costs a month", amount(returns.own_cost_month, currency=money), ""],
        ["One-off costs are back after", payback(returns), ""],
        ["Chance that it pays", f"{returns.probability * 100:.0f} %", ""],
    ]  # fmt: skip
    arms = [
        [plain(arm.title), "" if arm.arm == "by_hand" else f"{arm.usable * 100:.0f} %",
         amount(arm.piece, currency=money), amount(arm.month, currency=money)]
        for arm in returns.arms
    ]  # fmt: skip
    inputs = [
        [plain(one.title), in_unit(one.value, unit=one.unit, currency=money), input_range(one, currency=money),
         SOURCES[one.source]]
        for one in returns.inputs
    ]  # fmt: skip
    swings = [
        [plain(one.title), input_range(one, currency=money), amount(one.at_low, currency=money),
         amount(one.at_high, currency=money), SOURCES[one.source]]
        for one in returns.swings[:MOST_SWINGS]
    ]  # fmt: skip
    return [
        f"## Does it pay, over {returns.horizon_months} months?",
        f"Against {plain(returns.against)}, the cheapest way without tuning.",
        _table(["", "Value", "95 % interval"], facts),
        f"### {returns.pieces_per_month:,.0f} texts a month, each way",
        _table(["Way of writing", "Usable drafts", "A text", "A month"], arms),
        "### What the return hangs on most",
        _table(["Input", "Between", "Return at its low end", "At its high end", "Source"], swings),
        "### What this rests on",
        _table(["Input", "Value", "Between", "Source"], inputs),
    ]


def _curve(curve: Curve) -> list[str]:
    rows = [[f"{size:,}", f"{loss:.3f}"] for size, loss in curve.points]
    return ["## Would more data help?", plain(curve.sentence), _table(["Training examples", "Held-out loss"], rows)]


def _opportunities(found: Sequence[Opportunity]) -> list[str]:
    if not found:
        return []
    rows = [
        [plain(one.task) + (" (planned)" if one.planned else ""), f"{one.num_examples:,}",
         "–" if one.per_month is None else f"{one.per_month:,.0f}", f"{one.repetitive * 100:.0f} %",
         "–" if one.consistent is None else f"{one.consistent * 100:.0f} %",
         "–" if one.edit_share is None else f"{one.edit_share * 100:.0f} %", READINGS[one.reading]]
        for one in found
    ]  # fmt: skip
    header = ["Task", "Examples", "A month", "Asked alike", "Answered alike", "Changed by editors", "Reading"]
    return ["## What the records hold", _table(header, rows)]


def _readiness(advice: Advice) -> list[str]:
    rows = [[check.state, plain(check.sentence)] for check in advice.readiness]
    return ["## Readiness", _table(["", "What"], rows, words=2)] if rows else []


def _facts(advice: Advice) -> list[str]:
    rows = [
        [plain(one.metric), plain(one.arm), f"{one.share * 100:.1f} %", f"{one.low * 100:.1f} to {one.high * 100:.1f} %",
         f"{one.n:,}", plain(one.use)]
        for one in advice.facts
    ]  # fmt: skip
    header = ["Metric", "Under", "Share", "95 % interval", "Out of", "What it does"]
    return ["## Facts from the business", _table(header, rows, words=2)] if rows else []


def _pilot(advice: Advice) -> list[str]:
    if not advice.pilot:
        return []
    rows = [
        [plain(row["run_id"]), plain(row["metric"]), f"{row['target']:g}", f"{row['value']:.3f}", plain(row["state"])]
        for row in advice.pilot["standings"]
    ]
    parts = ["## The pilot", plain(advice.pilot["sentence"])]
    return [*parts, _table(["Run", "KPI", "Target", "Value", "State"], rows, words=2)] if rows else parts
