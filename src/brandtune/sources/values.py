"""From the strings and numbers of exports to typed values: times, numbers, yes and no, consent words."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import msgspec

from brandtune.core.records import Scalar

ConsentStatus = Literal["granted", "denied", "revoked"]
NOTHING = frozenset({"", "null", "none", "nan", "n/a", "na", "nil", "-", "\\n", "undefined"})
YES = frozenset({"true", "yes", "y", "1", "t", "on"})
NO = frozenset({"false", "no", "n", "0", "f", "off"})
CONSENT_WORDS: dict[str, ConsentStatus] = {
    **dict.fromkeys(
        YES | {"granted", "optin", "optedin", "accepted", "agreed", "allow", "allowed", "given"}, "granted"
    ),
    **dict.fromkeys(NO | {"denied", "optout", "optedout", "declined", "refused", "rejected", "disallow"}, "denied"),
    **dict.fromkeys({"revoked", "withdrawn", "withdrew", "unsubscribed"}, "revoked"),
}
NEVER_ASKED = frozenset({"unknown", "pending", "notasked", "unset", "missing", "noresponse"})
_SLASHED = re.compile(
    r"(\d{1,2})([/.])(\d{1,2})[/.](\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?)?\s*$"
)
_MAILCHIMP = "%b %d, %Y %I:%M %p"
_TWITTER = "%a %b %d %H:%M:%S %z %Y"
_BEYOND = 1e300
_EPOCH_MS = 1e11  # above this a number of seconds would lie beyond the year 5000


def is_nothing(value: object) -> bool:
    """True for None, NaN, blank strings and the usual words for "no value"."""
    if value is None:
        return True
    if isinstance(value, str):
        return value.strip().lower() in NOTHING
    return isinstance(value, float) and value != value


def as_text(value: object) -> str:
    """The value as text; strings come back unchanged, whole floats without `.0`, structures as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dict | list):
        return msgspec.json.encode(value, enc_hook=str).decode()
    return str(value)


def as_scalar(value: object) -> Scalar:
    """The value for a trait: numbers and booleans as they are, lists of words joined by commas."""
    if isinstance(value, float) and value != value:
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(as_text(item) for item in value)
    return as_text(value)


def as_number(value: object) -> float | None:
    """A number, also when written `$1,234.50`, `12,99 €` or `45 %`; None when it is not one.

    >>> as_number("1.234,50 €"), as_number("$1,234"), as_number("12,99")
    (1234.5, 1234.0, 12.99)
    """
    if isinstance(value, bool) or is_nothing(value):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < _BEYOND else None
    text = re.sub(r"[\s\u00a0'_]|[A-Za-z]{3}$|^[A-Za-z]{3}(?=\s*-?\d)|[€$£¥₹%]", "", str(value))
    if "," in text and "." in text:
        decimal = max(text.rfind(","), text.rfind("."))
        text = re.sub(r"[.,]", "", text[:decimal]) + "." + text[decimal + 1 :]
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+", text):
        text = text.replace(",", "")
    else:
        text = text.replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def as_count(value: object) -> int | None:
    """A whole number of at least zero, also when written `1.234`, `1’234` or `1.2K`; None for anything else.

    >>> as_count("1,234"), as_count("1.234"), as_count("2.5k"), as_count("25%"), as_count("12.5")
    (1234, 1234, 2500, None, None)
    """
    if isinstance(value, str):
        text = value.strip()
        if "%" in text:
            return None  # a rate is not a count
        if re.fullmatch(r"\d{1,3}([.’]\d{3})+", text):
            return int(re.sub(r"\D", "", text))
        if match := re.fullmatch(r"(\d+(?:[.,]\d+)?)\s?([KkMm])", text):
            scale = 1_000 if match[2] in "Kk" else 1_000_000
            return round(float(match[1].replace(",", ".")) * scale)
    number = as_number(value)
    return int(number) if number is not None and number >= 0 and number.is_integer() else None


