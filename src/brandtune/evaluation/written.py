"""What every arm wrote and what people said of it by file, kept beside the report: for blind pairs, and for other tools."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from brandtune.core.errors import NotFoundError
from brandtune.core.examples import Example
from brandtune.core.records import Struct
from brandtune.core.storage import read_jsonl, write_jsonl
from brandtune.evaluation.judges.labels import BlindVote
from brandtune.evaluation.results import Output

OUTPUTS, VOTES = "outputs.jsonl", "votes.jsonl"


class Written(Struct, frozen=True, kw_only=True):
    """What one arm wrote for one example; `failed` says why nothing came."""

    example_id: str
    arm: str
    text: str
    failed: str = ""


def save_outputs(outputs: Mapping[str, Sequence[Output]], folder: Path, *, examples: Sequence[Example]) -> None:
    """Write what every arm wrote."""
    rows = (
        Written(example_id=example.example_id, arm=arm, text=output.text, failed=output.failed)
        for arm, own in outputs.items()
        for example, output in zip(examples, own, strict=True)
    )
    write_jsonl(folder / OUTPUTS, rows)


def load_outputs(folder: Path) -> list[Written]:
    """Read back what `save_outputs` wrote.

    Raises:
        NotFoundError: The evaluation kept none.
    """
    if not (folder / OUTPUTS).is_file():
        raise NotFoundError(
            "the evaluation kept no outputs.", where=str(folder), fix="Evaluate again: brandtune evaluate."
        )
    return read_jsonl(folder / OUTPUTS, Written)


def save_votes(votes: Iterable[BlindVote], folder: Path) -> None:
    """Write the blind votes that an evaluation was given (`evaluation.votes`)."""
    write_jsonl(folder / VOTES, votes)


def load_votes(folder: Path) -> list[BlindVote]:
    """Read back what `save_votes` wrote; nothing where an evaluation was given none."""
    return read_jsonl(folder / VOTES, BlindVote) if (folder / VOTES).is_file() else []
