"""Whatever an architecture does between its body and its logits, log-probabilities are those of the model itself."""

import random

import pytest
import torch
from peft import LoraConfig, get_peft_model
from test_exact_packs import SHAPE, VOCABULARY, network
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

from brandtune.core.errors import ConfigError
from brandtune.training import head
from brandtune.training.forward import Forward, packs_are_exact
from brandtune.training.packing import Tokens

MAMBA = {"mamba_d_ssm": 64, "mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 8, "mamba_n_groups": 1}
ODD = {
    "modernbert-decoder": {"cls_token_id": 1, "sep_token_id": 2},  # a layer between body and matrix
    "falcon_h1": {**MAMBA, "mamba_chunk_size": 16, "lm_head_multiplier": 0.3},  # a multiplier, and state-space layers
}
PACKED = {"modernbert-decoder": True, "falcon_h1": False}


def odd(kind: str, dtype: torch.dtype = torch.float32):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(CONFIG_MAPPING[kind](**SHAPE, **ODD[kind]), dtype=torch.float32).eval()
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    return model.to(dtype)


def sequences() -> list[Tokens]:
    numbers = random.Random(0)
    system = tuple(numbers.randrange(3, VOCABULARY) for _ in range(20))
    found = [system + tuple(numbers.randrange(3, VOCABULARY) for _ in range(9 + 4 * i)) for i in range(3)]
    return [Tokens(ids, tuple(j > 15 for j in range(len(ids)))) for ids in found]


def one_by_one(model, given: list[Tokens]) -> torch.Tensor:
    found = []
    for sequence in given:
        ids = torch.tensor([sequence.token_ids])
        log_probs = model(input_ids=ids).logits[0].float().log_softmax(-1)
        found += [log_probs[t - 1, ids[0, t]] for t in range(1, len(sequence)) if sequence.loss_mask[t]]
    return torch.stack(found)


@pytest.mark.parametrize("kind", ODD)
def test_values_and_gradients_are_those_of_the_model(kind, monkeypatch):
    monkeypatch.setattr(head, "CHUNK_LOGITS", 7 * VOCABULARY)  # several chunks
    model = odd(kind)
    packed = packs_are_exact(model)
    assert packed == PACKED[kind]
    ours, _ = Forward(model, packed=packed).log_probs(sequences())
    theirs = one_by_one(model, sequences())
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    wanted, parameters = torch.linspace(0.5, 1.5, len(ours)), [p for p in model.parameters() if p.requires_grad]
    gradients = (torch.autograd.grad(v, parameters, wanted, allow_unused=True) for v in (ours, theirs))
    for mine, reference in zip(*gradients, strict=True):
        assert (mine is None) == (reference is None)
        assert reference is None or (mine - reference).norm() <= 1e-5 * reference.norm() + 1e-6


def test_it_is_found_in_bf16_as_well():
    model = odd("modernbert-decoder", torch.bfloat16)
    ours, _ = Forward(model, packed=True).log_probs(sequences())
    theirs = one_by_one(model, sequences())
    assert (ours - theirs).norm() <= 2e-2 * theirs.norm()


@pytest.mark.parametrize("kind", ["llama", "gemma2", "granite", "cohere"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_usual_way_is_kept_where_it_is_right(kind, dtype):
    assert Forward(network(kind).to(dtype), packed=True).slower() == []


def test_another_way_is_said():
    (sentence,) = Forward(odd("modernbert-decoder"), packed=True).slower()
    assert "ModernBertDecoderForCausalLM" in sentence and "slower" in sentence


def test_looking_draws_no_random_numbers_and_leaves_the_model_as_it_was():
    model = odd("falcon_h1").train()
    model.model.eval()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    Forward(model, packed=False).slower()
    assert torch.equal(torch.get_rng_state(), before)
    assert model.training and not model.model.training and "forward" not in vars(model.model)


def test_what_cannot_be_computed_at_all_is_refused():
    model = network("llama")
    own = model.forward
    model.forward = lambda **given: _doubled(own(**given))
    with pytest.raises(ConfigError, match="LlamaForCausalLM does something between its body and its logits"):
        Forward(model, packed=True).log_probs(sequences())


def _doubled(output):
    output.logits = 2 * output.logits
    return output


def test_an_adapter_on_the_head_counts():
    wrapped = get_peft_model(network("llama"), LoraConfig(r=4, target_modules=["q_proj", "lm_head"]))
    assert Forward(wrapped, packed=True).slower()
    for name, parameter in wrapped.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(0, 0.3)
    ours, _ = Forward(wrapped.eval(), packed=True).log_probs(sequences())
    torch.testing.assert_close(ours, one_by_one(wrapped, sequences()), rtol=1e-5, atol=1e-5)
