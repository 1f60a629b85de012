"""The contract of a connector as one call: what `docs/guides/sources.md` says, checked on your own data."""

import contextlib
import copy
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from brandtune.core.config import Config
from brandtune.core.errors import SourceError
from brandtune.core.examples import Dropped
from brandtune.core.records import Record
from brandtune.sources import Connector, Item, Kept, Reading, ReadResult, read
from brandtune.sources.base import is_service, reads_files_alone
from brandtune.sources.incremental import plain_position

NAME = "contract"
RESUMED_AT_MOST = 12


class ContractBroken(AssertionError):
    """The connector does not do what it promises; says what, and where it showed."""


@dataclass(frozen=True)
class ContractReport:
    """What was checked.

    Attributes:
        checks: Names of the checks, all of which passed.
        num_records: Records read.
        num_rejected: Rows that became dead letters.
        num_resumed: Places at which reading was stopped and gone on with; 0 when the connector cannot resume.
    """

    checks: tuple[str, ...]
    num_records: int
    num_rejected: int
    num_resumed: int


def check_connector(connector: Any, *, base_dir: Path, min_records: int = 1) -> ContractReport:
    """Run the contract of a connector on the data that it points at.

    Args:
        connector: Your configuration object, as brandtune.yaml would give it.
        base_dir: Folder that its relative paths start from.
        min_records: Fewer records than this mean that nothing was tested.

    Raises:
        ContractBroken: The first promise that is not kept.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "asked.jsonl").write_text('{"text": "Where is it?", "label": "delivery"}\\n')
        >>> from brandtune.sources import JsonLinesSource
        >>> check_connector(JsonLinesSource(path="asked.jsonl", maps_to="label"), base_dir=folder).num_records
        1
    """
    checker = _Checker(connector, base_dir)
    items = checker.items()
    checker.each_item(items)
    records = [item for item in items if isinstance(item, Record)]
    _require(len(records) >= min_records, f"{len(records)} records were read; give it data with at least {min_records}")
    checker.settings()
    checker.twice(items)
    checker.names(items)
    checker.limit(records)
    checker.files_alone(items)
    num_resumed = checker.resuming()
    checker.keeping()
    checker.missing_file()
    return ContractReport(
        checks=("settings", "items", "twice", "names", "limit", "files", "resuming", "keeping", "errors"),
        num_records=len(records),
        num_rejected=len(items) - len(records),
        num_resumed=num_resumed,
    )


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ContractBroken(otherwise)


