"""Vale writes its patterns for Go and regexp2; this turns them into Python ones, or says why that cannot be done.

Python's `re` does most; Unicode classes, look-behind of any length, `\\K` and recursion need the `regex` package.
"""

import re
from typing import cast

FOREIGN = {r"\(\?<\w+-\w*>": "balancing groups are known to .NET alone"}
_NEEDS_REGEX = re.compile(r"\\[pPK]|\(\?R\)|\(\?&")
POSIX = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "word": r"\w", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "blank": r" \t",
}  # fmt: skip


class UnsupportedPattern(Exception):
    """The pattern may be right, but not for Python."""


class BadPattern(Exception):
    """The pattern is wrong in any dialect."""


def compile_pattern(pattern: str, *, ignorecase: bool = False) -> re.Pattern[str]:
    """Compile a Vale pattern; `^` and `$` match at lines, as in Vale.

    Raises:
        UnsupportedPattern: It needs something that only .NET has.
        BadPattern: It is not a regular expression.

    >>> bool(compile_pattern(r"(?<year>\\d{4})\\z").search("in 1984"))
    True
    """
    for sign, why in FOREIGN.items():
        if re.search(sign, pattern):
            raise UnsupportedPattern(why)
    translated = _translate(pattern)
    if _NEEDS_REGEX.search(pattern):
        return _with_regex(translated, ignorecase=ignorecase)
    try:
        return re.compile(translated, re.MULTILINE | (re.IGNORECASE if ignorecase else 0))
    except re.error as error:
        if "fixed-width" in str(error) or "global flags" in str(error):
            return _with_regex(translated, ignorecase=ignorecase)
        raise BadPattern(str(error)) from None


def _with_regex(pattern: str, *, ignorecase: bool) -> re.Pattern[str]:
    """The same interface by the `regex` package, whose patterns know more and take longer to compile."""
    import regex

    # Version 1 lets `(?i)` in the middle hold from there on, as Go and regexp2 do.
    flags = regex.MULTILINE | regex.VERSION1 | (regex.IGNORECASE if ignorecase else 0)
    try:
        return cast("re.Pattern[str]", regex.compile(pattern, flags))
    except regex.error as error:
        raise BadPattern(str(error)) from None


def _translate(pattern: str) -> str:
    pattern = pattern.replace(r"\z", r"\Z").replace(r"\Q", "").replace(r"\E", "")
    pattern = re.sub(r"\(\?<(?=[A-Za-z_]\w*>)", "(?P<", pattern)
    pattern = re.sub(r"\[:(\w+):\]", lambda match: POSIX.get(match[1], match[0]), pattern)
    return _scope_flags(pattern)


def _scope_flags(pattern: str) -> str:
    """`(?i)` in the middle means "from here to the end of the group"; at the front of a token it can be wrapped."""
    found = re.match(r"\(\?([ims]+)\)", pattern)
    return f"(?{found[1]}:{pattern[found.end() :]})" if found else pattern


def alternatives(tokens: list[str], *, nonword: bool, prefix: str = "") -> str:
    """Vale's template: any of `tokens`, as whole words unless `nonword`, after the raw `prefix`.

    >>> alternatives(["a", "b"], nonword=False)
    '\\\\b(?:a|b)\\\\b'
    """
    body = "|".join(_scope_flags(token) for token in tokens)
    if not tokens:
        return prefix
    return f"{prefix}(?:{body})" if nonword else rf"{prefix}\b(?:{body})\b"


def swap_alternatives(keys: list[str], *, nonword: bool) -> str:
    """Like `alternatives`, but each key sits in a group `k0`, `k1`…, longest first so that it wins."""
    ranked = sorted(range(len(keys)), key=lambda index: (-len(keys[index]), index))
    body = "|".join(f"(?P<k{index}>{_scope_flags(keys[index])})" for index in ranked)
    return f"(?:{body})" if nonword else rf"\b(?:{body})\b"
