"""What an evaluation finds, as plain data: estimates with intervals, one primary contrast, a verdict, gates, samples.

`evaluate` fills these; `report` draws them; `workflows` decides on them.
"""

from typing import Literal

from brandtune.core.examples import Message
from brandtune.core.records import Struct

# Beside a report: the judges, and what every arm wrote (see `kept`).
KEPT, VOICE = "kept", "kept/voice"


class Estimate(Struct, frozen=True, kw_only=True):
    """A value with its 95 % interval; `low`/`high` are None where no interval is defined. `n` counts examples."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0


class Metric(Struct, frozen=True, kw_only=True):
    """How a metric is read. `unit`: `share` is shown in percent, the others as they are; `detail` is left to page two."""

    name: str
    title: str
    description: str
    unit: Literal["share", "score", "nats", "seconds", "tokens", "count"] = "share"
    higher_is_better: bool = True
    detail: bool = False


class ArmFacts(Struct, frozen=True, kw_only=True):
    """One way of using a model: which weights, which prompt, what it cost.

    Attributes:
        mean_seconds: A local model's seconds are a reply's share of its batch, an endpoint's those of its request;
            likewise `p50_seconds` and `p95_seconds`.
        cost: Money for a thousand replies, in `currency`; None where no prices or no token counts are known.
        failed: Replies that never came; they are in none of the numbers.
        chosen: What validation chose for it, in words.
    """

    name: str
    title: str
    description: str
    tuned: bool = False
    mean_prompt_tokens: float = 0.0
    mean_reply_tokens: float = 0.0
    mean_seconds: float = 0.0
    p50_seconds: float = 0.0
    p95_seconds: float = 0.0
    cost: float | None = None
    currency: str = ""
    failed: int = 0
    chosen: str = ""


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
    """What one arm wrote for one example, and how it was scored. A score is None where it does not apply.

    Attributes:
        claims: How many numbers in it are matched, unmatched, contradicted and expired; None where there are no facts.
        failed: Why a service gave no reply after every retry; such an output has no scores.
    """

    arm: str
    text: str
    scores: dict[str, float | None] = {}
    findings: tuple[Finding, ...] = ()
    claims: tuple[int, int, int, int] | None = None
    failed: str = ""


class ScoredExample(Struct, frozen=True, kw_only=True):
    """One held-out example in numbers alone: what every arm scored on it.

    Attributes:
        customer: Who it is about, as a pseudonym; the example's own id where it is about nobody.
        scores: Arm -> metric -> score; scores that do not apply are left out.
        tokens: Arm -> (tokens of the prompt, tokens of the reply).
    """

    example_id: str
    task: str
    customer: str
    scores: dict[str, dict[str, float]] = {}
    tokens: dict[str, tuple[int, int]] = {}


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
    """One condition for release, with the numbers that decided.

    Attributes:
        measured: False where nothing was measured or no limit is set; such a gate stops nothing, its limit means
            nothing, and its value is 0 or what was seen.
    """

    name: str
    passed: bool
    value: float
    limit: float
    sentence: str
    measured: bool = True


class Confusion(Struct, frozen=True, kw_only=True):
    """How one arm labelled one task.

    Attributes:
        rows: Label -> (precision, recall, F1, examples with that label); precision is None where it was never given.
        confused: (label by people, label by the arm, count) of every pair that differs, most frequent first; an
            abstention is an empty label.
        answered: Examples that got one of the labels; `accuracy_answered` is over these alone.
    """

    arm: str
    task: str
    rows: dict[str, tuple[float | None, float, float, int]] = {}
    confused: tuple[tuple[str, str, int], ...] = ()
    answered: int = 0
    abstained: int = 0
    accuracy_answered: float | None = None


class BrokenRule(Struct, frozen=True, kw_only=True):
    """A rule that outputs broke: how many did, and one place where (the words themselves)."""

    rule: str
    message: str
    outputs: int
    example: str = ""


class Nearest(Struct, frozen=True, kw_only=True):
    """An output beside the brand's own most similar text; `traits` are what stands out in it, in words."""

    output: str
    percentile: float
    traits: tuple[str, ...]
    real: str
    real_id: str


class FingerprintLine(Struct, frozen=True, kw_only=True):
    """Where an arm's outputs lie in the brand's own distribution, and how far to trust that.

    Attributes:
        percentile: Mean percentile; the brand's own held-out texts have 50 %.
        within: Share of outputs that are more usual than the least usual tenth of the brand's own texts.
        auc: Held-out AUC of the fingerprint by task and against whom.
    """

    percentile: Estimate
    within: Estimate
    auc: dict[str, float] = {}
    nearest: tuple[Nearest, ...] = ()


