"""What advice is made of, as plain data: every number with where it comes from, the recommendation with its reasons."""

from typing import Any, Literal

from brandtune.advice.config import Source
from brandtune.core.records import Struct

Choice = Literal["prompt", "few_shot", "rag", "tune", "tune_rag", "collect_data", "by_hand", "fix_first", "start_pilot"]
WORDS: dict[str, str] = {
    "prompt": "Do not fine-tune: use a good prompt",
    "few_shot": "Do not fine-tune: put worked examples into the prompt",
    "rag": "Do not fine-tune: put retrieved passages into the prompt",
    "tune": "Fine-tune",
    "tune_rag": "Fine-tune, and put retrieved passages into the prompt",
    "collect_data": "Do not fine-tune yet: collect more data",
    "by_hand": "Do not fine-tune: keep writing by hand",
    "fix_first": "Do not release it yet: fix first what failed",
    "start_pilot": "Start a pilot",
}


class Input(Struct, frozen=True, kw_only=True):
    """One number that the advice rests on. `low`/`high` are how far it may lie off."""

    name: str
    title: str
    value: float
    low: float
    high: float
    unit: str
    source: Source


class ArmCost(Struct, frozen=True, kw_only=True):
    """One way of writing in money.

    Attributes:
        usable: Share of its drafts that people can send after a look.
        piece: Cost of one text; `month` of a month's texts, tuning's own costs included.
    """

    arm: str
    title: str
    usable: float
    piece: float
    month: float


class Range(Struct, frozen=True, kw_only=True):
    """A value with its 95 % interval over everything that is uncertain; None is never or without end."""

    value: float | None
    low: float | None
    high: float | None


class Swing(Struct, frozen=True, kw_only=True):
    """What the monthly return would be if one input lay at its low or high end, all others in their middle."""

    name: str
    title: str
    low_input: float
    high_input: float
    at_low: float
    at_high: float
    unit: str
    source: Source

    @property
    def width(self) -> float:
        return abs(self.at_high - self.at_low)


class Return(Struct, frozen=True, kw_only=True):
    """Does it pay, against the cheaper of the best arm without tuning and writing by hand?

    Attributes:
        baseline: What tuning replaces: the best arm without it, or `by_hand` where that is cheaper; `against` in words.
        saving_piece: What one text costs less.
        own_cost_month: What tuning itself costs in a month, one-off costs spread over the horizon.
        net_month: Saving less own costs in a month.
        break_even: Texts a month at which it pays for itself within the horizon.
        payback_months: Months until the one-off costs are back.
        probability: Chance that it pays, over everything that is uncertain.
    """

    currency: str
    baseline: str
    against: str
    saving_piece: Range
    own_cost_month: float
    net_month: Range
    break_even: Range
    payback_months: float | None
    probability: float
    arms: tuple[ArmCost, ...]
    inputs: tuple[Input, ...]
    swings: tuple[Swing, ...]
    pieces_per_month: float
    horizon_months: int


class Curve(Struct, frozen=True, kw_only=True):
    """Loss over amount of data: `points` are (training examples, held-out loss in nats per token).

    Attributes:
        exponent: Of the power law loss = a * n^-b; its interval from resampling held-out customers.
        fall: Share by which twice the data would lower the loss.
    """

    points: tuple[tuple[int, float], ...]
    exponent: Range
    fall: Range
    sentence: str
    helps: bool


class Opportunity(Struct, frozen=True, kw_only=True):
    """One kind of writing found in the records.

    Attributes:
        per_month: Texts a month, by the dates of the records; None where they have none.
        repetitive: Share of inputs that resemble another input.
        consistent: How alike people answer inputs that are alike, 0 to 1; None where no two inputs are.
        edit_share: Share of characters that people changed in drafts; None where no drafts are recorded.
        reading: What follows: worth_a_pilot, too_few, too_varied, use_templates.
    """

    task: str
    num_examples: int
    per_month: float | None
    repetitive: float
    consistent: float | None
    edit_share: float | None
    reading: Literal["worth_a_pilot", "too_few", "too_varied", "use_templates"]
    sentence: str
    planned: bool = False


class Check(Struct, frozen=True, kw_only=True):
    """One line of the readiness check."""

    name: str
    state: Literal["ready", "weak", "missing"]
    sentence: str


class FactShown(Struct, frozen=True, kw_only=True):
    """A business metric under one way of writing, as it was fed back.

    Attributes:
        use: Which assumption it replaces, or what is missing before it can.
    """

    metric: str
    arm: str
    share: float
    low: float
    high: float
    n: int
    use: str = ""


class Advice(Struct, frozen=True, kw_only=True):
    """The recommendation with everything it rests on.

    Attributes:
        sure: False where the numbers leave the choice open.
        fix_first: What to do first, most useful first.
        run_id: The run whose arms were measured; empty before any training.
        verdict: The verdict of that run.
    """

    choice: Choice
    headline: str
    sure: bool
    reasons: tuple[str, ...]
    fix_first: tuple[str, ...]
    made_at: str
    title: str
    run_id: str = ""
    verdict: str = ""
    returns: Return | None = None
    curve: Curve | None = None
    opportunities: tuple[Opportunity, ...] = ()
    readiness: tuple[Check, ...] = ()
    facts: tuple[FactShown, ...] = ()
    pilot: dict[str, Any] | None = None
