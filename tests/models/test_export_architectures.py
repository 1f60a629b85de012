"""Each architecture in llama.cpp against torch, on random networks in which every weight matters; and what is refused."""

from typing import Any

import pytest
import torch
from sharp_models import CONFIGS, write_adapter, write_sharp_model
from tiny_models import SHAPE
from transformers import AutoConfig, AutoModelForCausalLM

from brandtune.core.errors import UsageError
from brandtune.models.export import Facts, export, open_source
from brandtune.models.export.architectures import architecture_of, exported_context, for_llama_cpp, from_llama_cpp

LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 32, "rope_theta": 500.0}  # fmt: skip
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128, "rope_theta": 10000.0}
LINEAR = {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}
LONG = {"rope_type": "longrope", "short_factor": [1.0] * 4, "long_factor": [2.0] * 4, "rope_theta": 1e4,
        "original_max_position_embeddings": 128}  # fmt: skip
GEMMA = {"head_dim": 8, "query_pre_attn_scalar": 8, "sliding_window": 16}
slow = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        pytest.param("llama", {"rope_parameters": LLAMA3}, id="llama-3.1"),
        pytest.param("qwen3", {"head_dim": 16}, id="qwen3"),
        pytest.param("llama", {"tie_word_embeddings": True}, id="llama-tied", marks=slow),
        pytest.param("llama", {"head_dim": 16, "rope_parameters": LINEAR}, id="llama-linear", marks=slow),
        pytest.param("llama", {"rope_parameters": YARN}, id="llama-yarn", marks=slow),
        pytest.param("mistral", {"sliding_window": 128}, id="mistral", marks=slow),
        pytest.param("qwen2", {"rope_parameters": YARN}, id="qwen2-yarn", marks=slow),
        pytest.param("qwen2", {}, id="qwen2", marks=slow),
        pytest.param("smollm3", {"num_hidden_layers": 5}, id="smollm3", marks=slow),
        pytest.param(
            "smollm3", {"num_hidden_layers": 5, "tie_word_embeddings": False}, id="smollm3-untied", marks=slow
        ),
        pytest.param("phi3", {}, id="phi3"),
        pytest.param("phi3", {"tie_word_embeddings": True, "sliding_window": 128}, id="phi3-tied", marks=slow),
        pytest.param("gemma", {"head_dim": 8}, id="gemma", marks=slow),
        pytest.param("gemma", {"head_dim": 16}, id="gemma-wide-heads", marks=slow),
        pytest.param("gemma2", {**GEMMA, "num_hidden_layers": 4}, id="gemma2", marks=slow),
        pytest.param("gemma3_text", {**GEMMA, "num_hidden_layers": 7}, id="gemma3", marks=slow),
    ],
)
def test_llama_cpp_computes_the_same(tmp_path, kind, settings):
    for package in ("gguf", "xllamacpp"):
        pytest.importorskip(package, reason="the GGUF tools are not installed")
    folder = write_sharp_model(tmp_path / "base", kind=kind, **settings)
    done = export(open_source(str(folder)), format="gguf", to=tmp_path / "out", facts=Facts(name="x", base="x"))
    assert done.parity[-1].against == "llama.cpp"
    assert done.parity[-1].divergence < 2e-5 and done.parity[-1].agreement == 1


@pytest.mark.parametrize(
    ("kind", "shape"), [("phi3", {}), pytest.param("smollm3", {"num_hidden_layers": 5}, marks=slow)]
)
def test_an_adapter_on_fused_and_on_turned_layers_is_added_the_same(tmp_path, kind, shape):
    for package in ("gguf", "xllamacpp"):
        pytest.importorskip(package, reason="the GGUF tools are not installed")
    base = write_sharp_model(tmp_path / "base", kind=kind, **shape)
    inner = "all-linear" if kind == "smollm3" else ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]
    source = open_source(str(base), trained=write_adapter(tmp_path / "a", base, target_modules=inner))
    done = export(source, format="gguf-adapter", to=tmp_path / "out", facts=Facts(name="x", base="x"))
    assert done.parity[-1].divergence < 2e-5 and done.parity[-1].kept == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize(
    ("kind", "settings", "says"),
    [
        ("llama", {"mlp_bias": True}, "biases in its feed-forward"),
        ("llama", {"attention_bias": True}, "biases in its attention"),
        ("llama", {"hidden_act": "gelu"}, "another activation"),
        ("gemma", {"head_dim": 8, "hidden_act": "silu"}, "another activation"),
        ("gemma", {"head_dim": 8, "use_bidirectional_attention": True}, "see what comes after"),
        ("gemma", {"head_dim": 8, "attention_bias": True}, "biases in its attention"),
        ("smollm3", {"no_rope_layer_interval": 2}, "rotary positions in other layers"),
        (
            "phi3",
            {"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.75, "rope_theta": 1e4}},
            "part of",
        ),
        ("phi3", {"rope_parameters": LONG}, "`longrope`"),
        ("llama", {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}}, "`dynamic`"),
        ("qwen2", {"rope_parameters": LLAMA3}, "`llama3`"),
        ("llama", {"rope_parameters": {**YARN, "beta_fast": 8}}, "YaRN"),
        ("gemma2", {**GEMMA, "query_pre_attn_scalar": 9}, "scales attention"),
        ("gemma3_text", {**GEMMA, "layer_types": ["full_attention"] * 2}, "windows in another order"),
    ],
)
def test_what_llama_cpp_does_not_compute_is_refused_by_name(kind, settings, says):
    with pytest.raises(UsageError, match=says):
        architecture_of(CONFIGS[kind](**(SHAPE | settings)))


def test_other_architectures_are_refused_by_name():
    with pytest.raises(UsageError, match="`phi` network"):
        architecture_of(AutoConfig.for_model("phi"))


def test_the_context_ends_where_a_window_would_cut():
    assert exported_context(CONFIGS["mistral"](**SHAPE, sliding_window=128)) == 128
    assert exported_context(CONFIGS["mistral"](**SHAPE, sliding_window=None)) == 512
    assert exported_context(CONFIGS["qwen2"](**SHAPE, use_sliding_window=False, sliding_window=128)) == 512


@pytest.mark.parametrize("kind", sorted(CONFIGS))
def test_reading_back_undoes_writing(kind):
    config = CONFIGS[kind](**(SHAPE | ({**GEMMA} if kind in ("gemma2", "gemma3_text") else {})), layer_types=None)
    with torch.device("meta"):
        network: Any = AutoModelForCausalLM.from_config(config)
    layout = {"architecture": _any_architecture(kind), "config": config}
    for name, weight in network.state_dict().items():
        values = torch.arange(weight.numel(), dtype=torch.float32).view(weight.shape)
        assert torch.equal(from_llama_cpp(for_llama_cpp(values, name=name, **layout), name=name, **layout), values)


def _any_architecture(kind: str) -> Any:
    from brandtune.models.export.architectures import ARCHITECTURES

    return ARCHITECTURES[kind]
