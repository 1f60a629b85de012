"""Near-duplicates against brute force."""

import itertools
import random

import pytest

from brandtune.scoring.similarity import find_neighbours, jaccard, shingles

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


@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
def test_same_pairs_as_brute_force(threshold: float) -> None:
    texts = corpus(7, 1000)
    sets = [shingles(text) for text in texts]
    truth = {(a, b) for a, b in itertools.combinations(range(len(texts)), 2) if jaccard(sets[a], sets[b]) >= threshold}
    found = set(find_neighbours(texts, threshold=threshold).pairs())
    assert found <= truth
    assert len(truth) > 100 and len(truth - found) <= 0.005 * len(truth)


def test_links_connect_the_same_clusters_as_all_pairs() -> None:
    neighbours = find_neighbours(corpus(3, 200), threshold=0.7)
    clusters = neighbours.clusters()
    assert all(clusters[a] == clusters[b] for a, b in neighbours.pairs())
    assert all(clusters[a] == clusters[b] for a, b in neighbours.links())
    joined = {a: {a} for a in range(200)}
    for a, b in neighbours.links():
        joined[a] |= joined[b]
        for member in joined[a]:
            joined[member] = joined[a]
    assert len({min(group) for group in joined.values()}) == len(set(clusters))


def test_keep_best_keeps_someone_alike_for_every_dropped_text() -> None:
    texts = corpus(11, 300)
    sets = [shingles(text) for text in texts]
    ranking = list(range(300))
    random.Random(1).shuffle(ranking)
    dropped = find_neighbours(texts, threshold=0.8).keep_best(ranking)
    place = {text: position for position, text in enumerate(ranking)}
    for text, instead in dropped.items():
        assert instead not in dropped and jaccard(sets[text], sets[instead]) >= 0.8
        assert place[instead] < place[text]


def test_empty_and_tiny_texts() -> None:
    assert list(find_neighbours(["", "", "  ", "😀"]).pairs()) == []
    assert list(find_neighbours(["yes", "Yes!", "no"]).pairs()) == [(0, 1)]
    assert list(find_neighbours([]).pairs()) == []


@pytest.mark.timeout(60)
def test_many_equal_texts_stay_cheap() -> None:
    assert len(set(find_neighbours(["the same long text again and again"] * 50_000).clusters())) == 1
