"""Pairs of people that may be one, with the odds and the reasons: proposals for a person to judge, never merges."""

from collections.abc import Collection, Sequence

from brandtune.core.ids import content_id
from brandtune.core.records import Scalar, Struct, Subject
from brandtune.profiles.names import folded

COLUMNS = ("first_name", "last_name", "email", "phone", "birthday", "street", "postal_code", "city", "company")
_TRAITS = {
    "birthday": ("birthday", "birth_date", "date_of_birth", "dob"),
    "street": ("street", "address", "address1", "shipping_street"),
    "postal_code": ("postal_code", "shipping_zip"),
    "city": ("city", "town", "shipping_city"),
    "company": ("company", "organization", "organisation"),
}
MIN_PEOPLE = 10


class Proposal(Struct, frozen=True, kw_only=True):
    """Two people that may be one.

    Attributes:
        one: The person's id, which is also a node of the identity graph; so is `other`. `one` sorts first.
        score: Probability that they are one, by the model.
        why: What speaks for and against it, the weightiest first, in our words; holds no values of theirs.
    """

    one: str
    other: str
    score: float
    why: tuple[str, ...]

    @property
    def item(self) -> str:
        """Its name in the review queue: the same pair has the same name again."""
        return content_id([self.one, self.other])


def propose(
    subjects: Sequence[Subject], *, threshold: float, settled: Collection[frozenset[str]] = (), seed: int = 1
) -> list[Proposal]:
    """Find pairs of people that are probably one, though no identifier says so.

    Fellegi and Sunter's model by Splink: each trait adds or takes away weight, by how often it agrees among different
    people of this very company (rare names weigh more) and how often it is known to agree for one person.

    Args:
        threshold: Least probability, 0 to 1.
        settled: Pairs of subject ids that were judged or wait already.
        seed: For the sample of pairs on which agreement by chance is measured.

    Returns:
        The likeliest first.

    Raises:
        MissingPartError: Splink is not installed.

    Example:
        >>> propose([], threshold=0.9)
        []
    """
    rows = [row for subject in subjects if (row := traits_to_compare(subject))["first_name"] or row["email"]]
    if len(rows) < MIN_PEOPLE:
        return []
    from brandtune.profiles.splink_model import scored_pairs

    found = [
        Proposal(one=one, other=other, score=round(pair.probability, 4), why=pair.reasons)
        for pair in scored_pairs(rows, threshold=threshold, seed=seed)
        for one, other in [sorted((pair.one, pair.other))]
        if frozenset((one, other)) not in settled
    ]
    return sorted(found, key=lambda item: (-item.score, item.one, item.other))


def traits_to_compare(subject: Subject) -> dict[str, str | None]:
    """A person as one row of plain, folded values; what is not known is None."""
    traits = subject.traits
    first, last = _names(traits)
    row: dict[str, str | None] = dict.fromkeys(COLUMNS)
    row |= {"subject_id": subject.subject_id, "first_name": first or None, "last_name": last or None}
    emails = sorted(
        own
        for item in subject.identifiers
        if item.type == "email" and (own := _more_than_a_name(item.value.partition("@")[0], first, last))
    )
    phones = sorted(item.value for item in subject.identifiers if item.type == "phone")
    row["email"], row["phone"] = next(iter(emails), None), next(iter(phones), None)
    for column, names in _TRAITS.items():
        value = next((traits[name] for name in names if traits.get(name) not in (None, "")), None)
        row[column] = " ".join(str(value).casefold().split()) if value is not None else None
    return row


def _more_than_a_name(local_part: str, first: str, last: str) -> str:
    """The part before the @, unless the person's names explain all of it: then it is no evidence beyond the names."""
    rest = folded(local_part)
    for name in filter(None, (first, last, first[:1], last[:1])):
        rest = rest.replace(name, "", 1)
    return local_part if rest or any(letter.isdigit() for letter in local_part) else ""


def _names(traits: dict[str, Scalar]) -> tuple[str, str]:
    first, last = str(traits.get("first_name") or ""), str(traits.get("last_name") or "")
    if not (first and last):
        words = str(traits.get("name") or "").replace(",", " ").split()
        first, last = first or (words[0] if words else ""), last or (words[-1] if len(words) > 1 else "")
    return folded(first), folded(last)
