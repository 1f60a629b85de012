"""From examples to an immutable version on disk: divide, prove that nothing leaks, hash, write whole or not at all."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from brandtune.core.errors import EmptyDatasetError
from brandtune.core.examples import Example, Preference, Rated
from brandtune.core.ids import content_id, keyed_id
from brandtune.core.placeholders import PATTERN as MARK
from brandtune.core.progress import Progress, Silent
from brandtune.datasets.config import DatasetConfig, SplitConfig
from brandtune.datasets.dividing import Division, divide, prove, require_parts
from brandtune.datasets.earlier import subject_token
from brandtune.datasets.facts import Background, Facts
from brandtune.datasets.history import remember
from brandtune.datasets.items import Item, Kind, items_of, turns
from brandtune.datasets.leaks import LeakReport
from brandtune.datasets.sidecar import SidecarRow
from brandtune.datasets.splitting import SPLITS
from brandtune.datasets.version import FACTS, DatasetVersion, load, version_of
from brandtune.datasets.writing import write_documents, write_version

log = logging.getLogger(__name__)


def freeze(
    examples: Sequence[Example],
    *,
    split: SplitConfig,
    directory: Path,
    key: str,
    brand_name: str,
    preferences: Sequence[Preference] = (),
    rated: Sequence[Rated] = (),
    previous: DatasetVersion | None = None,
    consent: Mapping[str, str] | None = None,
    background: Background | None = None,
    terms: DatasetConfig | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
) -> DatasetVersion:
    """Write a version under `directory/<version>`; the same content gives the same version and touches none of its files.

    Args:
        examples: Curated examples, in any order.
        split: Shares, and what must stay on one side.
        key: Secret for the split and the customer tokens; the same key keeps everyone where they were.
        preferences: Divided together with the examples, by the same ties.
        rated: Likewise.
        previous: An earlier version under the same `split`: whoever it placed stays on that side. Under another
            `split` it is ignored.
        consent: Subject id -> what the person said, for the sidecar.
        background: Where the examples came from, for the documents. Not part of the version's identity.
        terms: What the documents say about use.

    Raises:
        EmptyDatasetError: Too few examples to divide.
        DataError: Ids repeat, most examples hang together, something would be on both sides, or a file of this very
            version was changed since it was frozen.
        BrandtuneError: The disk is full.

    Example:
        >>> import tempfile
        >>> from brandtune.core.examples import Message
        >>> said = [f"Where is my {thing}, please?" for thing in "abcdefghijklmnopqrstuvwxyz"]
        >>> turns = [(Message(role="user", content=t), Message(role="assistant", content=t.upper())) for t in said]
        >>> examples = [Example(example_id=f"e{n}", task="reply", messages=m, target=1) for n, m in enumerate(turns)]
        >>> folder = Path(tempfile.mkdtemp())
        >>> version = freeze(examples, split=SplitConfig(), directory=folder, key="secret", brand_name="Quill Books")
        >>> version.leak_report.clean, len(version.examples("train")) > 13
        (True, True)
    """
    _require_usable(examples, split)
    items = items_of(examples, preferences, rated)
    with progress.task("Freezing the dataset", total=4) as bar:
        division = divide(items, split=split, key=key, previous=previous)
        bar.advance(note="components")
        items = [item for item in items if item.name in division.sides]
        require_parts(items, division, split)
        leaks = prove(items, division, split)
        bar.advance(note="leaks")
        sidecar = _sidecar(items, division, key=key, consent=consent or {}, background=background or Background())
        version = sidecar[0].dataset_version
        bar.advance(note=version)
        target = directory / version
        stated = (terms or DatasetConfig()).model_dump(mode="json")
        if (target / FACTS).exists():
            _keep(load(target), terms=stated)
        else:
            facts = _facts(items, division, sidecar, leaks, split=split, brand_name=brand_name)
            facts = msgspec.structs.replace(facts, background=background or Background(), terms=stated)
            write_version(target, facts, items, sidecar=sidecar, left_out=division.left_out)
        bar.advance()
    remember(directory, version=version, previous=division.previous)
    log.info("dataset=%s items=%d", version, len(items))
    return load(target)


def _keep(version: DatasetVersion, *, terms: dict[str, object]) -> None:
    """The version is there: make sure that it is whole. Its documents are written anew only when the terms changed."""
    version.verify()
    facts = version.facts()
    if facts.terms != terms:
        write_documents(version.directory, msgspec.structs.replace(facts, terms=terms))


def _require_usable(examples: Sequence[Example], split: SplitConfig) -> None:
    if not examples:
        raise EmptyDatasetError("there are no examples to freeze.", fix="See what curation dropped, and why.")
    if len(examples) < split.min_examples:
        raise EmptyDatasetError(
            f"{len(examples)} examples are not enough: need at least {split.min_examples} to train on some and judge"
            f" on others.",
            fix="Add data, or see what curation dropped.",
        )


def _sidecar(
    items: Sequence[Item], division: Division, *, key: str, consent: Mapping[str, str], background: Background
) -> list[SidecarRow]:
    rows = []
    for item in items:
        split, component = division.sides[item.name]
        said = consent.get(item.subject or "", "")
        rows.append(
            SidecarRow(
                example_id=item.item_id,
                kind=item.kind,
                subject=subject_token(key, item.subject) if item.subject else "",
                source_record_ids=item.content.source_record_ids,
                split=split,
                component_id=keyed_id(key, f"component:{component}"),
                content_sha256=content_id(msgspec.to_builtins(item.content), length=64),
                consent=": ".join(part for part in (background.lawful_basis, said) if part) if item.subject else "",
                personal_data=_marks([item]),
            )
        )
    version = version_of(rows)
    return [msgspec.structs.replace(row, dataset_version=version) for row in rows]


def _facts(
    items: Sequence[Item],
    division: Division,
    sidecar: Sequence[SidecarRow],
    leaks: LeakReport,
    *,
    split: SplitConfig,
    brand_name: str,
) -> Facts:
    return Facts(
        version=sidecar[0].dataset_version,
        brand=brand_name,
        counts=_counts(items, division, "example"),
        preferences=_counts(items, division, "preference"),
        rated=_counts(items, division, "rated"),
        num_customers=len({item.subject for item in items if item.subject}),
        num_components=division.num_components,
        placeholders=_marks(items),
        split=split.model_dump(mode="json"),
        leak_report=leaks,
        previous=division.previous,
        num_moved=division.num_moved,
        left_out=dict(Counter(row.reason for row in division.left_out)),
        published=datetime.now(UTC).date().isoformat(),
    )


def _counts(items: Sequence[Item], division: Division, kind: Kind) -> dict[str, dict[str, int]]:
    """Split -> task -> number; empty where there is nothing of the kind."""
    found: dict[str, Counter[str]] = {name: Counter() for name in SPLITS}
    for item in items:
        if item.kind == kind:
            found[division.sides[item.name][0]][item.task] += 1
    return {name: dict(sorted(tasks.items())) for name, tasks in found.items()} if any(found.values()) else {}


def _marks(items: Sequence[Item]) -> dict[str, int]:
    """Placeholders by type."""
    found = Counter(match["type"] for item in items for text in turns(item.content) for match in MARK.finditer(text))
    return dict(sorted(found.items()))
