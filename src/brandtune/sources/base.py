"""What a connector promises: name your files, yield records or written-down rejections. Next: `tables`, `segment`.

`docs/guides/sources.md` shows how to write one; `brandtune.testing.check_connector` tests it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import Field, field_serializer

from brandtune.core.config import Config
from brandtune.core.examples import Dropped
from brandtune.core.progress import Progress
from brandtune.core.records import Origin, Record
from brandtune.sources.files import InputFile, find_files
from brandtune.sources.remote import find_remote, is_remote

Item = Record | Dropped
Repeats = Literal["number", "drop", "replace"]
"""What a second record with the same id is: another one (numbered), a duplicate (dropped), or a newer version."""
MASKED = "***"


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

    def add(self, sentence: str, *, where: str = "", times: int = 1) -> None:
        self.counts[sentence] += times
        self.first.setdefault(sentence, where)

    def merge(self, other: "Notes") -> None:
        for sentence, count in other.counts.items():
            self.add(sentence, where=other.first.get(sentence, ""), times=count)

    def sentences(self) -> list[str]:
        """Each sentence with how often and where first."""
        found = []
        for sentence, count in self.counts.items():
            times = f" ({count:,} times)" if count > 1 else ""
            where = f", first at {self.first[sentence]}" if self.first[sentence] else ""
            found.append(f"{sentence}{times}{where}.")
        return found

    def say(self, progress: Progress, *, source: str) -> None:
        for sentence in self.sentences():
            progress.say(f"{source}: {sentence}")


@dataclass
class Reading:
    """What a connector is given for one pass over one source.

    Attributes:
        name: The source's name, unique within the run; the first part of every record id.
        files: The files to read, in order; empty for a service.
        notes: Where to count what was read in a reduced way.
        encodings: What has been decided so far, by file label.
        on_bytes: Call with the number of bytes consumed; `InputFile.open` does it by itself.
        base_dir: Folder of the configuration file.
        where: How messages name this source, e.g. `sources[1]`.
        resume: A `position` of an earlier pass; yield only what comes after it. None: from the start.
        position: JSON-able, or a function that gives it; a connector that can resume sets a new one before each item,
            the place after that item. Of files it is (byte, line). None: this pass cannot be resumed.
        decided: JSON-able; what was decided from the first rows. Comes back as it was left, together with `resume`.
    """

    name: str
    files: list[InputFile]
    notes: Notes = field(default_factory=Notes)
    on_bytes: Callable[[int], None] = lambda _count: None
    encodings: dict[str, str] = field(default_factory=dict)
    base_dir: Path = Path()
    where: str = "sources"
    resume: Any = None
    position: Any = None
    decided: dict[str, Any] = field(default_factory=dict)

    def origin(self, file: InputFile, line: int) -> Origin:
        return Origin(source=self.name, file=file.label, line=line)

    def rejected(self, file: InputFile, line: int, *, reason: str, detail: str = "") -> Dropped:
        """A dead letter: the row's place and a stable reason, never its text."""
        return self.rejected_at(self.origin(file, line), reason=reason, detail=detail)

    def rejected_at(self, origin: Origin, *, reason: str, detail: str = "") -> Dropped:
        return Dropped(id=f"{self.name}:{origin}", step="ingest", reason=reason, detail=detail, origin=origin)


@runtime_checkable
class Connector(Protocol):
    """A kind of source: a configuration class that can name its files and read them.

    Other packages bring one through an entry point of the group `brandtune.sources`. Four attributes are optional:
    `reads_files_alone` (False: one changed file means reading all again), `repeats` (`number`), `is_service` (False),
    and, for services, `address()`, which names the service without its password.
    """

    @property
    def kind(self) -> str:
        """The word that selects this connector in brandtune.yaml."""
        ...

    def source_name(self) -> str:
        """The name its records carry as `Origin.source`."""
        ...

    def files(self, base_dir: Path, *, number: int = 1) -> list[InputFile]:
        """The files this source consists of; raises `SourceError` when there are none. A service has none: `[]`."""
        ...

    def records(self, reading: Reading) -> Iterator[Item]:
        """Yield a record for each usable row and a `Dropped` for each other one, in file order."""
        ...


class AnyConnector(Connector, Protocol):
    """A connector with its settings."""

    def model_dump(self, *, mode: str = "python") -> dict[str, Any]: ...


def repeats_of(source: Connector) -> Repeats:
    found: Repeats = getattr(source, "repeats", "number")
    return found


def is_service(source: Connector) -> bool:
    """Whether a source has no files, so that only asking it can tell whether something is new."""
    return bool(getattr(source, "is_service", False))


def reads_files_alone(source: Connector) -> bool:
    """Whether reading its files one by one gives what reading them together gives."""
    return bool(getattr(source, "reads_files_alone", False))


class FileSource(Config):
    """What all sources read from files have in common."""

    path: str
    """File to read, relative to the configuration file, or an address such as `s3://bucket/key`. `*`, `?` and `**`
    match several files."""
    name: str = ""
    """Name of the source in record ids and messages; taken from the file name when left out."""
    encoding: str = Field(default="auto", min_length=1)
    """Text encoding, e.g. `cp1252`. `auto` reads UTF-8 and says so when it has to decide for another one."""
    storage: dict[str, str] = Field(default_factory=dict, repr=False)
    """What an address needs beyond the path, e.g. `{key: "${AWS_KEY}", secret: "${AWS_SECRET}"}`; handed to fsspec.
    Secrets come from the environment."""
    max_field_mb: float = Field(default=8.0, gt=0)
    """Rows with a larger field are dropped with a reason."""

    @property
    def reads_files_alone(self) -> bool:
        return True

    @field_serializer("storage")
    def _hide_storage(self, storage: Mapping[str, str]) -> dict[str, str]:
        return dict.fromkeys(storage, MASKED)

    def source_name(self) -> str:
        path = PurePath(self.path.split("?")[0] if is_remote(self.path) else self.path)
        plain = [part for part in path.parts if not set(part) & set("*?[")]
        if not plain:
            return str(getattr(self, "kind", "source"))
        return plain[-1].lstrip(".").split(".")[0] if self.name == "" else self.name

    def files(self, base_dir: Path, *, number: int = 1) -> list[InputFile]:
        if is_remote(self.path):
            return find_remote(self.path, number=number, options=self.storage)
        return find_files(self.path.removeprefix("file://"), base_dir=base_dir, number=number)

    @property
    def limit_bytes(self) -> int:
        return int(self.max_field_mb * 1e6)
