"""The typed marks that stand for personal data in training text, and putting real values back when serving.

A mark survives training and generation unchanged, so the model learns *that* a name goes here, never whose.
"""

import re
from collections.abc import Mapping
from typing import Literal, get_args

PlaceholderType = Literal[
    "CUSTOMER_NAME", "AGENT_NAME", "PERSON_NAME", "EMAIL", "PHONE", "ORDER_ID", "ADDRESS", "CARD", "IBAN", "URL", "ID"
]
TYPES: tuple[str, ...] = get_args(PlaceholderType)
PATTERN = re.compile(r"\[(?P<type>" + "|".join(TYPES) + r")(?:_(?P<number>\d+))?\]")


def mark(type_: PlaceholderType, number: int = 1) -> str:
    """The text of a placeholder; the first of a type in a conversation carries no number.

    >>> mark("EMAIL"), mark("EMAIL", 2)
    ('[EMAIL]', '[EMAIL_2]')
    """
    return f"[{type_}]" if number == 1 else f"[{type_}_{number}]"


def fill(text: str, values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Put real values in place of marks.

    Args:
        text: Generated text.
        values: Mark name without brackets (`CUSTOMER_NAME`, `EMAIL_2`) to value.

    Returns:
        The text, and the marks that no value was given for (left as they are).

    >>> fill("Hi [CUSTOMER_NAME], see [ORDER_ID].", {"CUSTOMER_NAME": "Ana"})
    ('Hi Ana, see [ORDER_ID].', ('ORDER_ID',))
    """
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        name = match[0][1:-1]
        if name not in values:
            missing.append(name)
        return values.get(name, match[0])

    filled = PATTERN.sub(value, text)
    return filled, tuple(dict.fromkeys(missing))
