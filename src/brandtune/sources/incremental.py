"""`Kept`: reading again only what is new. What was read before is kept as parts in the workspace.

A file whose content is unchanged is not read again; one that has only grown is read from where it ended; a database
with a `cursor` is asked for what came later. A pass that is interrupted goes on where it stopped, if the connector can.
"""

import fcntl
import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from brandtune.core.ids import content_id
from brandtune.core.progress import Progress, Silent
from brandtune.sources.base import Notes, Reading, is_service, reads_files_alone, repeats_of
from brandtune.sources.collecting import Collected
from brandtune.sources.parts import WRAP, Mark, Parts, PartWriter
from brandtune.sources.reading import FileFact, ReadResult, readings, service_address, total_size
from brandtune.sources.registry import AnySource
from brandtune.sources.state import DeadLetter, SourceState, Unit

CHECKPOINT = 50_000
ALL_FILES = "*"
log = logging.getLogger(__name__)


class Kept:
    """What was read before, and how to bring it up to date.

    Args:
        folder: Where parts are kept, `<workspace>/records`.
        database: SQLAlchemy address of the workspace's database.
        code: Version of the code that reads; what another version kept is read anew.
    """

    def __init__(self, folder: Path, *, database: str, code: str = "") -> None:
        self._code = code
        self._folder, self._parts = folder, Parts(folder)
        self._database = database

    @cached_property
    def _state(self) -> SourceState:
        return SourceState(self._database)

    def ask(
        self, sources: Sequence[AnySource], *, base_dir: Path, progress: Progress | None = None, again: bool = True
    ) -> dict[str, str]:
        """What each service gives, as a hash of it, by source name.

        Args:
            again: Ask for what is new first; False takes what earlier passes kept, where there is any.

        Raises:
            SourceError: A service cannot be reached or stopped answering; what it gave before that is kept.
        """
        found: dict[str, str] = {}
        services = [(s, r) for s, r in readings(sources, base_dir=base_dir) if is_service(s)]
        if not services:
            return found
        with self._locked():
            for source, reading in services:
                unit = self._known(source, reading, ALL_FILES)
                if again or unit is None or not unit.complete:
                    with (progress or Silent()).task(f"Asking {reading.name}"):
                        unit = self._bring(source, reading, ALL_FILES)
                found[reading.name] = f"{unit.num_items}:{unit.content}"
        return found

    def read(self, sources: Sequence[AnySource], *, base_dir: Path, progress: Progress | None = None) -> ReadResult:
        """Bring everything up to date and give all records, those read before and the new ones.

        Services are taken as `ask` left them. The same sources over the same content give the same result, however
        many passes it took.

        Raises:
            SourceError: As for `sources.read`; what was read before the failure is kept where it can be.
        """
        shown: Progress = progress or Silent()
        result = ReadResult()
        with self._locked():
            passes = readings(sources, base_dir=base_dir)
            state = self._state
            for source, reading in passes:
                self._read_source(source, reading, result=result, progress=shown)
            for gone in set(state.sources()) - {reading.name for _, reading in passes}:
                state.forget(gone)
            self._parts.prune(state.every_part())
            state.record_letters(result.rejected)
        return result

    def forget(self, names: Sequence[str]) -> None:
        """Forget what was read from these sources; the next pass reads them from the start."""
        with self._locked():
            for name in names:
                self._state.forget(name)
            self._parts.prune(self._state.every_part())

    def dead_letters(self, *, source: str | None = None) -> list[DeadLetter]:
        """Every row that ever could not be read, with place, reason, and when it was first and last met."""
        return self._state.letters(source=source)

    def _read_source(self, source: AnySource, reading: Reading, *, result: ReadResult, progress: Progress) -> None:
        found = Collected(name=reading.name, repeats=repeats_of(source), notes=reading.notes)
        units: list[tuple[str, Unit]] = []
        with progress.task(f"Reading {reading.name}", total=total_size(reading.files)) as task:
            for unit, one in _units_of(source, reading):
                one.on_bytes = task.advance
                known = self._known(source, one, unit) if is_service(source) else None
                done = known if known is not None and known.complete else self._bring(source, one, unit)
                units.append((unit, done))
                _restore(reading.notes, done)
                for item in self._parts.items(done.all_parts):
                    found.add(item)
        if (gone := self._state.forget(reading.name, keep=[unit for unit, _ in units])) and reading.files:
            progress.say(f"{reading.name}: {gone} files that were read before are gone, and their records with them.")
        reading.notes.say(progress, source=reading.name)
        result.take(found, facts=_facts(source, reading, units, found))

    def _known(self, source: AnySource, reading: Reading, unit: str) -> Unit | None:
        """The state of a unit, unless the settings changed or a part of it is missing."""
        known = self._state.units(reading.name).get(unit)
        usable = known is not None and known.settings == self._settings(source) and self._parts.has(known.all_parts)
        return known if usable else None

    def _bring(self, source: AnySource, reading: Reading, unit: str) -> Unit:
        """Bring one unit up to date."""
        known = self._known(source, reading, unit)
        version = content_id([file.version() for file in reading.files], length=64) if reading.files else ""
        if known is not None and version and known.complete and known.version == version:
            for file in reading.files:
                reading.on_bytes(file.size)
            return known
        start = known if known is not None and _can_go_on(known, reading) else Unit(settings=self._settings(source))
        one = replace(reading, notes=_notes(start), resume=start.position, position=None, decided=_copy(start.decided))
        return self._pass(source, one, unit, start=start, version=version)

    def _settings(self, source: AnySource) -> str:
        return content_id([self._code, source.model_dump(mode="json")])

    def _pass(self, source: AnySource, reading: Reading, unit: str, *, start: Unit, version: str) -> Unit:
        """Read what is new of one unit, keeping it in parts as it goes."""
        writer = PartWriter(self._parts)
        keeper = _Keeper(writer, start=start, save=lambda state: self._state.save(reading.name, unit, state))
        try:
            for item in source.records(reading):
                keeper.take(item, reading)
            return keeper.end(reading, version=version)
        except BaseException:
            keeper.checkpoint(reading)
            raise
        finally:
            writer.close()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Two processes must not bring the same parts up to date at once; the second waits."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class _Keeper:
    """Cuts the stream of items into parts at places where reading can go on."""

    def __init__(self, writer: PartWriter, *, start: Unit, save: Any) -> None:
        self._writer, self._state, self._save = writer, start, save
        self._from = self._safe = Mark()
        self._position: Any = None
        self._written = start.position
        self._hashed, self._digest = 0, hashlib.sha256()

    def take(self, item: Any, reading: Reading) -> None:
        self._writer.write(item)
        if reading.position is not None and reading.position is not self._position:
            self._position, self._safe = reading.position, self._writer.now
            if self._safe.items - self._from.items >= CHECKPOINT:
                self.checkpoint(reading)

    def checkpoint(self, reading: Reading) -> None:
        """Keep what can be gone on from. Nothing else of an interrupted pass is kept."""
        if self._position is None or self._safe.items == self._from.items:
            return
        self._state = self._grown(self._safe, reading)
        self._from = self._safe
        self._save(self._state)
        log.debug("source=%s checkpoint=%d", reading.name, self._state.num_items)

    def _grown(self, end: Mark, reading: Reading) -> Unit:
        part = self._writer.keep(self._from, end)
        added = (end.content - self._from.content) % WRAP
        position = plain_position(self._position)
        return msgspec.structs.replace(
            self._state,
            complete=False,
            version="",
            parts=(*self._state.parts, part) if part else self._state.parts,
            tail="",
            content=str((int(self._state.content) + added) % WRAP),
            num_items=self._state.num_items + end.items - self._from.items,
            position=position if position is not None else self._written,
            prefix=self._prefix(position, reading) or self._state.prefix,
            decided=_copy(reading.decided),
            notes=_noted(reading.notes),
        )

    def _prefix(self, position: Any, reading: Reading) -> str:
        """Hash of the file up to a position; each byte is hashed once, however many checkpoints there are."""
        if position is None or len(reading.files) != 1:
            return ""
        self._hashed += reading.files[0].hash_into(self._digest, start=self._hashed, end=position[0])
        return self._digest.hexdigest()

    def end(self, reading: Reading, *, version: str) -> Unit:
        """Keep the rest; what lies behind the last position is the tail."""
        now = self._writer.now
        resumable = self._position is not None or self._written is not None
        state = self._grown(self._safe if resumable else now, reading)
        tail = self._writer.keep(self._safe, now) if resumable else ""
        state = msgspec.structs.replace(state, complete=True, version=version, tail=tail)
        self._save(state)
        return state


