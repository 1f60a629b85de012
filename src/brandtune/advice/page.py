"""Advice as one HTML page in the look of the run report: self-contained, printable, without any script."""

from functools import cache
from math import log

from jinja2 import Environment
from markupsafe import Markup, escape

from brandtune.advice import words
from brandtune.advice.markdown import MOST_SWINGS
from brandtune.advice.results import Advice, Curve, Return, Swing
from brandtune.core.pages import asset, environment, policy, writable
from brandtune.evaluation.report.numbers import MINUS, title_text, when_text
from brandtune.evaluation.report.svg import Scale, element, picture, scale_over
from brandtune.evaluation.report.tracks import axis

PACKAGE, REPORT = "brandtune.advice", "brandtune.evaluation.report"
# The look of the run report, and what only advice has.
STYLES = ((REPORT, "base.css"), (REPORT, "parts.css"), (REPORT, "print.css"), (PACKAGE, "advice.css"))


def render(advice: Advice) -> str:
    """The whole page. Everything that people wrote is escaped; the page fetches nothing."""
    style = Markup("\n".join(asset(package, name) for package, name in STYLES))
    html = (
        _environment()
        .get_template("advice.html.jinja")
        .render(
            advice=advice,
            returns=advice.returns,
            style=style,
            policy=policy(style=style),
            words=words,
            swings=tornado(advice.returns) if advice.returns else [],
            swings_axis=tornado_axis(advice.returns) if advice.returns else "",
            curve=curve_picture(advice.curve) if advice.curve else "",
        )
    )
    return writable(html)


@cache
def _environment() -> Environment:
    return environment(PACKAGE, filters={"said": said, "when": when_text, "title_text": title_text})


def said(sentence: str) -> Markup:
    """A sentence with what stands between backticks as code.

    >>> said("Set `costs` & run.")
    Markup('Set <code>costs</code> &amp; run.')
    """
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return escape(sentence)
    return Markup("").join(Markup("<code>{}</code>").format(p) if at % 2 else escape(p) for at, p in enumerate(parts))


def tornado(returns: Return) -> list[tuple[Swing, Markup]]:
    """The widest swings, each with its bar from the return at the low end to that at the high end."""
    shown = returns.swings[:MOST_SWINGS]
    middle = returns.net_month.value or 0.0
    scale = _money_scale(returns)
    bars = []
    for one in shown:
        left, right = sorted((one.at_low, one.at_high))
        width = f"{scale.at(right) - scale.at(left):.2f}%"
        bars.append(
            (one, picture(
                element("line", x1=scale.x(0.0), x2=scale.x(0.0), y1=0.0, y2=26.0, class_="zero"),
                element("rect", x=scale.x(left), width=width, y=6.0, height=14.0, class_=f"swing {one.source}"),
                element("line", x1=scale.x(middle), x2=scale.x(middle), y1=2.0, y2=24.0, class_="middle"),
                height=26, label="", class_="track",
            ))
        )  # fmt: skip
    return bars


def tornado_axis(returns: Return) -> Markup:
    """The amounts under the bars."""
    scale = _money_scale(returns)
    ticks = tuple(scale.ticks(about=4))
    return axis(ticks, scale=scale, labels=[f"{tick:,.0f}".replace("-", MINUS) for tick in ticks])


def _money_scale(returns: Return) -> Scale:
    ends = [end for one in returns.swings[:MOST_SWINGS] for end in (one.at_low, one.at_high)]
    return scale_over([0.0, returns.net_month.value or 0.0, *ends])


def _line_class(measured: bool) -> str:
    return "line validation" if measured else "line validation expected"


def curve_picture(curve: Curve) -> Markup:
    """Held-out loss over training examples, the fitted power law through it, and on to twice the data."""
    sizes, losses = [size for size, _ in curve.points], [loss for _, loss in curve.points]
    exponent = curve.exponent.value or 0.0
    start = sum(log(loss) + exponent * log(size) for size, loss in curve.points) / len(sizes)
    ends = [*sizes, 2 * sizes[-1]]
    fitted = [2.718281828459045 ** (start - exponent * log(size)) for size in ends]
    across, up = scale_over([log(size) for size in ends]), scale_over([*losses, *fitted])
    height = 180.0

    def y(loss: float) -> float:
        return height - 30 - (height - 45) * up.at(loss) / 100

    lines = [
        element(
            "line",
            x1=across.x(log(a)),
            x2=across.x(log(b)),
            y1=y(u),
            y2=y(v),
            class_="line validation" if b <= sizes[-1] else "line validation expected",
        )
        for (a, u), (b, v) in zip(zip(ends, fitted, strict=True), zip(ends[1:], fitted[1:], strict=True), strict=False)
    ]
    points = [element("circle", cx=across.x(log(n)), cy=y(loss), r=5.0, class_="dot") for n, loss in curve.points]
    points.append(element("circle", cx=across.x(log(ends[-1])), cy=y(fitted[-1]), r=5.0, class_="dot open"))
    ticks = [
        element("text", f"{size:,}", x=across.x(log(size)), y=height - 8, class_="tick", text_anchor="middle")
        for size in ends
    ]
    values = [
        element("text", f"{loss:.2f}", x=across.x(log(n)), y=y(loss) - 10, class_="tick", text_anchor="middle")
        for n, loss in [*curve.points, (ends[-1], fitted[-1])]
    ]
    label = "Held-out loss over training examples, with the loss expected of twice as many"
    return picture(*lines, *points, *ticks, *values, height=height, label=label, class_="curve")
