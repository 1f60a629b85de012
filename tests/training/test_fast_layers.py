"""The hand-written layers give what autograd gives, and step aside where they would not."""

import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model
from test_exact_packs import network
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

from brandtune.training.fast import accelerate, elementwise, restore
from brandtune.training.forward import Forward, accelerate_exactly
from brandtune.training.packing import Tokens


def sequences() -> list[Tokens]:
    numbers = torch.Generator().manual_seed(0)
    shared = tuple(torch.randint(3, 97, (30,), generator=numbers).tolist())
    found = []
    for size in (9, 14, 20):
        ids = shared + tuple(torch.randint(3, 97, (size,), generator=numbers).tolist())
        found.append(Tokens(ids, tuple(i >= 25 for i in range(len(ids)))))
    return found


def computed(model) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    model.zero_grad()
    log_probs, _ = Forward(model, packed=True).log_probs(sequences())
    (log_probs * torch.linspace(0.5, 1.5, len(log_probs))).sum().backward()
    return log_probs.detach(), {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def adapted(model, **changes):
    settings = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear"} | changes
    wrapped = get_peft_model(model, LoraConfig(**settings))
    torch.manual_seed(2)
    for name, parameter in wrapped.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(0, 0.1)
    return wrapped.eval()


CASES = {
    "all weights": lambda model: model,
    "lora": adapted,
    "rslora": lambda model: adapted(model, use_rslora=True),
    "some layers": lambda model: adapted(model, target_modules=["q_proj", "v_proj", "down_proj"]),
}


@pytest.mark.parametrize("kind", ["llama", "qwen2", "smollm3"])
@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients_are_the_same(kind, case):
    model = CASES[case](network(kind))
    values, gradients = computed(model)
    assert accelerate(model) == 3
    fast_values, fast_gradients = computed(model)
    torch.testing.assert_close(fast_values, values, rtol=1e-5, atol=1e-5)
    assert fast_gradients.keys() == gradients.keys()
    for name, reference in gradients.items():
        assert (fast_gradients[name] - reference).norm() <= 1e-5 * reference.norm() + 1e-7, name


def test_bf16_is_as_near_to_fp32_as_the_plain_way():
    exact, _ = computed(adapted(network("llama")))
    model = adapted(network("llama")).to(torch.bfloat16)
    plain, _ = computed(model)
    accelerate(model)
    fast, _ = computed(model)
    assert (fast - exact).norm() <= 1.3 * (plain - exact).norm()


def test_other_layers_are_left_alone():
    assert accelerate(network("gemma2")) == 0
    assert accelerate(network("phi3")) == 0
    assert accelerate(adapted(network("llama"), use_dora=True)) == 0
    assert accelerate(adapted(network("llama"), lora_dropout=0.1)) == 0


def test_layers_that_only_look_alike_are_found_out():
    config = copy.deepcopy(network("smollm3").config)
    config.num_hidden_layers, config.no_rope_layers, config.layer_types = 4, [1, 1, 1, 0], ["full_attention"] * 4
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    values, _ = computed(model)
    assert accelerate_exactly(model) == 0
    torch.testing.assert_close(computed(model)[0], values, rtol=0, atol=0)


def test_a_multiplier_on_the_residual_is_found_out():
    torch.manual_seed(0)
    config = CONFIG_MAPPING["granite"](**{
        "vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "residual_multiplier": 0.4, "pad_token_id": 0,
    })  # fmt: skip
    assert accelerate_exactly(AutoModelForCausalLM.from_config(config, dtype=torch.float32)) == 0


def test_a_narrow_window_goes_the_plain_way():
    model = network("mistral")
    values, gradients = computed(model)
    accelerate(model)
    fast, fast_gradients = computed(model)
    torch.testing.assert_close(fast, values, rtol=0, atol=0)
    assert all(torch.equal(fast_gradients[name], gradients[name]) for name in gradients)


def test_adapters_switched_off_are_off():
    model = adapted(network("llama"))
    with model.disable_adapter(), torch.no_grad():
        plain, _ = Forward(model, packed=True).log_probs(sequences())
    accelerate(model)
    with model.disable_adapter(), torch.no_grad():
        fast, _ = Forward(model, packed=True).log_probs(sequences())
    torch.testing.assert_close(fast, plain)


def test_restoring_gives_the_layers_back():
    model = network("llama")
    accelerate(model)
    restore(model)
    assert not any("forward" in vars(module) for module in model.modules())


def test_generation_is_not_touched():
    model = network("llama")
    ids = torch.tensor([[5, 6, 7]])
    before = model(ids).logits
    accelerate(model)
    torch.testing.assert_close(model(ids).logits, before)


def test_each_piece_passes_the_gradient_check():
    torch.manual_seed(0)
    x, weight = torch.randn(5, 8, dtype=torch.double), torch.randn(8, dtype=torch.double)
    inverse = (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt()
    leaf, scale = x.clone().requires_grad_(), weight.clone().requires_grad_()
    g = torch.randn(5, 8, dtype=torch.double)
    (leaf * (leaf.square().mean(-1, keepdim=True) + 1e-5).rsqrt() * scale).backward(g)
    d_x = elementwise.rms_norm_back(g.float(), x.float(), weight.float(), inverse.float())
    d_weight = elementwise.rms_norm_weight_back(g.float(), x.float(), inverse.float())
    torch.testing.assert_close(d_x.double(), leaf.grad, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(d_weight.double(), scale.grad, rtol=1e-5, atol=1e-5)
    both = torch.randn(5, 12, requires_grad=True)
    gate, up = both.chunk(2, dim=-1)
    g = torch.randn(5, 6)
    (torch.nn.functional.silu(gate) * up).backward(g)
    torch.testing.assert_close(elementwise.gated_back(g.clone(), both.detach()), both.grad)
    heads, angle = torch.randn(5, 2, 8), torch.rand(5, 1, 4)
    turned = heads.clone()
    elementwise.rotate(turned, angle.cos(), angle.sin())
    torch.testing.assert_close(turned.norm(dim=-1), heads.norm(dim=-1))
    elementwise.rotate(turned, angle.cos(), angle.sin(), back=True)
    torch.testing.assert_close(turned, heads)


def test_the_last_layer_computes_only_what_the_loss_looks_at():
    model, seen = network("llama"), []
    one = sequences()[2]
    few = [Tokens(one.token_ids, tuple(i >= 45 for i in range(len(one))))]
    reference, _ = Forward(model, packed=True).log_probs(few)
    assert accelerate(model) == 3
    model.model.norm.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape[1]))
    ours, _ = Forward(model, packed=True).log_probs(few)
    assert seen == [32]  # 5 positions, filled up to 32 of the row's 64
    torch.testing.assert_close(ours, reference, rtol=1e-5, atol=1e-5)
