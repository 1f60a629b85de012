"""The form that a task's outputs must have, as a user writes it into brandtune.yaml; checked in `scoring.form`."""

import re
from typing import Any

from pydantic import Field, field_validator, model_validator

from brandtune.core.config import Config


class FormConfig(Config):
    """What every output of a task must look like, whatever it says."""

    min_chars: int | None = Field(default=None, ge=0)
    """Fewest characters."""
    max_chars: int | None = Field(default=None, ge=1)
    """Most characters, e.g. 60 for a subject line."""
    min_words: int | None = Field(default=None, ge=0)
    """Fewest words."""
    max_words: int | None = Field(default=None, ge=1)
    """Most words."""
    required: tuple[str, ...] = ()
    """Words or phrases that must appear, in any case."""
    forbidden: tuple[str, ...] = ()
    """Words or phrases that must not appear, in any case."""
    pattern: str = ""
    """A regular expression that the whole output must match."""
    json_schema: dict[str, Any] | None = None
    """The output must be JSON that this JSON Schema accepts."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return pattern

    @model_validator(mode="after")
    def _in_order(self) -> "FormConfig":
        for what in ("chars", "words"):
            low, high = getattr(self, f"min_{what}"), getattr(self, f"max_{what}")
            if low is not None and high is not None and low > high:
                raise ValueError(f"min_{what} {low} is more than max_{what} {high}, so nothing can have this form")
        return self
