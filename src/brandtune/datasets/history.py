"""Which versions were frozen in a folder, in order: `history.jsonl` beside them."""

from datetime import UTC, datetime
from pathlib import Path

from brandtune.core.records import Struct
from brandtune.core.storage import read_jsonl, write_jsonl
from brandtune.datasets.version import FACTS, DatasetVersion, load

HISTORY = "history.jsonl"


class Frozen(Struct, frozen=True, kw_only=True):
    """One freezing: which version came out, and whose division it kept."""

    version: str
    previous: str = ""
    at: str = ""


def history(directory: Path) -> list[Frozen]:
    """Every freezing whose version is still there, oldest first."""
    path = directory / HISTORY
    rows = read_jsonl(path, Frozen) if path.is_file() else []
    return [row for row in rows if (directory / row.version / FACTS).is_file()]


def latest(directory: Path) -> DatasetVersion | None:
    """The version that was frozen last and is still there."""
    rows = history(directory)
    return load(directory / rows[-1].version) if rows else None


def versions(directory: Path) -> list[DatasetVersion]:
    """Every version, in the order in which each was first frozen; what is half-written is not among them."""
    ordered = list(dict.fromkeys(row.version for row in history(directory)))
    found = sorted(path.parent.name for path in directory.glob(f"[!.]*/{FACTS}")) if directory.is_dir() else []
    return [load(directory / name) for name in [*ordered, *(name for name in found if name not in ordered)]]


def remember(directory: Path, *, version: str, previous: str) -> None:
    """Write down that a version was frozen; the same one twice in a row is one line."""
    rows = history(directory)
    if not rows or rows[-1].version != version:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        write_jsonl(directory / HISTORY, [*rows, Frozen(version=version, previous=previous, at=now)])
