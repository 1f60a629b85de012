"""What was read, kept as content-addressed files: a part is written once, never changed, and checked by its name."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from brandtune.core.examples import Dropped
from brandtune.core.records import Record, Struct
from brandtune.core.storage import adopt
from brandtune.sources.base import Item

WRAP = 1 << 128


class Line(Struct, frozen=True, kw_only=True):
    """One item of a part."""

    record: Record | None = None
    rejected: Dropped | None = None


@dataclass(frozen=True)
class Mark:
    """A place in a part that is being written: bytes, items, and the sum of their hashes."""

    bytes: int = 0
    items: int = 0
    content: int = 0


class Parts:
    """The folder of parts.

    Args:
        folder: `<workspace>/records`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, names: Iterable[str]) -> bool:
        return all(self._path(name).is_file() for name in names)

    def items(self, names: Iterable[str]) -> Iterator[Item]:
        """The items of several parts, in order."""
        decode = msgspec.json.Decoder(Line).decode
        for name in names:
            with self._path(name).open("rb") as file:
                for line in file:
                    found = decode(line)
                    yield cast(Item, found.record or found.rejected)

    def prune(self, needed: set[str]) -> int:
        """Delete every part that nobody needs; returns how many."""
        gone = [path for path in self.folder.glob("??/*.jsonl") if path.stem not in needed]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}.jsonl"

    def put(self, file: BinaryIO, *, start: int, end: int) -> str:
        """Keep the bytes of a file between two places as a part; returns its name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".part.", delete=False) as part:
            file.seek(start)
            while start < end and (block := file.read(min(1 << 20, end - start))):
                digest.update(block)
                part.write(block)
                start += len(block)
        name = digest.hexdigest()
        adopt(Path(part.name), self._path(name))
        return name


class PartWriter:
    """Takes items as they are read and hands over whole parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        parts.folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=parts.folder)  # noqa: SIM115
        self._encode = msgspec.json.Encoder(enc_hook=str).encode
        self.now = Mark()

    def write(self, item: Item) -> None:
        line = self._encode(Line(record=item) if isinstance(item, Record) else Line(rejected=item)) + b"\n"
        self._file.write(line)
        one = int.from_bytes(hashlib.blake2b(line, digest_size=16).digest())
        self.now = Mark(self.now.bytes + len(line), self.now.items + 1, (self.now.content + one) % WRAP)

    def keep(self, start: Mark, end: Mark) -> str:
        """What lies between two marks as a part; empty when there is nothing between them."""
        if start.bytes == end.bytes:
            return ""
        self._file.flush()
        name = self._parts.put(cast(BinaryIO, self._file), start=start.bytes, end=end.bytes)
        self._file.seek(0, 2)
        return name

    def close(self) -> None:
        self._file.close()
