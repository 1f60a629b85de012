"""Surrogates: a made-up value of the same kind for each real one, the same wherever the real one stands.

Which surrogate a value gets is HMAC-SHA256(tenant key, kind and normalised value), so nobody without the key can tell
which value it stands for, or try values until one fits. Contacts fall into ranges that are reserved for fiction
(RFC 2606, RFC 5737, +1 555 01xx, Ofcom's numbers for drama); cards and accounts have wrong check digits on purpose.
"""

import hmac
import re
from hashlib import sha256

from brandtune.core.placeholders import PlaceholderType
from brandtune.curation.personal import surrogate_names as names
from brandtune.scoring.personal.checks import luhn

_DOMAIN = re.compile(r"@example\.(?:com|net|org)$", re.IGNORECASE)
_FICTIONAL_PHONE = re.compile(r"^\+?(?:1?\d{3}55501\d{2}|(?:44|0)7700900\d{3})$")
_TITLED = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herr|Frau|Señora?|Madame|Monsieur)\.? )$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
NAME_TYPES = frozenset(("CUSTOMER_NAME", "AGENT_NAME", "PERSON_NAME"))


def is_surrogate(type_: str, text: str) -> bool:
    """True for an e-mail address or phone number from the ranges that surrogates are taken from.

    >>> is_surrogate("EMAIL", "robin.keller27@example.com"), is_surrogate("PHONE", "+44 7700 900123")
    (True, True)
    """
    if type_ == "EMAIL":
        return _DOMAIN.search(text) is not None
    return type_ == "PHONE" and _FICTIONAL_PHONE.match(re.sub(r"[^\d+]", "", text)) is not None


class Surrogates:
    """Makes surrogates under one tenant key."""

    def __init__(self, key: str) -> None:
        self._key = hmac.new(key.encode(), b"brandtune surrogates", sha256).digest()

    def of(self, type_: PlaceholderType, text: str, *, value: str, before: str = "") -> str:
        """The surrogate of one mention.

        Args:
            text: The mention as it is written; its shape and letter case are kept.
            value: The normalised value that decides (an E.164 number, a lower-cased address).
            before: What stands before it, so that a name after "Ms" becomes a last name.

        >>> made = Surrogates("a key").of("PERSON_NAME", "Zelda Marsh", value="zelda")
        >>> made.split()[0] == Surrogates("a key").of("PERSON_NAME", "zelda", value="zelda").title()
        True
        """
        if type_ in NAME_TYPES:
            return self._name(text, before)
        stream = _Stream(self._key, f"{type_}:{value.casefold()}")
        made = {
            "EMAIL": _email, "PHONE": _phone, "ORDER_ID": _same_shape_keeping_letters, "ADDRESS": _address, "CARD": _card,
            "IBAN": _iban, "URL": _url, "ID": _identifier,
        }[type_](text, stream)  # fmt: skip
        return made

    def _name(self, text: str, before: str) -> str:
        words = list(_WORD.finditer(text))
        last_first = "," in text and len(words) > 1
        parts, at = [], 0
        for index, match in enumerate(words):
            family = self._is_family(index, len(words), last_first=last_first, titled=bool(_TITLED.search(before)))
            parts += [text[at : match.start()], self._name_word(match[0], family=family)]
            at = match.end()
        return "".join([*parts, text[at:]])

    @staticmethod
    def _is_family(index: int, count: int, *, last_first: bool, titled: bool) -> bool:
        if last_first:
            return index == 0
        return index == count - 1 if count > 1 else titled

    def _name_word(self, word: str, *, family: bool) -> str:
        stream = _Stream(self._key, f"name {'last' if family else 'first'}:{word.casefold()}")
        if len(word) == 1:
            return _like(stream.pick("ABCDEFGHJKLMNPRSTW"), word)
        return _like(stream.pick(names.LAST_NAMES if family else names.FIRST_NAMES), word)


class _Stream:
    """Numbers that follow from the key and the value alone."""

    def __init__(self, key: bytes, value: str) -> None:
        self._key, self._value, self._block, self._bytes = key, value, 0, b""

    def below(self, limit: int) -> int:
        if len(self._bytes) < 4:
            message = f"{self._block}:{self._value}".encode()
            self._bytes += hmac.new(self._key, message, sha256).digest()
            self._block += 1
        taken, self._bytes = self._bytes[:4], self._bytes[4:]
        return int.from_bytes(taken, "big") % limit

    def pick(self, options: "tuple[str, ...] | str") -> str:
        return options[self.below(len(options))]

    def digits(self, count: int) -> str:
        return "".join(str(self.below(10)) for _ in range(count))


def _like(made: str, written: str) -> str:
    if written.isupper() and len(written) > 1:
        return made.upper()
    return made.lower() if written.islower() else made


def _email(_: str, stream: _Stream) -> str:
    local = f"{stream.pick(names.FIRST_NAMES)}.{stream.pick(names.LAST_NAMES)}{stream.digits(2)}".lower()
    return f"{local}@example.{stream.pick(('com', 'net', 'org'))}"


def _phone(text: str, stream: _Stream) -> str:
    digits = re.sub(r"\D", "", text)
    if digits.startswith(("44", "0044")):
        return f"+44 7700 900{stream.digits(3)}"
    if digits.startswith("0"):
        return f"07700 900{stream.digits(3)}"
    area, rest = stream.pick(names.AREA_CODES), f"01{stream.digits(2)}"
    return f"+1 {area} 555 {rest}" if text.startswith("+") else f"{area}-555-{rest}"


def _address(text: str, stream: _Stream) -> str:
    line = f"{1 + stream.below(180)} {stream.pick(names.STREETS)} {stream.pick(names.STREET_KINDS)}"
    whole = f"{line}, {stream.pick(names.TOWNS)}" if "," in text or "\n" in text else line
    return whole.lower() if text.islower() else whole


def _same_shape_keeping_letters(text: str, stream: _Stream) -> str:
    return "".join(stream.digits(1) if c.isdigit() else c for c in text)


def _same_shape(text: str, stream: _Stream) -> str:
    def other(c: str) -> str:
        if c.isdigit():
            return stream.digits(1)
        if c.isascii() and c.isalpha():
            return (
                _like(stream.pick("ABCDEFGHJKLMNPRSTUVWXYZ"), c)
                if c.islower()
                else stream.pick("ABCDEFGHJKLMNPRSTUVWXYZ")
            )
        return c

    return "".join(other(c) for c in text)


def _card(text: str, stream: _Stream) -> str:
    made = _same_shape(text, stream)
    if luhn("".join(c for c in made if c.isdigit())):
        last = max(i for i, c in enumerate(made) if c.isdigit())
        made = f"{made[:last]}{(int(made[last]) + 1) % 10}{made[last + 1 :]}"
    return made


def _iban(text: str, stream: _Stream) -> str:
    return f"{text[:2]}00{_same_shape(text[4:], stream)}"


def _url(_: str, stream: _Stream) -> str:
    return f"https://example.com/{stream.pick(names.STREETS).lower()}/{stream.digits(6)}"


def _identifier(text: str, stream: _Stream) -> str:
    if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", text):
        return f"203.0.113.{1 + stream.below(254)}"
    if ":" in text:
        return f"2001:db8::{1 + stream.below(65_000):x}"
    return _same_shape(text, stream)
