"""One spelling for each identifier: e-mail in lower case, phone in E.164; and which values name nobody."""

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import phonenumbers

from brandtune.core.records import Identifier
from brandtune.profiles.identity import IdentityConfig, as_expression

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")
_BRACKETED = re.compile(r"<([^<>]+@[^<>]+)>\s*$")
MIN_PHONE_DIGITS = 7


class Normalizer:
    """Turns identifiers as written into identifiers that compare; remembers what it has seen, as values repeat.

    Args:
        config: The blocked values and the phone region.
    """

    def __init__(self, config: IdentityConfig) -> None:
        self._region = config.default_region
        self._blocked = _pattern(config.blocked_values)
        self._known: dict[tuple[Identifier, str], Identifier | str] = {}

    def __call__(self, identifier: Identifier, *, country: str = "") -> Identifier | str:
        """The normalised identifier, or the reason why it names nobody: `blocked` or `not valid`.

        Args:
            country: Two-letter code of the country the person is known to live in; for phones without country code.
        """
        key = (identifier, country if identifier.type == "phone" else "")
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._normalized(identifier, country)
        return found

    def _normalized(self, identifier: Identifier, country: str) -> Identifier | str:
        written = identifier.value.strip()
        if not written or self._blocked.fullmatch(written.lower()):
            return "blocked"
        value = self._value(identifier.type, written, country)
        if value is None:
            return "not valid"
        if self._blocked.fullmatch(value.lower()) or _one_digit_only(identifier.type, value):
            return "blocked"
        return Identifier(type=identifier.type, value=value)

    def _value(self, type_: str, written: str, country: str) -> str | None:
        if type_ == "email":
            return normalize_email(written)
        if type_ == "phone":
            region = country if country in phonenumbers.SUPPORTED_REGIONS else self._region
            return normalize_phone(written, region=region)
        return written


def normalize_email(written: str) -> str | None:
    """Lower case without space; `+tags` stay, as only some mail hosts ignore them. None when it is no address.

    >>> normalize_email(" Ana <Ana+Shop@Example.COM> ")
    'ana+shop@example.com'
    """
    bracketed = _BRACKETED.search(written)
    text = (bracketed[1] if bracketed else written).strip().removeprefix("mailto:").lower()
    return text if _EMAIL.fullmatch(text) else None


def normalize_phone(written: str, *, region: str) -> str | None:
    """E.164, with `;ext=` where there is an extension; else the digits if there are at least seven; else None.

    >>> normalize_phone("(555) 010-1234", region="US") == normalize_phone("+1 555 010 1234", region="DE")
    True
    """
    text = "+" + written[2:] if written.startswith("00") else written
    try:
        number = phonenumbers.parse(text, None if text.startswith("+") else region)
    except phonenumbers.NumberParseException:
        number = None
    # "Possible" is enough: numbering plans change faster than libraries, and both spellings must come out the same.
    if number is not None and _can_exist(number):
        plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return f"{plain};ext={number.extension}" if number.extension else plain
    digits = re.sub(r"\D", "", written)
    return digits if len(digits) >= MIN_PHONE_DIGITS else None


def _can_exist(number: phonenumbers.PhoneNumber) -> bool:
    """A leading zero left over after parsing says that the number is from another country than was assumed."""
    if phonenumbers.is_valid_number(number):
        return True
    return phonenumbers.is_possible_number(number) and not number.italian_leading_zero


def national_numbers(values: Iterable[str]) -> dict[str, str]:
    """Digits without country code to the one number in E.164 that has them; ambiguous digits are left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for value in values:
        if value.startswith("+"):
            number = phonenumbers.parse(value, None)
            found[phonenumbers.national_significant_number(number)].add(value)
    return {digits: next(iter(numbers)) for digits, numbers in found.items() if len(numbers) == 1}


def _pattern(values: Sequence[str]) -> re.Pattern[str]:
    """One expression for all blocked values: globs, and what stands between slashes as it is."""
    parts = [
        f"(?:{expression})" if (expression := as_expression(value)) is not None else fnmatch.translate(value.strip())
        for value in values
    ]
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def _one_digit_only(type_: str, value: str) -> bool:
    """`000 0000`, `+1 111 111 1111` and the like were typed to get past a form."""
    digits = re.sub(r"\D", "", value.split(";")[0])
    return type_ == "phone" and len(set(digits[-7:])) == 1
