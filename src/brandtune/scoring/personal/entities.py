"""What kinds of personal data are told apart, and a found place of one of them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, get_args

import msgspec

Entity = Literal[
    "PERSON", "ADDRESS", "LOCATION", "ORGANIZATION", "NRP", "TITLE", "AGE", "DATE_TIME", "EMAIL", "PHONE", "CARD", "IBAN",
    "IP", "MAC", "URL", "DOMAIN", "CRYPTO", "UUID", "SSN", "TAX_ID", "HEALTH_ID", "NATIONAL_ID", "PASSPORT",
    "DRIVER_LICENSE", "BANK_ACCOUNT", "MEDICAL_LICENSE", "ID", "ONLINE", "ZIP",
]  # fmt: skip
ENTITIES: tuple[str, ...] = get_args(Entity)
"""NRP is nationality, religion or politics; ONLINE is an address on a network that only the name model saw."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """A place in a text. `score` is 0..1: 1 for a right check digit, less for a shape, a cue or the model's word."""

    start: int
    end: int
    entity: str
    score: float


def best_without_overlaps(found: list[Found], text: str) -> list[Found]:
    """In reading order; where two overlap, the better score stays whole and of the other what is left over.

    >>> [(f.start, f.entity) for f in best_without_overlaps([Found(0, 9, "URL", 0.5), Found(4, 12, "EMAIL", 1.0)], "a.b " * 3)]
    [(0, 'URL'), (4, 'EMAIL')]
    """
    in_order = sorted(found, key=lambda f: f.start)
    if all(a.end <= b.start for a, b in pairwise(in_order)):
        return in_order
    kept: list[Found] = []
    cluster: list[Found] = []
    end = -1
    for item in in_order:
        if item.start >= end and cluster:
            kept += _best(cluster, text)
            cluster = []
        cluster.append(item)
        end = max(end, item.end) if len(cluster) > 1 else item.end
    return kept + _best(cluster, text)


def _best(cluster: list[Found], text: str) -> list[Found]:
    if len(cluster) == 1:
        return cluster
    chosen: list[Found] = []
    for item in sorted(cluster, key=lambda f: (-f.score, f.start - f.end, f.start)):
        chosen += _left_over(item, chosen, text)
        chosen.sort(key=lambda f: f.start)
    return chosen


def _left_over(item: Found, chosen: list[Found], text: str) -> Iterator[Found]:
    """The parts of `item` that nothing chosen covers, as far as they hold a letter or digit."""
    start = item.start
    for other in [*chosen, Found(item.end, item.end, "", 0.0)]:
        if other.end < start or other.start > item.end:
            continue
        end = min(other.start, item.end)
        part = text[start:end]
        if end > start and any(c.isalnum() for c in part):
            left = len(part) - len(part.lstrip(" \n\t,;:-"))
            yield Found(start + left, start + len(part.rstrip(" \n\t,;:-")), item.entity, item.score)
        start = max(start, other.end)
