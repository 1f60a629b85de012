"""A base held in few bits: rounded as the formats say, smaller, and trained through like a linear layer."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import PeftModel
from pydantic import ValidationError
from scipy.stats import norm
from tiny_models import write_tiny_model
from torch import nn
from transformers import AutoModelForCausalLM

from brandtune.core.errors import ConfigError
from brandtune.core.examples import Example, Message
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import LoRAConfig, TrainingConfig, train
from brandtune.training.forward import Forward
from brandtune.training.learner import Learner
from brandtune.training.objectives import Item
from brandtune.training.quantized import NF4, QuantizedLinear, frozen_bytes, quantize_frozen

HELD = ["int8", "nf4"]


def linear(rows: int = 48, columns: int = 96, *, seed: int = 0, bias: bool = False, dtype=torch.float32) -> nn.Linear:
    torch.manual_seed(seed)
    return nn.Linear(columns, rows, bias=bias, dtype=dtype).requires_grad_(False)


def test_the_levels_are_those_of_the_paper():
    """Worked out from the normal distribution: 8 steps above 0 and 7 below, scaled to -1..1."""
    offset = 0.9677083
    above = norm.ppf(np.linspace(offset, 0.5, 9)[:-1])
    below = -norm.ppf(np.linspace(offset, 0.5, 8)[:-1])
    levels = np.sort([*above, 0.0, *below])
    np.testing.assert_allclose(NF4, levels / levels.max(), atol=2e-6)


def test_four_bits_take_the_nearest_level_of_each_block():
    layer = linear(7, 50)  # 350 weights: the last block is not full
    flat = layer.weight.flatten().numpy()
    expected = np.empty_like(flat)
    for start in range(0, len(flat), 64):
        block = flat[start : start + 64]
        levels = np.array(NF4, dtype=np.float32) * np.abs(block).max()
        expected[start : start + 64] = levels[np.abs(block[:, None] - levels).argmin(axis=1)]
    held = QuantizedLinear(layer, held="nf4")
    np.testing.assert_allclose(held.weight.numpy().ravel(), expected, rtol=1e-6)


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**16),
    rows=st.integers(1, 9),
    columns=st.integers(1, 70),
    size=st.sampled_from([0, 1e-6, 1, 1e4]),
)
def test_eight_bits_are_at_most_half_a_step_off(seed, rows, columns, size):
    layer = linear(rows, columns, seed=seed)
    layer.weight.mul_(size)
    step = layer.weight.abs().amax(dim=1, keepdim=True) / 127
    assert ((QuantizedLinear(layer, held="int8").weight - layer.weight).abs() <= 0.501 * step).all()


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_products_and_gradients_are_those_of_the_rounded_weight(held, dtype):
    layer = linear(bias=True, dtype=dtype)
    ours = QuantizedLinear(layer, held=held)
    inputs = torch.randn(5, 96, dtype=dtype)
    one, other = (inputs.clone().requires_grad_() for _ in range(2))
    found, expected = ours(one), nn.functional.linear(other, ours.weight, layer.bias)
    torch.testing.assert_close(found, expected)
    found.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize("held", HELD)
def test_nothing_whole_is_kept_for_the_way_back(held):
    ours, kept = QuantizedLinear(linear(), held=held), []
    inputs = torch.randn(5, 96, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(kept.append, lambda one: one):
        ours(inputs)
    assert kept == []


def test_weights_that_are_all_zero_stay_so():
    layer = linear()
    layer.weight.zero_()
    for held in HELD:
        assert (QuantizedLinear(layer, held=held).weight == 0).all()


def examples(count: int = 12, *, start: int = 0) -> list[Example]:
    return [
        Example(
            example_id=f"e{i}", task="t", target=2,
            messages=(Message(role="system", content="You answer customers of a shop that sells tents."),
                      Message(role="user", content=f"Where is order {i}?"),
                      Message(role="assistant", content=f"Hi there. Order {i} leaves today.")),
        )
        for i in range(start, start + count)
    ]  # fmt: skip


def config(**changes) -> TrainingConfig:
    settings = {"epochs": 2, "batch_size": 4, "precision": "fp32", "validations": 2, "learning_rate": 5e-3,
                "lora": LoRAConfig(rank=4, alpha=8)}  # fmt: skip
    return TrainingConfig(**(settings | changes))


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def learner(base, settings) -> tuple[Learner, list[Item]]:
    run = Learner(load_model(base, precision=settings.precision), settings, progress=Silent())
    return run, run.items(examples())[0]


def linear_bytes(network) -> int:
    """Bytes of the frozen linear layers; the tiny base is nearly all embeddings, which stay as they are."""
    tables = sum(p.numel() * p.element_size() for n, p in network.named_parameters() if "embed" in n or "lm_head" in n)
    return frozen_bytes(network) - tables


@pytest.mark.parametrize(
    ("held", "precision", "share"), [("int8", "bf16", 0.6), ("nf4", "bf16", 0.35), ("nf4", "fp32", 0.2)]
)
def test_the_base_takes_fewer_bytes(base, held, precision, share):
    whole, _ = learner(base, config(precision=precision))
    small, _ = learner(base, config(precision=precision, base_precision=held))
    assert linear_bytes(small.network) <= share * linear_bytes(whole.network)


@pytest.mark.parametrize(
    "changes", [{}, {"packing": "none"}, {"lora": LoRAConfig(rank=4, alpha=8, decomposed=True)}],
    ids=["packed", "padded", "dora"],
)  # fmt: skip
@pytest.mark.parametrize("held", HELD)
def test_losses_and_gradients_are_those_of_the_rounded_base(base, held, changes):
    """Reference: the same network with each rounded weight written over the whole one."""
    ours, items = learner(base, config(base_precision=held, **changes))
    theirs, _ = learner(base, config(**changes))
    for name, module in ours.network.named_modules():
        if isinstance(module, QuantizedLinear):
            theirs.network.get_submodule(name).weight.data.copy_(module.weight)
    gradients = []
    for run in (ours, theirs):
        total = run.objective.total(items)
        loss = run._gradients(items, total=total, divergence=torch.zeros(()))
        gradients.append({n: p.grad.clone() for n, p in run.network.named_parameters() if p.grad is not None})
        assert math.isfinite(loss)
    assert gradients[0].keys() == gradients[1].keys() and gradients[0]
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradient, gradients[1][name], rtol=1e-4, atol=1e-7)


def test_the_hand_written_layers_take_it(base):
    assert learner(base, config(base_precision="nf4"))[0].num_fast_layers == 2


def test_only_the_frozen_layers_are_rounded_and_the_head_is_not(base):
    network = learner(base, config(base_precision="int8"))[0].network
    rounded = [name for name, module in network.named_modules() if isinstance(module, QuantizedLinear)]
    assert len(rounded) == 14 and all("_proj.base_layer" in name for name in rounded)


@pytest.mark.parametrize(("held", "tolerance"), [("int8", 0.005), ("nf4", 0.015)])
def test_training_comes_out_near_the_whole_base(base, tmp_path, held, tolerance):
    """Held-out loss within 0.5 % (int8) and 1.5 % (nf4); the adapter loads on the whole base."""
    found = {}
    for name in ("auto", held):
        found[name] = train(
            examples(), model=load_model(base, precision="fp32"), validation=examples(4, start=50), output=tmp_path / name,
            config=config(base_precision=name, epochs=6, learning_rate=2e-2),
        )  # fmt: skip
    assert found[held].loss_after == pytest.approx(found["auto"].loss_after, rel=tolerance)
    assert found[held].loss_after < found[held].loss_before - 0.3
    network = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    whole = Learner(load_model(base, precision="fp32"), config(), progress=Silent())
    whole.network = PeftModel.from_pretrained(network, str(found[held].adapter))
    whole.forward = Forward(whole.network, packed=True)
    items, _ = whole.items(examples(4, start=50))
    assert whole.held_out_loss(items) == pytest.approx(found[held].loss_after, rel=tolerance)


def test_pissa_rounds_what_is_left_in_the_base(base):
    """QPiSSA: with the main part in the adapter, rounding the rest does less harm than rounding the whole."""
    whole = dict(load_model(base, precision="fp32").network.named_modules())
    errors = {}
    for init in ("default", "pissa"):
        network, errors[init] = (
            learner(base, config(base_precision="nf4", lora=LoRAConfig(rank=8, alpha=8, init=init)))[0].network,
            0.0,
        )
        for name, module in network.named_modules():
            if isinstance(getattr(module, "base_layer", None), QuantizedLinear):
                effective = module.base_layer.weight + module.get_delta_weight("default")
                errors[init] += float(
                    (effective.detach() - whole[name.removeprefix("base_model.model.")].weight).norm()
                )
    assert errors["pissa"] < 0.9 * errors["default"]


def test_a_network_without_frozen_linear_layers_is_refused():

    class Strange(nn.Module):
        def get_output_embeddings(self):
            return None

    with pytest.raises(ConfigError, match="Strange has no linear layers that can be held in nf4"):
        quantize_frozen(Strange(), held="nf4")


def test_weights_that_are_trained_cannot_be_rounded():
    with pytest.raises(ValidationError, match="needs method lora"):
        config(method="full", base_precision="nf4")
