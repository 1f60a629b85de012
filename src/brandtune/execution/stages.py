"""A run on disk: numbered nowhere, named by time, made of stages that are each whole or absent.

A stage is reused when its fingerprint (code version, its settings, what it was made from) is unchanged; that is all
`--resume` means. Work in progress lives in `work/<stage>`, keyed by the same fingerprint, and survives a kill.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from brandtune.core.disk import explained
from brandtune.core.errors import NotFoundError, UsageError
from brandtune.core.ids import content_id
from brandtune.core.records import Struct
from brandtune.core.storage import read_json, whole_directory, write_json, write_text

T = TypeVar("T")
MARKER = "stage.json"


class StageRecord(Struct, frozen=True, kw_only=True):
    """What is known about a finished stage."""

    name: str
    fingerprint: str
    seconds: float
    finished_at: str
    summary: str = ""
    versions: dict[str, str] = {}


class Artifact(Generic[T]):
    """The result of a stage: a folder, and the value it holds, read back only when somebody asks.

    A fresh result is read back from disk too, so that a resumed run sees exactly what an uninterrupted one saw.
    """

    def __init__(self, record: StageRecord, directory: Path, *, load: Callable[[Path], T]) -> None:
        self.record, self.directory = record, directory
        self._load = load
        self._value: T | None = None

    @property
    def fingerprint(self) -> str:
        return self.record.fingerprint

    @property
    def value(self) -> T:
        if self._value is None:
            self._value = self._load(self.directory)
        return self._value


class RunDirectory:
    """One run's folder.

    Args:
        path: `<workspace>/runs/<run id>`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        return self.path.name

    @classmethod
    def create(cls, workspace: Path) -> "RunDirectory":
        """Start a new run, marked incomplete."""
        base = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        runs = workspace / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        for suffix in ["", *(f"-{number}" for number in range(2, 100))]:
            try:
                (runs / f"{base}{suffix}").mkdir()
            except FileExistsError:
                continue
            run = cls(runs / f"{base}{suffix}")
            run.mark("incomplete")
            return run
        raise UsageError(f"a hundred runs were started within one second in {runs}.")

    @classmethod
    def latest(cls, workspace: Path) -> "RunDirectory | None":
        """The newest run, or None."""
        runs = cls.all(workspace)
        return runs[-1] if runs else None

    @classmethod
    def all(cls, workspace: Path) -> "list[RunDirectory]":
        """Every run, oldest first."""
        folder = workspace / "runs"
        found = [path for path in folder.iterdir() if (path / "run.json").is_file()] if folder.is_dir() else []
        return [cls(path) for path in sorted(found, key=_age)]

    @classmethod
    def open(cls, workspace: Path, run_id: str) -> "RunDirectory":
        """A run by its id.

        Raises:
            NotFoundError: No such run; names those that exist.
        """
        path = workspace / "runs" / run_id
        if not (path / "run.json").is_file():
            known = ", ".join(run.run_id for run in cls.all(workspace)[-5:]) or "none yet"
            raise NotFoundError(f"there is no run {run_id}.", fix=f"Known runs: {known}.")
        return cls(path)

    @property
    def status(self) -> str:
        return str(read_json(self.path / "run.json")["status"])

    def mark(self, status: str, **facts: Any) -> None:
        """Set the run's status: incomplete, complete, or gate_failed."""
        write_json(self.path / "run.json", {"run_id": self.run_id, "status": status, **facts})

    def save_settings(self, yaml_text: str) -> None:
        write_text(self.path / "config.yaml", yaml_text)

    def finished(self, name: str) -> StageRecord | None:
        """The record of a finished stage, or None."""
        marker = self.path / name / MARKER
        return msgspec.convert(read_json(marker), StageRecord) if marker.is_file() else None

    def work(self, name: str, *, fingerprint: str) -> Path:
        """A folder for work in progress of this very stage; leftovers of other settings are cleared."""
        folder = self.path / "work" / name / fingerprint
        for other in folder.parent.glob("*"):
            if other.name != fingerprint:
                shutil.rmtree(other, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def stage(
        self,
        name: str,
        *,
        made_from: Any,
        compute: Callable[[], T],
        save: Callable[[T, Path], str],
        load: Callable[[Path], T],
        versions: dict[str, str] | None = None,
        on_reuse: Callable[[StageRecord], None] | None = None,
    ) -> Artifact[T]:
        """Run one stage, or reuse its result when nothing it was made from has changed.

        Args:
            made_from: JSON-able description of everything that determines the result.
            compute: Does the work.
            save: Writes the value into a folder and returns a one-line summary.
            load: Reads the value back.
            on_reuse: Called with the record when the stage is reused.
        """
        fingerprint = content_id([name, made_from])
        existing = self.finished(name)
        if existing and existing.fingerprint == fingerprint:
            if on_reuse:
                on_reuse(existing)
            return Artifact(existing, self.path / name, load=load)
        started = time.perf_counter()
        value = compute()
        with explained(self.path / name), whole_directory(self.path / name) as folder:
            summary = save(value, folder)
            record = StageRecord(
                name=name,
                fingerprint=fingerprint,
                seconds=round(time.perf_counter() - started, 2),
                finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
                summary=summary,
                versions=versions or {},
            )
            write_json(folder / MARKER, record)
        shutil.rmtree(self.path / "work" / name, ignore_errors=True)
        return Artifact(record, self.path / name, load=load)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run for this process; the lock goes with the process, however it ends.

        Raises:
            UsageError: Another process is working on this run.
        """
        # "w" would empty the file of the process that holds the lock before we know whether we get it.
        with (self.path / ".lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UsageError(
                    f"another process is working on run {self.run_id}.", fix="Wait for it, or start a new run."
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


def _age(path: Path) -> tuple[str, int]:
    """Sorts run ids by time, then by the number given to runs of the same second."""
    day, _, rest = path.name.partition("-")
    moment, _, number = rest.partition("-")
    return f"{day}-{moment}", int(number) if number.isdecimal() else 0


def fingerprint_of(name: str, made_from: Any) -> str:
    """The fingerprint that `RunDirectory.stage` would give."""
    return content_id([name, made_from])
