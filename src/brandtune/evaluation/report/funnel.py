"""What was dropped and why: the funnel's bars, the reasons by count, and the rows that a reader may disagree with."""

from collections import defaultdict
from dataclasses import dataclass

from markupsafe import Markup

from brandtune.evaluation.report.numbers import title_text
from brandtune.evaluation.report.svg import element, picture
from brandtune.evaluation.results import DropExample, FunnelStep, RunContext


@dataclass(frozen=True, kw_only=True)
class FunnelRow:
    step: FunnelStep
    title: str
    dropped: int
    bar: Markup


@dataclass(frozen=True, kw_only=True)
class ReasonRow:
    """One reason of one step with the examples that were kept of it."""

    step: str
    reason: str
    count: int
    share: float
    examples: list[DropExample]


@dataclass(frozen=True, kw_only=True)
class FunnelView:
    sentence: str
    rows: list[FunnelRow]
    reasons: list[ReasonRow]

    @property
    def with_examples(self) -> list[ReasonRow]:
        return [reason for reason in self.reasons if reason.examples]


def funnel_view(context: RunContext) -> FunnelView:
    """Everything about the rows that were left out."""
    widest = max([max(step.entered, step.left) for step in context.funnel], default=1) or 1
    rows = [
        FunnelRow(
            step=step, title=title_text(step.step), dropped=step.entered - step.left, bar=_bar(step, widest=widest)
        )
        for step in context.funnel
    ]
    return FunnelView(sentence=_sentence(context.funnel), rows=rows, reasons=_reasons(context))


def _sentence(funnel: tuple[FunnelStep, ...]) -> str:
    if not funnel:
        return ""
    entered, left = funnel[0].entered, funnel[-1].left
    share = f" ({left / entered:.0%})".replace("%", "\N{NO-BREAK SPACE}%") if entered else ""
    return f"{entered:,} went in, {left:,}{share} came out."


def _reasons(context: RunContext) -> list[ReasonRow]:
    shown: dict[tuple[str, str], list[DropExample]] = defaultdict(list)
    for example in context.dropped:
        shown[example.step, example.reason].append(example)
    counts = {(step.step, reason): count for step in context.funnel for reason, count in step.reasons.items()}
    total = sum(counts.values())
    keys = sorted({**counts, **shown}, key=lambda key: (-counts.get(key, 0), key))
    return [
        ReasonRow(
            step=title_text(key[0]),
            reason=key[1],
            count=counts.get(key, len(shown[key])),
            share=counts.get(key, 0) / total if total else 0.0,
            examples=shown[key],
        )
        for key in keys
    ]


def _bar(step: FunnelStep, *, widest: int) -> Markup:
    entered, left = 100 * step.entered / widest, 100 * min(step.left, step.entered) / widest
    gained = 100 * max(0, step.left - step.entered) / widest
    return picture(
        element("rect", x="0", y="3", width=f"{entered:.2f}%", height="12", class_="gone"),
        element("rect", x="0", y="3", width=f"{left:.2f}%", height="12", class_="stays"),
        element("rect", x=f"{entered:.2f}%", y="3", width=f"{gained:.2f}%", height="12", class_="gained"),
        height=18,
        label="",
        class_="bar",
    )
