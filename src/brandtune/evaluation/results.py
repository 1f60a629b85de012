"""What an evaluation finds, as plain data: estimates with intervals, one primary contrast, a verdict, gates, samples.

`evaluate` fills these; `report` draws them; `workflows` decides on them.
"""

from typing import Literal

from brandtune.core.examples import Message
from brandtune.core.records import Struct


class Estimate(Struct, frozen=True, kw_only=True):
    """A value with its 95 % interval; `low`/`high` are None where no interval is defined. `n` counts examples."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0


class Metric(Struct, frozen=True, kw_only=True):
    """How a metric is read. `unit`: `share` is shown in percent, `nats`/`seconds`/`tokens`/`score` as they are."""

    name: str
    title: str
    description: str
    unit: Literal["share", "score", "nats", "seconds", "tokens"] = "share"
    higher_is_better: bool = True


class ArmFacts(Struct, frozen=True, kw_only=True):
    """One way of using a model: which weights, which prompt, what it cost."""

    name: str
    title: str
    description: str
    tuned: bool = False
    mean_prompt_tokens: float = 0.0
    mean_reply_tokens: float = 0.0
    mean_seconds: float = 0.0


class Cell(Struct, frozen=True, kw_only=True):
    """One arm on one metric, over one task (`all` pools the tasks the metric applies to)."""

    arm: str
    metric: str
    task: str
    estimate: Estimate


class Finding(Struct, frozen=True, kw_only=True):
    """One thing a rule, the fact check or the format check said about an output. Offsets are characters."""

    rule: str
    message: str
    start: int = 0
    end: int = 0


class Output(Struct, frozen=True, kw_only=True):
    """What one arm wrote for one example, and how it was scored. A score is None where it does not apply."""

    arm: str
    text: str
    scores: dict[str, float | None] = {}
    findings: tuple[Finding, ...] = ()


class Sample(Struct, frozen=True, kw_only=True):
    """One held-out example side by side."""

    example_id: str
    task: str
    prompt: tuple[Message, ...]
    reference: str
    outputs: tuple[Output, ...]


class Contrast(Struct, frozen=True, kw_only=True):
    """A paired comparison `arm - baseline` on the same examples.

    Attributes:
        p_value: Exact McNemar for shares, sign-flip permutation otherwise.
        p_adjusted: The same after Holm's correction over the family it belongs to; None for the one primary contrast.
        discordant: For shares: (only arm right, only baseline right).
        minimum_detectable: The smallest true difference this test set finds with 80 % power at 5 %.
        num_clusters: Customers, resampled whole.
    """

    metric: str
    arm: str
    baseline: str
    difference: Estimate
    p_value: float
    method: str
    p_adjusted: float | None = None
    num_clusters: int
    minimum_detectable: float | None = None
    discordant: tuple[int, int] | None = None


class Verdict(Struct, frozen=True, kw_only=True):
    """The answer. `needed_examples` is how many held-out examples would settle it when it cannot be told."""

    outcome: Literal["better", "not_better", "cannot_tell"]
    sentence: str
    reasons: tuple[str, ...] = ()
    primary: Contrast | None = None
    needed_examples: int | None = None


class Gate(Struct, frozen=True, kw_only=True):
    """One condition for release, with the numbers that decided."""

    name: str
    passed: bool
    value: float
    limit: float
    sentence: str


class Forgetting(Struct, frozen=True, kw_only=True):
    """Loss on one set of texts that have nothing to do with the brand, before and after tuning.

    Attributes:
        base: Nats per token of the base; `tuned` likewise.
        base_bits: Bits per byte of the base, which compares between tokenizers; `tuned_bits` likewise.
        rise: By what share the loss rose.
    """

    name: str
    title: str
    n: int
    base: float
    tuned: float
    base_bits: float
    tuned_bits: float
    rise: Estimate


class Report(Struct, frozen=True, kw_only=True):
    """Everything one evaluation found. Cells come in the order of `arms` and `metrics`."""

    arms: tuple[ArmFacts, ...]
    metrics: tuple[Metric, ...]
    cells: tuple[Cell, ...]
    verdict: Verdict
    gates: tuple[Gate, ...]
    contrasts: tuple[Contrast, ...]
    samples: tuple[Sample, ...]
    tasks: tuple[str, ...]
    num_test: int
    num_validation: int
    num_customers: int
    notes: tuple[str, ...] = ()
    forgetting: tuple[Forgetting, ...] = ()


class CurvePoint(Struct, frozen=True, kw_only=True):
    """One logged point of training; `seconds` since the start of the run, losses in nats per token."""

    step: int
    epoch: float
    train_loss: float | None = None
    validation_loss: float | None = None
    learning_rate: float | None = None
    seconds: float = 0.0


class FunnelStep(Struct, frozen=True, kw_only=True):
    """How many rows entered a step and how many were left."""

    step: str
    entered: int
    left: int
    reasons: dict[str, int] = {}


class DropExample(Struct, frozen=True, kw_only=True):
    """A dropped row shown to people, so that a marketer can disagree."""

    step: str
    reason: str
    detail: str
    excerpt: str
    where: str = ""


class StageFact(Struct, frozen=True, kw_only=True):
    name: str
    seconds: float
    summary: str
    fingerprint: str = ""


class RunContext(Struct, frozen=True, kw_only=True):
    """What the report says about the run around the evaluation.

    Attributes:
        lineage: (label, id, detail) from sources down to the release, in order.
        settings: The resolved configuration as YAML, without secrets.
        facts: Short name/value pairs (base model, method, seed, machine, versions…).
    """

    run_id: str
    title: str
    created_at: str
    funnel: tuple[FunnelStep, ...] = ()
    dropped: tuple[DropExample, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    losses: dict[str, float] = {}
    stages: tuple[StageFact, ...] = ()
    lineage: tuple[tuple[str, str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    settings: str = ""
    next_steps: tuple[str, ...] = ()
