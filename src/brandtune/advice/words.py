"""Amounts, ranges and sources in words: one place, so that terminal, Markdown and HTML say the same."""

from brandtune.advice.results import Input, Range, Return, Swing
from brandtune.evaluation.report.numbers import MINUS, signed

SOURCES = {
    "measured": "measured in the run",
    "fact": "fact",
    "given": "your estimate",
    "assumed": "assumed",
}
READINGS = {
    "worth_a_pilot": "worth a pilot",
    "too_few": "too few",
    "too_varied": "too varied",
    "use_templates": "use templates",
}
ENDLESS = "never"


def amount(value: float | None, *, currency: str) -> str:
    """Money without cents where they do not matter.

    >>> amount(1234.4, currency="EUR"), amount(0.156, currency="EUR"), amount(None, currency="EUR")
    ('1,234 EUR', '0.16 EUR', 'never')
    """
    if value is None:
        return ENDLESS
    text = f"{value:,.0f}" if abs(value) >= 20 else f"{value:,.2f}"
    return f"{text.replace('-', MINUS)} {currency}"


def money_range(value: Range, *, currency: str) -> str:
    """The interval of an amount."""
    return f"{amount(value.low, currency=currency)} to {amount(value.high, currency=currency)}"


def texts(value: float | None) -> str:
    """A number of texts a month; None is a volume that is never reached."""
    return ENDLESS if value is None else f"{value:,.0f}"


def in_unit(value: float, *, unit: str, currency: str) -> str:
    """An input as people read it."""
    if unit == "money":
        return amount(value, currency=currency)
    if unit == "share":
        return f"{value * 100:.1f} %"
    if unit == "points":
        return f"{signed(f'{value * 100:.1f}'.replace('-', MINUS))} points"
    if unit == "minutes":
        return f"{value:.1f} minutes"
    return f"{value:,.0f}" if value >= 20 else f"{value:g}"


def input_range(one: Input | Swing, *, currency: str) -> str:
    """The two ends of an input."""
    low, high = (one.low, one.high) if isinstance(one, Input) else (one.low_input, one.high_input)
    if low == high:
        return "not counted" if low == 0 and one.source == "assumed" else "exact"
    return f"{in_unit(low, unit=one.unit, currency=currency)} to {in_unit(high, unit=one.unit, currency=currency)}"


def payback(returns: Return) -> str:
    """Months until the money is back."""
    return ENDLESS if returns.payback_months is None else f"{returns.payback_months:.1f} months"
