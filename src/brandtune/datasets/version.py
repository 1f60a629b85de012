"""A frozen dataset on disk, and reading it back; a file that was changed since is refused."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from brandtune.core.errors import DataError, NotFoundError
from brandtune.core.examples import Dropped, Example, Preference, Rated
from brandtune.core.ids import content_id
from brandtune.core.storage import read_json, read_jsonl
from brandtune.datasets.facts import Facts, FileFact
from brandtune.datasets.formats import Part
from brandtune.datasets.leaks import LeakReport
from brandtune.datasets.sidecar import SidecarRow
from brandtune.datasets.splitting import Split

FACTS, EXAMPLES, SIDECAR, CARD, CROISSANT = (
    "dataset.json", "examples.jsonl", "sidecar.jsonl", "README.md", "croissant.json",
)  # fmt: skip
PREFERENCES, RATED, LEFT_OUT, TABLE = "preferences.jsonl", "rated.jsonl", "left_out.jsonl", "examples.parquet"
_ALWAYS = (EXAMPLES, SIDECAR)
T = TypeVar("T")


@dataclass(frozen=True)
class DatasetVersion:
    """An immutable version; `counts` is split -> task -> number of examples."""

    version: str
    directory: Path
    counts: dict[str, dict[str, int]]
    leak_report: LeakReport

    def facts(self) -> Facts:
        """What is known about the version."""
        return _facts(self.directory)

    def examples(self, split: Split) -> list[Example]:
        """The full examples of one split, in the version's order. Raises DataError when a file was changed."""
        wanted = self._wanted("example", split)
        return [example for example in self._rows(EXAMPLES, Example) if example.example_id in wanted]

    def preferences(self, split: Split) -> list[Preference]:
        """The preferences of one split, in the version's order."""
        wanted = self._wanted("preference", split)
        return [one for one in self._rows(PREFERENCES, Preference) if one.preference_id in wanted]

    def rated(self, split: Split) -> list[Rated]:
        """The rated answers of one split, in the version's order."""
        wanted = self._wanted("rated", split)
        return [one for one in self._rows(RATED, Rated) if one.rated_id in wanted]

    def part(self, split: Split) -> Part:
        """Everything in one split."""
        return Part(self.examples(split), self.preferences(split), self.rated(split))

    def left_out(self) -> list[Dropped]:
        """What could not be placed, and why (only under `split.after`)."""
        return self._rows(LEFT_OUT, Dropped)

    def sidecar(self) -> list[SidecarRow]:
        """Lineage of everything in the version. Raises DataError when it does not belong to the version's name."""
        rows = self._rows(SIDECAR, SidecarRow)
        if version_of(rows) != self.version:
            raise DataError(
                f"the rows do not add up to version {self.version}.", where=str(self.directory / SIDECAR), fix=_FIX
            )
        return rows

    def verify(self) -> None:
        """Read every file once and compare it with its hash.

        Raises:
            DataError: A file is missing or was changed; names it.
        """
        for name, fact in self.facts().files.items():
            _verify(self.directory / name, fact)
        self.sidecar()

    def _wanted(self, kind: str, split: Split) -> set[str]:
        return {row.example_id for row in self.sidecar() if row.kind == kind and row.split == split}

    def _rows(self, name: str, type_: type[T]) -> list[T]:
        fact = self.facts().files.get(name)
        if fact is None and name in _ALWAYS:
            raise DataError("the facts hold no hash of this file.", where=str(self.directory / name), fix=_FIX)
        if fact is None:
            return []
        _verify(self.directory / name, fact)
        return read_jsonl(self.directory / name, type_)


def load(directory: Path) -> DatasetVersion:
    """Open a frozen version; its files are checked against their hashes as they are read.

    Raises:
        NotFoundError: There is no dataset in `directory`.
        DataError: `dataset.json` is damaged.
    """
    facts = _facts(directory)
    return DatasetVersion(facts.version, directory, facts.counts, facts.leak_report)


def version_of(rows: Sequence[SidecarRow]) -> str:
    """The name of a version: a hash over its items, their content and their splits."""
    return content_id([[row.name, row.content_sha256, row.split] for row in rows])


def file_fact(path: Path) -> FileFact:
    """Size and hash of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileFact(sha256=digest, bytes=path.stat().st_size)


_FIX = "A version is never edited. Delete its folder and run `brandtune freeze` again, or restore it from a backup."


def _facts(directory: Path) -> Facts:
    path = directory / FACTS
    if not path.exists():
        raise NotFoundError(f"no dataset version in {directory}.", fix="Run `brandtune freeze` first.")
    try:
        return msgspec.convert(read_json(path), Facts)
    except msgspec.ValidationError as error:
        raise DataError(f"is not a dataset's facts ({error}).", where=str(path), fix=_FIX) from None


def _verify(path: Path, fact: FileFact) -> None:
    if not path.is_file():
        raise DataError("this file of the dataset is missing.", where=str(path), fix=_FIX)
    if file_fact(path) != fact:
        raise DataError("the file was changed after it was frozen (its hash is another).", where=str(path), fix=_FIX)
