"""People's blind votes as a line of the report, and how far the judge and the people agree."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

import msgspec

from brandtune.evaluation.judges.agreement import cohen_kappa, krippendorff_alpha
from brandtune.evaluation.judges.corrected import prediction_powered
from brandtune.evaluation.judges.labels import BlindVote
from brandtune.evaluation.judges.pairwise import WORTH, Preferred, tally
from brandtune.evaluation.results import Estimate, PairwiseLine

PEOPLE = "people"


def people_line(
    votes: Sequence[BlindVote], *, clusters: Mapping[str, str], judged: PairwiseLine | None = None
) -> PairwiseLine | None:
    """One arm against what people wrote, by people; None without votes.

    Args:
        votes: Votes on this arm alone; several people may have voted on one output.
        clusters: Example id to customer.
        judged: What a judge made of the same arm.
    """
    line = tally(
        [vote.preferred for vote in votes], clusters=[clusters[vote.example_id] for vote in votes], judge=PEOPLE,
        num_labels=len(votes), trusted=True,
    )  # fmt: skip
    if line is None:
        return None
    line = msgspec.structs.replace(
        line, num_people=len({vote.by for vote in votes if vote.by}), people_agree=_among_people(votes)
    )
    theirs, ours = majority(votes), judged.verdicts if judged else {}
    if judged is None or not ours:
        return line
    both = [example for example in theirs if example in ours]
    kappa = cohen_kappa([ours[example] for example in both], [theirs[example] for example in both])
    judge = judged.compared_judge or judged.judge
    line = msgspec.structs.replace(line, agreement=kappa, compared_judge=judge, num_compared=len(both), verdicts=ours)
    return _beside_the_judge(line, votes, clusters=clusters, judged=judged.judged or judged.score)


def _beside_the_judge(
    line: PairwiseLine, votes: Sequence[BlindVote], *, clusters: Mapping[str, str], judged: Estimate
) -> PairwiseLine:
    """The line with what the judge says of all outputs, and with what people would, by both together."""
    said: dict[str, list[float]] = defaultdict(list)
    for vote in votes:
        said[vote.example_id].append(WORTH[vote.preferred])
    found = prediction_powered(
        {example: fmean(worths) for example, worths in said.items()},
        {example: WORTH[side] for example, side in line.verdicts.items()},
        clusters=clusters,
    )
    line = msgspec.structs.replace(line, judged=judged)
    return msgspec.structs.replace(line, corrected=found.estimate, weight=found.weight) if found else line


def majority(votes: Sequence[BlindVote]) -> dict[str, Preferred]:
    """Example id to what most people preferred; a tie where no side has more than the others."""
    counts: dict[str, Counter[Preferred]] = defaultdict(Counter)
    for vote in votes:
        counts[vote.example_id][vote.preferred] += 1
    found: dict[str, Preferred] = {}
    for example, own in counts.items():
        (side, most), *others = own.most_common()
        found[example] = side if not others or most > others[0][1] else "tie"
    return found


def _among_people(votes: Sequence[BlindVote]) -> float | None:
    """Krippendorff's alpha between named people; None where nobody voted on what another did."""
    said = {(vote.by, vote.example_id): vote.preferred for vote in votes if vote.by}
    people, examples = dict.fromkeys(by for by, _ in said), dict.fromkeys(example for _, example in said)
    return krippendorff_alpha([[said.get((by, example)) for example in examples] for by in people]) if people else None