class PairwiseLine(Struct, frozen=True, kw_only=True):
    """Blind comparisons of an arm's outputs with what people wrote.

    Attributes:
        score: Wins plus half the ties, over all comparisons.
        judge: Who compared: `people`, or a model's name.
        position_bias: How much more often the first of two is preferred, 0 for a fair judge; None for people.
        consistent: Share of comparisons that came out the same in both orders; None for people.
        agreement: Cohen's kappa of the judge with people, None where there are too few of their labels.
        trusted: Whether the agreement clears the bar; only then may the line decide anything.
        verdicts: Example id to what the judge preferred, where people compared too: `compared_judge`. `first` is the
            output; people's votes are not here.
        num_people: How many named people compared; 0 for a judge.
        people_agree: Krippendorff's alpha between them; None where no two compared the same.
        compared_judge: For people: the judge that `agreement` is about, on `num_compared` outputs.
        judged: For people: what that judge alone makes of all that it compared.
        corrected: For people: what they would say of all of it, the judge's bias taken out by their votes; None where
            too few outputs have both. `weight` is how much of the judge went in, 0 to 1.
    """

    score: Estimate
    wins: int
    ties: int
    losses: int
    judge: str
    failed: int = 0
    position_bias: float | None = None
    consistent: float | None = None
    agreement: float | None = None
    num_labels: int = 0
    trusted: bool = False
    verdicts: dict[str, Literal["first", "second", "tie"]] = {}
    num_people: int = 0
    people_agree: float | None = None
    compared_judge: str = ""
    num_compared: int = 0
    judged: Estimate | None = None
    corrected: Estimate | None = None
    weight: float | None = None


class ClaimsLine(Struct, frozen=True, kw_only=True):
    """Numbers that an arm's outputs state, against the brand's facts."""

    outputs: int
    matched: int
    unmatched: int
    contradicted: int
    expired: int


class SuiteScore(Struct, frozen=True, kw_only=True):
    """One number of an external suite; `error` is its standard error, where the suite gives one."""

    arm: str
    suite: str
    metric: str
    value: float
    error: float | None = None


class VoiceLines(Struct, frozen=True, kw_only=True):
    """Brand voice of one arm in four lines that are never added up; a line without evidence is None.

    Attributes:
        rules: Share of outputs that break no rule of level error.
        broken: The rules broken most.
    """

    arm: str
    rules: Estimate | None = None
    broken: tuple[BrokenRule, ...] = ()
    fingerprint: FingerprintLine | None = None
    pairwise: PairwiseLine | None = None
    claims: ClaimsLine | None = None


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


class Served(Struct, frozen=True, kw_only=True):
    """What gates were run on again because it will serve: an engine with a file, or a server with a model.

    Attributes:
        version: The engine's package, or the user's word for what is deployed on the server.
        model: Name of the model on the server at `host`; empty for a file.
        num_examples: Held-out examples that were answered again.
        num_failed: Those among them that a server did not answer after every retry.
        num_same: Replies that are word for word those of the evaluation; None where that is not known.
    """

    engine: str
    version: str = ""
    quantization: str = ""
    file: str = ""
    sha256: str = ""
    model: str = ""
    host: str = ""
    num_examples: int
    num_failed: int = 0
    num_same: int | None = None

    @property
    def name(self) -> str:
        """Engine and model, as sentences name them."""
        return (
            f"{self.engine} at {self.host} as {self.model}" if self.model else f"{self.engine} as {self.quantization}"
        )


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
    voice: tuple[VoiceLines, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    task_metrics: dict[str, tuple[str, ...]] = {}
    suites: tuple[SuiteScore, ...] = ()
    examples: tuple[ScoredExample, ...] = ()
    served: Served | None = None


class CurvePoint(Struct, frozen=True, kw_only=True):
    """One logged point of training; `seconds` since the start of the run, losses in nats per token.

    Attributes:
        figures: What only some objectives measure: `accuracy` on pairs, `reward` and its parts.
    """

    step: int
    epoch: float
    train_loss: float | None = None
    validation_loss: float | None = None
    learning_rate: float | None = None
    seconds: float = 0.0
    figures: dict[str, float] = {}


class PhaseCurve(Struct, frozen=True, kw_only=True):
    """One of several phases of training: what it was, what its loss means, how it went."""

    name: str
    summary: str
    caption: str
    curve: tuple[CurvePoint, ...]


class FunnelStep(Struct, frozen=True, kw_only=True):
    """How many rows entered a step and how many were left; `title` is what people call the step."""

    step: str
    title: str = ""
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
        protocol: Name/value pairs that a statistician asks for and the report itself does not hold: seeds, resamples.
        dropped_counts: (step, reason, rows) of what was left out beside the funnel, where pairs of texts were made.
    """

    run_id: str
    title: str
    created_at: str
    funnel: tuple[FunnelStep, ...] = ()
    dropped: tuple[DropExample, ...] = ()
    dropped_counts: tuple[tuple[str, str, int], ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    curve_caption: str = "Loss in nats per token, lower is better"
    training_phases: tuple[PhaseCurve, ...] = ()
    losses: dict[str, float] = {}
    stages: tuple[StageFact, ...] = ()
    lineage: tuple[tuple[str, str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    protocol: tuple[tuple[str, str], ...] = ()
    settings: str = ""
    next_steps: tuple[str, ...] = ()
