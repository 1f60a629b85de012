"""`propose`: look at a file's first rows and say what kind of source it is and what a row is, with the evidence."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from brandtune.core.errors import SourceError
from brandtune.sources.base import Reading
from brandtune.sources.columns import Columns, Values
from brandtune.sources.delimited import CsvSource
from brandtune.sources.excel import ExcelSource
from brandtune.sources.files import InputFile, find_files
from brandtune.sources.guesses import GUESSES, other_texts
from brandtune.sources.json_document import JsonSource
from brandtune.sources.json_lines import JsonLinesSource
from brandtune.sources.parquet import ParquetSource
from brandtune.sources.row_fields import FIELDS
from brandtune.sources.samples import Guess, Sample
from brandtune.sources.systems import system_of
from brandtune.sources.tables import Row, TableSource

SAMPLED = 200
_KINDS = {
    "csv": CsvSource, "jsonl": JsonLinesSource, "json": JsonSource, "parquet": ParquetSource, "excel": ExcelSource,
}  # fmt: skip
_SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".parquet": "parquet", ".pq": "parquet", ".xlsx": "excel", ".xlsm": "excel",
}  # fmt: skip


@dataclass(frozen=True)
class SourceProposal:
    """What a file seems to be.

    Attributes:
        kind: The connector.
        maps_to: What a row is; None for kinds that know it themselves, and when nothing fits (see `reason`).
        fields: Our names to columns.
        evidence: For each field, and for `kind` and `maps_to`, why; never the customers' text.
        num_sampled: Rows looked at.
        alternatives: Other things a row could be.
        options: Further settings the source needs, e.g. `records_at`.
        reason: One sentence for people.
    """

    path: str
    kind: str
    maps_to: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    num_sampled: int = 0
    columns: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    def as_config(self) -> dict[str, Any]:
        """The entry of `sources:` in brandtune.yaml."""
        entry: dict[str, Any] = {"kind": self.kind, "path": self.path}
        if self.maps_to:
            entry["maps_to"] = self.maps_to
        if self.fields:
            entry["fields"] = dict(self.fields)
        return {**entry, **self.options}


def propose(path: Path) -> SourceProposal:
    """Look at about 200 rows of one file.

    Raises:
        SourceError: The file is missing, empty, or not readable as CSV, JSON or Parquet.
    """
    file = find_files(str(path.absolute()), base_dir=path.absolute().parent, number=1)[0]
    kind, why = _kind(file)
    source = _KINDS[kind](path=str(path), maps_to="pair")
    reading = Reading(name="sample", files=[file])
    rows, options = _rows(source, file, reading)
    if not rows:
        raise SourceError("there are no rows to look at.", where=str(path), fix="Name a file with data.")
    special = system_of(kind, rows)
    evidence = {"kind": why if special is None else special[1]}
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    if special is not None:
        return SourceProposal(
            path=str(path),
            kind=special[0],
            evidence=evidence,
            num_sampled=len(rows),
            columns=columns,
            reason=special[1],
        )
    return _mapped(path, kind, rows, columns, evidence, options)


def _kind(file: InputFile) -> tuple[str, str]:
    """From the content where it shows, else from the file's ending."""
    plain = file.path.name.removesuffix(".gz")
    with file.open() as stream:
        start = stream.read(1 << 16)
    if start[:4] == b"PAR1":
        return "parquet", "starts like a Parquet file"
    if start[:4] == b"PK\x03\x04":
        return "excel", "starts like an Excel workbook"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"[" or text[:1] == b"{":
        lines = text.splitlines()
        many = len(lines) > 1 and lines[0].rstrip().endswith(b"}") and lines[1].lstrip()[:1] == b"{"
        named = Path(plain).suffix.lower() in (".jsonl", ".ndjson")
        return ("jsonl", "one JSON object a line") if many or named else ("json", "one JSON document")
    kind = _SUFFIXES.get(Path(plain).suffix.lower(), "csv")
    return (
        ("csv", "text with a header line")
        if kind in ("json", "jsonl")
        else (kind, f"file name ends in {Path(plain).suffix}")
    )


def _rows(source: TableSource, file: InputFile, reading: Reading) -> tuple[list[Values], dict[str, str]]:
    def sampled(chosen: TableSource) -> list[Values]:
        return [row.values for row in islice(chosen.rows(file, reading), SAMPLED) if isinstance(row, Row)]

    try:
        return sampled(source), {}
    except SourceError as error:
        if isinstance(source, JsonSource) and "lists:" in error.what:
            for name in ("tickets", "conversations", "data", "records", "items"):
                if f"{name}" in error.what:
                    return sampled(source.model_copy(update={"records_at": name})), {"records_at": name}
        raise


def _mapped(
    path: Path, kind: str, rows: list[Values], names: tuple[str, ...], evidence: dict[str, str], options: dict[str, str]
) -> SourceProposal:
    found = [(guess, sample) for maps_to, guess_of in GUESSES.items() if (both := _guessed(maps_to, guess_of, rows))
             for guess, sample in [both]]  # fmt: skip
    if not found:
        return SourceProposal(
            path=str(path), kind=kind, evidence=evidence, num_sampled=len(rows), columns=names, options=options,
            reason=_nothing_fits(rows, names),
        )  # fmt: skip
    found.sort(key=lambda pair: -pair[0].score)
    best, sample = found[0]
    fields = sample.columns.bound | best.fields
    for ours, column in fields.items():
        evidence[ours] = (
            best.evidence.get(ours) or f"column `{column}`, filled in {sample.filled(ours, column):.0%} of rows"
        )
    evidence["maps_to"] = best.reason
    return SourceProposal(
        path=str(path),
        kind=kind,
        maps_to=sample.columns.maps_to,
        fields=fields,
        evidence=evidence,
        num_sampled=len(rows),
        columns=names,
        alternatives=tuple(other.columns.maps_to for _, other in found[1:4]),
        options=options,
        reason=best.reason,
    )


def _guessed(
    maps_to: str, guess_of: Callable[[Sample], Guess | None], rows: list[Values]
) -> tuple[Guess, Sample] | None:
    columns = Columns(maps_to, fields={}, file="")
    for row in rows:
        columns.observe(row)
    sample = Sample(rows=rows, columns=columns)
    missing = {ours for ours, each in FIELDS[maps_to].items() if each.required and ours not in columns.bound}
    guess = guess_of(sample)
    if guess is None or missing - set(guess.fields):
        return None
    return guess, sample


def _nothing_fits(rows: list[Values], names: tuple[str, ...]) -> str:
    texts = other_texts(rows, names)
    some = f" Columns with text: {', '.join(texts[:8])}." if texts else ""
    return f"No common meaning fits these columns; set `maps_to` and `fields` by hand.{some}"
