"""Numbers with units in running text: durations, money, shares, sizes, clock times and a company's own units."""

import re
from collections.abc import Collection
from dataclasses import dataclass

_WORDS_TEXT = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty
"""
WORDS = _WORDS_TEXT.split()
_MINUTE, _HOUR, _DAY = 1.0, 60.0, 1440.0
# unit word -> (dimension, factor to the dimension's base)
UNITS: dict[str, tuple[str, float]] = {}


def _add(dimension: str, **factors: float) -> None:
    for names, factor in factors.items():
        for name in names.split("_"):
            UNITS[name] = (dimension, factor)


_add("time", second_sec=1 / 60, minute_min=_MINUTE, hour_hr=_HOUR, day=_DAY, night=_DAY, week_wk=7 * _DAY)
_add("time", fortnight=14 * _DAY, month=30 * _DAY, quarter=91 * _DAY, year_yr=360 * _DAY, decade=3600 * _DAY)
_add("mass", mg=0.001, g_gram_gramme=1.0, kg_kilo_kilogram=1000.0, t_tonne=1e6, oz_ounce=28.35, lb_pound=453.6)
_add("volume", ml_millilitre_milliliter=0.001, cl=0.01, l_litre_liter=1.0, gallon=3.785)
_add("length", mm_millimetre_millimeter=0.1, cm_centimetre_centimeter=1.0, m_metre_meter=100.0, km_kilometre=1e5)
_add("length", kilometer=1e5, inch_inche=2.54, ft_foot_feet=30.48, mile=160934.0)
_add("share", percent=1.0, pct=1.0)
_add("temperature", degree=1.0, celsius=1.0)
_add("energy", w_watt=1.0, kw=1000.0, v_volt=1.0, mah=1.0, lumen=1.0)
_add("data", kb=0.001, mb=1.0, gb=1000.0, tb=1e6)
CURRENCIES = {
    "$": "usd",
    "€": "eur",
    "£": "gbp",
    "usd": "usd",
    "eur": "eur",
    "gbp": "gbp",
    "dollar": "usd",
    "euro": "eur",
}
_STOP_TEXT = """
a an and are as at be been before after but by can each every extra few for from full good had has have if in into
is it its last later long least less like many me more most my new next no not of off on one or other our out over
own part per so some than that the their them then there they this those times to too under until up us use was we
were when which while who will with within without years you your o'clock ago back only still just even did do does
minus plus way ways thing things
"""
_STOP = frozenset(_STOP_TEXT.split())
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,4})?"
_WORD = "|".join(WORDS[1:])
_VALUE = re.compile(
    rf"(?<![\w.,#/\-])(?P<currency>[$€£]\s?)?(?:(?P<low>{_NUMBER}|\b(?:{_WORD})\b)"
    rf"(?:\s?(?:to|-|–|—|or|and)\s?[$€£]?(?P<high>{_NUMBER}|\b(?:{_WORD})\b))?)(?![\d/#])",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s{0,2}(?P<percent>%)|[\s-]{1,2}(?P<clock>[ap]\.?m\b\.?)|(?P<glued>[a-zA-Z]{1,3})\b"
    r"|[\s-]{1,2}(?P<words>[a-zA-Z][\w']{0,24}(?: [a-zA-Z][\w']{0,24}){0,2})"
)
_CLOCK = re.compile(
    r"(?<![\d:.])(?P<hour>[01]?\d|2[0-3])(?:[:.](?P<minute>[0-5]\d))?\s?(?P<half>[ap])\.?m\b", re.IGNORECASE
)
_MODIFIERS_TEXT = """
more further additional extra full whole calendar business working
"""
_MODIFIERS = frozenset(_MODIFIERS_TEXT.split())
_AGO = re.compile(r" (?:ago|later|old|earlier|before|away)\b")
_IN = re.compile(r"\b(?:again in|in|last|past|next|these|those) $", re.IGNORECASE)
_BUSINESS = frozenset(("business", "working"))


@dataclass(frozen=True)
class Quantity:
    """A value or range in its dimension's base unit; `text` is how it was written."""

    low: float
    high: float
    unit: str
    text: str
    start: int
    end: int
    is_point_in_time: bool = False
    """`in 2 days`, `2 days ago`, `the last 2 weeks`: when something is, rather than how long it takes."""

    def same_value(self, other: "Quantity") -> bool:
        """Equal; for durations up to rounding of units (a month counts 30 days, a year 360)."""
        slack = 0.02 if self.unit == "time" else 1e-9
        return self.unit == other.unit and _close(self.low, other.low, slack) and _close(self.high, other.high, slack)

    def within(self, other: "Quantity") -> bool:
        """A single value inside another's range."""
        return self.unit == other.unit and other.low <= self.low and self.high <= other.high


