"""The last layer computes what the loss looks at and no more, on any build of layers, with the same result."""

import pytest
import torch
from test_exact_packs import ARCHITECTURES, network
from test_fast_layers import adapted, sequences
from test_output import odd

from brandtune.training.fast import accelerate
from brandtune.training.forward import Forward, narrow_exactly
from brandtune.training.narrowing import narrow, widen
from brandtune.training.output import body_of
from brandtune.training.packing import Tokens
from brandtune.training.recompute import recompute


def few() -> list[Tokens]:
    """Three sequences of which the last tokens carry loss: 15 positions of some 80, filled up to 32."""
    return [Tokens(one.token_ids, tuple(i >= len(one) - 5 for i in range(len(one)))) for one in sequences()]


def computed(model) -> tuple[torch.Tensor, dict[str, torch.Tensor], int]:
    """Values, gradients, and how many positions came out of the body."""
    sizes: list[int] = []
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    hook = body_of(base).register_forward_hook(lambda *given: sizes.append(given[2].last_hidden_state.shape[1]))
    model.zero_grad()
    log_probs, _ = Forward(model, packed=True).log_probs(few())
    (log_probs * torch.linspace(0.5, 1.5, len(log_probs))).sum().backward()
    hook.remove()
    return log_probs.detach(), {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}, sizes[0]


def same(ours, theirs) -> None:
    torch.testing.assert_close(ours[0], theirs[0], rtol=1e-5, atol=1e-5)
    assert ours[1].keys() == theirs[1].keys()
    for name, reference in theirs[1].items():
        assert (ours[1][name] - reference).norm() <= 1e-5 * reference.norm() + 1e-6, name


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_values_and_gradients_are_the_same(kind):
    model = network(kind)
    whole = computed(model)
    assert whole[2] == 96 and narrow_exactly(model)
    ours = computed(model)
    assert ours[2] == 32
    same(ours, whole)


@pytest.mark.parametrize("changes", [{"use_dora": True}, {"lora_dropout": 0.1}, {"target_modules": ["q_proj"]}])
def test_adapters_that_have_no_fast_layer(changes):
    model = adapted(network("llama"), **changes)
    whole = computed(model)
    assert narrow_exactly(model)
    ours = computed(model)
    assert ours[2] == 32
    same(ours, whole)


def test_layers_computed_twice_stay_the_same():
    model = network("qwen3")
    whole = computed(model)
    assert narrow_exactly(model) and recompute(model, layers=3) == 3
    ours = computed(model)
    assert ours[2] == 32
    same(ours, whole)


def test_layers_that_mix_positions_in_another_way_are_left_whole():
    model = odd("falcon_h1")  # state-space layers beside attention
    assert not narrow_exactly(model)
    assert not any("forward" in vars(module) for module in model.modules())


def test_layers_that_are_replaced_already_are_left():
    model = network("llama")
    accelerate(model)
    assert not narrow(model)


def test_outside_of_packs_nothing_changes_and_it_is_given_back():
    model, ids = network("gemma2"), torch.tensor([[5, 6, 7]])
    before = model(ids).logits
    assert narrow_exactly(model)
    torch.testing.assert_close(model(ids).logits, before, rtol=0, atol=0)
    widen(model)
    assert not any("forward" in vars(module) for module in model.modules())
