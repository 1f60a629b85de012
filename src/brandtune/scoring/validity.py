"""Until when a statement holds: "until 31 October 2026" in a sentence, or a line `Valid until: 2026-10-31` for a section."""

import re
from datetime import date

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATES = (
    re.compile(r"\b(?P<year>20\d\d)-(?P<number>0[1-9]|1[0-2])-(?P<day>[0-3]\d)\b"),
    re.compile(rf"\b(?P<day>[0-3]?\d)(?:st|nd|rd|th)? {_MONTH},? (?P<year>20\d\d)\b", re.IGNORECASE),
    re.compile(rf"\b{_MONTH} (?P<day>[0-3]?\d)(?:st|nd|rd|th)?,? (?P<year>20\d\d)\b", re.IGNORECASE),
)
_UNTIL = re.compile(
    r"\b(?:until|till|through|ends?(?: on)?|ended(?: on)?|expires?(?: on)?|expired(?: on)?|valid to|up to)\b[:\s]{1,3}",
    re.IGNORECASE,
)
_BEFORE_DATE = re.compile(
    r"^(?:(?:and including|the end of|end of|midnight on|the|(?:mon|tues|wednes|thurs|fri|satur|sun)day,?)\s+){1,3}",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"^\W*(?:valid[_ ](?:until|through|to)|expires?(?:[_ ]on)?|ends?(?:[_ ]on)?)\W*:(?P<date>.{8,40})$", re.I | re.M
)


def valid_until(sentence: str) -> date | None:
    """The last day on which a sentence says it holds; None where it says none.

    >>> valid_until("Shipping is free until 31 October 2026.")
    datetime.date(2026, 10, 31)
    >>> valid_until("We opened on 31 October 2026.")
    """
    for mark in _UNTIL.finditer(sentence):
        rest = _BEFORE_DATE.sub("", sentence[mark.end() : mark.end() + 60])
        found = [match for pattern in _DATES if (match := pattern.match(rest))]
        if found:
            return _date(found[0])
    return None


def section_valid_until(text: str) -> date | None:
    """The day that a line of its own gives for a whole section.

    >>> section_valid_until("Valid until: 2026-10-31\\nReturns take 60 days.")
    datetime.date(2026, 10, 31)
    """
    for line in _LINE.finditer(text):
        found = [match for pattern in _DATES if (match := pattern.search(line["date"]))]
        if found:
            return _date(found[0])
    return None


def _date(match: re.Match[str]) -> date | None:
    groups = match.groupdict()
    month = int(groups["number"]) if groups.get("number") else _MONTHS.index(groups["month"].lower()) + 1
    try:
        return date(int(groups["year"]), month, int(groups["day"]))
    except ValueError:
        return None