def _close(one: float, other: float, slack: float) -> bool:
    return abs(one - other) <= slack * max(abs(one), abs(other))


def quantities(text: str, *, own_units: Collection[str] = ()) -> list[Quantity]:
    """Find quantities with a known unit.

    Args:
        text: Any text; time is linear in its length.
        own_units: Singular lower-case nouns that count as units here (`waypoint`, `wash`).

    >>> [(q.low / 1440, q.high / 1440, q.unit) for q in quantities("It takes 3 to 5 business days.")]
    [(3.0, 5.0, 'business time')]
    >>> [(q.low, q.unit) for q in quantities("under $75, 50% off, by 2 pm, 500 Waypoints", own_units={"waypoint"})]
    [(75.0, 'usd'), (50.0, 'share'), (14.0, 'clock'), (500.0, 'waypoint')]
    """
    found = _clock_times(text)
    taken = {position for quantity in found for position in range(quantity.start, quantity.end)}
    for match in _VALUE.finditer(text):
        if match.start("low") not in taken:
            quantity = _quantity(match, text, own_units)
            if quantity:
                found.append(quantity)
    return sorted(found, key=lambda quantity: quantity.start)


def following_nouns(text: str) -> list[str]:
    """The words that follow bare numbers: candidates for a company's own units."""
    nouns = []
    for match in _VALUE.finditer(text):
        unit = _UNIT.match(text, match.end())
        if not match["currency"] and unit and unit["words"] and match["low"][:1].isdigit():
            words = [singular(word) for word in unit["words"].lower().split() if word.lower() not in _MODIFIERS]
            if words and words[0] not in UNITS and words[0] not in _STOP and len(words[0]) > 2:
                nouns.append(words[0])
    return nouns


def singular(word: str) -> str:
    """A noun without its plural ending.

    >>> singular("washes"), singular("days"), singular("parties"), singular("glass")
    ('wash', 'day', 'party', 'glass')
    """
    word = word.lower().removesuffix("'s")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("shes", "ches", "xes", "sses", "zzes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 2 else word


def _clock_times(text: str) -> list[Quantity]:
    found = []
    for match in _CLOCK.finditer(text):
        hour = int(match["hour"]) % 12 + (12 if match["half"].lower() == "p" else 0)
        value = hour + int(match["minute"] or 0) / 60
        found.append(Quantity(value, value, "clock", match[0], match.start(), match.end()))
    return found


def _quantity(match: re.Match[str], text: str, own_units: Collection[str]) -> Quantity | None:
    low = number(match["low"])
    high = number(match["high"]) if match["high"] else low
    if match["currency"]:
        return _build(match, text, low, high, CURRENCIES[match["currency"].strip()], 1.0, match.end())
    found = _UNIT.match(text, match.end())
    if not found:
        return None
    if found["percent"]:
        return _build(match, text, low, high, "share", 1.0, found.end())
    if found["clock"]:
        return None
    if found["glued"]:
        unit = UNITS.get(found["glued"].lower()) if match["low"][:1].isdigit() else None
        return _build(match, text, low, high, *unit, found.end()) if unit else None
    return _with_words(match, found, text, (low, high), own_units)


def _with_words(
    match: re.Match[str], found: re.Match[str], text: str, value: tuple[float, float], own_units: Collection[str]
) -> Quantity | None:
    """`3 business days`, `2 more weeks`, `500 Waypoints`: modifiers first, then the unit."""
    end, business = found.start("words"), False
    for word in found["words"].split(" "):
        end += len(word)
        name = singular(word)
        if name in CURRENCIES:
            return _build(match, text, *value, CURRENCIES[name], 1.0, end)
        if name in UNITS and len(name) > 1:
            dimension, factor = UNITS[name]
            return _build(match, text, *value, f"business {dimension}" if business else dimension, factor, end)
        if name in UNITS and match["low"][:1].isdigit() and word.islower():
            return _build(match, text, *value, *UNITS[name], end)
        if name in own_units:
            return _build(match, text, *value, name, 1.0, end)
        if name not in _MODIFIERS:
            return None
        business = business or name in _BUSINESS
        end += 1
    return None


def _build(match: re.Match[str], text: str, low: float, high: float, unit: str, factor: float, end: int) -> Quantity:
    low, high = min(low, high) * factor, max(low, high) * factor
    when = unit.endswith("time") and bool(
        _AGO.match(text, end) or _IN.search(text, max(0, match.start() - 12), match.start())
    )
    return Quantity(low, high, unit, text[match.start() : end], match.start(), end, when)


def number(text: str) -> float:
    """The value of digits or of a number word up to twenty.

    >>> number("1,500"), number("Twelve")
    (1500.0, 12.0)
    """
    return float(WORDS.index(text.lower())) if text.lower() in WORDS else float(text.replace(",", ""))
