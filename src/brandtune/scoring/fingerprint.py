"""How usual a text is for its brand: its percentile among the brand's own texts, by statistics that no style guide states.

One class only: the fingerprint is learnt from the brand's texts alone, so it says "unlike us", never "like them". Others'
texts serve to tell how well it does that: the held-out AUC is printed beside every percentile. Features are those of
`style_features`, centred and scaled with what chance alone would spread (a share over few words is uncertain), and their
distance is Mahalanobis' with a shrunk covariance (Ledoit & Wolf 2004); interpretable z-scores after Burrows 2002.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from brandtune.core.errors import DataError
from brandtune.scoring.style_features import NAMES, counted

Array = np.ndarray[Any, np.dtype[np.float64]]
FEWEST_TEXTS, MOST_TEXTS, FOLDS = 20, 1000, 5
CLIP, TRAITS, NEAREST = 4.0, 3, 3


@dataclass(frozen=True)
class Trait:
    """One feature in which a text stands out; shares in [0, 1], `z` in the brand's own standard deviations."""

    name: str
    share: float
    usual: float
    z: float


@dataclass(frozen=True)
class Reading:
    """What the fingerprint says of one text.

    Attributes:
        percentile: Share of the brand's own texts that are no more usual than this one, 0 to 1; held-out texts of the
            brand are spread evenly over it.
        traits: What stands out most, however usual the text is as a whole.
        nearest: Positions of the brand's most similar texts among those the fingerprint was fitted on.
    """

    percentile: float
    traits: tuple[Trait, ...]
    nearest: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Scale:
    """Centre, spread and covariance of a set of texts."""

    rates: Array
    between: Array
    centre: Array
    precision: Array

    def z(self, counts: Array) -> Array:
        """z-scores [text, feature]; zero where a text gave a feature no chance."""
        number, chances = counts[:, :, 0], counts[:, :, 1]
        spread = np.sqrt(self.rates * (1 - self.rates) / np.maximum(chances, 1) + self.between + 1e-12)
        return np.where(chances > 0, np.clip((number / np.maximum(chances, 1) - self.rates) / spread, -CLIP, CLIP), 0.0)

    def distances(self, z: Array) -> Array:
        away = z - self.centre
        return np.asarray(np.einsum("ij,jk,ik->i", away, self.precision, away))


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """A fitted fingerprint; holds statistics of texts, never a text.

    Attributes:
        reference: Distances of the brand's texts when each was held out, ascending.
        auc: How well held-out brand texts are told from others, by the name of the others.
    """

    scale: _Scale
    reference: Array
    points: Array
    auc: dict[str, float] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        *,
        groups: Sequence[str] | None = None,
        others: Mapping[str, Sequence[str]] | None = None,
        seed: int = 0,
    ) -> "Fingerprint":
        """Learn how the brand writes.

        Args:
            texts: What the brand's people wrote; the first 1,000 are used.
            groups: One key a text; texts with one key are held out together.
            others: Texts by someone else (another brand, the base model), by a name for them. They shape nothing; they
                only show how well the fingerprint tells the brand apart.
            seed: Fixes which texts are held out together.

        Raises:
            DataError: Fewer than 20 texts or fewer than two groups of them.
        """
        texts = list(texts[:MOST_TEXTS])
        keys = list(groups[:MOST_TEXTS]) if groups is not None else [str(index) for index in range(len(texts))]
        if len(texts) < FEWEST_TEXTS or len(set(keys)) < 2:
            raise DataError(
                f"{len(texts)} texts of {len(set(keys))} groups are too few for a fingerprint.",
                fix=f"Give at least {FEWEST_TEXTS} texts that differ.",
            )
        counts = _counts(texts)
        theirs = {name: _counts(own) for name, own in (others or {}).items() if len(own)}
        held_out = np.zeros(len(texts))
        areas: dict[str, list[float]] = {name: [] for name in theirs}
        for mask in _folds(keys, seed=seed):
            scale = _fit(counts[~mask])
            held_out[mask] = scale.distances(scale.z(counts[mask]))
            for name, other in theirs.items():
                areas[name].append(_auc(held_out[mask], scale.distances(scale.z(other))))
        scale = _fit(counts)
        auc = {name: float(np.mean(found)) for name, found in areas.items()}
        return cls(scale, np.sort(held_out), scale.z(counts), auc)

    def percentiles(self, texts: Sequence[str]) -> list[float]:
        """The percentile of each text; an empty text has 0."""
        if not texts:
            return []
        counts = _counts(texts)
        distances = self.scale.distances(self.scale.z(counts))
        found = self._percentile(distances)
        return [float(value) if any(text.split()) else 0.0 for value, text in zip(found, map(_one, texts), strict=True)]

    def read(self, text: str) -> Reading:
        """Percentile, what stands out, and the most similar of the brand's own texts."""
        counts = _counts([text])
        z = self.scale.z(counts)
        order = np.argsort(-np.abs(z[0]), kind="stable")[:TRAITS]
        away = self.points - z[0]
        near = np.argsort(np.einsum("ij,jk,ik->i", away, self.scale.precision, away), kind="stable")[:NEAREST]
        traits = (self._trait(int(index), counts[0], z[0]) for index in order if z[0][index])
        return Reading(self.percentiles([text])[0], tuple(traits), tuple(int(index) for index in near))

    def spread(self, texts: Sequence[str]) -> float:
        """How much texts differ from one another in their features; the brand's own texts differ by 1.

        Raises:
            ValueError: Fewer than two texts.
        """
        if len(texts) < 2:
            raise ValueError("the spread of one text is not defined")
        own = float(self.points.var(0, ddof=1).mean())
        return float(np.sqrt(self.scale.z(_counts(texts)).var(0, ddof=1).mean() / own)) if own else 0.0

    def _trait(self, index: int, counts: Array, z: Array) -> Trait:
        share = counts[index, 0] / max(counts[index, 1], 1)
        return Trait(NAMES[index], float(share), float(self.scale.rates[index]), float(z[index]))

    def _percentile(self, distances: Array) -> Array:
        farther = len(self.reference) - np.searchsorted(self.reference, distances, side="left")
        return np.asarray((farther + 0.5) / (len(self.reference) + 1))

    def to_bytes(self) -> bytes:
        """The fingerprint as one npz; holds statistics, no text."""
        buffer = io.BytesIO()
        names = np.array(list(self.auc), dtype=np.str_)
        np.savez(
            buffer, features=np.array(NAMES, dtype=np.str_), rates=self.scale.rates, between=self.scale.between,
            centre=self.scale.centre, precision=self.scale.precision, reference=self.reference, points=self.points,
            auc_names=names, auc=np.array(list(self.auc.values()), dtype=np.float64),
        )  # fmt: skip
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Fingerprint":
        """Read back what `to_bytes` wrote; never runs code from the file.

        Raises:
            DataError: These are not the bytes of a fingerprint, or of one with other features.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                if tuple(stored["features"].tolist()) != NAMES:
                    raise ValueError("it measures other features")
                scale = _Scale(*(stored[name] for name in ("rates", "between", "centre", "precision")))
                auc = dict(zip(stored["auc_names"].tolist(), stored["auc"].tolist(), strict=True))
                return cls(scale, stored["reference"], stored["points"], auc)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise DataError(f"not a stored fingerprint ({error}).", fix="Fit it anew.") from None


def _one(text: str) -> str:
    return " ".join(character for character in text if character.isalnum())


def _counts(texts: Sequence[str]) -> Array:
    return np.stack([counted(text) for text in texts])


def _fit(counts: Array) -> _Scale:
    number, chances = counts[:, :, 0], counts[:, :, 1]
    rates = (number.sum(0) + 0.5) / (chances.sum(0) + 1.0)
    seen = chances > 0
    weight = np.maximum(seen.sum(0), 1)
    shares = number / np.maximum(chances, 1)
    observed = np.where(seen, (shares - rates) ** 2, 0.0).sum(0) / weight
    by_chance = np.where(seen, rates * (1 - rates) / np.maximum(chances, 1), 0.0).sum(0) / weight
    flat = _Scale(rates, np.maximum(observed - by_chance, 0.0), np.zeros(len(rates)), np.eye(len(rates)))
    z = flat.z(counts)
    return _Scale(flat.rates, flat.between, z.mean(0), _precision(z))


def _precision(z: Array) -> Array:
    """The inverse of the covariance shrunk towards a sphere, by Ledoit and Wolf's optimal weight."""
    away = z - z.mean(0)
    num, size = away.shape
    covariance = away.T @ away / num
    level = float(np.trace(covariance)) / size or 1.0
    target = level * np.eye(size)
    distance = float(((covariance - target) ** 2).sum())
    # Mean squared distance of each text's own outer product from the covariance, over the number of texts.
    noise = (float(((away**2).sum(1) ** 2).sum()) / num - float((covariance**2).sum())) / num
    weight = min(1.0, noise / distance) if distance > 0 else 1.0
    return np.asarray(np.linalg.inv((1 - weight) * covariance + weight * target + 1e-9 * np.eye(size)))


def _folds(keys: Sequence[str], *, seed: int) -> list["np.ndarray[Any, np.dtype[np.bool_]]"]:
    names = sorted(set(keys))
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = {names[index]: place % min(FOLDS, len(names)) for place, index in enumerate(order.tolist())}
    folds = np.array([fold_of[key] for key in keys])
    return [folds == fold for fold in range(min(FOLDS, len(names)))]


def _auc(near: Array, far: Array) -> float:
    """The chance that one of `far` is farther than one of `near`, ties counting half (Mann-Whitney)."""
    ordered = np.sort(near)
    below = np.searchsorted(ordered, far, side="left") + np.searchsorted(ordered, far, side="right")
    return float(below.mean() / (2 * len(near)))
