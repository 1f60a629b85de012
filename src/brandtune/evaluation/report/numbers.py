"""How numbers are written in the report: one place, so that the page, the plots and the Markdown always agree."""

from datetime import datetime
from math import isfinite

from brandtune.evaluation.results import Estimate, Metric

MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
MISSING = "\N{EN DASH}"
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_AS_WRITTEN = {"ab": "A/B", "rag": "RAG"}
UNIT_SUFFIX = {"share": f"{SPACE}%", "seconds": f"{SPACE}s", "nats": "", "score": "", "tokens": ""}


def value_text(value: float, *, unit: str) -> str:
    """A value in its unit.

    >>> value_text(0.6244, unit="share").replace(SPACE, " "), value_text(1834.0, unit="tokens")
    ('62.4 %', '1,834')
    """
    if not isfinite(value):
        return MISSING
    return _digits(value, unit=unit) + UNIT_SUFFIX.get(unit, "")


def range_text(low: float, high: float, *, unit: str) -> str:
    """An interval of values in its unit.

    >>> range_text(0.571, 0.6751, unit="share").replace(SPACE, " ")
    '57.1 to 67.5 %'
    """
    return f"{_digits(low, unit=unit)} to {value_text(high, unit=unit)}"


def difference_text(value: float, *, unit: str) -> str:
    """A signed difference; differences of shares are in percentage points.

    >>> difference_text(0.214, unit="share").replace(SPACE, " ")
    '+21.4 points'
    """
    if not isfinite(value):
        return MISSING
    return signed(_digits(value, unit=unit)) + difference_unit(unit)


def difference_range_text(low: float, high: float, *, unit: str) -> str:
    """The interval of a difference, both ends signed."""
    return f"{signed(_digits(low, unit=unit))} to {signed(_digits(high, unit=unit))}"


def difference_unit(unit: str) -> str:
    """What follows the number of a difference."""
    return f"{SPACE}points" if unit == "share" else UNIT_SUFFIX.get(unit, "")


def signed(digits: str) -> str:
    """Put a plus in front of what is neither negative nor zero."""
    is_zero = not any(char in "123456789" for char in digits)
    return digits.removeprefix(MINUS) if is_zero else digits if digits.startswith(MINUS) else f"+{digits}"


def interval_text(estimate: Estimate, *, unit: str) -> str:
    """The interval of an estimate, or nothing where it has none."""
    if not has_interval(estimate):
        return ""
    assert estimate.low is not None and estimate.high is not None
    return range_text(estimate.low, estimate.high, unit=unit)


def has_interval(estimate: Estimate) -> bool:
    """Whether both ends are numbers."""
    ends = (estimate.low, estimate.high)
    return all(end is not None and isfinite(end) for end in ends)


def p_text(p_value: float) -> str:
    """A p-value as statisticians print it.

    >>> p_text(0.0004), p_text(0.0312), p_text(0.4)
    ('< 0.001', '0.031', '0.40')
    """
    if not isfinite(p_value):
        return MISSING
    if p_value < 0.001:
        return "< 0.001"
    return f"{p_value:.3f}" if p_value < 0.1 else f"{p_value:.2f}"


def plain_text(value: float) -> str:
    """A number without a known unit, in as many digits as carry meaning.

    >>> plain_text(3.0), plain_text(0.12345), plain_text(1234.6)
    ('3', '0.123', '1,235')
    """
    if not isfinite(value):
        return MISSING
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}".replace("-", MINUS)
    return f"{value:.3g}".replace("-", MINUS)


def duration_text(seconds: float) -> str:
    """A duration that people read at a glance.

    >>> [duration_text(s).replace(SPACE, " ") for s in (0.84, 42, 372, 7440)]
    ['0.8 s', '42 s', '6 min 12 s', '2 h 04 min']
    """
    if seconds < 10:
        return f"{seconds:.1f}{SPACE}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{SPACE}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}{SPACE}min{SPACE}{rest:02d}{SPACE}s"
    return f"{minutes // 60}{SPACE}h{SPACE}{minutes % 60:02d}{SPACE}min"


def title_text(name: str) -> str:
    """A machine name as a title.

    >>> title_text("support_reply")
    'Support reply'
    """
    words = " ".join(_AS_WRITTEN.get(word, word) for word in name.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]


def when_text(moment: str) -> str:
    """A moment as people write it; what is no ISO date stays as it is.

    >>> when_text("2026-11-20T17:02:57+00:00"), when_text("yesterday")
    ('20 November 2026, 17:02 UTC', 'yesterday')
    """
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    zone = "" if at.tzinfo is None else f" {at.tzname()}"
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}, {at:%H:%M}{zone}"


def arrow(metric: Metric) -> str:
    """Which way is better."""
    return "\N{UPWARDS ARROW}" if metric.higher_is_better else "\N{DOWNWARDS ARROW}"


def better_words(metric: Metric) -> str:
    return "higher is better" if metric.higher_is_better else "lower is better"


def _digits(value: float, *, unit: str) -> str:
    if unit == "share":
        text = f"{100 * value:.1f}"
    elif unit in ("tokens", "count"):
        text = f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}"
    elif unit == "seconds":
        text = f"{value:.2f}" if abs(value) < 10 else f"{value:,.1f}"
    else:
        text = f"{value:.3f}"
    return text.replace("-", MINUS) if any(char in "123456789" for char in text) else text.removeprefix("-")
