"""A/B tests to preferences, honestly: only within one test, with the size of the difference and how sure it is.

Compared are variants of one campaign, over one channel, to one audience, at one time. A pair is learnt from when its
difference is large beside its noise, after correction for the number of pairs in the test and for the noise between
equal texts (`noise`); every other pair is counted with the reason, and an underpowered one with what it would have taken.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

from brandtune.core.examples import Dropped, Message, Preference
from brandtune.core.ids import content_id
from brandtune.core.records import CampaignVariant, Record
from brandtune.core.records import SocialPost as Post
from brandtune.core.tasks import CampaignCopy, SocialPost
from brandtune.core.tasks.brief import BARE
from brandtune.curation.context import Context, cut
from brandtune.curation.outcomes.config import AbTestsConfig
from brandtune.curation.outcomes.made import Made
from brandtune.curation.outcomes.noise import discounted, measured_noise
from brandtune.curation.outcomes.proportions import Difference, Rate, compare, holm, trials_needed

STEP = "ab_tests"
CopyTask = CampaignCopy | SocialPost
Key = tuple[str, ...]
Texts = list[list[tuple[Record, Rate]]]
"""The rows of one test with their rates, a list for each different text."""


@dataclass(frozen=True)
class Arm:
    """One text of a test with how it did; equal texts are one arm."""

    records: tuple[Record, ...]
    text: str
    rate: Rate

    @property
    def at(self) -> datetime | None:
        at = self.records[0].occurred_at
        return at.replace(tzinfo=UTC) if at and not at.tzinfo else at

    @property
    def first_id(self) -> str:
        return self.records[0].record_id


@dataclass(frozen=True)
class Pair:
    """Two arms, the better first."""

    better: Arm
    worse: Arm
    difference: Difference
    p: float


def ab_tests(records: Sequence[Record], context: Context) -> Made:
    """Preferences from every test of every task that writes copy."""
    made = Made()
    for task in context.tasks:
        if isinstance(task, CampaignCopy | SocialPost):
            made.add([_of_task(task, records, context)])
    return made


def tests_of(task: CopyTask, records: Iterable[Record]) -> dict[Key, list[Record]]:
    """Records that answer one brief under one test: same campaign, channel and audience."""
    found: dict[Key, list[Record]] = defaultdict(list)
    for record in records:
        copy = record.payload
        if not task.answer(record):
            continue
        if isinstance(copy, CampaignVariant):
            found[copy.campaign, copy.channel.casefold(), copy.audience, copy.product].append(record)
        elif isinstance(copy, Post) and copy.campaign and copy.variant:
            found[copy.campaign, copy.platform.casefold(), copy.audience, copy.product].append(record)
    return found


def rate_of(task: CopyTask, record: Record) -> Rate | None:
    """How the variant did by the task's metric; None where the export does not say."""
    copy = record.payload
    successes: int | None = None
    trials: int | None = None
    if isinstance(copy, CampaignVariant):
        trials = copy.sends
        successes = {
            "open_rate": copy.opens, "click_rate": copy.clicks, "conversion_rate": copy.conversions,
        }[task.metric]  # fmt: skip
    elif isinstance(copy, Post):
        trials = copy.impressions
        successes = copy.clicks if task.metric == "click_rate" else copy.engagements
    return Rate(successes, trials) if successes is not None and trials else None


def _of_task(task: CopyTask, records: Sequence[Record], context: Context) -> Made:
    made, settings = Made(), context.config.outcomes.ab_tests
    tests = {key: _texts(task, rows, made=made) for key, rows in tests_of(task, records).items()}
    same_text = ([rate for _, rate in rated] for texts in tests.values() for rated in texts)
    noise = measured_noise(same_text) if settings.noise == "measured" else settings.noise
    for key, texts in tests.items():
        _one_test(task, key, texts, noise=noise, context=context, made=made)
    if tests:
        made.notes.append(_note(task, tests, made, noise=noise))
    return made


def _one_test(task: CopyTask, key: Key, texts: Texts, *, noise: float, context: Context, made: Made) -> None:
    settings = context.config.outcomes.ab_tests
    test = f"{task.kind}:{content_id(key)}"
    arms = _arms(task, texts, settings, made=made)
    if len(arms) < 2:
        made.left_out[f"{STEP}: nothing to compare with"] += 1
        return
    pairs, apart = _pairs(arms, settings, noise=noise)
    for one, other in apart:
        made.dropped.append(_dropped_pair(test, one, other, "not sent at the same time", ""))
    kept = 0
    for pair in sorted(pairs, key=lambda pair: (pair.p, -pair.difference.probability, pair.better.first_id)):
        reason, detail = _objection(pair, settings, noise=noise)
        prompt = () if reason else task.shared_prompt([pair.better.records[0], pair.worse.records[0]], context.brand)
        if not reason and not prompt:
            reason = BARE
        if not reason and kept >= settings.max_pairs:
            reason, detail = "over the cap of pairs a test", f"at most {settings.max_pairs}"
        if reason:
            made.dropped.append(_dropped_pair(test, pair.better, pair.worse, reason, detail))
            continue
        kept += 1
        made.preferences.append(_preference(task, key, pair, prompt, noise=noise))
        made.used |= {record.record_id for arm in (pair.better, pair.worse) for record in arm.records}


