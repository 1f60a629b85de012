"""Personal data that can be told by its shape: e-mail, phone, card, IBAN, address, order number, network address, link.

Every pattern is linear in the text: bounded repeats behind a look-behind. Names need `curation.personal_data`.
"""

import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from brandtune.core.placeholders import PlaceholderType
from brandtune.scoring.personal.checks import iban, luhn

DEFAULT_REGIONS = ("US", "GB", "IE", "CA", "DE", "FR", "ES", "IT", "NL", "AU")
ORDER_ID = r"(?<![\w-])(?:[A-Z]{2,4}-\d{4,12}|[A-Za-z]{2,4}-\d{5,12})(?![\w-])|(?<!\w)#\d{5,12}(?!\w)"
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}(?![\w-])")
_CARD = re.compile(r"(?<![\w.,-])\d(?:[ -]?\d){12,18}(?![\w-]|[.,]\d)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")
_IPV4 = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]*\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}(?![\w:])")
_URL = re.compile(r"(?<!\w)(?:https?://|www\.)[^\s<>\"'\])]{1,2000}", re.IGNORECASE)
_REFERENCE = re.compile(
    r"(?<![\w/.-])(?=[A-Z0-9-]{10,40}(?![\w-]))(?=[A-Z-]{0,12}\d)[A-Z0-9]+(?:-[A-Z0-9]{1,16}){0,6}(?![\w-])"
)
_CUED_ORDER = re.compile(
    r"\b(?:order|ref|reference|invoice|ticket|case)(?: (?:number|no\.?|nr\.?|id))?(?: is)?:? #?(?P<id>\d{5,12})\b", re.I
)
_PHONE = re.compile(r"(?<![\w.,/$€£#-])(?:\+|00)?[(]?\d(?:[ ().\-/\u00a0]{0,3}\d){6,15}(?![\w%]|[.,/:-]\d)")
_PHONE_CUE = re.compile(
    r"\b(?:phone|call|ring|mobile|cell|tel|telephone|number|whatsapp|text|reach|landline|handy|tél|móvil)\b[^\n\d+(]{0,24}$",
    re.I,
)
_DIGITS = re.compile(r"\d")
_DATE = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?!\d)")
_STREET = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Close|Crescent|Place|Pl|Square|Sq|Terrace"
    "|Hill|Walk|View|Row|Grove|Gardens|Mews|Rise|Green|Parkway|Highway|Hwy|Circle|Quay|Wharf"
)
_PLACE = (
    r"(?:,?[ \n](?:Apt|Apartment|Flat|Unit|Suite|#)\.? ?\w{1,6})?"
    r"(?:,[ \n]?(?:St\. )?[A-ZÀ-Þ][\w'’-]{1,24}(?: [A-ZÀ-Þ][\w'’-]{1,24}){0,2}){0,3}"
    r"(?:,?[ \n](?:[A-Z]{2} )?(?:\d{5} [A-ZÀ-Þ][\w'’-]{1,24}|\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
    r"|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]\d{2} ?[A-Z\d]{4})(?!\w))?"
)
_PLAIN_STREET = "street|road|avenue|lane|drive|close|terrace|court|crescent|square|hill|way|view|row|place|boulevard"
_ADDRESSES = (
    re.compile(
        rf"(?<![\w.,-])\d{{1,5}}[a-z]? (?!(?:more |business )?(?:day|week|month|year|hour|minute|time|night)s?\b)"
        rf"(?:[^\W\d_][\w'’-]{{1,24}} ){{1,2}}(?:{_PLAIN_STREET}), [^\W\d_]{{3,24}}\b", re.IGNORECASE
    ),
    re.compile(rf"(?<![\w.,-])\d{{1,5}}[A-Za-z]?,? (?:[A-ZÀ-Þ][\w'’.-]{{1,24}} ){{1,3}}(?:{_STREET})(?!\w){_PLACE}"),
    re.compile(
        rf"\b(?:address(?: is)?:?|live at|(?:deliver|send|sent|ship|post|go|goes|going|moved)(?: it| them)? to) "
        rf"(?P<place>\d{{1,5}}[a-z]?,? (?:[\w'’.-]{{2,24}} ){{1,3}}(?:{_STREET})(?!\w)(?:,"
        rf" [^\W\d_]{{2,24}}\b)?)", re.IGNORECASE
    ),
    re.compile(rf"(?<![\w.,-])\d{{1,5}}(?: bis)?,? (?:[Rr]ue|[Aa]venue|[Cc]hemin|[Pp]lace|[Vv]ia|[Cc]alle) "
        rf"(?:d[eu]s? |del? |la |l['’])*[A-ZÀ-Þ][\w'’-]{{1,24}}(?: [A-ZÀ-Þ][\w'’-]{{1,24}}){{0,2}}{_PLACE}"),
    re.compile(rf"(?<!\w)(?:Calle|C/|Avenida|Plaza|Via|Rua) ?(?:d[eo]s? |del? |la )*[A-ZÀ-Þ][\w'’-]{{1,24}}(?:"
        rf" [A-ZÀ-Þ][\w'’-]{{1,24}}){{0,2}},? (?:n[º°.]? ?)?\d{{1,4}}{_PLACE}"),
    re.compile(rf"(?<!\w)[A-ZÀ-Þ][\w-]{{1,24}}(?:straße|strasse|str\.|weg|platz|gasse|allee) \d{{1,4}}[a-z]?{_PLACE}"),
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """A place in a text that holds personal data of one type; `value` is comparable across spellings."""

    start: int
    end: int
    type: PlaceholderType
    value: str


def find_personal_patterns(
    text: str, *, regions: tuple[str, ...] = DEFAULT_REGIONS, order_id: str = ORDER_ID
) -> list[Span]:
    """Every shape of personal data in `text`; of overlapping finds the longer one counts.

    >>> [(s.type, s.value) for s in find_personal_patterns("Mail ana@example.com or call +44 20 7946 0958")]
    [('EMAIL', 'ana@example.com'), ('PHONE', '+442079460958')]
    """
    orders = re.compile(order_id)
    found = [
        *_each(_EMAIL, text, "EMAIL"),
        *_urls(text),
        *(Span(m.start(), m.end(), "CARD", _digits(m[0])) for m in _CARD.finditer(text) if luhn(_digits(m[0]))),
        *(Span(m.start(), m.end(), "IBAN", m[0].replace(" ", "")) for m in _IBAN.finditer(text) if iban(m[0])),
        *_each(_IPV4, text, "ID"),
        *_each(_IPV6, text, "ID"),
        *_each(orders, text, "ORDER_ID"),
        *(Span(m.start("id"), m.end("id"), "ORDER_ID", m["id"]) for m in _CUED_ORDER.finditer(text)),
        *(span for pattern in _ADDRESSES for span in _each(pattern, text, "ADDRESS")),
        *find_phones(text, regions=regions),
        *_references(text),
    ]
    return without_overlaps(found)


def find_leftovers(text: str, *, regions: tuple[str, ...] = DEFAULT_REGIONS) -> list[Span]:
    """The stricter second look: what must not be in a finished example (e-mail, card, a valid phone number)."""
    found = [
        *_each(_EMAIL, text, "EMAIL"),
        *(Span(m.start(), m.end(), "CARD", _digits(m[0])) for m in _CARD.finditer(text) if luhn(_digits(m[0]))),
        *(span for span in find_phones(text, regions=regions) if span.value.startswith("+")),
    ]
    return without_overlaps(found)


def without_overlaps(spans: list[Span]) -> list[Span]:
    """Spans in reading order; where two overlap, the longer one, then the one listed first, stays."""
    ranked = sorted(enumerate(spans), key=lambda item: (item[1].start - item[1].end, item[0]))
    kept: list[Span] = []
    for _, span in ranked:
        at = bisect(kept, span.start, key=lambda other: other.start)
        before_ends = at == 0 or kept[at - 1].end <= span.start
        if before_ends and (at == len(kept) or span.end <= kept[at].start):
            kept.insert(at, span)
    return kept


def _each(pattern: re.Pattern[str], text: str, type_: PlaceholderType) -> Iterator[Span]:
    group = "place" if "place" in pattern.groupindex else 0
    for match in pattern.finditer(text):
        yield Span(match.start(group), match.end(group), type_, match[group].casefold())


def _urls(text: str) -> Iterator[Span]:
    """Links that carry a query or an opaque token; plain links to a page are about nobody."""
    for match in _URL.finditer(text):
        link = match[0].rstrip(".,;:!?")
        if re.search(r"[?&][\w.-]{1,64}=|/[\w-]{0,200}\d[\w-]{15,200}", link):
            yield Span(match.start(), match.start() + len(link), "URL", link)


def _references(text: str) -> Iterator[Span]:
    for match in _REFERENCE.finditer(text):
        digits = sum(character.isdigit() for character in match[0])
        if digits >= 4 and not _DATE.fullmatch(match[0]):
            yield Span(match.start(), match.end(), "ID", match[0])


def find_phones(text: str, *, regions: tuple[str, ...] = DEFAULT_REGIONS) -> Iterator[Span]:
    """Phone numbers; the value starts with `+` where some region knows the number."""
    if len(_DIGITS.findall(text)) < 7:
        return
    for match in _PHONE.finditer(text):
        digits = _digits(match[0])
        if 7 <= len(digits) <= 15 and not _DATE.match(match[0]):
            value = _phone_value(match[0], regions, cued=_cued(text, match.start()))
            if value:
                yield Span(match.start(), match.end(), "PHONE", value)


def _cued(text: str, start: int) -> bool:
    return _PHONE_CUE.search(text[max(0, start - 40) : start]) is not None


@lru_cache(maxsize=8192)
def _phone_value(text: str, regions: tuple[str, ...], *, cued: bool) -> str:
    """E.164 when some region knows the number; its digits when it only looks and is introduced like one; else empty."""
    international = text.startswith(("+", "00"))
    written = "+" + text[2:] if text.startswith("00") else text
    grouped = len(re.findall(r"\d+", text)) >= 2
    if not (international or cued or (grouped and len(_digits(text)) >= 9)):
        return ""
    numbers = []
    for region in (None,) if international else regions:
        number = _parsed(written, region)
        if number and phonenumbers.is_possible_number(number) and phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
        numbers += [number] if number else []
    if cued:
        return _digits(text)
    likely = international or _looks_american(text)
    return _digits(text) if likely and any(map(phonenumbers.is_possible_number, numbers)) else ""


def _looks_american(text: str) -> bool:
    return re.fullmatch(r"\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}", text) is not None


def _parsed(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
