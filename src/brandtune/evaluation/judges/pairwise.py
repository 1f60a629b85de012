"""Blind comparisons of two texts, each asked in both orders, and what they come to.

Only a verdict that is the same in both orders is a win or a loss; the rest are ties. A judge that prefers whatever
stands first shows as position bias and as few consistent verdicts (Zheng et al. 2023, arXiv 2306.05685).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from brandtune.evaluation.judges.agreement import cohen_kappa
from brandtune.evaluation.results import PairwiseLine
from brandtune.evaluation.statistics import estimate

Preferred = Literal["first", "second", "tie"]
# What a comparison is worth to whatever stood first.
WORTH: dict[Preferred, float] = {"first": 1.0, "tie": 0.5, "second": 0.0}
# Nearer to even than this, the judge has no preference.
UNDECIDED = 0.05


@dataclass(frozen=True)
class Pair:
    """Two answers to one question, and which order they are shown in."""

    question: str
    first: str
    second: str

    def swapped(self) -> "Pair":
        return Pair(self.question, self.second, self.first)


class Judge(Protocol):
    """Whoever says which of two texts is better."""

    @property
    def name(self) -> str:
        """Who it is, as the report calls it."""

    @property
    def failures(self) -> Mapping[str, int]:
        """Why no answer came, and how often."""

    def prefer_first(self, pairs: Sequence[Pair]) -> list[float | None]:
        """For each pair, how sure the judge is that the first is better, 0 to 1; None where no answer came."""


@dataclass(frozen=True)
class Vote:
    """One comparison asked in both orders; `forward` and `backward` are how sure the judge was of the first shown."""

    forward: float | None
    backward: float | None

    @property
    def failed(self) -> bool:
        return self.forward is None or self.backward is None

    @property
    def preferred(self) -> Preferred | None:
        """What both orders agree on; `tie` where they do not; None where one failed."""
        if self.forward is None or self.backward is None:
            return None
        one, other = _side(self.forward), _side(1 - self.backward)
        return one if one == other else "tie"

    @property
    def consistent(self) -> bool:
        return (
            self.forward is not None and self.backward is not None and _side(self.forward) == _side(1 - self.backward)
        )


def _side(sure: float) -> Preferred:
    return "tie" if abs(sure - 0.5) < UNDECIDED else "first" if sure > 0.5 else "second"


def compare(judge: Judge, pairs: Sequence[Pair]) -> list[Vote]:
    """Ask about every pair in both orders."""
    forward = judge.prefer_first(pairs)
    backward = judge.prefer_first([pair.swapped() for pair in pairs])
    return [Vote(one, other) for one, other in zip(forward, backward, strict=True)]


def position_bias(votes: Sequence[Vote]) -> float | None:
    """How much more than half the judge's sureness goes to whatever stands first, -0.5 to 0.5; 0 for a fair judge."""
    known = [vote.forward + vote.backward for vote in votes if vote.forward is not None and vote.backward is not None]
    return sum(known) / (2 * len(known)) - 0.5 if known else None


def judge_agreement(votes: Sequence[Vote], people: Sequence[Preferred]) -> float | None:
    """Cohen's kappa between the judge's verdicts and people's, failed ones left out."""
    both = [(vote.preferred, label) for vote, label in zip(votes, people, strict=True) if vote.preferred is not None]
    return cohen_kappa([one for one, _ in both], [other for _, other in both])


def tally(
    preferred: Sequence[Preferred | None],
    *,
    clusters: Sequence[Hashable],
    judge: str,
    votes: Sequence[Vote] = (),
    agreement: float | None = None,
    num_labels: int = 0,
    trusted: bool = False,
    resamples: int = 2000,
    seed: int = 0,
) -> PairwiseLine | None:
    """Wins and half the ties of whatever stood first, with an interval over clusters; None where nothing was compared.

    Args:
        preferred: One verdict a comparison; None for those that failed, which are counted and decide nothing.
        votes: The judge's own votes, for position bias and consistency.
    """
    known = [(WORTH[side], cluster) for side, cluster in zip(preferred, clusters, strict=True) if side is not None]
    if not known:
        return None
    answered = [vote for vote in votes if not vote.failed]
    return PairwiseLine(
        score=estimate(
            [value for value, _ in known], clusters=[cluster for _, cluster in known], resamples=resamples, seed=seed
        ),
        wins=preferred.count("first"),
        ties=preferred.count("tie"),
        losses=preferred.count("second"),
        judge=judge,
        failed=len(preferred) - len(known),
        position_bias=position_bias(votes),
        consistent=sum(vote.consistent for vote in answered) / len(answered) if answered else None,
        agreement=agreement,
        num_labels=num_labels,
        trusted=trusted,
    )
