"""The few SVG parts that the report draws with. Colours come from the page's classes, so both colour schemes work."""

from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from markupsafe import Markup, escape


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """One SVG element with everything escaped; `class_` and `stroke_width` become `class` and `stroke-width`.

    >>> element("text", "a < b", x="3", class_="tick")
    Markup('<text x="3" class="tick">a &lt; b</text>')
    """
    pairs = [(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None]
    written = Markup("").join(Markup(' {}="{}"').format(key, _attribute(value)) for key, value in pairs)
    body = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, body)


def picture(*children: str, height: float, label: str, class_: str) -> Markup:
    """A drawing as wide as its place, `height` pixels high. With an empty label it only repeats text beside it."""
    if not label:
        return element("svg", *children, class_=class_, width="100%", height=height, aria_hidden="true")
    titled = (element("title", label), *children)
    return element("svg", *titled, class_=class_, width="100%", height=height, role="img", aria_label=label)


@dataclass(frozen=True)
class Scale:
    """Where values lie across a drawing, in percent of its width."""

    low: float
    high: float

    def at(self, value: float) -> float:
        return 100.0 * (value - self.low) / (self.high - self.low)

    def x(self, value: float) -> str:
        """The place of a value as an SVG coordinate; what lies outside is drawn at the edge."""
        return f"{min(100.0, max(0.0, self.at(value))):.2f}%"

    def ticks(self, *, about: int = 5) -> list[float]:
        """Round numbers inside the scale."""
        step = _round_step((self.high - self.low) / about)
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [round(index * step, 12) for index in range(first, last + 1)]


def scale_over(values: list[float], *, padding: float = 0.06) -> Scale:
    """A scale that holds all the values with a little air."""
    numbers = [value for value in values if isfinite(value)] or [0.0, 1.0]
    low, high = min(numbers), max(numbers)
    if low == high:
        low, high = low - (abs(low) or 1.0) * 0.1, high + (abs(high) or 1.0) * 0.1
    air = (high - low) * padding
    return Scale(low - air, high + air)


def _round_step(raw: float) -> float:
    magnitude = 10.0 ** floor(log10(raw))
    return min((factor * magnitude for factor in (1, 2, 5, 10)), key=lambda step: abs(log10(step / raw)))


def _attribute(value: str | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
