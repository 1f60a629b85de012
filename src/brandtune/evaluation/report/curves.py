"""Training: loss curves, held-out losses before and after, and how the learning rate moved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup

from brandtune.evaluation.report.numbers import MINUS, SPACE, difference_text, duration_text, title_text, value_text
from brandtune.evaluation.report.svg import Scale, element, picture, scale_over
from brandtune.evaluation.results import CurvePoint, PhaseCurve, RunContext

HEIGHT = 260.0
# Left of the first step stand the losses' numbers, right of the last its dot; shares of the width.
GUTTER, AIR = 0.07, 0.015
MARKER_POINTS = 40
TABLE_POINTS = 60
Series = list[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class LossRow:
    """Held-out losses of one task by arm, and what tuning changed."""

    title: str
    losses: list[str]
    change: str


@dataclass(frozen=True, kw_only=True)
class PhaseView:
    """One of several phases of training."""

    name: str
    summary: str
    caption: str
    losses: Markup | None


@dataclass(frozen=True, kw_only=True)
class TrainingView:
    losses: Markup | None
    caption: str
    phases: list[PhaseView]
    rate: Markup | None
    rate_text: str
    lowest: str
    duration: str
    points: list[CurvePoint]
    thinned: int
    arms: list[str]
    rows: list[LossRow]


def training_view(context: RunContext) -> TrainingView:
    """Everything the run logged about training."""
    train, validation = _series(context.curve, _train), _series(context.curve, _validation)
    every = -(-len(context.curve) // TABLE_POINTS) or 1
    arms = list(dict.fromkeys(key.rpartition("/")[2] for key in context.losses))
    return TrainingView(
        losses=_loss_chart(train, validation) if train or validation else None,
        caption=context.curve_caption,
        phases=[_phase_view(phase) for phase in context.training_phases],
        rate=_rate_chart(_series(context.curve, _rate)),
        rate_text=_rate_text(_series(context.curve, _rate)),
        lowest=_lowest(validation),
        duration=duration_text(context.curve[-1].seconds) if context.curve and context.curve[-1].seconds else "",
        points=list(context.curve[::every]),
        thinned=every if every > 1 else 0,
        arms=[title_text(arm) for arm in arms],
        rows=_loss_rows(context.losses, arms),
    )


def rate_number(rate: float) -> str:
    """A learning rate as people write it.

    >>> rate_number(0.0002)
    '2e−4'
    """
    if rate == 0:
        return "0"
    base, _, power = f"{rate:.2e}".partition("e")
    return f"{float(base):g}e{int(power)}".replace("-", MINUS)


def _train(point: CurvePoint) -> float | None:
    return point.train_loss


def _validation(point: CurvePoint) -> float | None:
    return point.validation_loss


def _rate(point: CurvePoint) -> float | None:
    return point.learning_rate


def _phase_view(phase: PhaseCurve) -> PhaseView:
    train, validation = _series(phase.curve, _train), _series(phase.curve, _validation)
    losses = _loss_chart(train, validation) if train or validation else None
    return PhaseView(name=phase.name, summary=phase.summary, caption=phase.caption, losses=losses)


def _series(curve: Sequence[CurvePoint], read: Callable[[CurvePoint], float | None]) -> Series:
    found = [(float(point.step), read(point)) for point in curve]
    return [(step, value) for step, value in found if value is not None and isfinite(value)]


def _loss_chart(train: Series, validation: Series) -> Markup:
    across = _steps(train + validation)
    up = scale_over([loss for _, loss in train + validation], padding=0.12)
    lines, labels = _grid(up)
    parts = [*lines, *_step_ticks(across), _line(train, across, up, class_="line train")]
    parts += [_line(validation, across, up, class_="line validation")]
    for series, class_ in ((train, "point train"), (validation, "point validation")):
        if len(series) <= MARKER_POINTS and (class_ != "point train" or len(series) < 3):
            parts += [_point(at, across, up, class_=class_) for at in series]
    if validation:
        lowest = min(validation, key=lambda at: at[1])
        parts.append(_point(lowest, across, up, class_="ring", radius=8.0))
    parts += labels
    label = f"Loss by training step. {_ends('Training', train)} {_ends('Validation', validation)}".strip()
    return picture(*parts, height=HEIGHT + 24, label=label, class_="curve")


def _rate_chart(series: Series) -> Markup | None:
    if len(series) < 2:
        return None
    up = scale_over([0.0, *(rate for _, rate in series)], padding=0.1)
    across = _steps(series)
    line = _line(series, across, up, class_="line train", height=44.0)
    return picture(line, height=44, label=f"Learning rate by training step. {_rate_text(series)}", class_="curve")


def _steps(series: Series) -> Scale:
    steps = [step for step, _ in series]
    whole = Scale(min(0.0, *steps), max(steps)) if max(steps) > 0 else scale_over(steps)
    width = (whole.high - whole.low) / (1 - GUTTER - AIR)
    return Scale(whole.low - GUTTER * width, whole.high + AIR * width)


def _line(series: Series, across: Scale, up: Scale, *, class_: str, height: float = HEIGHT) -> Markup:
    # A nested drawing stretches the line but not its stroke, so that text and dots keep their size on a phone.
    points = " ".join(f"{10 * across.at(x):.1f},{1000 - 10 * up.at(y):.1f}" for x, y in series)
    line = element("polyline", points=points, class_=class_, vector_effect="non-scaling-stroke")
    return element("svg", line, width="100%", height=height, viewBox="0 0 1000 1000", preserveAspectRatio="none")


def _point(at: tuple[float, float], across: Scale, up: Scale, *, class_: str, radius: float = 3.5) -> Markup:
    return element("circle", cx=across.x(at[0]), cy=_y(at[1], up), r=radius, class_=class_)


def _y(value: float, up: Scale) -> float:
    return HEIGHT * (1 - up.at(value) / 100)


def _grid(up: Scale) -> tuple[list[Markup], list[Markup]]:
    """Lines, and their labels, which are drawn last so that no curve runs over them."""
    at = [(tick, _y(tick, up)) for tick in up.ticks(about=4)]
    lines = [element("line", x1=f"{100 * GUTTER:.0f}%", x2="100%", y1=y, y2=y, class_="grid") for _, y in at]
    labels = [element("text", f"{tick:g}", x="0", y=y + 4, class_="tick over") for tick, y in at]
    return lines, labels


def _step_ticks(across: Scale) -> list[Markup]:
    parts: list[Markup] = []
    for tick in (tick for tick in across.ticks() if tick >= 0):
        at = across.at(tick)
        anchor = "start" if at < 6 else "end" if at > 94 else "middle"
        text = f"step{SPACE}{tick:,.0f}" if not parts else f"{tick:,.0f}"
        parts.append(element("text", text, x=across.x(tick), y=HEIGHT + 18, class_="tick", text_anchor=anchor))
    return parts


def _ends(name: str, series: Series) -> str:
    return f"{name}: {series[0][1]:.3f} at first, {series[-1][1]:.3f} at last." if series else ""


def _rate_text(series: Series) -> str:
    if not series:
        return ""
    peak = max(series, key=lambda at: at[1])
    return f"Peak {rate_number(peak[1])} at step {peak[0]:,.0f}, {rate_number(series[-1][1])} at the end."


def _lowest(validation: Series) -> str:
    if not validation:
        return ""
    step, loss = min(validation, key=lambda at: at[1])
    return f"Lowest validation loss {loss:.3f} at step {step:,.0f}."


def _loss_rows(losses: dict[str, float], arms: list[str]) -> list[LossRow]:
    tasks = dict.fromkeys(key.rpartition("/")[0] for key in losses)
    return [_loss_row(task, losses, arms) for task in sorted(tasks, key=lambda task: task != "")]


def _loss_row(task: str, losses: dict[str, float], arms: list[str]) -> LossRow:
    found = [losses.get(f"{task}/{arm}" if task else arm) for arm in arms]
    known = [loss for loss in found if loss is not None]
    both = len(found) == 2 and len(known) == 2
    return LossRow(
        title=title_text(task) if task else "All tasks",
        losses=["" if loss is None else value_text(loss, unit="nats") for loss in found],
        change=difference_text(known[-1] - known[0], unit="nats") if both else "",
    )
