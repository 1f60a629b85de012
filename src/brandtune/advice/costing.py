"""The cost model: what a text costs under each arm, whether tuning pays, and at which volume. Uncertainty is resampled.

A text costs the minutes to look at its draft; if the draft is of no use, also the minutes to write it and the share of
escalations; and its tokens. Counted outcomes come on top (`outcomes`).
Break-even volume = what tuning costs in a month / what it saves on a text.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from brandtune.advice.amounts import inputs
from brandtune.advice.config import CostConfig, FactsFile, Source
from brandtune.advice.facts import quality_fact, usable_fact
from brandtune.advice.measured import Measured, Values
from brandtune.advice.outcomes import BY_HAND, PEOPLE, Outcomes, Term, escalation_rates, outcomes
from brandtune.advice.results import ArmCost, Input, Range, Return, Swing
from brandtune.evaluation.statistics import cluster_sums

Tokens = tuple[float | Values, float | Values]
DRAWS = 4000


def saving(
    values: Mapping[str, float | Values], *, quality: float | Values, tokens: Tokens, by_hand: bool = False,
    terms: Sequence[Term] = (),
) -> float | Values:  # fmt: skip
    """What one text costs less under the tuned arm, and what it brings more.

    Args:
        quality: Against another arm the gain in usable drafts; against writing by hand the usable share itself.
        tokens: Tokens saved, (prompt, reply); negative where more are used.
        terms: Outcomes that were counted, with their worth.
    """
    saved = tokens[0] * values["input_tokens_million"] / 1e6 + tokens[1] * values["output_tokens_million"] / 1e6
    saved = saved + sum(values[term.seen] * values[term.worth] for term in terms)
    if not by_hand:
        return saved + quality * unusable_cost(values)
    a_minute = values["editor_hour"] / 60
    hand = (values["minutes_per_piece"] - values["minutes_to_check"]) * a_minute
    return saved + hand - (1 - quality) * unusable_cost(values)


def unusable_cost(values: Mapping[str, float | Values]) -> float | Values:
    """What an unusable draft costs more than a usable one."""
    return (
        values["minutes_per_piece"] * values["editor_hour"] / 60
        + values["escalation_share"] * values["escalation_cost"]
    )


def own_cost(values: Mapping[str, float | Values], *, horizon: int) -> float | Values:
    """What tuning itself costs in a month, one-off costs spread over the horizon."""
    trainings = values["trainings_per_year"] * values["training"] / 12
    return values["data_preparation"] / horizon + trainings + values["maintenance_month"] + values["hosting_month"]


@dataclass(frozen=True)
class Situation:
    """What the return is worked out from.

    Attributes:
        usable: Arm -> share of usable drafts; `titles` and `tokens` (prompt, reply) likewise.
        baseline: The best arm without tuning.
        published: Arm -> (drafts sent without a revision, drafts) in the business; enough of them replace `measured`.
    """

    costs: CostConfig
    measured: Measured
    usable: Mapping[str, float]
    titles: Mapping[str, str]
    tokens: Mapping[str, tuple[float, float]]
    baseline: str
    arm: str = "tuned"
    tuned_arms: tuple[str, ...] = ("tuned", "tuned_rag")
    facts: FactsFile | None = None
    published: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True)
class _Quality:
    """How much better the drafts are than what they replace, and the tokens saved: middle, and as drawn."""

    value: float
    draws: Values
    tokens: tuple[float, float]
    token_draws: tuple[Values, Values]
    fact: bool


def work_out(situation: Situation) -> Return:
    """Money saved and spent by tuning, against the cheaper of the best arm without it and writing by hand."""
    known = inputs(situation.costs, situation.facts)
    rng = np.random.default_rng(situation.seed)
    middle: dict[str, float | Values] = {one.name: one.value for one in known}
    drawn: dict[str, float | Values] = {one.name: rng.uniform(one.low, one.high, DRAWS) for one in known}
    horizon = situation.costs.horizon_months
    own, own_draws = float(own_cost(middle, horizon=horizon)), np.asarray(own_cost(drawn, horizon=horizon))
    arms, by_hand, counted = _held_against(situation, middle, own=own)
    found = _quality(situation, rng, by_hand=by_hand)
    added = outcomes(
        situation.facts, situation.costs, arm=situation.arm, against=PEOPLE if by_hand else situation.baseline,
        counts_escalations=counted,
    )  # fmt: skip
    known = (*added.seen, *(one for one in known if one.name not in added.replaces), *added.worth)
    _put_in(added, middle, drawn, rng)
    value = float(saving(middle, quality=found.value, tokens=found.tokens, by_hand=by_hand, terms=added.terms))
    draws = np.asarray(saving(drawn, quality=found.draws, tokens=found.token_draws, by_hand=by_hand, terms=added.terms))
    volume = float(middle["pieces_per_month"])
    net = np.asarray(drawn["pieces_per_month"] * draws - own_draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        even = np.where(draws > 0, own_draws / draws, np.inf)
    quality = _quality_input(found, by_hand=by_hand)
    save = partial(saving, tokens=found.tokens, by_hand=by_hand, terms=added.terms)
    return Return(
        currency=situation.costs.currency,
        baseline=BY_HAND if by_hand else situation.baseline,
        against="writing by hand" if by_hand else situation.titles.get(situation.baseline, situation.baseline),
        saving_piece=_range(value, draws),
        own_cost_month=own,
        net_month=_range(volume * value - own, net),
        break_even=_range(own / value if value > 0 else math.inf, even),
        payback_months=_payback(middle, value=value, volume=volume),
        probability=float((net > 0).mean()),
        arms=arms,
        inputs=(quality, *known),
        swings=_swings(known, quality, middle, save=save, horizon=horizon),
        pieces_per_month=volume,
        horizon_months=horizon,
    )


def _held_against(
    situation: Situation, values: Mapping[str, float | Values], *, own: float
) -> tuple[tuple[ArmCost, ...], bool, bool]:
    """(what each way of writing costs, whether by hand is cheaper than the baseline, whether escalations are counted).

    Counted escalations stand in for assumed ones only where both that are compared have them: else one side would be
    measured and the other guessed.
    """
    rates = escalation_rates(situation.facts, situation.costs, arm=situation.arm)
    while True:
        arms = _arm_costs(situation, values, own=own, rates=rates)
        prices = {arm.arm: arm.piece for arm in arms}
        by_hand = prices[BY_HAND] < prices[situation.baseline]
        if not rates or (BY_HAND if by_hand else situation.baseline) in rates:
            return arms, by_hand, bool(rates)
        rates = {}


def _put_in(
    added: Outcomes, middle: dict[str, float | Values], drawn: dict[str, float | Values], rng: np.random.Generator
) -> None:
    """Values and draws of what facts add; what they replace counts for nothing."""
    for one in added.seen:
        drawn[one.name] = rng.normal(one.value, max((one.high - one.low) / 2 / 1.96, 1e-9), DRAWS)
    for one in added.worth:
        drawn[one.name] = rng.uniform(one.low, one.high, DRAWS)
    middle.update({one.name: one.value for one in (*added.seen, *added.worth)} | dict.fromkeys(added.replaces, 0.0))
    drawn.update(dict.fromkeys(added.replaces, 0.0))


def _quality(situation: Situation, rng: np.random.Generator, *, by_hand: bool) -> _Quality:
    """Means over the examples, and the same over customers resampled whole; facts replace the quality."""
    measured = situation.measured
    prompt, reply = measured.prompt_tokens, measured.reply_tokens
    if by_hand:
        used = situation.tokens.get(situation.arm, (0.0, 0.0))
        prompt, reply = np.full(len(prompt), -used[0]), np.full(len(reply), -used[1])
    columns = (measured.usable if by_hand else measured.gain, prompt, reply)
    sums = [cluster_sums(values, measured.customers) for values in columns]
    counts = sums[0][1]
    index = rng.integers(0, len(counts), size=(DRAWS, len(counts)))
    totals = counts[index].sum(axis=1)
    means = [float(part.sum() / counts.sum()) for part, _ in sums]
    draws = [part[index].sum(axis=1) / totals for part, _ in sums]
    fact = _published(situation, by_hand=by_hand)
    if fact is not None:
        means[0] = fact[0]
        draws[0] = rng.normal(fact[0], max((fact[2] - fact[1]) / 2 / 1.96, 1e-9), DRAWS)
    return _Quality(means[0], draws[0], (means[1], means[2]), (draws[1], draws[2]), fact is not None)


def _published(situation: Situation, *, by_hand: bool) -> tuple[float, float, float] | None:
    if by_hand:
        return usable_fact(situation.published, arm=situation.arm)
    return quality_fact(situation.published, arm=situation.arm, baseline=situation.baseline)


def _quality_input(found: _Quality, *, by_hand: bool) -> Input:
    low, high = (float(end) for end in np.quantile(found.draws, [0.025, 0.975]))
    source: Source = "fact" if found.fact else "measured"
    title = "Usable drafts of the tuned model" if by_hand else "Usable drafts, tuned less baseline"
    return Input(
        name="usable" if by_hand else "gain", title=title, value=found.value, low=low, high=high,
        unit="share" if by_hand else "points", source=source,
    )  # fmt: skip


def _range(value: float, draws: Values) -> Range:
    # Nearest draws, because between a number and infinity there is nothing to interpolate.
    low, high = (float(end) for end in np.quantile(draws, [0.025, 0.975], method="nearest"))
    finite = [end if math.isfinite(end) else None for end in (value, low, high)]
    return Range(value=finite[0], low=finite[1], high=finite[2])


def _payback(values: Mapping[str, float | Values], *, value: float, volume: float) -> float | None:
    """Months until data preparation and the first training are back, from what is left over each month."""
    once = float(values["data_preparation"]) + float(values["training"])
    later = (float(values["trainings_per_year"]) - 1) * float(values["training"]) / 12
    left = volume * value - later - float(values["maintenance_month"]) - float(values["hosting_month"])
    return once / left if left > 0 else None


def _arm_costs(
    situation: Situation, values: Mapping[str, float | Values], *, own: float, rates: Mapping[str, float]
) -> tuple[ArmCost, ...]:
    volume, hour = float(values["pieces_per_month"]), float(values["editor_hour"])
    written, escalation = float(values["minutes_per_piece"]) * hour / 60, float(values["escalation_cost"])
    by_hand = written + rates.get(BY_HAND, 0.0) * escalation
    found = [ArmCost(arm=BY_HAND, title="By hand, no model", usable=0.0, piece=by_hand, month=by_hand * volume)]
    for arm, usable in situation.usable.items():
        prompt, reply = situation.tokens.get(arm, (0.0, 0.0))
        wrong = rates.get(arm, (1 - usable) * float(values["escalation_share"]))
        piece = float(values["minutes_to_check"]) * hour / 60 + (1 - usable) * written + wrong * escalation
        piece += prompt * float(values["input_tokens_million"]) / 1e6
        piece += reply * float(values["output_tokens_million"]) / 1e6
        month = piece * volume + (own if arm in situation.tuned_arms else 0.0)
        found.append(ArmCost(arm=arm, title=situation.titles.get(arm, arm), usable=usable, piece=piece, month=month))
    return tuple(found)


def _swings(
    known: Sequence[Input], quality: Input, middle: Mapping[str, float | Values], *,
    save: Callable[..., float | Values], horizon: int,
) -> tuple[Swing, ...]:  # fmt: skip
    """The monthly return at both ends of each input, widest first: the tornado."""

    def net(gain: float, values: Mapping[str, float | Values]) -> float:
        return float(values["pieces_per_month"] * save(values, quality=gain) - own_cost(values, horizon=horizon))

    found = [_swing(quality, net(quality.low, middle), net(quality.high, middle))]
    for one in known:
        low, high = ({**middle, one.name: end} for end in (one.low, one.high))
        found.append(_swing(one, net(quality.value, low), net(quality.value, high)))
    return tuple(sorted((swing for swing in found if swing.width > 1e-9), key=lambda swing: -swing.width))


def _swing(one: Input, at_low: float, at_high: float) -> Swing:
    return Swing(
        name=one.name, title=one.title, low_input=one.low, high_input=one.high, at_low=at_low, at_high=at_high,
        unit=one.unit, source=one.source,
    )  # fmt: skip
