"""Files that are either whole or absent: write to a neighbour, fsync, rename. Everything on disk goes through here."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from brandtune.core.errors import DataError

T = TypeVar("T")


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 so that `path` is never seen half-written."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    with whole_file(path) as file:
        file.write(data)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a temporary file that becomes `path`, safely on the disk, when the block ends well, and vanishes if not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document, readable by people; msgspec structs and paths are understood."""
    plain = msgspec.to_builtins(value, enc_hook=str)
    write_text(path, json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON document.

    Raises:
        DataError: The file is missing, not UTF-8 or not JSON; names file, line and column.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError("the file does not exist.", where=str(path)) from None
    except UnicodeDecodeError as error:
        raise DataError(f"not UTF-8 text (byte {error.start}).", where=str(path)) from None
    except json.JSONDecodeError as error:
        raise DataError(f"not JSON ({error.msg}).", where=f"{path}:{error.lineno}:{error.colno}") from None


def write_jsonl(path: Path, rows: Iterable[Any]) -> int:
    """Write one JSON document a line; returns how many."""
    encoder = msgspec.json.Encoder(enc_hook=str)
    lines = [encoder.encode(row) for row in rows]
    write_bytes(path, b"".join(line + b"\n" for line in lines))
    return len(lines)


def read_jsonl(path: Path, type_: type[T]) -> list[T]:
    """Read back what `write_jsonl` wrote, as `type_`.

    Raises:
        DataError: A line is not a `type_`; names file and line.
    """
    decoder = msgspec.json.Decoder(type_)
    rows: list[T] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                rows.append(decoder.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise DataError(f"cannot be read back ({error}).", where=f"{path}:{number}") from None
    return rows


@contextmanager
def whole_directory(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` when the block ends well, and vanishes when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield temporary
        temporary.chmod(0o755)
        if path.exists():
            shutil.rmtree(path)
        temporary.replace(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def adopt(temporary: Path, path: Path) -> None:
    """Make a file that was written elsewhere on the same disk become `path`, safely on the disk first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.chmod(0o644)
    temporary.replace(path)
