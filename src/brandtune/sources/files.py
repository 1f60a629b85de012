"""Finding and opening input files: globs, gzip, byte counting, and errors that name what is there instead."""

import difflib
import gzip
import hashlib
import io
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO, cast

from brandtune.core.errors import SourceError

BLOCK = 1 << 18
HASHED = 1 << 20


@dataclass(frozen=True)
class InputFile:
    """A file that exists, and the short label that messages use for it.

    Attributes:
        alone: True when the configuration named this one file; False when a pattern matched it.
    """

    path: PurePath
    label: str
    alone: bool = True

    @property
    def size(self) -> int:
        return Path(self.path).stat().st_size

    @property
    def is_packed(self) -> bool:
        return self.path.suffix == ".gz"

    def raw(self) -> BinaryIO:
        """The bytes as they lie there, seekable."""
        return cast(BinaryIO, Path(self.path).open("rb", buffering=0))

    @contextmanager
    def open(self, on_bytes: Callable[[int], None] = lambda _count: None, *, start: int = 0) -> Iterator[BinaryIO]:
        """Open for reading bytes, unpacking `.gz`; `on_bytes` hears of every block taken from the disk.

        Args:
            start: Byte to begin at; only for files that are not packed.
        """
        with self.raw() as raw:
            if start:
                raw.seek(start)
            counted = io.BufferedReader(_Counting(cast(io.RawIOBase, raw), on_bytes), buffer_size=BLOCK)
            if not self.is_packed:
                yield cast(BinaryIO, counted)
                return
            try:
                yield cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=counted), buffer_size=BLOCK))
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise self._bad_gzip(error) from None

    @contextmanager
    def open_seekable(self) -> Iterator[BinaryIO]:
        """Open for formats that jump about; a packed file is unpacked to a temporary one first."""
        if not self.is_packed:
            with self.raw() as raw:
                yield cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, raw), buffer_size=BLOCK))
            return
        with tempfile.TemporaryFile() as whole:
            with self.open() as packed:
                shutil.copyfileobj(packed, whole, BLOCK)
            whole.seek(0)
            yield cast(BinaryIO, whole)

    def _bad_gzip(self, error: Exception) -> SourceError:
        ends_early = isinstance(error, EOFError)
        what = "the gzip file ends before its end marker (cut off)." if ends_early else "not a readable gzip file."
        return SourceError(what, where=self.label, fix="Export or copy it again; `gzip -t FILE` checks a file.")

    def sha256(self) -> str:
        return self.prefix_sha256(None)

    def prefix_sha256(self, length: int | None) -> str:
        """Hash of the first `length` bytes (None: of all)."""
        digest = hashlib.sha256()
        self.hash_into(digest, start=0, end=length)
        return digest.hexdigest()

    def hash_into(self, digest: "hashlib._Hash", *, start: int, end: int | None) -> int:
        """Add the bytes between two places (None: the end) to a hash; returns how many they were."""
        count = 0
        with self.raw() as raw:
            raw.seek(start)
            while end is None or start + count < end:
                block = raw.read(HASHED if end is None else min(HASHED, end - start - count))
                if not block:
                    break
                digest.update(block)
                count += len(block)
        return count

    def version(self) -> str:
        """Equal as long as the content is equal; the content's hash, where nothing cheaper is dependable."""
        return self.sha256()


class _Counting(io.RawIOBase):
    """Reports every block read from the file below, so that progress follows the disk and not the row count."""

    def __init__(self, raw: io.RawIOBase, on_bytes: Callable[[int], None]) -> None:
        self._raw, self._on_bytes = raw, on_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = self._raw.readinto(buffer) or 0
        self._on_bytes(count)
        return count


def find_files(pattern: str, *, base_dir: Path, number: int) -> list[InputFile]:
    """The files that a source's `path` names, sorted.

    Raises:
        SourceError: Nothing matches, or a folder was named; says where it looked and what is there.
    """
    where = f"sources[{number - 1}].path"
    full = base_dir / Path(pattern).expanduser()
    if full.is_dir():
        raise SourceError(
            f"{full} is a folder.", where=where, fix=f"Name the files, e.g. path: {pattern.rstrip('/')}/*.csv."
        )
    if full.is_file():
        return [InputFile(path=full, label=_label(full, base_dir))]
    if set(pattern) & set("*?["):
        anchor = Path(full.anchor) if full.anchor else Path()
        found = sorted(p for p in anchor.glob(str(full.relative_to(anchor))) if p.is_file())
        if found:
            return [InputFile(path=p, label=_label(p, base_dir), alone=False) for p in found]
        raise SourceError(f"no file matches {full}.", where=where, fix=_there_instead(full))
    raise SourceError(f"there is no file {full}.", where=where, fix=_there_instead(full))


def _label(path: Path, base_dir: Path) -> str:
    return str(path.relative_to(base_dir)) if path.is_relative_to(base_dir) else str(path)


def _there_instead(wanted: Path) -> str:
    """What the nearest existing folder holds, the most similar names first."""
    folder = wanted.parent
    while not folder.is_dir() or set(str(folder)) & set("*?["):
        folder = folder.parent
    names = sorted(p.name + ("/" if p.is_dir() else "") for p in folder.iterdir() if not p.name.startswith("."))
    near = difflib.get_close_matches(wanted.name, names, n=3, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(near)}? (in {folder})"
    if not names:
        return f"{folder} is empty."
    return f"{folder} holds: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}."
