"""The style score: AUC against sklearn's own, masking, determinism, storage, calibration."""

import random

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from brandtune.core.errors import DataError
from brandtune.scoring import StyleModel
from brandtune.scoring.style import masked

TOPICS = ["the tent", "a boot", "your parcel", "the jacket", "an order", "the refund", "this pack", "the zip", "a pole"]


def brand_text(rng: random.Random) -> str:
    start, end = rng.choice(["Hi there, ", "Hello, ", ""]), rng.choice(["Happy trails", "See you out there"])
    return f"{start}we've got {rng.choice(TOPICS)} for you, and it's on its way. {end}."


def other_text(rng: random.Random) -> str:
    start, end = rng.choice(["Dear Customer, ", "Please be advised: ", ""]), rng.choice(["Regards", "We apologize"])
    return f"{start}Kindly note that {rng.choice(TOPICS)} HAS been dispatched. {end}!"


def model() -> tuple[StyleModel, list[str], list[bool]]:
    rng = random.Random(5)
    fitted = StyleModel.fit([brand_text(rng) for _ in range(60)], [other_text(rng) for _ in range(60)], seed=1)
    texts = [brand_text(rng) for _ in range(40)] + [other_text(rng) for _ in range(40)]
    return fitted, texts, [True] * 40 + [False] * 40


def test_separates_held_out_texts_as_sklearn_measures_it() -> None:
    fitted, texts, labels = model()
    scores = fitted.score(texts)
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert roc_auc_score(labels, scores) > 0.95
    assert fitted.auc is not None and fitted.auc > 0.95


def test_no_difference_no_skill() -> None:
    rng = random.Random(3)
    texts = [brand_text(rng) + f" {rng.random()}" for _ in range(200)]
    fitted = StyleModel.fit(texts[:100], texts[100:], seed=1)
    assert fitted.auc is not None and 0.3 < fitted.auc < 0.7


def test_same_bytes_every_time_and_same_scores_after_reading_back() -> None:
    (first, texts, _), (second, _, _) = model(), model()
    assert first.to_bytes() == second.to_bytes()
    again = StyleModel.from_bytes(first.to_bytes())
    assert np.allclose(again.score(texts), first.score(texts))
    assert (again.threshold, again.auc, again.calibration) == (first.threshold, first.auc, first.calibration)


def test_names_and_numbers_do_not_count() -> None:
    assert masked("Hi [CUSTOMER_NAME], 45 days") == masked("Hi [AGENT_NAME_2], 30 days")
    fitted, _, _ = model()
    assert fitted.score(["pay $45 to [EMAIL]"]) == fitted.score(["pay $9 to [EMAIL_3]"])


def test_calibration_by_quantile_and_by_labels() -> None:
    fitted, texts, labels = model()
    fitted.calibrate(texts[:40], quantile=0.05)
    assert sum(score < fitted.threshold for score in fitted.score(texts[:40])) <= 2
    assert fitted.calibration == "uncalibrated"
    fitted.calibrate_with_labels(texts, labels)
    right = [(score >= fitted.threshold) == label for score, label in zip(fitted.score(texts), labels, strict=True)]
    assert np.mean(right) > 0.95 and fitted.calibration == "labels"


def test_too_few_texts_and_damaged_bytes() -> None:
    with pytest.raises(DataError, match="too few"):
        StyleModel.fit(["a"] * 3, ["b"] * 30, seed=1)
    with pytest.raises(DataError):
        StyleModel.from_bytes(b"not a model")
    fitted, texts, _ = model()
    with pytest.raises(DataError):
        fitted.calibrate_with_labels(texts, [True] * len(texts))


def test_groups_are_held_out_together() -> None:
    rng = random.Random(2)
    one, other = [brand_text(rng) for _ in range(30)], [other_text(rng) for _ in range(30)]
    groups = [str(index // 10) for index in range(30)] * 2
    assert StyleModel.fit(one, other, seed=1, groups=groups).auc is not None
    assert StyleModel.fit(one, other, seed=1, groups=["same"] * 60).auc is None


def test_odd_texts() -> None:
    fitted, _, _ = model()
    assert len(fitted.score(["", "😀", "שלום", "\x00", "a" * 100_000])) == 5
    assert fitted.score([]) == []
