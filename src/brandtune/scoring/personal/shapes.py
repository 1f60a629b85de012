"""Personal data that has a shape: contacts, accounts, official numbers. A shape with check digits needs no cue.

Every pattern is linear in the text: bounded repeats behind a look-behind. Covers what Presidio's recognizers for English
find by pattern, and national numbers of more countries. `benchmarks/personal_data.py` compares the two.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from brandtune.scoring.personal import checks
from brandtune.scoring.personal.entities import Found

CUE_CHARS = 60
_CUED, _SHAPED, _CHECKED = 0.6, 0.7, 1.0


@dataclass(frozen=True)
class Shape:
    """One pattern.

    Attributes:
        needs: A character that must be in the text (a dot: inside a word), or "": a cheap way to look no further.
        num_digits: How many digits the text must hold at least, for the same reason.
        valid: Tells a real one by its check digits.
        cue: What must be said shortly before, where the shape alone says too little.
        stems: One of these stands in a small-letter text wherever the cue does: a cheap way to look no further.
    """

    entity: str
    pattern: re.Pattern[str]
    needs: str = ""
    num_digits: int = 0
    valid: Callable[[str], bool] | None = None
    cue: re.Pattern[str] | None = None
    stems: tuple[str, ...] = ()


def _cue(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


_FEWEST_DIGITS = {
    "CARD": 13, "IBAN": 4, "SSN": 9, "TAX_ID": 4, "HEALTH_ID": 10, "NATIONAL_ID": 6, "PASSPORT": 6, "DRIVER_LICENSE": 3,
    "BANK_ACCOUNT": 5, "MEDICAL_LICENSE": 7, "MAC": 0, "UUID": 0, "CRYPTO": 1,
}  # fmt: skip


def _shape(
    entity: str,
    pattern: str,
    *,
    needs: str = "",
    valid: Callable[[str], bool] | None = None,
    cue: str = "",
    stems: str = "",
) -> Shape:
    num_digits = 0 if needs in ("@", ".") else _FEWEST_DIGITS.get(entity, 1)
    found = tuple((stems or cue).split("|")) if cue else ()
    return Shape(entity, re.compile(pattern), needs, num_digits, valid, _cue(cue) if cue else None, found)


_TLD = (
    "com|org|net|edu|gov|mil|int|info|biz|name|pro|mobi|app|dev|shop|store|online|site|tech|cloud|blog|wiki|xyz|agency"
    "|email|example|test|uk|de|fr|es|eu|nl|ch|ca|au|nz|jp|cn|br|mx|ru|pl|cz|se|dk|fi|ie|pt|gr|tr|hu|ro|za|kr|tw|ar|cl|io|co"
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV6 = r"(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|:|(?:\d{1,3}\.){3}\d{1,3})?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec"

SHAPES: tuple[Shape, ...] = (
    _shape("EMAIL", r"(?<![\w.+%'-])[\w.+%'!#$&*/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}(?![\w-])", needs="@"),
    _shape("URL", r"(?i:(?<!\w)(?:https?://|www\.)[^\s<>\"'\])]{1,2000})", needs="."),
    _shape("DOMAIN", rf"(?<![\w.@/-])(?i:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,4}}(?:{_TLD})(?![\w-]|\.\w)", needs="."),
    _shape("IP", rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?:/\d{{1,2}})?(?!\w|\.\w)", needs="."),
    _shape("IP", rf"(?<![\w:.]){_IPV6}(?:/\d{{1,3}})?(?![\w:])", needs=":", valid=lambda text: _is_ipv6(text)),
    _shape("MAC", r"(?<![\w:-])[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})(?![\w:-])"),
    _shape("MAC", r"(?<![\w.])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w.]\w)", needs="."),
    _shape("UUID", r"(?<![\w-])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![\w-])", needs="-"),
    _shape("CARD", r"(?<![\w.,-])\d(?:[ -]?\d){12,18}(?![\w-]|[.,]\d)", valid=lambda text: checks.luhn(checks.digits(text))),
    _shape("IBAN", r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?(?!\w)", valid=checks.iban),
    _shape("CRYPTO", r"(?<!\w)(?:bc1|BC1|[13])[a-zA-HJ-NP-Z0-9]{25,87}(?!\w)", valid=checks.bitcoin),
    _shape("SSN", r"(?<![\w.-])\d{3}([- ])\d{2}\1\d{4}(?![\w-]|\.\d)", valid=checks.ssn),
    _shape("SSN", r"(?<![\w.-])\d{9}(?![\w-]|\.\d)", valid=checks.ssn, cue="social security|ssn|ssns|social security number"),
    _shape("TAX_ID", r"(?<![\w-])9\d{2}[- ]?(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]?\d{4}(?![\w-])",
           cue="itins?|tax(?:payer)? ?(?:id|number|identification)?|tin", stems="tin|tax"),
    _shape("HEALTH_ID", r"(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])", valid=checks.nhs,
           cue="nhs|national health|health service"),
    _shape("NATIONAL_ID", r"(?<!\w)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)"),
    _shape("NATIONAL_ID", r"(?<![\w-])\d{11}(?![\w-])", valid=checks.pesel, cue="pesel|identyfikacyjny"),
    _shape("NATIONAL_ID", r"(?<![\w-])[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}(?![\w-])", valid=checks.aadhaar, cue="aadhaar|uidai|uid"),
    _shape("NATIONAL_ID", r"(?<!\w)(?:[XYZ]-?\d{7}|\d{8})-?[A-Z](?!\w)", valid=checks.dni),
    _shape("NATIONAL_ID", r"(?<!\w)[STFGM]\d{7}[A-Z](?!\w)", valid=checks.nric),
    _shape("NATIONAL_ID", r"(?<![\w-])(?:[12] ?\d{2} ?(?:0\d|1[0-2]|[2-9]\d) ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2})(?![\w-])",
           cue="sécurité sociale|nir|insee|numéro de sécu"),
    _shape("TAX_ID", r"(?<!\w)[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?!\w)", valid=checks.codice_fiscale),
    _shape("TAX_ID", r"(?<!\w)[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z](?!\w)"),
    _shape("TAX_ID", r"(?<![\w-])\d{2} ?\d{3} ?\d{3} ?\d{3}(?![\w-])", valid=checks.abn, cue="abn|business number"),
    _shape("PASSPORT", r"(?<![\w-])(?:[A-Z]{0,2}\d{7,9}|[A-Z]\d[A-Z]\d{5}[A-Z]?)(?![\w-])",
           cue="passport|passports|reisepass|pasaporte|passeport"),
    _shape("DRIVER_LICENSE",
           r"(?<![\w-])(?=[A-Z0-9*]{0,12}\d)(?:[A-Z]{1,2}[- ]?\d{3,13}|[A-Z]\d{2,3}(?:[ -]\d{3,4}){2,3}|\d{7,14}"
           r"|[A-Z]{5}\d{6}[A-Z0-9]{5}|\d{2}[A-Z]{2,3}\d{5,6}|[A-Z0-9*]{12})(?![\w-])",
           cue="(?:driver|driving)(?:'?s|’s)? ?(?:licen[cs]e|permit)|licen[cs]e(?: number| no)?|dl|führerschein|permis",
           stems="licen|permi|dl|führerschein"),
    _shape("BANK_ACCOUNT", r"(?<![\w-])\d{3,4}(?:[ -]?\d{2,6}){1,3}(?![\w-])",
           cue="account|bank|acct|a/c|konto|cuenta|compte|routing|sort code"),
    _shape("MEDICAL_LICENSE", r"(?<!\w)[A-HJ-MPR-UXa-hj-mpr-ux][A-Za-z9]\d{7}(?!\w)", valid=checks.dea),
    _shape("DATE_TIME",
           r"(?<![\w/.-])(?:\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
           r"(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-][0-2]\d:?[0-5]\d)?)?"
           r"|(?:0?[1-9]|[12]\d|3[01])([/.-])(?:0?[1-9]|[12]\d|3[01])\1(?:\d{4}|\d{2})"
           r"|\d{4}([/.])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01]))(?![\w/-]|\.\d)"),
    _shape("DATE_TIME",
           rf"(?i:(?<![\w-])(?:{_DAY}(?:st|nd|rd|th)?(?:-| | of )(?:{_MONTH})[a-z]{{0,6}}(?:(?:-| |, )(?:\d{{4}}|\d{{2}}))?"
           rf"|(?:{_MONTH})(?:uary|ruary|ch|il|e|y|ust|tember|ober|ember)?\.? {_DAY}(?:st|nd|rd|th)?"
           r"(?:,? \d{4})?)(?![\w-]))"),
)  # fmt: skip
_DIGIT = re.compile(r"\d")
_INNER_DOT = re.compile(r"\.\w")


def find_shapes(text: str) -> list[Found]:
    """Every shape in `text`; places may overlap.

    >>> [(f.entity, f.score) for f in find_shapes("card 4242 4242 4242 4242, from 10.0.0.1")]
    [('IP', 0.7), ('CARD', 1.0)]
    """
    num_digits = len(_DIGIT.findall(text))
    present = {"", *(character for character in "@:-" if character in text)}
    if _INNER_DOT.search(text):
        present.add(".")
    if not num_digits and len(present) == 1:
        return []
    return list(_all(text, num_digits, present))


def _all(text: str, num_digits: int, present: set[str]) -> Iterator[Found]:
    lowered = text.lower()
    for shape in SHAPES:
        if shape.num_digits > num_digits or shape.needs not in present:
            continue
        if shape.stems and not any(stem in lowered for stem in shape.stems):
            continue
        for match in shape.pattern.finditer(text):
            score = _score(shape, match, text)
            if score:
                end = match.end()
                if shape.entity == "URL":
                    end = match.start() + len(match[0].rstrip(".,;:!?"))
                yield Found(match.start(), end, shape.entity, score)


def _score(shape: Shape, match: re.Match[str], text: str) -> float:
    if shape.valid and not shape.valid(match[0]):
        return 0.0
    if shape.cue:
        start = match.start()
        if not shape.cue.search(text[max(0, start - CUE_CHARS) : start]):
            return 0.0
        return _CHECKED if shape.valid else _CUED
    return _CHECKED if shape.valid else _SHAPED


def _is_ipv6(text: str) -> bool:
    import ipaddress

    try:
        return ipaddress.IPv6Address(text.split("/")[0]).compressed != "::"
    except ValueError:
        return False
