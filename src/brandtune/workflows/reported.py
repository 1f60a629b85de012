"""The report of a run as it stands: what the evaluation found, and what was added to it since.

Since then the gates may have been run on the engine that will serve, and people may have compared outputs blindly.
"""

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from brandtune.core.errors import NotFoundError
from brandtune.core.records import Struct
from brandtune.core.storage import read_json, read_jsonl, write_jsonl
from brandtune.evaluation.results import Report
from brandtune.execution import RunDirectory
from brandtune.workflows import keeping
from brandtune.workflows.as_served import NAME, ORIGIN

if TYPE_CHECKING:
    from brandtune.evaluation.judges.labels import BlindVote

VOTES = "votes.jsonl"


class Reported(Struct, frozen=True, kw_only=True):
    """A report, and the fingerprint of the stage that its gates come from."""

    report: Report
    fingerprint: str


class Vote(Struct, frozen=True, kw_only=True):
    """What one person preferred; `evaluation` is the fingerprint of the evaluation whose output it was."""

    example_id: str
    arm: str
    preferred: Literal["ours", "human", "tie"]
    by: str = ""
    evaluation: str = ""


def evaluated(run: RunDirectory) -> str:
    """The fingerprint of a run's evaluation.

    Raises:
        NotFoundError: The run has none.
    """
    record = run.finished("evaluate")
    if record is None:
        raise NotFoundError(f"run {run.run_id} has no evaluation.", fix="Run `brandtune evaluate` first.")
    return record.fingerprint


def reported(run: RunDirectory) -> Reported:
    """The newest state of a run's report.

    Raises:
        NotFoundError: The run has no evaluation.
    """
    fingerprint = evaluated(run)
    folder, served = "evaluate", run.finished(NAME)
    if served is not None and read_json(run.path / NAME / ORIGIN)["report"] == fingerprint:
        folder, fingerprint = NAME, served.fingerprint
    return Reported(report=_with_votes(keeping.load_report(run.path / folder), run), fingerprint=fingerprint)


def not_served(run: RunDirectory) -> None:
    """Forget gates that were run as served, because that is no longer asked for."""
    shutil.rmtree(run.path / NAME, ignore_errors=True)


def votes_of(run: RunDirectory) -> list[Vote]:
    """People's votes on the outputs of a run's evaluation; those on an earlier one's are not among them."""
    made_by = evaluated(run)
    return [vote for vote in _all_votes(run) if vote.evaluation == made_by]


def blind_votes_of(run: RunDirectory) -> "list[BlindVote]":
    """The same votes as evaluation knows them."""
    from brandtune.evaluation.judges.labels import BlindVote

    sides: dict[str, Literal["first", "second", "tie"]] = {"ours": "first", "human": "second", "tie": "tie"}
    return [BlindVote(vote.example_id, vote.arm, sides[vote.preferred], vote.by) for vote in votes_of(run)]


def _all_votes(run: RunDirectory) -> list[Vote]:
    path = run.path / VOTES
    return read_jsonl(path, Vote) if path.is_file() else []


def save_votes(run: RunDirectory, votes: Sequence[Vote]) -> None:
    """Keep these votes for the run's evaluation; votes on earlier ones stay."""
    made_by = evaluated(run)
    earlier = [vote for vote in _all_votes(run) if vote.evaluation != made_by]
    own = [msgspec.structs.replace(vote, evaluation=made_by) for vote in votes]
    write_jsonl(run.path / VOTES, [*earlier, *own])


def _with_votes(report: Report, run: RunDirectory) -> Report:
    """The blind comparison by people, where they voted, in place of a judge's."""
    votes, everybody = blind_votes_of(run), _all_votes(run)
    if not everybody:
        return report
    from brandtune.evaluation.judges.people import people_line

    customers = {example.example_id: example.customer for example in report.examples}
    lines = []
    for line in report.voice:
        own = [vote for vote in votes if vote.arm == line.arm and vote.example_id in customers]
        found = people_line(own, clusters=customers, judged=line.pairwise)
        lines.append(msgspec.structs.replace(line, pairwise=found) if found else line)
    old = len(everybody) - len(votes)
    notes = (f"{old} blind votes are on outputs of an earlier evaluation of this run and do not count.",) if old else ()
    return msgspec.structs.replace(report, voice=tuple(lines), notes=(*report.notes, *notes))
