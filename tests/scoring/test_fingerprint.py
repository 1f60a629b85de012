"""The fingerprint: percentiles are even for the brand itself, low for others, and the covariance is scikit-learn's."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score

from brandtune.core.errors import DataError
from brandtune.scoring.fingerprint import Fingerprint, _auc, _precision
from brandtune.scoring.style_features import NAMES, counted, measured

THINGS = ["tent", "stove", "jacket", "boot", "lamp", "rope", "map", "pole", "sack", "mat"]
DEEDS = ["arrives", "leaks", "fits", "lasts", "dries", "folds", "packs", "works", "tears", "fades"]


def warm(rng: random.Random) -> str:
    thing, deed = rng.choice(THINGS), rng.choice(DEEDS)
    parts = [
        f"We're glad you've asked about the {thing}.",
        f"It's a {rng.choice(['small', 'kind', 'fair'])} one, and it {deed}.",
        f"You'll find we don't rush: {rng.choice(THINGS)} first, then the {thing}.",
        f"We'll write when it's ready, {rng.choice(['today', 'soon', 'on Monday'])}.",
    ]
    return " ".join(rng.sample(parts, rng.choice([2, 3, 4])))


def stiff(rng: random.Random) -> str:
    thing, deed = rng.choice(THINGS), rng.choice(DEEDS)
    parts = [
        f"Customers are advised that the aforementioned {thing} is not defective although it {deed}.",
        f"The department will not commence the investigation of the {thing} before documentation is received!",
        f"Please note that the applicable conditions of the {rng.choice(THINGS)} do not include reimbursement.",
    ]
    return " ".join(rng.sample(parts, rng.choice([1, 2, 3])))


@pytest.fixture(scope="module")
def fitted() -> Fingerprint:
    rng = random.Random(1)
    texts = [warm(rng) for _ in range(120)]
    others = {"stiff": [stiff(rng) for _ in range(60)], "same": [warm(rng) for _ in range(60)]}
    return Fingerprint.fit(texts, groups=[f"g{i // 2}" for i in range(120)], others=others, seed=3)


def test_the_auc_tells_another_voice_and_not_the_own_one(fitted: Fingerprint) -> None:
    assert fitted.auc["stiff"] > 0.95
    assert 0.35 < fitted.auc["same"] < 0.65


def test_own_texts_spread_over_the_percentiles_and_others_lie_low(fitted: Fingerprint) -> None:
    rng = random.Random(7)
    own = fitted.percentiles([warm(rng) for _ in range(200)])
    assert 0.4 < float(np.mean(own)) < 0.62
    assert float(np.mean([value < 0.1 for value in own])) < 0.2
    assert float(np.mean(fitted.percentiles([stiff(rng) for _ in range(50)]))) < 0.15


def test_a_reading_names_what_stands_out_and_real_neighbours(fitted: Fingerprint) -> None:
    reading = fitted.read("Customers are advised that this is not possible! It is not included! We do not refund!")
    assert reading.percentile < 0.1
    assert {trait.name for trait in reading.traits} & {
        "exclamation marks",
        "exclaimed sentences",
        "contractions",
        "“not”",
    }
    assert len(set(reading.nearest)) == 3 and all(0 <= index < 120 for index in reading.nearest)
    contractions = [trait for trait in reading.traits if trait.name == "contractions"]
    assert all(trait.share == 0.0 and trait.usual > 0.9 and trait.z < 0 for trait in contractions)


def test_a_text_is_nearest_to_itself() -> None:
    rng = random.Random(5)
    texts = [warm(rng) for _ in range(40)]
    assert texts[Fingerprint.fit(texts).read(texts[17]).nearest[0]] == texts[17]


def test_one_text_scores_the_same_alone_and_among_others(fitted: Fingerprint) -> None:
    texts = [warm(random.Random(9)), "", "¿?", stiff(random.Random(9))]
    assert fitted.percentiles(texts) == pytest.approx([fitted.percentiles([text])[0] for text in texts])
    assert fitted.percentiles(["", " \n", "!!"]) == [0.0, 0.0, 0.0]
    assert fitted.percentiles([]) == []


def test_it_survives_storage_and_holds_no_text(fitted: Fingerprint) -> None:
    data = fitted.to_bytes()
    again = Fingerprint.from_bytes(data)
    text = stiff(random.Random(2))
    assert again.read(text) == fitted.read(text)
    assert again.auc == fitted.auc
    assert b"glad you've asked" not in data
    with pytest.raises(DataError, match="not a stored fingerprint"):
        Fingerprint.from_bytes(b"nothing")


def test_spread_is_one_for_the_brand_and_less_for_one_text_repeated(fitted: Fingerprint) -> None:
    rng = random.Random(11)
    assert fitted.spread([warm(rng) for _ in range(200)]) == pytest.approx(1.0, abs=0.2)
    assert fitted.spread([warm(random.Random(1))] * 5) == pytest.approx(0.0, abs=1e-6)
    with pytest.raises(ValueError, match="one text"):
        fitted.spread(["one"])


def test_too_few_texts_or_groups_are_refused() -> None:
    with pytest.raises(DataError, match="too few"):
        Fingerprint.fit(["a text"] * 19)
    with pytest.raises(DataError, match="1 groups"):
        Fingerprint.fit(["a text"] * 30, groups=["one"] * 30)


def test_the_covariance_is_ledoit_and_wolfs() -> None:
    points = np.random.default_rng(0).normal(size=(60, 20)) @ np.random.default_rng(1).normal(size=(20, 20))
    wanted = np.linalg.inv(LedoitWolf().fit(points).covariance_)
    assert np.allclose(_precision(points), wanted, rtol=1e-5, atol=1e-8)


def test_the_auc_is_sklearns() -> None:
    rng = np.random.default_rng(4)
    near, far = rng.integers(0, 8, 40).astype(float), rng.integers(2, 10, 30).astype(float)
    wanted = roc_auc_score([0] * 40 + [1] * 30, np.concatenate([near, far]))
    assert _auc(near, far) == pytest.approx(wanted)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_every_feature_is_a_share(text: str) -> None:
    counts = counted(text)
    assert counts.shape == (len(NAMES), 2)
    assert (counts >= 0).all() and (counts[:, 0] <= counts[:, 1]).all()


def test_features_by_hand() -> None:
    found = measured("Hello! We don't know. You do not, and I'm here. Why?\nSee (below): \N{PARTY POPPER}")
    assert found["contractions"] == (2, 3)
    assert found["questions"] == (1, 5) and found["exclaimed sentences"] == (1, 5)
    assert found["I, me, my"][0] == 1 and found["you, your"][0] == 1 and found["we, us, our"][0] == 1
    assert found["open with thanks, hello or sorry"] == (1, 5)
    assert found["emoji"][0] == 1 and found["brackets"][0] == 1 and found["line breaks"][0] == 1
    assert found["short sentences"][0] == 4


@pytest.mark.timeout(20)
@pytest.mark.parametrize("character", ["a", " ", "!", ".", "\n", "'", "😀"])
def test_large_text_is_read_in_time(fitted: Fingerprint, character: str) -> None:
    fitted.percentiles([character * 2_000_000])
