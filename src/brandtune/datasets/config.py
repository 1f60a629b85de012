"""How examples are divided."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from brandtune.core.config import Config

Tie = Literal["subject", "conversation", "near_duplicate", "template"]
ALL_TIES: tuple[Tie, ...] = ("subject", "conversation", "near_duplicate", "template")


class SplitConfig(Config):
    """Shares of the held-out parts, and what must never be on both sides."""

    test: float = Field(default=0.15, ge=0.0, lt=1.0)
    """Share of examples held out for the final judgement."""
    validation: float = Field(default=0.05, ge=0.0, lt=1.0)
    """Share of examples held out for choosing settings."""
    by: tuple[Tie, ...] = ALL_TIES
    """What ties examples together: one customer, one conversation, near-duplicates, one campaign or product."""
    min_examples: int = Field(default=20, ge=1)
    """Fewer examples than this are refused."""
    after: date | None = None
    """Reserved: hold out everything after this day."""

    @model_validator(mode="after")
    def _possible(self) -> "SplitConfig":
        if self.after is not None:
            raise ValueError("`after` is not implemented yet. Leave it out, or write `after: null`.")
        if self.test + self.validation >= 1.0:
            raise ValueError("`test` and `validation` together leave nothing to train on. Lower one of them.")
        return self
