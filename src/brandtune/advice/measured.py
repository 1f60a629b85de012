"""What a run measured of two arms, as the cost model needs it: usable drafts, and tokens. Read `costing` next."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brandtune.evaluation.results import ScoredExample

Values = NDArray[np.float64]
# A draft that sounds right and says something wrong, or does not end, is of no use.
ALSO_USABLE = ("facts_ok", "well_formed")


@dataclass(frozen=True)
class Measured:
    """What a run measured on one example under two arms, customers kept together.

    Attributes:
        usable: Usable under the tuned arm, of each example.
        gain: The same less usable under the baseline.
        prompt_tokens: Likewise, tokens saved in the prompt (baseline less tuned); `reply_tokens` in the reply.
    """

    usable: Values
    gain: Values
    prompt_tokens: Values
    reply_tokens: Values
    customers: Sequence[str]


def usable(scores: Mapping[str, float], *, metric: str) -> float:
    """Whether a draft can be sent after a look: it passes the primary metric, and what is known of facts and form.

    >>> usable({"on_brand": 1.0, "facts_ok": 0.0}, metric="on_brand")
    0.0
    """
    return scores[metric] * math.prod(scores[name] for name in ALSO_USABLE if name in scores and name != metric)


def usable_shares(examples: Sequence[ScoredExample], *, metric: str) -> dict[str, float]:
    """Arm -> share of usable drafts among those that were scored."""
    arms = dict.fromkeys(arm for example in examples for arm in example.tokens)
    found = {arm: [usable(e.scores[arm], metric=metric) for e in examples if _has(e, arm, metric)] for arm in arms}
    return {arm: sum(values) / len(values) for arm, values in found.items() if values}


def _has(example: ScoredExample, arm: str, metric: str) -> bool:
    return metric in example.scores.get(arm, {})


def measured(examples: Sequence[ScoredExample], *, metric: str, arm: str, baseline: str) -> Measured:
    """Pick two arms from the examples of a report; those that lack a score under one arm are left out."""
    rows = [example for example in examples if _has(example, arm, metric) and _has(example, baseline, metric)]
    ours = np.array([e.tokens.get(arm, (0, 0)) for e in rows], dtype=np.float64).reshape(-1, 2)
    theirs = np.array([e.tokens.get(baseline, (0, 0)) for e in rows], dtype=np.float64).reshape(-1, 2)
    good = np.array([usable(e.scores[arm], metric=metric) for e in rows], dtype=np.float64)
    other = np.array([usable(e.scores[baseline], metric=metric) for e in rows], dtype=np.float64)
    return Measured(
        usable=good,
        gain=good - other,
        prompt_tokens=(theirs - ours)[:, 0],
        reply_tokens=(theirs - ours)[:, 1],
        customers=[e.customer for e in rows],
    )
