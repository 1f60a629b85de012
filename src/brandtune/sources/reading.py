"""`read`: every configured source to records, with a dead-letter list and the facts of each file.

`incremental` does the same over what earlier passes kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from brandtune.core.examples import Dropped
from brandtune.core.ids import content_id
from brandtune.core.progress import Progress, Silent
from brandtune.core.records import Record
from brandtune.sources.base import Reading, is_service, repeats_of
from brandtune.sources.collecting import Collected
from brandtune.sources.files import InputFile
from brandtune.sources.registry import AnySource


@dataclass(frozen=True)
class FileFact:
    """One file, or one service, that was read.

    Attributes:
        path: As messages and origins write it, relative to the configuration where possible; a service's address.
        sha256: Of the file's bytes as they lie on the disk; of what the service gave.
        bytes: Size on the disk.
        num_records: Records that originate in it.
    """

    path: str
    sha256: str
    bytes: int
    num_records: int


@dataclass(frozen=True)
class ReadResult:
    """Everything the sources gave.

    Attributes:
        records: In order of sources, files and lines.
        rejected: Rows that could not become records, with place and reason.
        files: What was read; `limit` does not change their hashes.
        notes: What was read in a reduced way, one sentence each, with counts.
    """

    records: list[Record] = field(default_factory=list)
    rejected: list[Dropped] = field(default_factory=list)
    files: list[FileFact] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, found: Collected, *, facts: Iterable[FileFact]) -> None:
        """Add what one source gave."""
        self.records.extend(found.records)
        self.rejected.extend(found.rejected)
        self.files.extend(facts)
        self.notes.extend(f"{found.name}: {sentence}" for sentence in found.notes.sentences())


def read(
    sources: Sequence[AnySource], *, base_dir: Path, progress: Progress | None = None, limit: int | None = None
) -> ReadResult:
    """Read all sources.

    Args:
        base_dir: Folder that relative paths start from: that of the configuration file.
        limit: At most this many records of each source.

    Raises:
        SourceError: A file is missing, damaged, in another encoding, or lacks a column; says where and what to do.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "asked.csv").write_text("text,intent\\nWhere is my order?,delivery\\n")
        >>> from brandtune.sources import CsvSource
        >>> result = read([CsvSource(path="asked.csv", maps_to="label")], base_dir=folder)
        >>> result.records[0].payload
        LabelledText(text='Where is my order?', label='delivery')
    """
    shown: Progress = progress or Silent()
    result = ReadResult()
    for source, reading in readings(sources, base_dir=base_dir):
        _read_source(source, reading, result=result, progress=shown, limit=limit)
    return result


def readings(sources: Sequence[AnySource], *, base_dir: Path) -> list[tuple[AnySource, Reading]]:
    """A pass over each source, not begun. All files are looked for before any is read: a typo in the last source
    should not cost an hour."""
    found = [source.files(base_dir, number=number) for number, source in enumerate(sources, start=1)]
    return [
        (source, Reading(name=name, files=files, base_dir=base_dir, where=f"sources[{number}]"))
        for number, (source, files, name) in enumerate(zip(sources, found, unique_names(sources), strict=True))
    ]


def _read_source(
    source: AnySource, reading: Reading, *, result: ReadResult, progress: Progress, limit: int | None
) -> None:
    found = Collected(name=reading.name, repeats=repeats_of(source), notes=reading.notes)
    with progress.task(f"Reading {reading.name}", total=total_size(reading.files)) as task:
        reading.on_bytes = task.advance
        for item in source.records(reading):
            found.add(item)
            if limit is not None and len(found.records) >= limit:
                break
    reading.notes.say(progress, source=reading.name)
    facts = [_fact(file, found) for file in reading.files] or [_service_fact(source, found)]
    result.take(found, facts=facts)


def total_size(files: Sequence[InputFile]) -> int | None:
    """Bytes to read; None for a service, which does not say beforehand."""
    return sum(file.size for file in files) if files else None


def _fact(file: InputFile, found: Collected) -> FileFact:
    return FileFact(path=file.label, sha256=file.version(), bytes=file.size, num_records=found.per_file[file.label])


def _service_fact(source: AnySource, found: Collected) -> FileFact:
    digest = content_id([record.record_id for record in found.records], length=64)
    return FileFact(path=service_address(source), sha256=digest, bytes=0, num_records=len(found.records))


def service_address(source: AnySource) -> str:
    """How a service is named where files have a path; never with its password."""
    address = getattr(source, "address", None)
    return str(address()) if callable(address) else source.kind


def unique_names(sources: Sequence[AnySource]) -> list[str]:
    """A name for each source; the second of one name gets a number, so that record ids stay apart."""
    names: list[str] = []
    for source in sources:
        name, count = source.source_name(), 2
        while name in names:
            name, count = f"{source.source_name()}-{count}", count + 1
        names.append(name)
    return names


def fingerprint(sources: Sequence[AnySource], *, base_dir: Path, services: Mapping[str, str] | None = None) -> str:
    """A hash over the configuration of the sources and the content of their files; equal means nothing changed.

    Args:
        services: By source name, what its service gave when it was last asked (`Kept.ask`).

    Raises:
        SourceError: A file is missing.
    """
    known = services or {}
    parts = [
        [
            source.model_dump(mode="json"),
            known.get(name, "") if is_service(source) else "",
            [[file.label, file.version()] for file in source.files(base_dir, number=number)],
        ]
        for number, (source, name) in enumerate(zip(sources, unique_names(sources), strict=True), start=1)
    ]
    return content_id(parts, length=64)