def _texts(task: CopyTask, rows: list[Record], *, made: Made) -> Texts:
    """The rows of a test with usable counts, together where they sent the same text."""
    by_text: dict[str, list[tuple[Record, Rate]]] = defaultdict(list)
    for record in rows:
        rate = rate_of(task, record)
        if rate is None:
            made.left_out[f"{STEP}: no engagement counts"] += 1
        elif not 0 <= rate.successes <= rate.trials:
            made.left_out[f"{STEP}: impossible engagement counts"] += 1
        else:
            by_text[" ".join(task.answer(record).split())].append((record, rate))
    return list(by_text.values())


def _arms(task: CopyTask, texts: Texts, settings: AbTestsConfig, *, made: Made) -> list[Arm]:
    """One arm a text, where it was sent often enough."""
    arms = []
    for rated in texts:
        total = Rate(sum(rate.successes for _, rate in rated), sum(rate.trials for _, rate in rated))
        records = tuple(record for record, _ in rated)
        if total.trials < settings.min_sends:
            made.left_out[f"{STEP}: too few sends"] += 1
        else:
            arms.append(Arm(records=records, text=task.answer(records[0]), rate=total))
    return arms


def _pairs(arms: list[Arm], settings: AbTestsConfig, *, noise: float) -> tuple[list[Pair], list[tuple[Arm, Arm]]]:
    """All pairs sent at one time with their corrected p-values, and those that were not."""
    together: list[Difference] = []
    both: list[tuple[Arm, Arm]] = []
    apart: list[tuple[Arm, Arm]] = []
    for one, other in combinations(arms, 2):
        if one.at and other.at and abs((one.at - other.at).total_seconds()) > settings.same_slot_hours * 3600:
            apart.append((one, other))
            continue
        better, worse = (one, other) if one.rate.value >= other.rate.value else (other, one)
        both.append((better, worse))
        together.append(compare(discounted(better.rate, noise=noise), discounted(worse.rate, noise=noise)))
    adjusted = holm([difference.p for difference in together])
    return [Pair(*arms, d, p) for arms, d, p in zip(both, together, adjusted, strict=True)], apart


def _objection(pair: Pair, settings: AbTestsConfig, *, noise: float) -> tuple[str, str]:
    """Why a pair is not learnt from, with its figures; empty when it is."""
    found, rates = pair.difference, (pair.better.rate, pair.worse.rate)
    if pair.p <= settings.max_p and found.probability >= settings.min_probability:
        return "", ""
    pooled = sum(rate.successes for rate in rates) / sum(rate.trials for rate in rates)
    lift = settings.smallest_lift
    needed = math.ceil(noise * trials_needed(pooled, lift=lift, alpha=settings.max_p, power=settings.power))
    missing = needed - min(rate.trials for rate in rates)
    said = _said(pair)
    if missing > 0:
        return "underpowered", f"{said}; about {missing:,} more sends each would show a lift of {lift:.0%}"
    return "no clear difference", f"{said}; the test was large enough to show a lift of {lift:.0%}"


def _said(pair: Pair) -> str:
    better, worse, found = pair.better.rate, pair.worse.rate, pair.difference
    return (
        f"{better.value:.1%} of {better.trials:,} against {worse.value:.1%} of {worse.trials:,}; "
        f"difference {100 * found.value:.1f} points ({100 * found.low:.1f} to {100 * found.high:.1f})"
    )


def _preference(task: CopyTask, key: Key, pair: Pair, prompt: tuple[Message, ...], *, noise: float) -> Preference:
    found = pair.difference
    ids = [record.record_id for arm in (pair.better, pair.worse) for record in arm.records]
    return Preference(
        preference_id=content_id([STEP, task.kind, pair.better.first_id, pair.worse.first_id]),
        task=task.kind,
        prompt=prompt,
        chosen=pair.better.text,
        rejected=pair.worse.text,
        evidence="ab_test",
        confidence=found.probability,
        groups=(f"campaign:{key[0]}",),
        source_record_ids=tuple(ids),
        origin=pair.better.records[0].origin,
        occurred_at=max((arm.at for arm in (pair.better, pair.worse) if arm.at), default=None),
        figures={
            "chosen_rate": pair.better.rate.value, "chosen_trials": float(pair.better.rate.trials),
            "rejected_rate": pair.worse.rate.value, "rejected_trials": float(pair.worse.rate.trials),
            "difference": found.value, "low": found.low, "high": found.high, "p": found.p, "p_corrected": pair.p,
            "probability": found.probability, "noise": noise,
        },
    )  # fmt: skip


def _dropped_pair(test: str, one: Arm, other: Arm, reason: str, detail: str) -> Dropped:
    return Dropped(
        id=f"{test}:{one.first_id}/{other.first_id}", step=STEP, reason=reason, detail=detail,
        origin=one.records[0].origin, excerpt=cut(f"{one.text}\n\n{other.text}"),
    )  # fmt: skip


def _note(task: CopyTask, tests: dict[Key, Texts], made: Made, *, noise: float) -> str:
    wrong = sum(1 - preference.confidence for preference in made.preferences)
    texts = sum(len(texts) for texts in tests.values())
    few = sum(row.reason == "underpowered" for row in made.dropped)
    noisy = (
        f" Rates vary {noise:.1f} times as much as independent sends would make them; that was allowed for."
        if noise > 1
        else ""
    )
    return (
        f"{task.kind}: {texts:,} texts in {len(tests):,} tests gave {len(made.preferences):,} pairs to learn from by "
        f"{task.metric.replace('_', ' ')}; {few:,} comparisons were underpowered. About {wrong:.1f} of the pairs may be the "
        f"wrong way round.{noisy}"
    )
