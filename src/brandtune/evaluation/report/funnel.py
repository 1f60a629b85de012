"""What was dropped and why: the funnel's bars, the reasons by count, and the rows that a reader may disagree with."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from brandtune.evaluation.report.numbers import title_text
from brandtune.evaluation.report.svg import element, picture
from brandtune.evaluation.results import DropExample, FunnelStep, RunContext


@dataclass(frozen=True, kw_only=True)
class FunnelRow:
    """One step that did something; `became` is how many examples its rows turned into, where that is another number."""

    step: FunnelStep
    title: str
    dropped: int
    bar: Markup
    became: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReasonRow:
    """One reason of one step with the examples that were kept of it."""

    step: str
    reason: str
    count: int
    examples: list[DropExample]


@dataclass(frozen=True, kw_only=True)
class FunnelView:
    """`idle` names the steps that found nothing to leave out."""

    sentence: str
    rows: list[FunnelRow]
    idle: list[str]
    reasons: list[ReasonRow]

    @property
    def with_examples(self) -> list[ReasonRow]:
        return [reason for reason in self.reasons if reason.examples]


# What no task reads is told in numbers only: on the same scale it would dwarf every step that people decide about.
FIRST = "tasks"


def funnel_view(context: RunContext) -> FunnelView:
    """Everything about the rows that were left out."""
    steps = context.funnel
    became = {step.step: after.entered for step, after in pairwise(steps) if after.entered != step.left}
    shown = [step for step in steps if step.step == FIRST or step.entered != step.left or step.step in became]
    widest = max([max(step.entered, step.left) for step in shown if step.step != FIRST], default=1) or 1
    rows = [
        FunnelRow(
            step=step,
            title=_title(step),
            dropped=step.entered - step.left,
            bar=Markup("") if step.step == FIRST else _bar(step, widest=widest),
            became=became.get(step.step),
        )
        for step in shown
    ]
    idle = [_title(step) for step in steps if step not in shown]
    return FunnelView(sentence=_sentence(steps), rows=rows, idle=idle, reasons=_reasons(context))


def _title(step: FunnelStep) -> str:
    return step.title or title_text(step.step)


def _sentence(funnel: tuple[FunnelStep, ...]) -> str:
    if not funnel:
        return ""
    left = funnel[-1].left
    if funnel[0].step != FIRST:
        return f"{funnel[0].entered:,} went in, {left:,}{_share(left, funnel[0].entered)} came out."
    useful = funnel[0].left
    return (
        f"{funnel[0].entered:,} records were read, and {useful:,} of them are of use for a task; the others serve to "
        f"recognise customers or are not needed. {left:,} examples{_share(left, useful)} were kept."
    )


def _share(part: int, whole: int) -> str:
    return f" ({part / whole:.0%})".replace("%", "\N{NO-BREAK SPACE}%") if whole else ""


def _reasons(context: RunContext) -> list[ReasonRow]:
    titles = {step.step: _title(step) for step in context.funnel}
    shown: dict[tuple[str, str], list[DropExample]] = defaultdict(list)
    for example in context.dropped:
        shown[example.step, example.reason].append(example)
    counts = {(step, reason): count for step, reason, count in context.dropped_counts}
    counts |= {(step.step, reason): count for step in context.funnel for reason, count in step.reasons.items()}
    keys = sorted({**counts, **shown}, key=lambda key: (-counts.get(key, 0), key))
    return [
        ReasonRow(
            step=titles.get(key[0], title_text(key[0])),
            reason=key[1],
            count=counts.get(key, len(shown[key])),
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
