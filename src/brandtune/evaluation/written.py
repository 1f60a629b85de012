"""What every arm wrote, kept beside the report, so that people can compare outputs blindly."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from brandtune.core.errors import NotFoundError
from brandtune.core.examples import Example
from brandtune.core.records import Struct
from brandtune.core.storage import read_jsonl, write_jsonl
from brandtune.evaluation.results import Output

OUTPUTS = "outputs.jsonl"


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
