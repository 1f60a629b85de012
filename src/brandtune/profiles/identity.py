"""The rules of identity: which identifiers count, in which order, and how many of each one person can have."""

import re
from typing import Any

from pydantic import Field, field_validator

from brandtune.core.config import Config

PRIORITY = ("user_id", "email", "phone", "zendesk_id", "anonymous_id")
BLOCKED = (
    "test@example.com",
    "noreply@*",
    "no-reply@*",
    "donotreply@*",
    "do-not-reply@*",
    "mailer-daemon@*",
    "postmaster@*",
    "unknown",
    "anonymous",
    "guest",
    "null",
    "none",
    "nil",
    "nan",
    "n/a",
    "na",
    "undefined",
    "test",
    "/[0-]+/",
    "-1",
)
DAYS = {"daily": 1, "weekly": 7, "monthly": 30, "annually": 365}
# Two accounts of one person are common and three happen. People collect e-mail addresses, phones and support logins
# slowly, but browsers hand out a new anonymous id with every cleared cookie.
LIMITS: dict[str, Any] = {"user_id": 3, "email": 5, "phone": 5, "zendesk_id": 5, "anonymous_id": 100}


class Limit(Config):
    """Most values of one identifier type that one person can have; `email: 5` is short for `email: {values: 5}`."""

    values: int = Field(ge=1)
    """How many different values."""
    within: int | str = "ever"
    """In which time they may be added: `ever`, or any stretch of a day, a week, 30 days or 365 days (`daily`, `weekly`,
    `monthly`, `annually`), or a number of days."""

    @field_validator("within")
    @classmethod
    def _known_window(cls, within: int | str) -> int | str:
        if within == "ever" or within in DAYS or (isinstance(within, int) and within >= 1):
            return within
        raise ValueError(f"a window is ever, {', '.join(DAYS)}, or a number of days from 1")

    @property
    def days(self) -> int | None:
        """Length of the window in days; None means ever."""
        return self.within if isinstance(self.within, int) else DAYS.get(self.within)


class IdentityConfig(Config):
    """How records are linked to people."""

    identifiers: tuple[str, ...] = Field(default=PRIORITY, min_length=1)
    """Identifier types that link records, the most trusted first; others are ignored."""
    blocked_values: tuple[str, ...] = BLOCKED
    """Values that name nobody, e.g. `noreply@*`; `*` stands for any text, `/.../` is a regular expression that must
    fit the whole value; case does not matter."""
    limits: dict[str, Limit] = Field(default_factory=dict, validate_default=True)
    """Most values of a type that one person can have, e.g. `email: 5` or `email: {values: 5, within: annually}`. A
    record that would break one gives up its least trusted identifiers until it fits; each is counted."""
    max_profiles_per_value: int = Field(default=3, ge=1)
    """An e-mail, phone or device seen with more different user ids than this is shared, and links nobody."""
    default_region: str = Field(default="US", pattern="^[A-Z]{2}$")
    """Country of phone numbers that are written without a country code, e.g. `DE`."""
    review_threshold: float | None = Field(default=None, gt=0, lt=1)
    """Propose pairs of people that are one with at least this probability, e.g. 0.95, to the review queue; they are
    never merged without a person's word. Needs the `link` extra; empty proposes nothing."""

    @field_validator("limits", mode="before")
    @classmethod
    def _short_forms_and_defaults(cls, limits: Any) -> Any:
        """A plain number is a limit for ever, and naming one limit keeps the others."""
        if not isinstance(limits, dict):
            return limits
        plain = {type_: {"values": limit} if type(limit) is int else limit for type_, limit in limits.items()}
        return {type_: {"values": count} for type_, count in LIMITS.items()} | plain

    @field_validator("blocked_values")
    @classmethod
    def _expressions_compile(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if (expression := as_expression(value)) is not None:
                try:
                    re.compile(expression)
                except re.error as error:
                    raise ValueError(f"`{value}` is not a regular expression ({error})") from None
        return values


def as_expression(value: str) -> str | None:
    """What stands between the slashes of `/.../`; None for a plain value.

    >>> as_expression("/[0-]+/"), as_expression("noreply@*")
    ('[0-]+', None)
    """
    value = value.strip()
    return value[1:-1] if len(value) > 2 and value[0] == value[-1] == "/" else None
