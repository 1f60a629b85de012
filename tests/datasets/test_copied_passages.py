"""Copied passages against a plain count of shared runs, and what boilerplate is."""

import random
import re
from collections import defaultdict
from itertools import combinations

from frozen_examples import words
from hypothesis import given, settings
from hypothesis import strategies as st

from brandtune.datasets.passages import LEAST_WORDS, MOST_OWNERS, RUN, SHARE, shared_passages


def runs(text: str) -> set[str]:
    found = re.findall(r"\w+", text.lower())
    if len(found) < LEAST_WORDS:
        return set()
    return {" ".join(found[i : i + RUN]) for i in range(len(found) - RUN + 1)}


def slowly(texts: list[str], owners: list[str]) -> list[tuple[int, int]]:
    """The definition, word for word: no hashes, every pair."""
    whose: dict[str, set[str]] = defaultdict(set)
    for text, owner in zip(texts, owners, strict=True):
        for run in runs(text):
            whose[run].add(owner)
    boilerplate = {run for run, people in whose.items() if len(people) > MOST_OWNERS}
    pairs = []
    for one, other in combinations(range(len(texts)), 2):
        ours, theirs = runs(texts[one]), runs(texts[other])
        shared = (ours & theirs) - boilerplate
        if owners[one] != owners[other] and shared and len(shared) >= SHARE * min(len(ours), len(theirs)):
            pairs.append((one, other))
    return pairs


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 24), st.integers(1, 12))
def test_the_same_as_the_definition(seed: int, count: int, people: int) -> None:
    rng = random.Random(seed)
    blocks = [" ".join(rng.choice("abcdefghij") for _ in range(rng.randint(6, 30))) for _ in range(4)]
    texts = [" ".join(rng.choices(blocks, k=rng.randint(1, 3))) for _ in range(count)]
    owners = [f"p{rng.randrange(people)}" for _ in texts]
    assert shared_passages(texts, owners=owners).pairs == slowly(texts, owners)


def test_a_short_text_inside_a_long_one_is_found() -> None:
    copied = words("copied", 30)
    texts = [copied, f"{words('before', 200)} {copied} {words('after', 200)}", words("else", 300)]
    assert shared_passages(texts, owners=["a", "b", "c"]).pairs == [(0, 1)]


def test_what_many_people_share_is_boilerplate_and_one_person_may_repeat() -> None:
    copied = words("copied", 30)
    many = [f"{words(n, 5)} {copied} {words(-n, 5)}" for n in range(MOST_OWNERS + 1)]
    assert not shared_passages(many, owners=[f"p{n}" for n in range(len(many))]).pairs
    assert len(shared_passages(many[:-1], owners=[f"p{n}" for n in range(MOST_OWNERS)]).pairs) == 10
    assert not shared_passages(many, owners=["one"] * len(many)).pairs


def test_sides_limit_the_pairs_and_count_what_is_common() -> None:
    copied = words("copied", 30)
    texts = [f"{copied} {words(n, 8)}" for n in range(3)]
    found = shared_passages(texts, owners=["a", "b", "c"], sides=["train", "train", "test"])
    assert found.pairs == [(0, 2), (1, 2)] and found.num_common == 30 - RUN + 1
    assert shared_passages(texts, owners=["a", "b", "c"], sides=["train"] * 3).num_common == 0


def test_nothing_and_short_texts() -> None:
    assert shared_passages([], owners=[]).pairs == []
    assert shared_passages(["", "hello there", "😀"] * 3, owners=list("abcdefghi")).pairs == []
