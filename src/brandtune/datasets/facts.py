"""`dataset.json`: everything that the card and the metadata are written from."""

import msgspec

from brandtune.core.records import Struct
from brandtune.datasets.leaks import LeakReport


class FunnelLine(Struct, frozen=True, kw_only=True):
    """One curation step: rows in, rows left, and why the others went."""

    step: str
    entered: int
    left: int
    reasons: dict[str, int] = {}


class Background(Struct, frozen=True, kw_only=True):
    """Where the examples came from and on what ground; not part of the version's identity.

    Attributes:
        consents: People by what they said: granted, denied, revoked, missing.
        personal_data: Mentions replaced before anything was learnt, by type.
        residual_risk: What a check for remaining personal data found, if one ran.
        representativeness: How the examples compare with the customer base, if that was measured.
    """

    run: str = ""
    sources: tuple[str, ...] = ()
    lawful_basis: str = ""
    purpose: str = ""
    assessment: str = ""
    retention_days: int | None = None
    consents: dict[str, int] = {}
    pseudonymized: bool | None = None
    personal_data: dict[str, int] = {}
    residual_risk: dict[str, object] = {}
    representativeness: dict[str, object] = {}
    funnel: tuple[FunnelLine, ...] = ()


class FileFact(Struct, frozen=True, kw_only=True):
    """One file of a version."""

    sha256: str
    bytes: int


class Facts(Struct, frozen=True, kw_only=True):
    """What is known about a version. Counts are split -> task -> number.

    Attributes:
        placeholders: Marks in the examples, by type.
        files: Every data file with its hash, by path within the version.
        previous: The version whose division was kept; empty for a first one.
        num_moved: Items that had to change sides since then, because something new ties them to the other side.
        left_out: Reasons and counts of what could not be placed (only under `split.after`).
        published: The day it was frozen.
    """

    version: str
    brand: str
    counts: dict[str, dict[str, int]]
    num_customers: int
    num_components: int
    placeholders: dict[str, int]
    split: dict[str, object]
    leak_report: LeakReport
    preferences: dict[str, dict[str, int]] = {}
    rated: dict[str, dict[str, int]] = {}
    background: Background = Background()
    terms: dict[str, object] = {}
    previous: str = ""
    num_moved: int = 0
    left_out: dict[str, int] = {}
    published: str = ""
    files: dict[str, FileFact] = msgspec.field(default_factory=dict)

    @property
    def num_examples(self) -> int:
        return total(self.counts)


def total(counts: dict[str, dict[str, int]]) -> int:
    """Sum over splits and tasks."""
    return sum(sum(by_task.values()) for by_task in counts.values())