def plain_position(position: Any) -> Any:
    """A position as JSON; connectors may give a function that makes it."""
    return position() if callable(position) else position


def _units_of(source: AnySource, reading: Reading) -> Iterator[tuple[str, Reading]]:
    if not reading.files or not reads_files_alone(source):
        yield ALL_FILES, replace(reading, notes=Notes())
        return
    for file in reading.files:
        yield file.label, replace(reading, files=[file], notes=Notes(), encodings={}, decided={})


def _can_go_on(known: Unit, reading: Reading) -> bool:
    """A service with a position, or a file whose beginning is what was read before."""
    if known.position is None:
        return False
    if not reading.files:
        return True
    file, (end, _) = reading.files[0], known.position
    return len(reading.files) == 1 and file.size >= end and file.prefix_sha256(end) == known.prefix


def _copy(value: dict[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return copied


def _noted(notes: Notes) -> tuple[tuple[str, int, str], ...]:
    return tuple((sentence, count, notes.first.get(sentence, "")) for sentence, count in notes.counts.items())


def _notes(unit: Unit) -> Notes:
    notes = Notes()
    _restore(notes, unit)
    return notes


def _restore(notes: Notes, unit: Unit) -> None:
    for sentence, count, first in unit.notes:
        notes.add(sentence, where=first, times=count)


def _facts(
    source: AnySource, reading: Reading, units: Sequence[tuple[str, Unit]], found: Collected
) -> Iterator[FileFact]:
    for file in reading.files:
        yield FileFact(path=file.label, sha256=file.version(), bytes=file.size, num_records=found.per_file[file.label])
    if not reading.files:
        given = content_id([unit.content for _, unit in units], length=64)
        yield FileFact(path=service_address(source), sha256=given, bytes=0, num_records=len(found.records))
