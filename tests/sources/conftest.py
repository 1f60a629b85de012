"""Shared by the source tests: a folder to write into, a progress that remembers, and the public data sets."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from brandtune.sources import ReadResult, read


class Said:
    """Progress that remembers what was said and how many bytes were counted."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.bytes = 0.0

    @contextmanager
    def task(self, title: str, *, total: float | None = None) -> Iterator["Said"]:
        yield self

    def advance(self, amount: float = 1.0, *, note: str = "") -> None:
        self.bytes += amount

    def say(self, text: str) -> None:
        self.sentences.append(text)

    def warn(self, text: str) -> None:
        self.say(text)

    @property
    def text(self) -> str:
        return "\n".join(self.sentences)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def reads(tmp_path: Path, said: Said) -> Any:
    """Write `content` as a file and read it: `reads(CsvSource, "a.csv", content, maps_to=…)`."""

    def reads_(kind: type, name: str, content: str | bytes, **settings: Any) -> ReadResult:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return read([kind(path=name, **settings)], base_dir=tmp_path, progress=said)

    return reads_


@pytest.fixture
def shared_data() -> Path:
    named = os.environ.get("BRANDTUNE_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public data sets are not here")
    return folder
