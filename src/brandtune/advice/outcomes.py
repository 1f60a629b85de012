"""What business metrics put in place of assumptions: escalations that were counted, and outcomes that have a price.

A share counts only where it was seen under the tuned arm and under what that is held against. Read `costing` next.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from brandtune.advice.config import ESCALATED, RESOLVED, CostConfig, FactsFile
from brandtune.advice.facts import FEWEST, Counts, quality_fact
from brandtune.advice.results import FactShown, Input, Return

PEOPLE, BY_HAND = "people", "by_hand"
SEEN, WORTH = "seen:", "worth:"
PUBLISHED = "published_unedited"


@dataclass(frozen=True)
class Term:
    """Money saved on a text by an outcome: the input named `seen` (a difference of shares) times the one named `worth`."""

    seen: str
    worth: str


@dataclass(frozen=True)
class Outcomes:
    """What facts add to the cost model against one way of writing.

    Attributes:
        seen: Differences that were seen, tuned less the other, each with its 95 % interval; drawn as normal.
        worth: What one more of each is worth on a text.
        replaces: Names of the assumptions that no longer count.
    """

    seen: tuple[Input, ...] = ()
    worth: tuple[Input, ...] = ()
    terms: tuple[Term, ...] = ()
    replaces: frozenset[str] = frozenset()


def counted(facts: FactsFile | None) -> dict[str, Counts]:
    """Metric -> arm -> (how often it came about, out of how many); what is told twice is added up."""
    found: dict[str, Counts] = {}
    for one in facts.outcomes if facts else ():
        arms = dict(found.get(one.metric, {}))
        kept, total = arms.get(one.arm, (0, 0))
        arms[one.arm] = (kept + round(one.share * one.n), total + one.n)
        found[one.metric] = arms
    return found


def escalations(facts: FactsFile | None) -> dict[str, tuple[int, int]]:
    """Arm -> (texts after which something went wrong, texts), where enough were seen; `resolved` counts the others."""
    found = counted(facts)
    resolved = {arm: (total - kept, total) for arm, (kept, total) in found.get(RESOLVED, {}).items()}
    told = found.get(ESCALATED) or resolved
    return {arm: (kept, total) for arm, (kept, total) in told.items() if total >= FEWEST}


def escalation_rates(facts: FactsFile | None, costs: CostConfig, *, arm: str) -> dict[str, float]:
    """Arm -> share of its texts after which something went wrong; by hand is `people`. Empty unless `arm` has one."""
    found = escalations(facts)
    given = facts.escalation_cost if facts else None
    if arm not in found or not (costs.escalation_cost if given is None else given):
        return {}
    return {BY_HAND if name == PEOPLE else name: kept / total for name, (kept, total) in found.items()}


def outcomes(
    facts: FactsFile | None, costs: CostConfig, *, arm: str, against: str, counts_escalations: bool
) -> Outcomes:
    """What was seen under both, with its money.

    Args:
        against: The arm that the tuned one is held against; `people` for writing by hand.
        counts_escalations: Whether counted escalations take the place of the assumed ones.
    """
    seen: list[Input] = []
    worth: list[Input] = []
    terms: list[Term] = []
    if counts_escalations:
        seen.append(_seen(ESCALATED, escalations(facts), arm=against, baseline=arm, title="Fewer escalations a text"))
        terms.append(Term(SEEN + ESCALATED, "escalation_cost"))
    found = counted(facts)
    for metric, price in costs.outcomes.items():
        if quality_fact(found.get(metric, {}), arm=arm, baseline=against) is None:
            continue
        seen.append(_seen(metric, found[metric], arm=arm, baseline=against, title=f"{metric}, tuned less baseline"))
        ends = sorted(price.worth * (1 + sign * costs.uncertainty) for sign in (-1, 1))
        worth.append(
            Input(
                name=WORTH + metric, title=f"{metric}: its worth on a text", value=price.worth, low=ends[0], high=ends[1],
                unit="money", source="given",
            )
        )  # fmt: skip
        terms.append(Term(SEEN + metric, WORTH + metric))
    replaces = frozenset({"escalation_share"} if counts_escalations else ())
    return Outcomes(tuple(seen), tuple(worth), tuple(terms), replaces)


def _seen(metric: str, counts: Counts, *, arm: str, baseline: str, title: str) -> Input:
    found = quality_fact(counts, arm=arm, baseline=baseline)
    assert found is not None  # callers ask only for what was seen often enough under both
    value, low, high = found
    return Input(name=SEEN + metric, title=title, value=value, low=low, high=high, unit="points", source="fact")


def with_use(
    facts: tuple[FactShown, ...], *, costs: CostConfig | None, returns: Return | None, arm: str = "tuned"
) -> tuple[FactShown, ...]:
    """The same facts, each with the assumption that it replaces, or with what is missing before it can."""
    if costs is None or returns is None:
        missing = (
            "`costs` in brandtune.yaml would say what it is worth" if costs is None else "the run compared nothing"
        )
        missing = f"not used: {missing}"
        return tuple(msgspec.structs.replace(one, use=missing) for one in facts)
    seen: dict[str, dict[str, int]] = {}
    for one in facts:
        arms = seen.setdefault(one.metric, {})
        arms[one.arm] = arms.get(one.arm, 0) + one.n
    return tuple(
        msgspec.structs.replace(one, use=_use(one, seen, costs=costs, returns=returns, arm=arm)) for one in facts
    )


def _use(one: FactShown, seen: Mapping[str, Mapping[str, int]], *, costs: CostConfig, returns: Return, arm: str) -> str:
    against = PEOPLE if returns.baseline == BY_HAND else returns.baseline
    needs = (arm,) if one.metric == PUBLISHED and against == PEOPLE else (arm, against)
    if one.arm not in needs:
        return f"not used: {arm} is held against {against}"
    if priceless := _priceless(one.metric, costs, returns):
        return f"not used: {priceless}"
    if one.metric == RESOLVED and ESCALATED in seen:
        return f"not used: `{ESCALATED}` is counted"
    for name in needs:
        if (n := seen[one.metric].get(name, 0)) < FEWEST:
            return f"not used: it takes {FEWEST} under {name}, and there are {n}"
    if one.metric == PUBLISHED:
        return "replaces the usable drafts that the run measured"
    if one.metric in (ESCALATED, RESOLVED):
        return "replaces `escalation_share`"
    return f"counts with its worth, `costs.outcomes.{one.metric}`"


def _priceless(metric: str, costs: CostConfig, returns: Return) -> str:
    """What gives a metric no worth in money; empty where it has one."""
    if metric == PUBLISHED or metric in costs.outcomes:
        return ""
    if metric in (ESCALATED, RESOLVED):
        price = next(one.value for one in returns.inputs if one.name == "escalation_cost")
        return "" if price else "`costs.escalation_cost` is 0"
    return f"`costs.outcomes.{metric}` would say what one more is worth"
