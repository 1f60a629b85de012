"""How much a text sounds like the brand: character n-grams and logistic regression, brand texts against others.

Names, ids and numbers are masked first, so that the score is about style. Method: arXiv 2509.24930.
"""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from brandtune.core.errors import DataError
from brandtune.core.placeholders import PATTERN as PLACEHOLDER

Array = np.ndarray[Any, np.dtype[np.float64]]
MIN_TEXTS, MAX_CHARS, MAX_FEATURES, FOLDS = 10, 20_000, 50_000, 5
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(eq=False)
class StyleModel:
    """A fitted style scorer. Scores say "more like the brand than like the others it was shown", nothing more.

    Attributes:
        threshold: At or over it a text counts as on-brand.
        calibration: `labels` once people's judgements set the threshold, else `uncalibrated`.
        auc: Cross-validated, grouped; None when there were too few groups to hold any out.
    """

    terms: tuple[str, ...]
    idf: Array
    weights: Array
    intercept: float
    threshold: float = 0.5
    calibration: Literal["uncalibrated", "labels"] = "uncalibrated"
    auc: float | None = None

    @classmethod
    def fit(
        cls,
        brand_texts: Sequence[str],
        other_texts: Sequence[str],
        *,
        seed: int,
        groups: Sequence[str] | None = None,
    ) -> "StyleModel":
        """Learn the difference between brand texts and others.

        Args:
            brand_texts: What the company's people wrote.
            other_texts: Texts for the same purpose by someone else, best answers of the base model to the same prompts.
            seed: Fixes the cross-validation folds.
            groups: One key a text, brand texts first; texts with one key are held out together.

        Raises:
            DataError: Fewer than 10 texts on a side.
        """
        texts = [*brand_texts, *other_texts]
        if min(len(brand_texts), len(other_texts)) < MIN_TEXTS:
            raise DataError(
                f"{len(brand_texts)} brand texts and {len(other_texts)} others are too few to tell styles apart.",
                fix=f"Give at least {MIN_TEXTS} of each.",
            )
        labels = np.array([1] * len(brand_texts) + [0] * len(other_texts))
        vectorizer = _vectorizer(min_df=2 if len(texts) >= 50 else 1)
        matrix = vectorizer.fit_transform(map(masked, texts))
        keys = list(groups) if groups is not None else [f"text {index}" for index in range(len(texts))]
        model = _regression().fit(matrix, labels)
        vocabulary = {str(term): int(index) for term, index in vectorizer.vocabulary_.items()}
        return cls(
            terms=tuple(sorted(vocabulary, key=vocabulary.__getitem__)),
            idf=np.asarray(vectorizer.idf_, dtype=np.float64),
            weights=np.asarray(model.coef_[0], dtype=np.float64),
            intercept=float(model.intercept_[0]),
            auc=_held_out_auc(matrix, labels, keys, seed=seed),
        )

    def score(self, texts: Sequence[str]) -> list[float]:
        """One number in [0, 1] a text; texts are read up to 20,000 characters."""
        if not texts:
            return []
        vectorizer = _vectorizer(vocabulary={term: index for index, term in enumerate(self.terms)})
        vectorizer.idf_ = self.idf
        logits = vectorizer.transform(map(masked, texts)) @ self.weights + self.intercept
        return [float(value) for value in 1.0 / (1.0 + np.exp(-logits))]

    def calibrate(self, held_out_brand_texts: Sequence[str], *, quantile: float = 0.05) -> "StyleModel":
        """Set the threshold that all but `quantile` of the brand's held-out texts pass; returns the model itself."""
        if not held_out_brand_texts:
            raise DataError("no held-out brand texts to set the style threshold on.", fix="Keep a validation split.")
        self.threshold = float(np.quantile(self.score(held_out_brand_texts), quantile, method="lower"))
        self.calibration = "uncalibrated"
        return self

    def calibrate_with_labels(self, texts: Sequence[str], labels: Sequence[bool]) -> "StyleModel":
        """Set the threshold of best balanced accuracy on people's labels; returns the model itself."""
        truth = np.array(labels, dtype=bool)
        if len(texts) != len(truth) or truth.all() or not truth.any():
            raise DataError("calibration needs one label a text, and texts of both kinds.")
        scores = np.array(self.score(texts))
        edges = np.unique(scores)
        cuts = np.concatenate([edges[:1], (edges[1:] + edges[:-1]) / 2])
        accuracy = [((scores[truth] >= cut).mean() + (scores[~truth] < cut).mean()) / 2 for cut in cuts]
        self.threshold, self.calibration = float(cuts[int(np.argmax(accuracy))]), "labels"
        return self

    def to_bytes(self) -> bytes:
        """The model as one deterministic npz; holds n-grams and weights, no text."""
        facts = {
            "terms": self.terms, "intercept": self.intercept, "threshold": self.threshold,
            "calibration": self.calibration, "auc": self.auc,
        }  # fmt: skip
        header = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
        buffer = io.BytesIO()
        np.savez(buffer, header=header, idf=self.idf, weights=self.weights)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "StyleModel":
        """Read back what `to_bytes` wrote; never runs code from the file.

        Raises:
            DataError: These are not the bytes of a style model.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                facts = json.loads(stored["header"].tobytes())
                facts["terms"] = tuple(facts["terms"])
                return cls(idf=stored["idf"], weights=stored["weights"], **facts)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise DataError(f"not a stored style model ({error}).") from None


def masked(text: str) -> str:
    """Placeholders and numbers replaced by signs, so that who and how much do not count as style.

    >>> masked("Hi [CUSTOMER_NAME], 3,000 points")
    'Hi ¤, 0 points'
    """
    return _DIGITS.sub("0", PLACEHOLDER.sub("¤", text[:MAX_CHARS]))


def _vectorizer(*, min_df: int = 1, vocabulary: dict[str, int] | None = None) -> Any:
    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), lowercase=False, sublinear_tf=True, min_df=min_df,
        max_features=MAX_FEATURES if vocabulary is None else None, vocabulary=vocabulary,
    )  # fmt: skip


def _regression() -> Any:
    return LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000, solver="liblinear", random_state=0)


def _held_out_auc(matrix: Any, labels: "np.ndarray[Any, Any]", keys: list[str], *, seed: int) -> float | None:
    """AUC over out-of-fold scores; the vocabulary's weights saw all texts, but no labels."""
    per_class = [len({key for key, label in zip(keys, labels, strict=True) if label == side}) for side in (0, 1)]
    folds = min(FOLDS, *per_class)
    if folds < 2:
        return None
    scores = np.full(len(labels), np.nan)
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    for train, test in splitter.split(matrix, labels, keys):
        if len(set(labels[train])) == 2:
            scores[test] = _regression().fit(matrix[train], labels[train]).decision_function(matrix[test])
    known = ~np.isnan(scores)
    return float(roc_auc_score(labels[known], scores[known])) if len(set(labels[known])) == 2 else None
