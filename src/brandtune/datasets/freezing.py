"""From examples to an immutable version on disk: divide, prove that nothing leaks, hash, write whole or not at all."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from brandtune.core.errors import DataError, EmptyDatasetError
from brandtune.core.examples import Example
from brandtune.core.ids import content_id, keyed_id
from brandtune.core.placeholders import PATTERN as MARK
from brandtune.core.progress import Progress, Silent
from brandtune.core.storage import whole_directory, write_json, write_jsonl, write_text
from brandtune.datasets.card import dataset_card
from brandtune.datasets.components import Component, components
from brandtune.datasets.config import SplitConfig
from brandtune.datasets.leaks import require_no_leaks
from brandtune.datasets.splitting import SPLITS, Split, assign
from brandtune.datasets.version import CARD, EXAMPLES, FACTS, SIDECAR, DatasetVersion, Facts, SidecarRow, load

log = logging.getLogger(__name__)


def freeze(
    examples: Sequence[Example],
    *,
    split: SplitConfig,
    directory: Path,
    key: str,
    brand_name: str,
    provenance: dict[str, str] | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
) -> DatasetVersion:
    """Write a version under `directory/<version>`; the same examples give the same version and touch no file.

    Args:
        examples: Curated examples, in any order.
        split: Shares, and what must stay on one side.
        key: Secret for the split and the customer tokens; the same key keeps everyone where they were.
        provenance: Where the examples came from, for the card. Not part of the version's identity.

    Raises:
        EmptyDatasetError: Too few examples to divide.
        DataError: Example ids repeat, most examples hang together, or something would be on both sides.
    """
    ordered = sorted(examples, key=lambda example: example.example_id)
    _require_usable(ordered, split)
    with progress.task("Freezing the dataset", total=4) as bar:
        found = components(ordered, by=split.by)
        bar.advance(note="components")
        placed = _place(found, assign(found, ordered, split=split, key=key))
        by_split: dict[Split, list[Example]] = {
            name: [ordered[i] for i in sorted(placed) if placed[i][0] == name] for name in SPLITS
        }
        leaks = require_no_leaks(by_split, by=split.by)
        bar.advance(note="leaks")
        sidecar = [_sidecar_row(ordered[i], *placed[i], key=key) for i in range(len(ordered))]
        version = content_id([[row.example_id, row.content_sha256, row.split] for row in sidecar])
        bar.advance(note=version)
        target = directory / version
        if not (target / FACTS).exists():
            facts = Facts(
                version=version, brand=brand_name, counts=_counts(by_split),
                num_customers=len({example.subject for example in ordered if example.subject}),
                num_components=len(found), placeholders=_placeholders(ordered),
                split=split.model_dump(mode="json"), leak_report=leaks, provenance=provenance or {},
            )  # fmt: skip
            _write(target, facts, by_split, sidecar)
        bar.advance()
    log.info("dataset=%s examples=%d", version, len(ordered))
    return load(target)


def _require_usable(examples: Sequence[Example], split: SplitConfig) -> None:
    if not examples:
        raise EmptyDatasetError("there are no examples to freeze.", fix="See what curation dropped, and why.")
    if len(examples) < split.min_examples:
        raise EmptyDatasetError(
            f"{len(examples)} examples are not enough: need at least {split.min_examples} to train on some and judge"
            f" on others.",
            fix="Add data, or see what curation dropped.",
        )
    repeated = [name for name, count in Counter(example.example_id for example in examples).items() if count > 1]
    if repeated:
        raise DataError(
            f"{len(repeated)} example ids are used more than once, e.g. {repeated[0]}.", fix="Drop repeats."
        )


def _place(found: Iterable[Component], assigned: dict[str, Split]) -> dict[int, tuple[Split, str]]:
    """Example index -> (split, component key)."""
    return {member: (assigned[c.key], c.key) for c in found for member in c.members}


def _sidecar_row(example: Example, split: Split, component: str, *, key: str) -> SidecarRow:
    return SidecarRow(
        example_id=example.example_id,
        subject=keyed_id(key, f"subject:{example.subject}") if example.subject else "",
        source_record_ids=example.source_record_ids,
        split=split,
        component_id=keyed_id(key, f"component:{component}"),
        content_sha256=content_id(msgspec.to_builtins(example), length=64),
    )


def _counts(by_split: dict[Split, list[Example]]) -> dict[str, dict[str, int]]:
    return {name: dict(sorted(Counter(example.task for example in rows).items())) for name, rows in by_split.items()}


def _placeholders(examples: Sequence[Example]) -> dict[str, int]:
    found = Counter(
        match["type"]
        for example in examples
        for message in example.messages
        for match in MARK.finditer(message.content)
    )
    return dict(sorted(found.items()))


def _write(target: Path, facts: Facts, by_split: dict[Split, list[Example]], sidecar: list[SidecarRow]) -> None:
    with whole_directory(target) as folder:
        for name, rows in by_split.items():
            write_jsonl(folder / f"{name}.jsonl", ({"messages": example.messages} for example in rows))
        splits = {row.example_id: row.split for row in sidecar}
        ordered = sorted((example for rows in by_split.values() for example in rows), key=lambda e: e.example_id)
        write_jsonl(folder / EXAMPLES, ordered)
        write_jsonl(folder / SIDECAR, sidecar)
        pq.write_table(_table(ordered, splits), folder / "examples.parquet", compression="zstd")
        write_json(folder / FACTS, facts)
        write_text(folder / CARD, dataset_card(facts))


_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_SCHEMA = pa.schema(
    [
        ("example_id", pa.string()), ("task", pa.string()), ("split", pa.string()), ("messages", _MESSAGES),
        ("target", pa.int32()), ("label", pa.string()), ("groups", pa.list_(pa.string())),
        ("source_record_ids", pa.list_(pa.string())), ("weight", pa.float64()), ("quality", pa.float64()),
    ]
)  # fmt: skip


def _table(examples: Sequence[Example], splits: dict[str, Split]) -> "pa.Table":
    rows = [{**msgspec.to_builtins(example), "split": splits[example.example_id]} for example in examples]
    names = ("label", "groups", "source_record_ids", "weight", "quality")
    defaults = {name: getattr(Example(example_id="", task="", messages=(), target=0), name) for name in names}
    return pa.Table.from_pylist([{**defaults, **row} for row in rows], schema=_SCHEMA)
