"""The comparison that decides whether an export leaves: against scipy, and against mistakes it must see."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, rel_entr

from brandtune.core.errors import GateFailed
from brandtune.models.export.parity import TIE, compare, compare_some, require
from brandtune.models.export.settings import LIMITS


def logits(seed: int, *, positions: int = 7, outcomes: int = 50) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=3, size=(positions, outcomes))


def test_divergence_is_scipys():
    ours, theirs = logits(0), logits(0) + 0.3 * logits(1)
    expected = rel_entr(np.exp(log_softmax(ours, axis=-1)), np.exp(log_softmax(theirs, axis=-1))).sum(-1).mean()
    found = compare(*(torch.tensor(log_softmax(x, axis=-1)) for x in (ours, theirs)), against="x")
    assert found.divergence == pytest.approx(expected, rel=1e-9)
    assert found.num_positions == 7


def test_equal_distributions_are_equal():
    same = torch.tensor(logits(0)).log_softmax(-1)
    found = compare(same, same, against="x")
    assert (found.divergence, found.difference, found.agreement) == (0, 0, 1)
    require(found, LIMITS["fp32"])


def test_only_a_tie_may_fall_either_way():
    reference = torch.tensor([[0.0, -TIE / 2, -5.0], [0.0, -2 * TIE, -5.0]]).log_softmax(-1)
    other = torch.tensor([[0.0, 0.1, -5.0], [0.0, 0.1, -5.0]]).log_softmax(-1)
    assert compare(reference, other, against="x").agreement == 0.5


def test_what_is_not_known_is_one_outcome_together():
    reference = torch.tensor(logits(0)).log_softmax(-1)
    other = torch.tensor(logits(0) + 0.3 * logits(1)).log_softmax(-1)
    tops = []
    for row in other:
        values, ids = row.topk(10)
        tops.append(dict(zip(ids.tolist(), values.tolist(), strict=True)))
    some, whole = compare_some(reference, tops, against="x"), compare(reference, other, against="x")
    assert 0 < some.divergence <= whole.divergence  # data processing inequality
    everything = [dict(enumerate(row.tolist())) for row in other]
    assert compare_some(reference, everything, against="x").divergence == pytest.approx(whole.divergence, rel=1e-5)


@pytest.mark.parametrize("mistake", ["other weights", "shifted by one position", "not a number"])
def test_mistakes_are_refused_in_every_format(mistake):
    reference = torch.tensor(logits(0)).log_softmax(-1)
    other = {
        "other weights": torch.tensor(logits(9)).log_softmax(-1),
        "shifted by one position": reference.roll(1, dims=0),
        "not a number": torch.full_like(reference, float("nan")),
    }[mistake]
    for limits in LIMITS.values():
        with pytest.raises(GateFailed, match="something else than the trained model"):
            require(compare(reference, other, against="x"), limits)


def test_a_model_for_which_no_token_is_likely_is_compared_by_divergence_alone():
    flat = torch.zeros(3, 5000).log_softmax(-1)
    found = compare(flat, flat, against="x")
    assert (found.divergence, found.difference) == (0, 0)
    off = torch.full((3, 5000), float("nan"))
    with pytest.raises(GateFailed, match="divergence"):
        require(compare(flat, off, against="x"), LIMITS["q4_0"])