class _Checker:
    """The checks over one connector."""

    def __init__(self, connector: Any, base_dir: Path) -> None:
        self._connector, self._base_dir = connector, base_dir

    def _reading(self, **changes: Any) -> Reading:
        files = self._connector.files(self._base_dir, number=1)
        return replace(Reading(name=NAME, files=files, base_dir=self._base_dir, where="sources[0]"), **changes)

    def items(self, **changes: Any) -> list[Item]:
        return list(self._connector.records(self._reading(**changes)))

    def settings(self) -> None:
        """A frozen configuration with a kind, a name, and nothing that JSON cannot hold."""
        connector = self._connector
        _require(isinstance(connector, Connector), "it lacks one of: kind, source_name, files, records")
        _require(isinstance(connector, Config), "it must be a `brandtune.core.config.Config`, so that YAML can name it")
        name = connector.source_name()
        _require(bool(name) and isinstance(name, str), "source_name() must give a word")
        _require(not set(name) & set("/\\:\n"), f"source_name() gives {name!r}; ids cannot hold / \\ : or line breaks")
        json.dumps(connector.model_dump(mode="json"))
        services = is_service(connector)
        files = connector.files(self._base_dir, number=1)
        _require(services or bool(files), "files() is empty; raise SourceError, or set `is_service`")
        labels = [file.label for file in files]
        _require(len(set(labels)) == len(labels), f"two files have one label: {labels}")

    def each_item(self, items: list[Item]) -> None:
        """Every row is a record or a dead letter, with its place, and can be written and read back."""
        for number, item in enumerate(items, start=1):
            here = f"item {number}"
            _require(
                isinstance(item, Record | Dropped), f"{here} is a {type(item).__name__}, not a Record or a Dropped"
            )
            origin = item.origin
            _require(origin is not None and origin.source == NAME, f"{here} has no origin with the source's name")
            again = msgspec.json.decode(msgspec.json.encode(item), type=type(item))
            _require(again == item, f"{here} ({_id(item)}) is not equal after being written as JSON and read back")
            if isinstance(item, Dropped):
                _require(item.step == "ingest", f"{here}: step is {item.step!r}; a connector's is `ingest`")
                stable = bool(item.reason) and len(item.reason) <= 60 and not re.search(r"[\n@]", item.reason)
                _require(stable, f"{here}: the reason must be a short stable phrase, because reasons are counted")
            else:
                _require(item.record_id.startswith(f"{NAME}:"), f"{here}: its id must start with the source's name")
                _require("@" not in item.record_id, f"{here}: its id shows an e-mail address; hash it (`content_id`)")
                _require(item.subject is None, f"{here}: `subject` is set by linking, not by a connector")

    def twice(self, items: list[Item]) -> None:
        again = self.items()
        _require(len(again) == len(items), f"{len(items)} items at first, {len(again)} when read again")
        for number, (first, second) in enumerate(zip(items, again, strict=True), start=1):
            _require(first == second, f"item {number} ({_id(first)}) differs when read again: ids must be stable")

    def names(self, items: list[Item]) -> None:
        """The given name is used, so that two sources of one kind stay apart."""
        for item in self.items(name="another")[:100]:
            origin = item.origin
            _require(origin is not None and origin.source == "another", "origins do not follow the name in `Reading`")
            if isinstance(item, Record):
                _require(
                    item.record_id.startswith("another:"), f"{item.record_id} does not follow the name in `Reading`"
                )

    def limit(self, records: list[Record]) -> None:
        """Reading may stop at any record, and what was read is the beginning of everything."""
        wanted = max(1, len(records) // 2)
        found = read([self._connector], base_dir=self._base_dir, limit=wanted)
        whole = read([self._connector], base_dir=self._base_dir)
        _require(
            len(found.records) == min(wanted, len(whole.records)), f"with limit {wanted}: {len(found.records)} records"
        )
        _require(found.records == whole.records[:wanted], "with a limit other records come than without")

    def files_alone(self, items: list[Item]) -> None:
        """Where files are said to be readable one by one, that gives the same."""
        if not reads_files_alone(self._connector) or is_service(self._connector):
            return
        files = self._reading().files
        alone = [item for file in files for item in self.items(files=[file])]
        _require(alone == items, "`reads_files_alone` is set, but reading the files one by one gives something else")

    def resuming(self) -> int:
        """From every position that it gives, reading goes on without loss or repetition."""
        all_files = self._reading().files
        alone = reads_files_alone(self._connector) and len(all_files) > 0
        num_resumed = 0
        for files in [[file] for file in all_files] if alone else [all_files]:
            items, places = self._places(self._reading(files=files))
            for index, position, decided in _spread(places):
                num_resumed += 1
                rest = self.items(files=files, resume=position, decided=decided)
                _require(
                    rest == items[index + 1 :],
                    f"going on after item {index + 1} gives {len(rest)} items, expected {len(items) - index - 1} equal ones",
                )
        return num_resumed

    def _places(self, reading: Reading) -> tuple[list[Item], list[tuple[int, Any, dict[str, Any]]]]:
        items: list[Item] = []
        places: list[tuple[int, Any, dict[str, Any]]] = []
        before: Any = None
        for index, item in enumerate(self._connector.records(reading)):
            items.append(item)
            if reading.position is not None and reading.position is not before:
                before = reading.position
                try:
                    places.append(
                        (index, json.loads(json.dumps(plain_position(before))), copy.deepcopy(reading.decided))
                    )
                except TypeError:
                    raise ContractBroken(f"the position after item {index + 1} cannot be written as JSON") from None
        return items, places

    def keeping(self) -> None:
        """Through the workspace's memory: the same records, again without anything new, and after an interruption."""
        whole = read([self._connector], base_dir=self._base_dir)
        with tempfile.TemporaryDirectory() as folder:
            kept = Kept(Path(folder) / "records", database=f"sqlite:///{folder}/state.db")
            for when in ("at first", "again"):
                self._same(kept.read([self._connector], base_dir=self._base_dir), whole, when)
        with tempfile.TemporaryDirectory() as folder:
            kept = Kept(Path(folder) / "records", database=f"sqlite:///{folder}/state.db")
            stopped = _Stopping(self._connector, after=max(1, len(whole.records) // 2))
            with contextlib.suppress(_Stop):
                kept.read([stopped], base_dir=self._base_dir)
            self._same(kept.read([self._connector], base_dir=self._base_dir), whole, "after an interruption")

    def _same(self, found: ReadResult, whole: ReadResult, when: str) -> None:
        _require(found.records == whole.records, f"read through the workspace {when}, the records differ")
        _require(found.rejected == whole.rejected, f"read through the workspace {when}, the dead letters differ")

    def missing_file(self) -> None:
        """A file that is not there is an error with its place and what to do."""
        if is_service(self._connector) or "path" not in type(self._connector).model_fields:
            return
        try:
            self._connector.model_copy(update={"path": "no-such-folder/no-such-file.zip"}).files(
                self._base_dir, number=3
            )
        except SourceError as error:
            _require(bool(error.where and error.fix), "an error about a missing file must carry `where` and `fix`")
            _require("sources[2]" in str(error.where), "its `where` must name the source, e.g. sources[2].path")
            return
        raise ContractBroken("a missing file must raise SourceError in files()")


class _Stop(Exception):
    """Stands for a process that is killed."""


class _Stopping:
    """A connector that is interrupted after some items."""

    def __init__(self, connector: Any, *, after: int) -> None:
        self._connector, self._after = connector, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def records(self, reading: Reading) -> Iterator[Item]:
        yield from islice(self._connector.records(reading), self._after)
        raise _Stop


def _spread(places: list[Any]) -> list[Any]:
    """A few of many, the first and the last among them."""
    if len(places) <= RESUMED_AT_MOST:
        return places
    step = (len(places) - 1) / (RESUMED_AT_MOST - 1)
    return [places[round(number * step)] for number in range(RESUMED_AT_MOST)]


def _id(item: Item) -> str:
    return item.record_id if isinstance(item, Record) else item.id
