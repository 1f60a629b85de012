"""Shares of customers against an independent reference, and nothing told about a handful of people."""

import random
from collections import Counter
from typing import Any

import pytest
from bookshop import person
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from brandtune.core.examples import Example, Message
from brandtune.core.records import Subject
from brandtune.curation.representation import OTHER, SMALL, representation, segment_of, traits_of


def customers(segments: list[str], **more: Any) -> dict[str, Subject]:
    return {
        f"s{i}": Subject(subject_id=f"s{i}", traits={"country": name, **more}, training_consent="granted")
        for i, name in enumerate(segments)
    }


def example(subject: str, number: int = 0) -> Example:
    messages = (Message(role="user", content="q"), Message(role="assistant", content="a"))
    return Example(example_id=f"{subject}.{number}", task="t", messages=messages, target=1, subject=subject)


def test_distance_and_chi_square_as_scipy_has_them() -> None:
    rng = random.Random(2)
    people = customers(["US"] * 400 + ["GB"] * 300 + ["DE"] * 300)
    chosen = [sid for sid, s in people.items() if rng.random() < (0.5 if s.traits["country"] == "US" else 0.2)]
    (report,) = representation(people, [example(sid) for sid in chosen], traits=["country"])
    seen = Counter(people[sid].traits["country"] for sid in chosen)
    expected = [len(chosen) * share for share in (0.4, 0.3, 0.3)]
    truth = chisquare([seen["US"], seen["GB"], seen["DE"]], expected)
    assert report.chi_square == pytest.approx(truth.statistic, abs=1e-3)
    assert report.p_value == pytest.approx(truth.pvalue, rel=1e-3)
    shares = [seen[name] / len(chosen) for name in ("US", "GB", "DE")]
    assert report.distance == pytest.approx(
        sum(abs(a - b) for a, b in zip(shares, (0.4, 0.3, 0.3), strict=True)) / 2, abs=1e-4
    )


def test_people_are_counted_once_and_examples_all() -> None:
    people = customers(["US"] * 50 + ["GB"] * 50)
    rows = [example(f"s{i}", n) for i in range(0, 100, 2) for n in range(3)]
    (report,) = representation(people, rows, traits=["country"])
    assert [(s.segment, s.customers, s.learnt, s.examples) for s in report.segments] == [
        ("GB", 50, 25, 75),
        ("US", 50, 25, 75),
    ]
    assert report.distance == 0 and report.p_value == 1.0


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from("ABCDEFGH"), st.tuples(st.integers(1, 40), st.integers(0, 40)), min_size=1))
def test_no_small_count_is_told(groups: dict[str, tuple[int, int]]) -> None:
    people = customers([name for name, (total, _) in groups.items() for _ in range(total)])
    left = {name: min(total, learnt) for name, (total, learnt) in groups.items()}
    rows = []
    for sid, subject in people.items():
        name = str(subject.traits["country"])
        if left[name] > 0:
            left[name] -= 1
            rows.append(example(sid))
    for report in representation(people, rows, traits=["country"]):
        told = [count for row in report.segments for count in (row.customers, row.learnt)]
        if len(report.segments) > 1:
            assert not any(0 < count < SMALL for count in told)
        assert sum(row.customers for row in report.segments) == len(people)
        assert sum(row.learnt for row in report.segments) == len(rows)
        assert sum(row.segment == OTHER for row in report.segments) <= 1


def test_traits_that_make_groups_are_found_and_names_are_not() -> None:
    people = [person(f"p{i}", "Ana", "Lopez", "granted") for i in range(20)]
    tiers = [
        Subject(subject_id=f"t{i}", traits={"tier": "abc"[i % 3], "first_name": "ab"[i % 2], "score": 0.5, "city": f"c{i}",
                                            "marketing_consent": "ab"[i % 2], "paid": bool(i % 2)})
        for i in range(60)
    ]  # fmt: skip
    assert traits_of([*people, *tiers], wanted=None) == ["paid", "tier"]
    assert traits_of(tiers, wanted=("city",)) == ["city"]
    joined = Subject(subject_id="x", traits={"customer_since": "2024-05-01"})
    assert segment_of(joined, "customer_since") == "2024" and segment_of(joined, "tier") == ""
