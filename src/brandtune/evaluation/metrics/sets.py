"""Metrics of all outputs of an arm together: whether they repeat one another, and whether they keep one tone."""

from collections.abc import Mapping, Sequence

import numpy as np

from brandtune.evaluation.metrics.intervals import clustered_estimate
from brandtune.evaluation.results import Estimate
from brandtune.scoring.diversity import distinct, self_overlaps
from brandtune.scoring.fingerprint import Fingerprint


def set_estimates(texts: Sequence[str], *, clusters: Sequence[str]) -> dict[str, Estimate]:
    """Diversity of one set of outputs by metric name; sets are comparable where they hold as many outputs."""
    found: dict[str, Estimate] = {}
    pairs = distinct(texts, size=2)
    if pairs is not None:
        found["distinct_2"] = Estimate(value=pairs, n=len(texts))
    overlaps = [(value, own) for value, own in zip(self_overlaps(texts), clusters, strict=True) if value is not None]
    if len(overlaps) > 1:
        values, own = [value for value, _ in overlaps], [cluster for _, cluster in overlaps]
        found["self_overlap"] = clustered_estimate(values, clusters=own, low=0.0, high=1.0)
    return found


def tone_spread(texts: Mapping[str, Sequence[str]], fingerprints: Mapping[str, Fingerprint]) -> Estimate | None:
    """How much the tone varies within each task, the brand's own texts varying by 1; None without a fingerprint.

    Args:
        texts: The outputs of each task.
    """
    known = {task: own for task, own in texts.items() if task in fingerprints and len(own) > 1}
    number = sum(map(len, known.values()))
    if not number:
        return None
    spreads = [fingerprints[task].spread(own) for task, own in known.items()]
    value = float(np.average(spreads, weights=[len(own) for own in known.values()]))
    return Estimate(value=value, n=number)
