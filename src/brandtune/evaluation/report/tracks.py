"""Dot-and-interval drawings: a value, its interval, and what it is held against, on one horizontal track."""

from dataclasses import dataclass

from markupsafe import Markup

from brandtune.evaluation.report.numbers import has_interval
from brandtune.evaluation.report.svg import Scale, element, picture, scale_over
from brandtune.evaluation.results import Estimate


@dataclass(frozen=True, kw_only=True)
class TrackRow:
    """One line of a chart; the words carry everything that the drawing shows."""

    title: str
    value: str
    interval: str
    drawing: Markup
    tuned: bool = False
    primary: bool = False


@dataclass(frozen=True, kw_only=True)
class TrackChart:
    """Lines over one shared axis."""

    rows: list[TrackRow]
    axis: Markup
    left: str = ""
    right: str = ""
    banded: bool = False


def estimate_scale(estimates: list[Estimate], *, also: tuple[float, ...] = ()) -> Scale:
    """One scale for several estimates and their intervals."""
    ends = [end for one in estimates for end in (one.value, one.low, one.high) if end is not None]
    return scale_over([*ends, *also])


def track(
    estimate: Estimate,
    *,
    scale: Scale,
    filled: bool,
    height: float = 40,
    zero: float | None = None,
    band: float | None = None,
    ticks: tuple[float, ...] = (),
) -> Markup:
    """Draw one estimate.

    Args:
        estimate: The value and its interval.
        scale: Shared with the other tracks of the chart.
        filled: A filled dot for tuned arms, an open one for the others.
        height: In pixels.
        zero: Where "no difference" is.
        band: Half the width, around zero, of what the test set is too small to find.
        ticks: Faint lines at the axis' numbers.
    """
    parts: list[Markup] = [_upright(scale.x(at), height=height, class_="grid") for at in ticks]
    if band is not None and zero is not None:
        parts.append(_band(scale, zero=zero, band=band, height=height))
    if zero is not None:
        parts.append(_upright(scale.x(zero), height=height, class_="zero"))
    if has_interval(estimate):
        parts += _whisker(estimate, scale=scale, height=height)
    dot = "dot" if filled else "dot open"
    parts.append(
        element("circle", cx=scale.x(estimate.value), cy=height / 2, r=5.0 if height > 20 else 3.5, class_=dot)
    )
    return picture(*parts, height=height, label="", class_="track tuned" if filled else "track")


def bar(estimate: Estimate, *, scale: Scale, tuned: bool) -> Markup:
    """The same in the height of a line of text, for table cells: the interval as a bar, the value as a dot on it."""
    parts = [element("line", x1="0", x2="100%", y1=6.0, y2=6.0, class_="grid")]
    if has_interval(estimate):
        assert estimate.low is not None and estimate.high is not None
        low, high = scale.x(estimate.low), scale.x(estimate.high)
        parts.append(element("line", x1=low, x2=high, y1=6.0, y2=6.0, class_="span"))
    parts.append(element("circle", cx=scale.x(estimate.value), cy=6.0, r=2.75, class_="dot"))
    return picture(*parts, height=12, label="", class_="mini tuned" if tuned else "mini")


def axis(ticks: tuple[float, ...], *, scale: Scale, labels: list[str]) -> Markup:
    """The numbers under a chart."""
    texts = [
        element("text", label, x=scale.x(at), y=14, class_="tick", text_anchor=_anchor(scale.at(at)))
        for at, label in zip(ticks, labels, strict=True)
    ]
    return picture(*texts, height=18, label="", class_="axis")


def _anchor(percent: float) -> str:
    return "start" if percent < 6 else "end" if percent > 94 else "middle"


def _upright(x: str, *, height: float, class_: str) -> Markup:
    return element("line", x1=x, x2=x, y1=0.0, y2=height, class_=class_)


def _band(scale: Scale, *, zero: float, band: float, height: float) -> Markup:
    left = max(0.0, scale.at(zero - abs(band)))
    width = min(100.0, scale.at(zero + abs(band))) - left
    return element("rect", x=f"{left:.2f}%", y=3.0, width=f"{width:.2f}%", height=height - 6, class_="band")


def _whisker(estimate: Estimate, *, scale: Scale, height: float) -> list[Markup]:
    assert estimate.low is not None and estimate.high is not None
    low, high, middle = scale.x(estimate.low), scale.x(estimate.high), height / 2
    cap = 4.0
    return [
        element("line", x1=low, x2=high, y1=middle, y2=middle, class_="whisker"),
        element("line", x1=low, x2=low, y1=middle - cap, y2=middle + cap, class_="whisker"),
        element("line", x1=high, x2=high, y1=middle - cap, y2=middle + cap, class_="whisker"),
    ]
