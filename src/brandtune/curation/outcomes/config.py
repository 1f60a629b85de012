"""What counts as evidence that one text did better than another, or well by itself."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from brandtune.core.config import Config

Use = Literal["ab_tests", "satisfaction", "edits", "comparisons", "ratings"]
ALL: tuple[Use, ...] = ("ab_tests", "satisfaction", "edits", "comparisons", "ratings")


class AbTestsConfig(Config):
    """Variants of one campaign, sent to one audience over one channel at one time, compared by their engagement."""

    max_p: float = Field(default=0.05, gt=0, lt=1)
    """Largest two-sided p-value of a difference, after Holm's correction for the number of pairs in the test."""
    min_probability: float = Field(default=0.95, gt=0.5, lt=1)
    """Least probability that the better variant is truly better, each rate having a uniform prior."""
    min_sends: int = Field(default=100, ge=1)
    """Variants sent (or shown) less often are not compared."""
    smallest_lift: float = Field(default=0.1, gt=0, le=5)
    """The smallest relative difference worth learning from; says how many sends a test would have needed."""
    power: float = Field(default=0.8, gt=0, lt=1)
    """Chance with which such a difference should have been found."""
    noise: Literal["measured"] | Annotated[float, Field(ge=1)] = "measured"
    """How much more rates vary than independent sends would make them (1 is not at all). `measured` takes it from texts
    that were sent more than once in one test, where there are enough of them."""
    same_slot_hours: float = Field(default=24, ge=0)
    """Variants sent further apart than this are not compared: the time may have made the difference."""
    max_pairs: int = Field(default=3, ge=1)
    """At most this many pairs of one test, the surest first."""


class SatisfactionConfig(Config):
    """Answers to customers, by how the customer rated them and whether the matter was solved."""

    good_from: float = Field(default=0.75, ge=0, le=1)
    """Satisfaction from 0 to 1; at least this is good."""
    bad_to: float = Field(default=0.25, ge=0, le=1)
    """At most this is bad. What lies between is neutral and left out."""
    unrated: Literal["by_resolution", "left_out"] = "by_resolution"
    """Unrated conversations: good when solved and not reopened, bad when unsolved or reopened; or left out."""
    turn: Literal["last", "first", "all"] = "last"
    """Which of the agent's answers the outcome is laid to."""

    @model_validator(mode="after")
    def _apart(self) -> "SatisfactionConfig":
        if self.bad_to >= self.good_from:
            raise ValueError("`bad_to` must be below `good_from`")
        return self


class EditsConfig(Config):
    """Drafts that a person changed before they went out."""

    task: str = "prompt_completion"
    """Which task the drafts are of, where their system turn does not tell."""


class OutcomesConfig(Config):
    """How outcomes become preferences (one text did better than another) and rated answers (one did well or badly)."""

    use: tuple[Use, ...] = ALL
    """Which kinds of evidence are used. Empty uses none."""
    ab_tests: AbTestsConfig = AbTestsConfig()
    """When a difference between variants is believed."""
    satisfaction: SatisfactionConfig = SatisfactionConfig()
    """When a conversation went well or badly."""
    edits: EditsConfig = EditsConfig()
    """What people's edits are edits of."""
    weights: Literal["off", "engagement"] = "off"
    """`engagement`: copy that did better than its campaign's average weighs more as an example, and worse copy less."""
    most_weight: float = Field(default=2.0, ge=1, le=10)
    """Weights lie between this and its inverse."""
    weight_prior: float = Field(default=500, gt=0)
    """Sends at the campaign's average that every variant is credited with, so that few sends move a weight little."""
