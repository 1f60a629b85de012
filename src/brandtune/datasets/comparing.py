"""What changed between two versions: what came, went, was rewritten, or changed sides."""

from brandtune.core.records import Struct
from brandtune.datasets.version import DatasetVersion


class VersionDifference(Struct, frozen=True, kw_only=True):
    """Item names (`example:<id>`, `preference:<id>`, `rated:<id>`), sorted.

    Attributes:
        moved: Name, side before, side after.
    """

    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[tuple[str, str, str], ...] = ()


def compare(before: DatasetVersion, after: DatasetVersion) -> VersionDifference:
    """Compare two versions item by item, from their sidecars; the texts are not read."""
    old = {row.name: row for row in before.sidecar()}
    new = {row.name: row for row in after.sidecar()}
    both = sorted(old.keys() & new.keys())
    return VersionDifference(
        before=before.version,
        after=after.version,
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(name for name in both if old[name].content_sha256 != new[name].content_sha256),
        moved=tuple((name, old[name].split, new[name].split) for name in both if old[name].split != new[name].split),
    )
