"""One prompt at a time: the short way through the network writes what the library's own generation writes."""

import pytest
import torch
from tiny_models import SHAPE
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, Qwen2Config, Qwen2ForCausalLM

from brandtune.core.examples import Message
from brandtune.models import generation
from brandtune.models.cache import roomy_cache
from brandtune.models.compiled import OFF
from brandtune.models.generation import generate_batch_tokens
from brandtune.models.loading import load_model
from brandtune.models.settings import Decoding
from brandtune.models.stepping import stepper_for

NETWORKS = {
    "llama": (LlamaForCausalLM, LlamaConfig, {}),
    "llama, one key a head, biases": (
        LlamaForCausalLM,
        LlamaConfig,
        {"num_key_value_heads": 4, "attention_bias": True},
    ),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config, {}),
    "mistral": (MistralForCausalLM, MistralConfig, {"sliding_window": None}),
}


def network_of(name: str, *, tied: bool = False):
    torch.manual_seed(1)
    kind, config, more = NETWORKS[name]
    network = kind(config(**{**SHAPE, **more}, tie_word_embeddings=tied, initializer_range=0.2)).eval()
    with torch.no_grad():  # biases are born as zeros
        for parameter_name, parameter in network.named_parameters():
            if parameter_name.endswith("bias"):
                parameter.normal_(std=0.2)
    return network


@pytest.mark.parametrize("compiled", ["1", "0"], ids=["kernels", "without"])
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
@torch.inference_mode()
def test_scores_of_each_step_are_those_of_the_whole_sequence(name: str, tied: bool, compiled: str, monkeypatch) -> None:
    monkeypatch.setenv(OFF, compiled)
    network = network_of(name, tied=tied)
    ids = torch.randint(5, 8000, (1, 24), generator=torch.Generator().manual_seed(2))
    expected = network(input_ids=ids).logits[0]
    stepper = stepper_for(network)
    assert stepper is not None
    cache = roomy_cache(network.config, capacity=24)
    network(input_ids=ids[:, :10], past_key_values=cache, use_cache=True)
    for position in range(10, 24):
        scores = stepper(int(ids[0, position]), position, cache)
        torch.testing.assert_close(scores[0], expected[position], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("penalty", [None, 1.0, 1.3])
@torch.inference_mode()
def test_the_bundled_model_writes_what_the_library_writes(penalty: float | None, monkeypatch) -> None:
    model = load_model("starter")
    prompt = model.renderer.prompt([Message(role="user", content="My parcel is late. What can I do?")])
    used = []
    monkeypatch.setattr(generation, "stepper_for", lambda network: used.append(stepper_for(network)) or used[-1])
    (reply,) = generate_batch_tokens(model, [prompt], decoding=Decoding(max_new_tokens=40, repetition_penalty=penalty))
    assert used and used[0] is not None
    options = {} if penalty is None else {"repetition_penalty": penalty}
    ids = torch.tensor([prompt])
    expected = model.network.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=40, do_sample=False, **options
    )
    assert reply == expected[0, len(prompt) :].tolist()


@torch.inference_mode()
def test_one_prompt_alone_and_among_others_gets_the_same_reply(monkeypatch) -> None:
    model = load_model("starter", precision="fp32")
    prompts = [model.renderer.prompt([Message(role="user", content=text)]) for text in ("Hello!", "Where is my order?")]
    decoding = Decoding(max_new_tokens=24)
    together = generate_batch_tokens(model, prompts, decoding=decoding)
    assert [generate_batch_tokens(model, [prompt], decoding=decoding)[0] for prompt in prompts] == together


def test_what_is_not_understood_goes_the_long_way() -> None:
    sliding = MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=8)).eval()
    assert stepper_for(sliding) is None
    assert stepper_for(network_of("llama").train()) is None
    hooked = network_of("llama")
    hooked.model.layers[0].register_forward_hook(lambda *_: None)
    assert stepper_for(hooked) is None
    patched = network_of("llama")
    patched.model.layers[1].forward = patched.model.layers[1].forward
    assert stepper_for(patched) is None
    adapted = network_of("llama")

    class Other(torch.nn.Linear):
        """Stands for a quantized or adapted layer."""

    adapted.model.layers[0].mlp.up_proj = Other(32, 64, bias=False)
    assert stepper_for(adapted) is None
