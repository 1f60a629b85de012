"""Near-duplicates against brute force."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_duplicates import all_pairs, clusters, keep_best

from brandtune.scoring import joining, shingling
from brandtune.scoring.shingling import shingle_sets
from brandtune.scoring.similarity import find_duplicates, find_links, find_neighbours, shingles

WORDS = [f"w{index}" for index in range(60)]


def corpus(seed: int, size: int) -> list[str]:
    rng = random.Random(seed)
    texts: list[str] = []
    for _ in range(size):
        if texts and rng.random() < 0.5:
            words = rng.choice(texts).split()
            for _ in range(rng.randint(0, 4)):
                words[rng.randrange(len(words))] = rng.choice(WORDS)
        else:
            words = [rng.choice(WORDS) for _ in range(rng.randint(1, 60))]
        texts.append(" ".join(words))
    return texts


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9, 1.0])
def test_same_pairs_as_brute_force(threshold: float) -> None:
    texts = corpus(7, 600)
    truth = all_pairs(texts, threshold=threshold)
    found = list(find_neighbours(texts, threshold=threshold).pairs())
    assert set(found) == truth and len(found) == len(truth) and len(truth) > 50


@pytest.mark.parametrize("threshold", [0.6, 0.8])
@pytest.mark.parametrize("block", [3, 4096])
def test_keep_best_as_one_by_one(threshold: float, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "RANK_BLOCK", block)
    texts = corpus(11, 300)
    ranking = list(range(300))
    random.Random(1).shuffle(ranking)
    truth = keep_best(texts, ranking, threshold=threshold)
    assert find_duplicates(texts, ranking=ranking, threshold=threshold) == truth and len(truth) > 50


@pytest.mark.parametrize("threshold", [0.5, 0.7])
def test_links_connect_the_same_clusters_as_all_pairs(threshold: float) -> None:
    texts = corpus(3, 250)
    truth = all_pairs(texts, threshold=threshold)
    expected = clusters(250, truth)
    for links in (
        set(find_links(texts, threshold=threshold)),
        set(find_neighbours(texts, threshold=threshold).links()),
    ):
        assert links <= truth and clusters(250, links) == expected
    numbers = find_neighbours(texts, threshold=threshold).clusters()
    assert len(set(numbers)) == len(set(expected)) == len(set(zip(numbers, expected, strict=True)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="abß_Éé 1\n-😀א", max_size=24), max_size=12), st.sampled_from([0.5, 0.8, 1.0]))
def test_any_texts_as_brute_force(texts: list[str], threshold: float) -> None:
    assert shingle_sets(texts).sizes.tolist() == [len(shingles(text)) for text in texts]
    assert set(find_neighbours(texts, threshold=threshold).pairs()) == all_pairs(texts, threshold=threshold)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*corpus(5, 200), " ".join(corpus(6, 200))]
    whole: Any = shingle_sets(texts)
    truth = find_neighbours(texts, threshold=0.6)
    for module, name, size in [
        (shingling, "BLOCK_CHARS", 100), (shingling, "BLOCK_TEXTS", 7), (joining, "PAIR_BLOCK", 5),
        (joining, "ELEMENT_BLOCK", 64), (joining, "CROWD", 10),
    ]:  # fmt: skip
        monkeypatch.setattr(module, name, size)
        found = find_neighbours(texts, threshold=0.6)
        assert list(found.pairs()) == list(truth.pairs())
    assert np.array_equal(shingle_sets(texts).values, whole.values)


def test_anagrams_and_moved_words_differ() -> None:
    texts = ["abc cab bca x", "cab abc bca x", "bca cab abc x", "a b", "b a", "ab", "a b c", "a bc"]
    assert len({tuple(row) for row in np.split(shingle_sets(texts).values, shingle_sets(texts).starts[1:-1])}) == 8


def test_empty_and_tiny_texts() -> None:
    assert list(find_neighbours(["", "", "  ", "😀"]).pairs()) == []
    assert list(find_neighbours(["yes", "Yes!", "no"]).pairs()) == [(0, 1)]
    assert list(find_neighbours([]).pairs()) == []


@pytest.mark.timeout(60)
def test_many_equal_texts_stay_cheap() -> None:
    assert len(set(find_neighbours(["the same long text again and again"] * 50_000).clusters())) == 1


@pytest.mark.timeout(60)
def test_a_large_cluster_is_not_compared_with_itself() -> None:
    words = [f"w{index}" for index in range(60)]
    texts = [" ".join([*words, f"n{index}"]) for index in range(6000)]
    assert set(find_duplicates(texts, ranking=range(6000)).values()) == {0}
    assert len(list(find_links(texts))) == 5999
