"""From numbers to an answer: better, not better, or cannot tell; and the gates that a release must pass."""

import math

from brandtune.core.errors import GateFailed
from brandtune.evaluation.results import Contrast, Gate, Report, Verdict
from brandtune.evaluation.statistics import ASSUMED_DISCORDANT_SHARE, CONFIDENCE, FEWEST_CLUSTERS, needed


def decide(primary: Contrast, *, title: str, arm: str, baseline: str, worthwhile: float) -> Verdict:
    """The verdict on the primary contrast.

    Better: the interval lies above 0 and the exact test agrees. Not better: the interval lies below the smallest
    worthwhile gain. Else, and always with fewer than ten customers, it cannot be told, and the examples needed are
    named.
    """
    low, high = primary.difference.low, primary.difference.high
    assert low is not None
    assert high is not None
    if math.isinf(low) or math.isinf(high):
        return _without_interval(primary, title=title, arm=arm, baseline=baseline, worthwhile=worthwhile)
    gain = f"{title} is {apart(primary.difference.value)} (95 % interval {_between(low, high)})"
    if primary.num_clusters < FEWEST_CLUSTERS:
        return _cannot_tell(primary, f"{gain}, but a test on {primary.num_clusters} customers carries no verdict",
                            arm=arm, baseline=baseline, worthwhile=worthwhile)  # fmt: skip
    if low > 0 and primary.p_value < 1 - CONFIDENCE:
        return Verdict(
            outcome="better", primary=primary, sentence=f"{arm} beats {baseline}, the best alternative: {gain}."
        )
    if high < worthwhile:
        sentence = f"{arm} is not worth it over {baseline}: {gain}, below the {points(worthwhile)} that would matter."
        return Verdict(outcome="not_better", primary=primary, sentence=sentence)
    doubt = f"; its exact test gives p {primary.p_value:.3f}" if low > 0 else ""
    return _cannot_tell(primary, f"{gain}{doubt}", arm=arm, baseline=baseline, worthwhile=worthwhile)


def _cannot_tell(primary: Contrast, why: str, *, arm: str, baseline: str, worthwhile: float) -> Verdict:
    n, spread = primary.difference.n, _spread(primary)
    fewest = math.ceil(FEWEST_CLUSTERS * n / primary.num_clusters)
    total = max(needed(primary.difference.value, spread=spread, worthwhile=worthwhile), n + 1, fewest)
    return Verdict(
        outcome="cannot_tell",
        primary=primary,
        needed_examples=total,
        sentence=f"It cannot be told whether {arm} beats {baseline}: {why}. "
        f"About {total} held-out examples would tell, {total - n} more than there are.",
    )


def _without_interval(primary: Contrast, *, title: str, arm: str, baseline: str, worthwhile: float) -> Verdict:
    """One customer says nothing about others, so the examples needed rest on an assumed spread alone."""
    more = max(needed(0.0, spread=math.sqrt(ASSUMED_DISCORDANT_SHARE), worthwhile=worthwhile), primary.difference.n + 1)
    return Verdict(
        outcome="cannot_tell",
        primary=primary,
        needed_examples=more,
        sentence=f"It cannot be told whether {arm} beats {baseline}: {title} is "
        f"{apart(primary.difference.value)}, but all held-out examples are of one customer, who says nothing about "
        f"others. About {more} held-out examples of many customers would tell, "
        f"{more - primary.difference.n} more than there are.",
    )


def _spread(contrast: Contrast) -> float:
    """Standard deviation of one example's difference, from the interval's width.

    It holds what examples of one customer share, so that what is needed is counted in examples like those there are.
    """
    assert contrast.difference.low is not None
    assert contrast.difference.high is not None
    half = (contrast.difference.high - contrast.difference.low) / 2
    return max(half / 1.96 * math.sqrt(contrast.difference.n), 1e-6)


def points(value: float) -> str:
    """A difference of shares in percentage points, signed.

    >>> points(0.123)
    '+12.3 points'
    """
    return f"{value * 100:+.1f} points"


