"""Placeholders in an output that nothing in its context could fill."""

from collections.abc import Iterable

from brandtune.core.placeholders import PATTERN


def marks_in(text: str) -> tuple[str, ...]:
    """The placeholder names in `text` in order of first appearance, without brackets.

    >>> marks_in("Hi [CUSTOMER_NAME], order [ORDER_ID_2]")
    ('CUSTOMER_NAME', 'ORDER_ID_2')
    """
    return tuple(dict.fromkeys(match[0][1:-1] for match in PATTERN.finditer(text)))


def unexpected_marks(output: str, *, context: Iterable[str]) -> tuple[str, ...]:
    """Marks in `output` that occur in no text of `context` (prompt turns, the reference): they would stay unfilled.

    >>> unexpected_marks("[EMAIL] [PHONE]", context=["write to [EMAIL]"])
    ('PHONE',)
    """
    known = {name for text in context for name in marks_in(text)}
    return tuple(name for name in marks_in(output) if name not in known)
