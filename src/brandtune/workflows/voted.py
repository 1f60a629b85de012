"""Who preferred what, as rows for other people's tools: people under a pseudonym, a judge by its name; never a text."""

from collections.abc import Iterator
from typing import Any

from brandtune.core.ids import keyed_id
from brandtune.evaluation.judges.labels import BlindVote
from brandtune.evaluation.judges.people import PEOPLE
from brandtune.evaluation.results import KEPT, Report
from brandtune.evaluation.written import load_votes
from brandtune.execution import RunDirectory
from brandtune.workflows.reported import blind_votes_of

JUDGE = "judge"
_SIDES = {"first": ("ours", 1.0), "tie": ("tie", 0.5), "second": ("human", 0.0)}


def vote_rows(report: Report, run: RunDirectory, *, key: str) -> Iterator[dict[str, Any]]:
    """One row for each person, arm and example, and for each verdict of a judge.

    Args:
        report: As the evaluation left it.
        key: The tenant key, under which voters have their pseudonyms.
    """
    known = {example.example_id: example for example in report.examples}
    tuned = {arm.name: arm.tuned for arm in report.arms}
    for kind, voter, vote in _all(report, run, key=key):
        if vote.example_id in known:
            preferred, value = _SIDES[vote.preferred]
            example = known[vote.example_id]
            yield {
                "voter_kind": kind, "voter": voter, "arm": vote.arm, "tuned": tuned.get(vote.arm, False),
                "task": example.task, "example_id": example.example_id, "customer": example.customer,
                "preferred": preferred, "value": value,
            }  # fmt: skip


def _all(report: Report, run: RunDirectory, *, key: str) -> Iterator[tuple[str, str | None, BlindVote]]:
    """(kind, voter, vote) of those that count in the report: votes that came later replace an arm's earlier ones."""
    later = blind_votes_of(run)
    arms = {vote.arm for vote in later}
    earlier = [vote for vote in load_votes(run.path / "evaluate" / KEPT) if vote.arm not in arms]
    for vote in [*earlier, *later]:
        yield PEOPLE, keyed_id(key, f"voter/{vote.by}") if vote.by else None, vote
    for line in report.voice:
        if line.pairwise:
            judge = line.pairwise.compared_judge or line.pairwise.judge
            for example_id, side in line.pairwise.verdicts.items():
                yield JUDGE, judge, BlindVote(example_id, line.arm, side)
