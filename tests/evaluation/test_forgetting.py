"""Forgetting: the loss on general texts before and after, against the whole model and against sums on paper."""

from pathlib import Path

import pytest
import torch
from tiny_models import write_tiny_model

from brandtune.evaluation.forgetting import forgetting_gate, general_losses, general_texts
from brandtune.models import load_model


def test_the_general_texts_are_many_and_no_two_are_the_same() -> None:
    answers = [chat[-1].content for chat in general_texts()]
    assert len(answers) == len(set(answers)) >= 30
    assert all(chat[0].role == "user" and chat[-1].role == "assistant" for chat in general_texts())


def test_the_losses_are_those_of_the_network_itself(tmp_path: Path) -> None:
    model = load_model(str(write_tiny_model(tmp_path / "model")), precision="fp32", device="cpu")
    ours = general_losses(model)
    rendered = model.renderer.render(general_texts()[3])
    ids = torch.tensor([rendered.token_ids])
    with torch.no_grad():
        found = torch.log_softmax(model.network(ids).logits[0, :-1].float(), dim=-1)
    nats = -sum(
        float(found[at - 1, token])
        for at, (token, learnt) in enumerate(zip(rendered.token_ids, rendered.loss_mask, strict=True))
        if learnt
    )
    assert ours[3] == pytest.approx(nats, rel=1e-3)
    assert len(ours) == len(general_texts())


def gate(rise: float, *, allowed: float | None):
    base = [10.0 + number for number in range(30)]
    return forgetting_gate(base, [nats * (1 + rise) for nats in base], allowed=allowed, resamples=300, seed=0)


def test_a_rise_within_what_is_allowed_passes() -> None:
    assert gate(0.1, allowed=0.2).passed
    failed = gate(0.3, allowed=0.2)
    assert not failed.passed and failed.value == pytest.approx(0.3)
    assert "+30.0 %" in failed.sentence and "20.0 % is allowed" in failed.sentence


def test_texts_that_suffered_unequally_make_the_worst_case_worse() -> None:
    base = [10.0] * 30
    uneven = forgetting_gate(base, [10.0] * 15 + [14.0] * 15, allowed=0.21, resamples=500, seed=0)
    assert uneven.value > 0.24 and not uneven.passed


def test_without_a_limit_it_is_shown_and_stops_nothing() -> None:
    shown = gate(0.5, allowed=None)
    assert shown.passed and not shown.measured
    assert shown.value == pytest.approx(0.5) and "no limit is set" in shown.sentence
