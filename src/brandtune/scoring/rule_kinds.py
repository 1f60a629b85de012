"""What each kind of Vale rule finds in one piece of text. Semantics follow Vale's `internal/check/*.go`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from brandtune.scoring.capitals import capitalised_as
from brandtune.scoring.patterns import alternatives, compile_pattern, swap_alternatives


class BadRule(Exception):
    """A setting that the kind needs is missing or of the wrong shape."""

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True)
class Hit:
    """A place, and the words that go into the message's `%s` in order."""

    start: int
    end: int
    words: tuple[str, ...] = ()


_GROUP = re.compile(r"\$(\d)")
Check = Callable[[str], list[Hit]]


@dataclass(frozen=True)
class Kind:
    """How a rule kind is built, and the keys it understands beyond the shared ones."""

    build: Callable[[dict[str, Any]], Check]
    keys: frozenset[str]


def fill_message(message: str, words: tuple[str, ...]) -> str:
    """Put `words` in place of `%s` from the left; more marks than words repeat the last word.

    >>> fill_message("Use '%s' instead of '%s'.", ("use", "utilize"))
    "Use 'use' instead of 'utilize'."
    """
    parts = message.split("%s")
    filled = parts[0]
    for index, part in enumerate(parts[1:]):
        filled += (words[min(index, len(words) - 1)] if words else "") + part
    return filled


def existence(rule: dict[str, Any]) -> Check:
    tokens, raw = _texts(rule, "tokens"), "".join(_texts(rule, "raw"))
    if not tokens and not raw:
        raise BadRule("an existence rule needs `tokens` or `raw`.", key="extends")
    pattern = alternatives(tokens, nonword=bool(rule.get("nonword")), prefix="" if rule.get("append") else raw)
    if rule.get("append") and tokens:
        pattern += raw
    found = compile_pattern(pattern or raw, ignorecase=bool(rule.get("ignorecase")))
    allowed = _exceptions(rule)

    def check(text: str) -> list[Hit]:
        return [_hit(m) for m in found.finditer(text) if m[0].strip() and not allowed(m[0])] + _white(found, text)

    return check


def _white(found: re.Pattern[str], text: str) -> list[Hit]:
    """White space can be the breach itself (double spaces, line breaks); empty matches never are."""
    return [_hit(m) for m in found.finditer(text) if m[0] and not m[0].strip()]


def substitution(rule: dict[str, Any]) -> Check:
    swap = rule.get("swap")
    if not isinstance(swap, dict) or not swap:
        raise BadRule("a substitution rule needs `swap`, a mapping of what is wrong to what is right.", key="extends")
    keys, right = [str(key) for key in swap], [str(value) for value in swap.values()]
    ignorecase, capitalize = bool(rule.get("ignorecase")), bool(rule.get("capitalize"))
    found = compile_pattern(swap_alternatives(keys, nonword=bool(rule.get("nonword"))), ignorecase=ignorecase)
    allowed = _exceptions(rule)

    def check(text: str) -> list[Hit]:
        hits = []
        for match in found.finditer(text):
            wanted = _expanded(right[int((match.lastgroup or "k0")[1:])], match)
            if capitalize and match[0][:1].isupper():
                wanted = wanted[:1].upper() + wanted[1:]
            if match[0] and not allowed(match[0]) and not _same(match[0], wanted.split("|"), ignorecase=ignorecase):
                hits.append(Hit(match.start(), match.end(), (" or ".join(wanted.split("|")), match[0])))
        return hits

    return check


def _expanded(wanted: str, match: re.Match[str]) -> str:
    """`$1` stands for the first group of the key that matched."""
    own = match.re.groupindex.get(match.lastgroup or "", 0)
    return _GROUP.sub(lambda sign: match[own + int(sign[1])] or "", wanted) if own else wanted


def _same(text: str, wanted: list[str], *, ignorecase: bool) -> bool:
    """What is written is already right. Case alone can be the breach, so only exact text counts then."""
    return text in wanted or (ignorecase and text[:1].isupper() and text[:1].lower() + text[1:] in wanted)


def occurrence(rule: dict[str, Any]) -> Check:
    if not rule.get("token") or ("max" not in rule and "min" not in rule):
        raise BadRule("an occurrence rule needs `token` and `min` or `max`.", key="extends")
    found = compile_pattern(str(rule["token"]), ignorecase=bool(rule.get("ignorecase")))
    least, most = int(rule.get("min", 0)), rule.get("max")

    def check(text: str) -> list[Hit]:
        matches = [match for match in found.finditer(text) if match[0]]
        if most is not None and len(matches) > int(most):
            return [Hit(matches[int(most)].start(), matches[-1].end(), (str(len(matches)),))]
        return [Hit(0, len(text), (str(len(matches)),))] if len(matches) < least else []

    return check


