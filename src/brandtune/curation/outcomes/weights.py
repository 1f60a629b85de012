"""Weights of examples from engagement: copy that did better than its campaign's average counts more. Off by default."""

from collections.abc import Sequence

import msgspec

from brandtune.core.examples import Example
from brandtune.core.records import Record
from brandtune.core.tasks import CampaignCopy, SocialPost
from brandtune.curation.context import Context
from brandtune.curation.outcomes.ab_tests import rate_of, tests_of


def weighted(examples: Sequence[Example], records: Sequence[Record], context: Context) -> list[Example]:
    """Examples with their weights; only variants that were tested against another one get a weight other than 1."""
    settings = context.config.outcomes
    if settings.weights == "off":
        return list(examples)
    weights: dict[tuple[str, str], float] = {}
    for task in context.tasks:
        if isinstance(task, CampaignCopy | SocialPost):
            for rows in tests_of(task, records).values():
                found = _of_test(task, rows, prior=settings.weight_prior, most=settings.most_weight)
                weights |= {(task.kind, record_id): weight for record_id, weight in found.items()}
    return [_with_weight(example, weights) for example in examples]


def _of_test(task: CampaignCopy | SocialPost, rows: Sequence[Record], *, prior: float, most: float) -> dict[str, float]:
    """Each variant's rate over the test's, both as if `prior` more sends had gone out at the test's rate."""
    rates = {row.record_id: rate for row in rows if (rate := rate_of(task, row)) and 0 <= rate.successes <= rate.trials}
    total = sum(rate.trials for rate in rates.values())
    average = sum(rate.successes for rate in rates.values()) / total if total else 0.0
    if len(rates) < 2 or average == 0:
        return {}
    return {
        record_id: min(most, max(1 / most, (rate.successes + prior * average) / (rate.trials + prior) / average))
        for record_id, rate in rates.items()
    }


def _with_weight(example: Example, weights: dict[tuple[str, str], float]) -> Example:
    found = [weights[example.task, id_] for id_ in example.source_record_ids if (example.task, id_) in weights]
    return msgspec.structs.replace(example, weight=round(found[0], 4)) if found else example
