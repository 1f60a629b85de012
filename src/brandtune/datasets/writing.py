"""A version's folder: every file of it, written whole or not at all."""

import errno
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from brandtune.core.errors import BrandtuneError
from brandtune.core.examples import Dropped, Example, Preference, Rated
from brandtune.core.storage import whole_directory, write_json, write_jsonl, write_text
from brandtune.datasets.card import dataset_card
from brandtune.datasets.croissant import croissant
from brandtune.datasets.facts import Facts
from brandtune.datasets.formats import FORMATS, Part, file_of, rows
from brandtune.datasets.items import Item
from brandtune.datasets.sidecar import SidecarRow
from brandtune.datasets.splitting import SPLITS, Split
from brandtune.datasets.version import (
    CARD,
    CROISSANT,
    EXAMPLES,
    FACTS,
    LEFT_OUT,
    PREFERENCES,
    RATED,
    SIDECAR,
    TABLE,
    file_fact,
)


def write_version(
    target: Path,
    facts: Facts,
    items: Sequence[Item],
    *,
    sidecar: Sequence[SidecarRow],
    left_out: Sequence[Dropped],
) -> None:
    """Write the folder; `facts.files` is filled in on the way.

    Raises:
        BrandtuneError: The disk is full or may not be written; nothing is left behind.
    """
    try:
        with whole_directory(target) as folder:
            _write_content(folder, items, sidecar)
            if left_out:
                write_jsonl(folder / LEFT_OUT, left_out)
            paths = sorted(path for path in folder.rglob("*") if path.is_file())
            files = {path.relative_to(folder).as_posix(): file_fact(path) for path in paths}
            write_documents(folder, msgspec.structs.replace(facts, files=files))
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else str(error.strerror or error)
        raise BrandtuneError(
            f"the dataset could not be written ({reason}); nothing was left behind.",
            where=str(target), fix="Make room or allow writing there, and run `brandtune freeze` again.",
        ) from error  # fmt: skip


def write_documents(folder: Path, facts: Facts) -> None:
    """Card, Croissant metadata and facts; the facts last, so that they never speak of what is not there."""
    write_text(folder / CARD, dataset_card(facts))
    write_json(folder / CROISSANT, croissant(facts))
    write_json(folder / FACTS, facts)


def _write_content(folder: Path, items: Sequence[Item], sidecar: Sequence[SidecarRow]) -> None:
    splits = {row.name: row.split for row in sidecar}
    for name in SPLITS:
        part = part_of([item for item in items if splits[item.name] == name])
        for format in FORMATS:
            lines = list(rows(part, format=format))
            if lines or format == "openai_chat":
                write_jsonl(folder / file_of(format, name), lines)
    everything = part_of(items)
    write_jsonl(folder / EXAMPLES, everything.examples)
    if everything.preferences:
        write_jsonl(folder / PREFERENCES, everything.preferences)
    if everything.rated:
        write_jsonl(folder / RATED, everything.rated)
    write_jsonl(folder / SIDECAR, sidecar)
    pq.write_table(_table(everything.examples, splits), folder / TABLE, compression="zstd")


def part_of(items: Sequence[Item]) -> Part:
    """Items by kind, in their order."""
    contents = [item.content for item in items]
    return Part(
        [one for one in contents if isinstance(one, Example)],
        [one for one in contents if isinstance(one, Preference)],
        [one for one in contents if isinstance(one, Rated)],
    )


_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_SCHEMA = pa.schema(
    [
        ("example_id", pa.string()), ("task", pa.string()), ("split", pa.string()), ("messages", _MESSAGES),
        ("target", pa.int32()), ("label", pa.string()), ("groups", pa.list_(pa.string())),
        ("source_record_ids", pa.list_(pa.string())), ("weight", pa.float64()), ("quality", pa.float64()),
        ("occurred_at", pa.string()),
    ]
)  # fmt: skip


def _table(examples: Sequence[Example], splits: Mapping[str, Split]) -> "pa.Table":
    names = ("label", "groups", "source_record_ids", "weight", "quality", "occurred_at")
    defaults = {name: getattr(Example(example_id="", task="", messages=(), target=0), name) for name in names}
    plain = (msgspec.to_builtins(example) for example in examples)
    rows = [{**defaults, **row, "split": splits[f"example:{row['example_id']}"]} for row in plain]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
