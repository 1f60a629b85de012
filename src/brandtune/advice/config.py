"""What writing costs today and what tuning would cost: the `costs:` key of brandtune.yaml, and facts fed back later."""

from typing import Literal

from pydantic import Field, field_validator

from brandtune.core.config import Config

ESCALATED, RESOLVED = "escalated", "resolved"


class OutcomeWorth(Config):
    """What one more of a business outcome is worth, e.g. a satisfied customer or an opened mail; in `currency`."""

    value: float = Field(allow_inf_nan=False)
    """What one more is worth; negative for what costs money, such as an unsubscription."""
    per_piece: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """How many one text can bring: 1 for a reply to one customer, the number of recipients for a campaign mail."""

    @property
    def worth(self) -> float:
        """What it is worth on a text if all bring it."""
        return self.value * self.per_piece


class CostConfig(Config):
    """The cost model: what a text costs today, what tuning costs, what serving costs. Money is in `currency`."""

    currency: str = Field(default="EUR", min_length=1, max_length=8)
    """How amounts are written; no rates are applied."""
    pieces_per_month: float = Field(gt=0)
    """Texts of all these tasks that are needed in a month."""
    editor_hour: float = Field(ge=0)
    """What an hour of the people costs who write or edit the texts."""
    minutes_per_piece: float = Field(default=8.0, ge=0)
    """Minutes that a person needs for one text without a usable draft."""
    minutes_to_check: float = Field(default=1.5, ge=0)
    """Minutes that a person needs to read and send a usable draft; also lost on one that is not usable."""
    escalation_cost: float = Field(default=0.0, ge=0)
    """What it costs when a text goes wrong: a complaint, a call, a correction."""
    escalation_share: float = Field(default=0.0, ge=0, le=1)
    """Share of unusable drafts after which that happens."""
    outcomes: dict[str, OutcomeWorth] = Field(default_factory=dict)
    """What business metrics of the facts file are worth, by name (`csat`, `open_rate`, or yours). Those without a worth are
    shown and change nothing; of metrics that hold each other, such as opens and clicks, give one."""
    input_tokens_million: float = Field(default=0.0, ge=0)
    """Price of a million prompt tokens; 0 for a model that you host."""
    output_tokens_million: float = Field(default=0.0, ge=0)
    """Price of a million reply tokens; 0 for a model that you host."""
    data_preparation: float = Field(default=3000.0, ge=0)
    """Once: finding, agreeing on and checking the data."""
    training: float = Field(default=300.0, ge=0)
    """Each training: compute, and people who look at the result before release."""
    trainings_per_year: float = Field(default=4.0, ge=1)
    """How often the model is trained in a year, the first time included."""
    maintenance_month: float = Field(default=200.0, ge=0)
    """Each month: watching quality, reviewing, keeping the software up to date."""
    hosting_month: float = Field(default=150.0, ge=0)
    """Each month: what serving a tuned model costs more than serving the best alternative."""
    horizon_months: int = Field(default=12, ge=1)
    """Months over which tuning must pay off."""
    uncertainty: float = Field(default=0.2, ge=0, lt=1)
    """How far the amounts that you gave may be off, as a share; those left at their default count as twice to three
    times as uncertain, facts as certain."""

    @field_validator("outcomes")
    @classmethod
    def _counted_once(cls, value: dict[str, OutcomeWorth]) -> dict[str, OutcomeWorth]:
        for name in (ESCALATED, RESOLVED):
            if name in value:
                raise ValueError(f"`{name}` is priced by escalation_cost; set that, and leave `{name}` out here")
        return value


class OutcomeFact(Config):
    """One share seen in the business under one way of writing, e.g. satisfaction or opens."""

    metric: str
    """What was counted: `escalated` or `resolved` (texts after which something went wrong, or nothing did), csat,
    open_rate, or a name of yours."""
    arm: str
    """Under which arm: tuned, prompt, … or `people`."""
    share: float = Field(ge=0, le=1)
    """The share."""
    n: int = Field(ge=1)
    """Out of how many."""


class FactsFile(Config):
    """What `brandtune advise --facts FILE` reads: measured in the business, it replaces assumptions of `costs`."""

    pieces_per_month: float | None = Field(default=None, gt=0)
    """Texts that were really needed in a month."""
    editor_hour: float | None = Field(default=None, ge=0)
    """What an hour really costs."""
    minutes_per_piece: float | None = Field(default=None, ge=0)
    """Minutes that a text without a draft really took."""
    minutes_to_check: float | None = Field(default=None, ge=0)
    """Minutes that a usable draft really took."""
    escalation_cost: float | None = Field(default=None, ge=0)
    """What an escalation really cost."""
    escalation_share: float | None = Field(default=None, ge=0, le=1)
    """Share of unusable drafts that really escalated."""
    maintenance_month: float | None = Field(default=None, ge=0)
    """What maintenance really cost in a month."""
    hosting_month: float | None = Field(default=None, ge=0)
    """What hosting really cost in a month."""
    edits: str = ""
    """CSV or JSONL file with `draft`, `published` and `arm` in each row: what people made of drafts. Paths are read from
    the folder of the facts file."""
    outcomes: tuple[OutcomeFact, ...] = ()
    """Shares seen in the business."""


Source = Literal["measured", "fact", "given", "assumed"]
REPLACEABLE = (
    "pieces_per_month", "editor_hour", "minutes_per_piece", "minutes_to_check", "escalation_cost", "escalation_share",
    "maintenance_month", "hosting_month",
)  # fmt: skip