def repetition(rule: dict[str, Any]) -> Check:
    tokens = _texts(rule, "tokens")
    if not tokens:
        raise BadRule("a repetition rule needs `tokens`.", key="extends")
    ignorecase, alpha, most = bool(rule.get("ignorecase")), bool(rule.get("alpha")), int(rule.get("max", 0))
    found = compile_pattern(alternatives(tokens, nonword=True), ignorecase=ignorecase)
    allowed = _exceptions(rule)

    def check(text: str) -> list[Hit]:
        hits: list[Hit] = []
        before, count, place = "", 0, 0
        for match in found.finditer(text):
            word = match[0].strip().lower() if ignorecase else match[0].strip()
            repeated = bool(word) and word == before and (not alpha or word.isalpha()) and not allowed(word)
            count = count + 1 if repeated else 0
            if count > most and "\n" not in text[place : match.end()]:
                hits.append(Hit(place, match.end(), (match[0].strip(),)))
                count = 0
            before, place = word, match.start()
        return hits

    return check


def consistency(rule: dict[str, Any]) -> Check:
    either = rule.get("either")
    if not isinstance(either, dict) or not either:
        raise BadRule("a consistency rule needs `either`, a mapping of one spelling to the other.", key="extends")
    nonword, ignorecase = bool(rule.get("nonword")), bool(rule.get("ignorecase"))
    pairs = [
        tuple(compile_pattern(alternatives([str(side)], nonword=nonword), ignorecase=ignorecase) for side in pair)
        for pair in either.items()
    ]

    def check(text: str) -> list[Hit]:
        hits: list[Hit] = []
        for one, other in pairs:
            first, second = one.search(text), other.search(text)
            if first and second:
                hits.append(_hit(max(first, second, key=lambda match: match.start())))
        return hits

    return check


def capitalization(rule: dict[str, Any]) -> Check:
    if not rule.get("match"):
        raise BadRule("a capitalization rule needs `match`.", key="extends")
    exceptions, prefix = frozenset(_texts(rule, "exceptions")), str(rule.get("prefix") or "")
    fits = capitalised_as(
        str(rule["match"]), exceptions=exceptions, indicators=tuple(_texts(rule, "indicators")),
        threshold=float(rule.get("threshold") or 0.8),
    )  # fmt: skip

    def check(text: str) -> list[Hit]:
        line = text.strip().removeprefix(prefix).strip()
        return [] if not line or fits(line) else [Hit(0, len(text), (text.strip(),))]

    return check


def conditional(rule: dict[str, Any]) -> Check:
    if not rule.get("first") or not rule.get("second"):
        raise BadRule("a conditional rule needs `first` and `second`.", key="extends")
    ignorecase = bool(rule.get("ignorecase"))
    first = compile_pattern(str(rule["first"]), ignorecase=ignorecase)
    second = compile_pattern(str(rule["second"]), ignorecase=ignorecase)
    allowed = _exceptions(rule)

    def check(text: str) -> list[Hit]:
        defined = {_group(match) for match in second.finditer(text)}
        return [
            _hit(match)
            for match in first.finditer(text)
            if match[0] and _group(match) not in defined and not allowed(match[0])
        ]

    return check


def _group(match: re.Match[str]) -> str:
    return str(match[1] if match.re.groups else match[0])


def _hit(match: re.Match[str]) -> Hit:
    return Hit(match.start(), match.end(), (match[0].strip(),))


def _texts(rule: dict[str, Any], key: str) -> list[str]:
    value = rule.get(key)
    if value is not None and not isinstance(value, list):
        raise BadRule(f"`{key}` must be a list.", key=key)
    return [str(item) for item in value or []]


def _exceptions(rule: dict[str, Any]) -> Callable[[str], bool]:
    words = _texts(rule, "exceptions")
    if not words:
        return lambda _: False
    found = compile_pattern(alternatives(words, nonword=True), ignorecase=bool(rule.get("ignorecase")))
    return lambda text: found.fullmatch(text.strip()) is not None


BUILDERS: dict[str, Kind] = {
    "existence": Kind(existence, frozenset({"tokens", "raw", "append", "exceptions"})),
    "substitution": Kind(substitution, frozenset({"swap", "exceptions", "capitalize", "pos"})),
    "occurrence": Kind(occurrence, frozenset({"token", "min", "max"})),
    "repetition": Kind(repetition, frozenset({"tokens", "max", "alpha", "exceptions"})),
    "consistency": Kind(consistency, frozenset({"either"})),
    "capitalization": Kind(
        capitalization, frozenset({"match", "exceptions", "indicators", "threshold", "style", "prefix"})
    ),
    "conditional": Kind(conditional, frozenset({"first", "second", "exceptions"})),
}
