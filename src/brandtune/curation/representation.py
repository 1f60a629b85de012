"""Who is learnt from, beside who the customers are: shares by trait, their distance, and a test of it.

Groups of fewer than five people are never told: they are taken together with others until five or none are meant.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from brandtune.core.examples import Example
from brandtune.core.records import Subject
from brandtune.curation.results import Representation, SegmentShare

SMALL, MAX_VALUES, MIN_KNOWN = 5, 12, 0.5
OTHER = "others"
MIN_EXPECTED = 5.0
_NEVER = re.compile(r"name|mail|phone|consent|address|street|birth|post|password|(?:^|_)(?:id|zip|ip)(?:_|$)")
_JOINED = ("created_at", "createdat", "signed_up_at", "signup_date", "customer_since", "member_since", "joined_at")


def traits_of(subjects: Collection[Subject], *, wanted: Sequence[str] | None) -> list[str]:
    """The traits that make groups: those asked for, or all with 2 to 12 values that most people have."""
    if wanted is not None:
        return list(wanted)
    values: dict[str, Counter[str]] = {}
    for subject in subjects:
        for trait in subject.traits:
            if not _NEVER.search(trait.lower()) and len(values.setdefault(trait, Counter())) <= 2 * MAX_VALUES:
                values[trait][segment_of(subject, trait)] += 1
    return sorted(
        trait
        for trait, counts in values.items()
        if 2 <= sum(count >= SMALL for value, count in counts.items() if value) <= MAX_VALUES
        and len(counts) <= 2 * MAX_VALUES
        and counts.total() - counts[""] >= MIN_KNOWN * len(subjects)
    )


def segment_of(subject: Subject, trait: str) -> str:
    """The group of a person along one trait, empty when unknown; a date of joining gives its year."""
    value = subject.traits.get(trait)
    if value is None or isinstance(value, float):
        return ""
    text = str(value).strip()
    if trait.lower() in _JOINED:
        return text[:4] if re.match(r"(?:19|20)\d\d\b", text) else ""
    return text[:40]


def representation(
    subjects: Mapping[str, Subject], examples: Sequence[Example], *, traits: Iterable[str]
) -> list[Representation]:
    """One report a trait; none when no example is about anybody."""
    by_person = Counter(example.subject for example in examples if example.subject in subjects)
    return [_along(trait, subjects, by_person) for trait in traits] if by_person else []


def _along(trait: str, subjects: Mapping[str, Subject], by_person: "Counter[str | None]") -> Representation:
    base: Counter[str] = Counter()
    learnt: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for subject_id, subject in subjects.items():
        segment = segment_of(subject, trait)
        base[segment] += 1
        if subject_id in by_person:
            learnt[segment] += 1
            shown[segment] += by_person[subject_id]
    unknown = base.pop("", 0)
    learnt.pop("", 0)
    small = _small(base, learnt)
    base, learnt, shown = (_merged(counts, base, small) for counts in (base, learnt, shown))
    customers, people = max(1, base.total()), max(1, learnt.total())
    shares = {key: (base[key] / customers, learnt[key] / people) for key in base}
    statistic, p_value = _chi_square(base, learnt)
    return Representation(
        trait=trait,
        segments=[
            SegmentShare(
                segment=key, customers=base[key], customers_share=round(shares[key][0], 4), learnt=learnt[key],
                learnt_share=round(shares[key][1], 4), examples=shown[key],
            )
            for key in sorted(base, key=lambda key: (key == OTHER, -base[key], key))
        ],
        distance=round(sum(abs(one - other) for one, other in shares.values()) / 2, 4),
        chi_square=statistic,
        p_value=p_value,
        unknown=unknown,
    )  # fmt: skip


def _small(base: Counter[str], learnt: Counter[str]) -> frozenset[str]:
    """The groups to take together so that no count between one and four is told, nor can be worked out from a total."""
    small = {key for key in base if 0 < base[key] < SMALL or 0 < learnt[key] < SMALL}
    for key in sorted(base.keys() - small, key=lambda key: (learnt[key], base[key], key)):
        together = sum(learnt[other] for other in small)
        if not small or (sum(base[other] for other in small) >= SMALL and (together == 0 or together >= SMALL)):
            break
        small.add(key)
    return frozenset(small)


def _merged(counts: Counter[str], base: Counter[str], small: frozenset[str]) -> Counter[str]:
    merged: Counter[str] = Counter()
    for key in base:
        merged[OTHER if key in small else key] += counts[key]
    return merged


def _chi_square(base: Counter[str], learnt: Counter[str]) -> tuple[float | None, float | None]:
    """Pearson's statistic of people learnt from against the base's shares, and its upper tail probability."""
    people, customers = learnt.total(), base.total()
    expected = {key: people * count / customers for key, count in base.items()} if customers else {}
    if len(expected) < 2 or min(expected.values()) < MIN_EXPECTED:
        return None, None
    from scipy.special import gammaincc

    statistic = sum((learnt[key] - mean) ** 2 / mean for key, mean in expected.items())
    return round(statistic, 4), float(gammaincc((len(expected) - 1) / 2, statistic / 2))
