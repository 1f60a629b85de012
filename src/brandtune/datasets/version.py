"""A frozen dataset on disk, and reading it back."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from brandtune.core.errors import NotFoundError
from brandtune.core.examples import Example
from brandtune.core.records import Struct
from brandtune.core.storage import read_json, read_jsonl
from brandtune.datasets.leaks import LeakReport
from brandtune.datasets.splitting import Split

FACTS, EXAMPLES, SIDECAR, CARD = "dataset.json", "examples.jsonl", "sidecar.jsonl", "README.md"


class Facts(Struct, frozen=True, kw_only=True):
    """`dataset.json`: what the card is written from. `counts` is split -> task -> examples."""

    version: str
    brand: str
    counts: dict[str, dict[str, int]]
    num_customers: int
    num_components: int
    placeholders: dict[str, int]
    split: dict[str, object]
    leak_report: LeakReport
    provenance: dict[str, str] = msgspec.field(default_factory=dict)


class SidecarRow(Struct, frozen=True, kw_only=True):
    """What is known about one example and must never be in the training text."""

    example_id: str
    subject: str
    source_record_ids: tuple[str, ...]
    split: Split
    component_id: str
    content_sha256: str


@dataclass(frozen=True)
class DatasetVersion:
    """An immutable version; `counts` is split -> task -> number of examples."""

    version: str
    directory: Path
    counts: dict[str, dict[str, int]]
    leak_report: LeakReport

    def examples(self, split: Split) -> list[Example]:
        """The full examples of one split, in the version's order."""
        rows = read_jsonl(self.directory / SIDECAR, SidecarRow)
        wanted = {row.example_id for row in rows if row.split == split}
        everything = read_jsonl(self.directory / EXAMPLES, Example)
        return [example for example in everything if example.example_id in wanted]


def load(directory: Path) -> DatasetVersion:
    """Open a frozen version.

    Raises:
        NotFoundError: There is no dataset in `directory`.
        DataError: `dataset.json` is damaged.
    """
    path = directory / FACTS
    if not path.exists():
        raise NotFoundError(f"no dataset version in {directory}.", fix="Run `brandtune freeze` first.")
    facts = msgspec.convert(read_json(path), Facts)
    return DatasetVersion(facts.version, directory, facts.counts, facts.leak_report)
