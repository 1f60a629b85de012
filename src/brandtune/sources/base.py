"""What a connector promises: name your files, yield records or written-down rejections. Next: `tables`, `segment`."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Protocol, runtime_checkable

from pydantic import Field

from brandtune.core.config import Config
from brandtune.core.examples import Dropped
from brandtune.core.progress import Progress
from brandtune.core.records import Origin, Record
from brandtune.sources.files import InputFile, find_files

Item = Record | Dropped


class RowProblem(Exception):
    """One row cannot become a record; it goes to the dead-letter list and reading goes on."""

    def __init__(self, reason: str, *, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass
class Notes:
    """Sentences about values that were read in a reduced way, counted, and said once when a source has been read."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, sentence: str, *, where: str = "") -> None:
        self.counts[sentence] += 1
        self.first.setdefault(sentence, where)

    def say(self, progress: Progress, *, source: str) -> None:
        for sentence, count in self.counts.items():
            times = f" ({count:,} times)" if count > 1 else ""
            where = f", first at {self.first[sentence]}" if self.first[sentence] else ""
            progress.say(f"{source}: {sentence}{times}{where}.")


@dataclass
class Reading:
    """What a connector is given for one pass over one source.

    Attributes:
        name: The source's name, unique within the run; the first part of every record id.
        files: The files to read, in order.
        notes: Where to count what was read in a reduced way.
        encodings: What has been decided so far, by file label.
        on_bytes: Call with the number of bytes consumed; `InputFile.open` does it by itself.
    """

    name: str
    files: list[InputFile]
    notes: Notes = field(default_factory=Notes)
    on_bytes: Callable[[int], None] = lambda _count: None
    encodings: dict[str, str] = field(default_factory=dict)

    def origin(self, file: InputFile, line: int) -> Origin:
        return Origin(source=self.name, file=file.label, line=line)

    def rejected(self, file: InputFile, line: int, *, reason: str, detail: str = "") -> Dropped:
        """A dead letter: the row's place and a stable reason, never its text."""
        origin = self.origin(file, line)
        return Dropped(id=f"{self.name}:{origin}", step="ingest", reason=reason, detail=detail, origin=origin)


@runtime_checkable
class Connector(Protocol):
    """A kind of source. A configuration class is the connector of its kind; list it in `registry.CONNECTORS`."""

    kind: str

    def source_name(self) -> str:
        """The name its records carry as `Origin.source`."""
        ...

    def files(self, base_dir: Path, *, number: int = 1) -> list[InputFile]:
        """The files this source consists of; raises `SourceError` when there are none."""
        ...

    def records(self, reading: Reading) -> Iterator[Item]:
        """Yield a record for each usable row and a `Dropped` for each other one, in file order."""
        ...


class FileSource(Config):
    """What all sources read from files have in common."""

    path: str
    """File to read, relative to the configuration file. `*`, `?` and `**` match several files."""
    name: str = ""
    """Name of the source in record ids and messages; taken from the file name when left out."""
    encoding: str = Field(default="auto", min_length=1)
    """Text encoding, e.g. `cp1252`. `auto` reads UTF-8 and says so when it has to decide for another one."""

    def source_name(self) -> str:
        path = PurePath(self.path)
        plain = [part for part in path.parts if not set(part) & set("*?[")]
        if not plain:
            return str(getattr(self, "kind", "source"))
        return plain[-1].lstrip(".").split(".")[0] if self.name == "" else self.name

    def files(self, base_dir: Path, *, number: int = 1) -> list[InputFile]:
        return find_files(self.path, base_dir=base_dir, number=number)
