"""What each arm costs: tokens, time and, where prices are known, money. Replies that failed are counted, not averaged."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from brandtune.evaluation.config import ARMS
from brandtune.evaluation.results import ArmFacts, Report
from brandtune.models.generation import Generated

REPLIES_A_COST, TOKENS_A_PRICE = 1_000, 1_000_000
TUNED = ("tuned", "tuned_rag")


@dataclass(frozen=True)
class ArmWords:
    """What is said about an arm, and what its tokens cost.

    Attributes:
        chosen: What validation chose for it.
        prices: For a million prompt tokens and for a million reply tokens.
    """

    title: str
    description: str
    chosen: str = ""
    prices: tuple[float | None, float | None] = (None, None)
    currency: str = ""


def arm_facts(arm: str, replies: Sequence[Generated], words: ArmWords) -> ArmFacts:
    """An arm with what its replies cost; all zero where none came."""
    answered = [reply for reply in replies if not reply.failed]
    seconds = [reply.seconds for reply in answered] or [0.0]
    cost = money(answered, prices=words.prices)
    return ArmFacts(
        name=arm,
        title=words.title,
        description=words.description,
        tuned=arm in TUNED,
        mean_prompt_tokens=_mean([reply.num_prompt_tokens for reply in answered]),
        mean_reply_tokens=_mean([reply.num_reply_tokens for reply in answered]),
        mean_seconds=_mean(seconds),
        p50_seconds=float(np.quantile(seconds, 0.5)),
        p95_seconds=float(np.quantile(seconds, 0.95)),
        cost=cost,
        currency=words.currency if cost is not None else "",
        failed=len(replies) - len(answered),
        chosen=words.chosen,
    )


def priced(report: Report, *, prices: tuple[float, float], currency: str) -> Report:
    """The report with what a thousand replies of the arms that ran here cost at these prices, which services set else.

    Args:
        prices: For a million prompt tokens and for a million reply tokens; without either nothing is said.
    """
    if not any(prices):
        return report
    return msgspec.structs.replace(report, arms=tuple(_priced(arm, prices, currency) for arm in report.arms))


def _priced(arm: ArmFacts, prices: tuple[float, float], currency: str) -> ArmFacts:
    if arm.name not in ARMS or not arm.mean_prompt_tokens:
        return arm
    spent = arm.mean_prompt_tokens * prices[0] + arm.mean_reply_tokens * prices[1]
    return msgspec.structs.replace(arm, cost=spent / TOKENS_A_PRICE * REPLIES_A_COST, currency=currency)


def money(replies: Sequence[Generated], *, prices: tuple[float | None, float | None]) -> float | None:
    """What a thousand such replies cost; None without prices, or where the service did not count tokens.

    >>> money([Generated("Yes.", 500, 20, True, 0.1)], prices=(2.0, 10.0))
    1.2
    """
    a_prompt, a_reply = prices
    counted = all(reply.num_prompt_tokens and reply.num_reply_tokens for reply in replies)
    if a_prompt is None or a_reply is None or not replies or not counted:
        return None
    spent = sum(reply.num_prompt_tokens * a_prompt + reply.num_reply_tokens * a_reply for reply in replies)
    return spent / TOKENS_A_PRICE / len(replies) * REPLIES_A_COST


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