def apart(value: float) -> str:
    """A difference of shares in words.

    >>> apart(0.123), apart(-0.02), apart(0.0001)
    ('12.3 points higher', '2.0 points lower', 'the same')
    """
    size = f"{abs(value) * 100:.1f}"
    return "the same" if size == "0.0" else f"{size} points {'higher' if value > 0 else 'lower'}"


def _between(low: float, high: float) -> str:
    return f"{points(low).removesuffix(' points')} to {points(high)}"


def percent(value: float) -> str:
    return f"{value * 100:.1f} %"


def primary_gate(verdict: Verdict, *, baseline: str = "") -> Gate:
    contrast = verdict.primary
    assert contrast is not None
    assert contrast.difference.low is not None
    low = _as_share(contrast.difference.low)
    doubt = " That is too uncertain for a verdict." if low > 0 and verdict.outcome != "better" else ""
    return Gate(
        name="primary",
        passed=verdict.outcome == "better",
        value=low,
        limit=0.0,
        sentence=f"The gain over {baseline or contrast.baseline} is at least {points(low)}; it must be above 0.{doubt}",
    )


def loss_gate(*, base: float, tuned: float, required: float) -> Gate:
    change = 1 - tuned / base if base > 0 else 0.0
    return Gate(
        name="heldout_loss",
        passed=change >= required,
        value=change,
        limit=required,
        sentence=f"Held-out loss {'rose' if change < 0 else 'fell'} by {percent(abs(change))}, from {base:.3f} to "
        f"{tuned:.3f} nats per token; it must {f'fall by at least {percent(required)}' if required else 'not rise'}.",
    )


def margin_gate(name: str, *, title: str, lower: float, margin: float, baseline: str) -> Gate:
    """Non-inferiority: the one-sided 95 % bound of the difference must stay above minus the margin."""
    lower = _as_share(lower)
    return Gate(
        name=name,
        passed=lower > -margin,
        value=lower,
        limit=-margin,
        sentence=f"{title}: at worst {_held_against(lower)} {baseline}; up to {margin * 100:.1f} points worse is allowed.",
    )


def _held_against(lower: float) -> str:
    size = f"{abs(lower) * 100:.1f}"
    return "as good as" if size == "0.0" else f"{size} points {'better' if lower > 0 else 'worse'} than"


def overfitting_gate(*, best: float, last: float, allowed: float) -> Gate:
    rise = last / best - 1 if best > 0 else 0.0
    return Gate(
        name="overfitting",
        passed=rise <= allowed,
        value=rise,
        limit=allowed,
        sentence=f"Validation loss ended {percent(rise)} above its best; {percent(allowed)} is allowed.",
    )


def latency_gate(*, seconds: float, allowed: float) -> Gate:
    return Gate(
        name="latency",
        passed=seconds <= allowed,
        value=seconds,
        limit=allowed,
        sentence=f"19 of 20 replies took at most {seconds:.2f} s, their share of a batch; {allowed:.2f} s is allowed.",
    )


def unmeasured_gate(name: str, why: str, *, value: float = 0.0) -> Gate:
    """A gate that nothing was measured for, or that has no limit: it is shown and stops nothing."""
    return Gate(name=name, passed=True, value=value, limit=0.0, sentence=why, measured=False)


def require(report: Report) -> None:
    """Stop here unless every gate passed.

    Raises:
        GateFailed: Names each failed gate with its numbers.
    """
    failed = [gate for gate in report.gates if not gate.passed]
    if failed:
        raise GateFailed(
            "\n".join(f"gate `{gate.name}` failed. {gate.sentence}" for gate in failed),
            where="release",
            fix="The report shows why; nothing was released. If somebody answers for it all the same: "
            f"brandtune release --override {failed[0].name} --by NAME --reason TEXT",
        )


def _as_share(bound: float) -> float:
    """Differences of shares lie between -1 and 1, which is all that is known from a test set of one customer."""
    return max(-1.0, min(bound, 1.0))
