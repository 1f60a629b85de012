"""How much of a text people would have to change: normalised edit similarity on what readers see."""

from rapidfuzz.distance import Indel

NEEDS_REVISION_BELOW = 0.8


def edit_similarity(text: str, reference: str) -> float:
    """1.0 for equal texts, 0.0 for nothing in common; white space and Unicode spelling do not count.

    The measure is insertions and deletions over total length (rapidfuzz `Indel`), linear in memory.

    >>> edit_similarity("Free  returns", "Free returns")
    1.0
    """
    return float(Indel.normalized_similarity(_visible(text), _visible(reference)))


def needs_revision(text: str, reference: str, *, threshold: float = NEEDS_REVISION_BELOW) -> bool:
    """True when a person changed `text` enough on the way to `reference` to call it a revision."""
    return edit_similarity(text, reference) < threshold


def _visible(text: str) -> str:
    return " ".join(text.split())
