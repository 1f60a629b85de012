"""The rules of identity: which identifiers count, in which order, and how many of each one person can have."""

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
    "-",
    "0",
    "-1",
    "0000000000",
    "00000000-0000-0000-0000-000000000000",
)
# Two accounts of one person are common and three happen. People collect e-mail addresses, phones and support logins
# slowly, but browsers hand out a new anonymous id with every cleared cookie.
LIMITS = {"user_id": 3, "email": 5, "phone": 5, "zendesk_id": 5, "anonymous_id": 100}


class IdentityConfig(Config):
    """How records are linked to people."""

    identifiers: tuple[str, ...] = Field(default=PRIORITY, min_length=1)
    """Identifier types that link records, the most trusted first; others are ignored."""
    blocked_values: tuple[str, ...] = BLOCKED
    """Values that name nobody, e.g. `noreply@*`; `*` stands for any text, case does not matter."""
    limits: dict[str, int] = Field(default_factory=lambda: dict(LIMITS))
    """Most values of a type that one person can have; a merge beyond it is refused and counted."""
    max_profiles_per_value: int = Field(default=3, ge=1)
    """An e-mail, phone or device seen with more different user ids than this is shared, and links nobody."""
    default_region: str = Field(default="US", pattern="^[A-Z]{2}$")
    """Country of phone numbers that are written without a country code, e.g. `DE`."""

    @field_validator("limits")
    @classmethod
    def _defaults_stay(cls, limits: dict[str, int]) -> dict[str, int]:
        """Naming one limit keeps the others."""
        if any(limit < 1 for limit in limits.values()):
            raise ValueError("a limit must be at least 1")
        return {**LIMITS, **limits}
