"""Means: what was made from what (append-only ledger), and which model answers under which name (registry)."""

from brandtune.lineage.ledger import Entry, Ledger
from brandtune.lineage.registry import Registry, Release
from brandtune.lineage.review import ReviewItem, ReviewQueue

__all__ = ["Entry", "Ledger", "Registry", "Release", "ReviewItem", "ReviewQueue"]
