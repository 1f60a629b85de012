"""How examples are divided, and what the dataset's documents say about its use."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from brandtune.core.config import Config

Tie = Literal["subject", "conversation", "near_duplicate", "template"]
ALL_TIES: tuple[Tie, ...] = ("subject", "conversation", "near_duplicate", "template")


class SplitConfig(Config):
    """Shares of the held-out parts, and what must never be on both sides."""

    test: float = Field(default=0.15, ge=0.0, lt=1.0)
    """Share of examples held out for the final judgement. Under `after`, time decides instead."""
    validation: float = Field(default=0.05, ge=0.0, lt=1.0)
    """Share of examples held out for choosing settings."""
    by: tuple[Tie, ...] = ALL_TIES
    """What ties examples together: one customer, one conversation, near-duplicates, one campaign or product."""
    min_examples: int = Field(default=20, ge=1)
    """Fewer examples than this are refused."""
    after: date | None = None
    """Hold out everything after this day (UTC) for the judgement. What is tied to it and earlier is left out."""
    earlier: Literal["keep", "ignore"] = "keep"
    """`keep`: whoever the last version placed stays on that side, as long as this section is the same. `ignore`: draw anew."""

    @model_validator(mode="after")
    def _possible(self) -> "SplitConfig":
        if self.test + self.validation >= 1.0:
            raise ValueError("`test` and `validation` together leave nothing to train on. Lower one of them.")
        return self


class DatasetConfig(Config):
    """What the dataset card and the Croissant metadata say beyond what can be counted."""

    license: str = "Internal use only"
    """Licence, as a name or a web address."""
    creator: str = ""
    """Who made the dataset; the brand's name when left out."""
    url: str = ""
    """Where the dataset is described; a `urn:` with its version when left out."""
    intended_uses: tuple[str, ...] = ("Teaching one language model the brand's voice, and judging the result",)
    """What the data may be used for."""
    prohibited_uses: tuple[str, ...] = (
        "Decisions about individual people",
        "Finding out who the people in the texts are",
        "Training models for anybody else",
    )
    """What it may not be used for."""
    biases: str = ""
    """Known biases, in your words."""
    maintenance: str = (
        "A new version is frozen after each erasure request and each retraining; old versions are deleted."
    )
    """How long versions are kept, and who looks after them."""
