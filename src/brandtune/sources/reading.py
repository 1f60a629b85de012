"""`read`: every configured source to records, with a dead-letter list and the facts of each file."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from brandtune.core.examples import Dropped
from brandtune.core.ids import content_id
from brandtune.core.progress import Progress, Silent
from brandtune.core.records import Record
from brandtune.sources.base import Reading
from brandtune.sources.files import InputFile
from brandtune.sources.registry import AnySource


@dataclass(frozen=True)
class FileFact:
    """One file that was read.

    Attributes:
        path: As messages and origins write it, relative to the configuration where possible.
        sha256: Of the file's bytes as they lie on the disk.
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
    """

    records: list[Record] = field(default_factory=list)
    rejected: list[Dropped] = field(default_factory=list)
    files: list[FileFact] = field(default_factory=list)


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
    # All files are looked for before any is read: a typo in the last source should not cost an hour.
    found = [source.files(base_dir, number=number) for number, source in enumerate(sources, start=1)]
    for source, files, name in zip(sources, found, unique_names(sources), strict=True):
        _read_source(source, Reading(name=name, files=files), result=result, progress=shown, limit=limit)
    return result


def _read_source(
    source: AnySource, reading: Reading, *, result: ReadResult, progress: Progress, limit: int | None
) -> None:
    seen: Counter[str] = Counter()
    per_file: Counter[str] = Counter()
    with progress.task(f"Reading {reading.name}", total=sum(file.size for file in reading.files)) as task:
        reading.on_bytes = task.advance
        for item in source.records(reading):
            if isinstance(item, Dropped):
                result.rejected.append(item)
                continue
            record = _unique(item, seen)
            per_file[record.origin.file] += 1
            result.records.append(record)
            if limit is not None and per_file.total() >= limit:
                break
    reading.notes.say(progress, source=reading.name)
    result.files.extend(_fact(file, per_file) for file in reading.files)


def _unique(record: Record, seen: Counter[str]) -> Record:
    """Rows that are equal, or carry one id twice, stay two records; the later are numbered in file order."""
    seen[record.record_id] += 1
    count = seen[record.record_id]
    return record if count == 1 else replace(record, record_id=f"{record.record_id}#{count}")


def _fact(file: InputFile, per_file: Counter[str]) -> FileFact:
    return FileFact(path=file.label, sha256=file.sha256(), bytes=file.size, num_records=per_file[file.label])


def unique_names(sources: Sequence[AnySource]) -> list[str]:
    """A name for each source; the second of one name gets a number, so that record ids stay apart."""
    names: list[str] = []
    for source in sources:
        name, count = source.source_name(), 2
        while name in names:
            name, count = f"{source.source_name()}-{count}", count + 1
        names.append(name)
    return names


def fingerprint(sources: Sequence[AnySource], *, base_dir: Path) -> str:
    """A hash over the configuration of the sources and the content of their files; equal means nothing changed.

    Raises:
        SourceError: A file is missing.
    """
    parts = [
        [
            source.model_dump(mode="json"),
            [[file.label, file.sha256()] for file in source.files(base_dir, number=number)],
        ]
        for number, source in enumerate(sources, start=1)
    ]
    return content_id(parts, length=64)