def as_bool(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = as_text(value).strip().lower()
    return True if word in YES else False if word in NO else None


def as_words(value: object) -> tuple[str, ...]:
    """Tags: a list, a JSON list, or words parted by commas, semicolons or bars."""
    if isinstance(value, str) and value.startswith("["):
        value = from_json(value)
    if isinstance(value, list):
        return tuple(as_text(item).strip() for item in value if not is_nothing(item))
    if is_nothing(value):
        return ()
    return tuple(part.strip() for part in re.split(r"[,;|]", as_text(value)) if part.strip())


def as_list(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def from_json(value: object) -> Any:
    """Structure held in a string, e.g. a CSV cell with a JSON list; the value itself when it is no JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeError):
            return value
    return value


def as_consent(value: object) -> ConsentStatus | None:
    """What a consent cell says; None when nobody answered.

    Any other word counts as denied: what we cannot read must not let a person's data in.
    """
    word = re.sub(r"[\s_\-]", "", as_text(value).lower())
    if is_nothing(value) or word in NEVER_ASKED:
        return None
    return CONSENT_WORDS.get(word, "denied")


def is_known_consent(value: object) -> bool:
    word = re.sub(r"[\s_\-]", "", as_text(value).lower())
    return is_nothing(value) or word in NEVER_ASKED or word in CONSENT_WORDS


def as_time(value: object, *, day_first: bool = False) -> datetime | None:
    """A moment in UTC from ISO 8601, epoch seconds or milliseconds, RFC 2822, Twitter or slashed dates; else None.

    Times without a zone are taken as UTC.
    """
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, bool) or is_nothing(value):
        return None
    if isinstance(value, int | float):
        return _from_epoch(float(value)) if abs(value) < _BEYOND else None
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    text = str(value).strip()
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        return _from_other_text(text, day_first=day_first)


def _from_other_text(text: str, *, day_first: bool) -> datetime | None:
    if re.fullmatch(r"\d{9,13}(\.\d+)?", text):
        return _from_epoch(float(text))
    if match := _SLASHED.match(text):
        return _from_slashed(match, day_first=day_first)
    for parse in (_from_twitter, _from_named_zone, _from_mailchimp, parsedate_to_datetime):
        try:
            return _utc(parse(text))
        except (ValueError, TypeError, IndexError):
            continue
    return None


def _from_twitter(text: str) -> datetime:
    return datetime.strptime(text, _TWITTER)


def _from_mailchimp(text: str) -> datetime:
    return datetime.strptime(text, _MAILCHIMP)


def _from_named_zone(text: str) -> datetime:
    """`2024-05-01 10:00:00 UTC` and `2024-05-01 10:00:00 +0000`, as Rails and Shopify write them."""
    return datetime.fromisoformat(re.sub(r"\s*(UTC|GMT)$", "+00:00", re.sub(r"\s+([+-]\d{4})$", r"\1", text)))


def _from_slashed(match: re.Match[str], *, day_first: bool) -> datetime | None:
    first, dot, second, year, hour, minute, seconds, half = match.groups()
    day, month = (int(first), int(second)) if day_first or dot == "." else (int(second), int(first))
    hours = int(hour or 0) % 12 + (12 if half.lower() == "pm" else 0) if half else int(hour or 0)
    try:
        return datetime(
            int(year) + (2000 if len(year) == 2 else 0),
            month,
            day,
            hours,
            int(minute or 0),
            int(seconds or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return None


def days_come_first(values: Iterable[object]) -> bool | None:
    """Whether slashed dates are day/month/year: True or False when one value decides it, None when none does."""
    for value in values:
        match = _SLASHED.match(str(value).strip()) if isinstance(value, str) else None
        if match and match[2] == "/" and int(match[1]) > 12:
            return True
        if match and match[2] == "/" and int(match[3]) > 12:
            return False
    return None


def is_slashed(value: object) -> bool:
    match = _SLASHED.match(value.strip()) if isinstance(value, str) else None
    return bool(match and match[2] == "/")


def _from_epoch(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds / 1000 if abs(seconds) > _EPOCH_MS else seconds, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
