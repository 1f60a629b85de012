"""An export that lost its tuning is refused in every number format, however small the tuning was; and how that is measured."""

import math
from pathlib import Path

import pytest
import torch
from sharp_models import write_adapter, write_sharp_model

from brandtune.core.errors import GateFailed
from brandtune.models.export import (
    Facts,
    Source,
    architectures,
    export,
    gguf_adapter,
    gguf_file,
    llama_cpp,
    open_source,
)
from brandtune.models.export.parity import Parity, compare, require
from brandtune.models.export.settings import LIMITS
from brandtune.models.export.tuning import Tuning, require_kept
from brandtune.models.loading import load_model

gguf = pytest.importorskip("gguf", reason="the gguf extra is not installed")
FACTS = Facts(name="House", base="tiny")
slow = pytest.mark.slow


@pytest.fixture(scope="module")
def starter(tmp_path_factory) -> Source:
    """Tuned so little that the untuned base is within the limits of a 4-bit file."""
    adapter = write_adapter(tmp_path_factory.mktemp("adapters") / "house", "starter", spread=0.05)
    return open_source("starter", trained=adapter)


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write_sharp_model(tmp_path_factory.mktemp("models") / "tiny", tie_word_embeddings=True)


@pytest.fixture(scope="module")
def faint(base, tmp_path_factory) -> Source:
    """Tuned so little that the untuned base is within the limits of a 4-bit file."""
    adapter = write_adapter(tmp_path_factory.mktemp("adapters") / "faint", base, spread=0.02)
    source = open_source(str(base), trained=adapter)
    require(compare(source.expected, source.untuned, against="the untuned base"), LIMITS["q4_0"])
    return source


def refused(source: Source, tmp_path: Path, *, says: str, **how) -> None:
    with pytest.raises(GateFailed, match=says):
        export(source, to=tmp_path / "out", facts=FACTS, **how)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def wiped(monkeypatch) -> None:
    """Every adapter is written as one that does nothing."""
    written = gguf_adapter.adapter_entries

    def without_effect(*args, **kwargs):
        return [
            (name, shape, (lambda shape=shape: torch.zeros(shape)) if name.endswith("lora_b") else weight)
            for name, shape, weight in written(*args, **kwargs)
        ]

    monkeypatch.setattr(gguf_adapter, "adapter_entries", without_effect)


@pytest.mark.parametrize("quantization", ["f16", "q8_0", "q4_0"])
def test_a_wiped_adapter_is_refused(faint, tmp_path, wiped, quantization):
    refused(faint, tmp_path, says="files read back", format="gguf-adapter", adapter_quantization=quantization)


@pytest.mark.parametrize("quantization", ["f16", "q8_0", "q4_0"])
def test_a_wiped_adapter_on_a_4_bit_base_is_refused(starter, tmp_path, wiped, quantization):
    refused(starter, tmp_path, says="lost what tuning changed: it goes 0%", format="gguf-adapter",
            quantization="q4_0", adapter_quantization=quantization)  # fmt: skip


@pytest.mark.parametrize(
    ("quantization", "spread", "says"),
    [("f16", 0.02, "computes something else"), ("q8_0", 0.02, "computes something else"),
     ("q4_0", 0.02, "computes something else"), ("q4_0", 0.003, "lost what tuning changed")],
)  # fmt: skip
def test_an_adapter_that_llama_cpp_does_not_add_is_refused(base, tmp_path, monkeypatch, quantization, spread, says):
    pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")
    source = open_source(str(base), trained=write_adapter(tmp_path / "a", base, spread=spread))
    running = llama_cpp.running
    monkeypatch.setattr(llama_cpp, "running", lambda path, *, adapter, **settings: running(path, **settings))
    (tmp_path / "exports").mkdir()
    refused(source, tmp_path / "exports", says=rf"llama\.cpp {says}", format="gguf-adapter",
            adapter_quantization=quantization)  # fmt: skip


@pytest.mark.parametrize(
    ("quantization", "adapter_quantization"),
    [
        ("f16", "q4_0"),
        ("q4_0", "q4_0"),
        pytest.param("q8_0", "f16", marks=slow),
        pytest.param("q4_0", "q8_0", marks=slow),
    ],
)
def test_quantized_adapters_and_bases_agree(starter, tmp_path, quantization, adapter_quantization):
    pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")
    done = export(starter, format="gguf-adapter", to=tmp_path / "out", facts=FACTS,
                  quantization=quantization, adapter_quantization=adapter_quantization)  # fmt: skip
    read_back, in_engine = done.parity
    assert in_engine.against == "llama.cpp" and in_engine.divergence < 1e-3
    assert read_back.kept == pytest.approx(1, abs=0.1) and in_engine.kept == pytest.approx(1, abs=0.1)
    assert read_back.divergence < {"f16": 5e-4, "q8_0": 2e-3, "q4_0": 0.2}[quantization]
    kinds = {tensor.name: tensor.tensor_type.name
             for path in (tmp_path / "out").glob("*.gguf") for tensor in gguf.GGUFReader(path).tensors}  # fmt: skip
    assert kinds["blk.0.ffn_down.weight"] == quantization.upper()
    assert kinds["blk.0.attn_q.weight.lora_a"] == adapter_quantization.upper()
    assert "of what tuning changed" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize("quantization", ["f16", pytest.param("q8_0", marks=slow), "q4_0"])
def test_a_file_of_the_untuned_base_is_refused(starter, tmp_path, monkeypatch, quantization):
    pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")
    written, untuned = gguf_file.write_network, load_model("starter", precision="fp32").network
    monkeypatch.setattr(gguf_file, "write_network", lambda path, network, **how: written(path, untuned, **how))
    refused(starter, tmp_path, says="read back", format="gguf", quantization=quantization)


def test_merged_weights_of_the_untuned_base_are_refused(base, tmp_path, monkeypatch):
    from brandtune.models.export import folders

    source = open_source(str(base), trained=write_adapter(tmp_path / "a", base, spread=0.003))
    assert 1e-4 < source.tuning.divergence < 1e-2  # what a file in bf16 may be off
    written, untuned = folders._save, load_model(str(base), precision="fp32").network
    monkeypatch.setattr(folders, "_save", lambda folder, source, _, **how: written(folder, source, untuned, **how))
    with pytest.raises(GateFailed, match="lost what tuning changed"):
        export(source, format="safetensors", to=tmp_path / "out", facts=FACTS, numbers="bf16")


@pytest.mark.parametrize("quantization", ["q8_0", "q4_0"])
def test_a_conversion_mistake_is_seen_through_rounding(starter, tmp_path, monkeypatch, quantization):
    pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")
    # Rows in the wrong order, and read back in the same wrong order: only the other engine can tell.
    monkeypatch.setattr(architectures, "_rotated_heads", lambda name, config: 0)
    refused(starter, tmp_path, says=r"llama\.cpp computes something else", format="gguf", quantization=quantization)


def test_an_adapter_that_changes_nothing_is_told_and_not_refused(base, tmp_path):
    source = open_source(str(base), trained=write_adapter(tmp_path / "a", base, spread=0))
    done = export(source, format="safetensors", to=tmp_path / "out", facts=FACTS)
    assert done.parity[0].kept is None and "too little" in done.notes[0]


def test_rounding_that_costs_more_than_tuning_changed_is_told(starter, tmp_path):
    done = export(starter, format="gguf", to=tmp_path / "out", facts=FACTS, quantization="q4_0")
    assert done.parity[0].divergence > starter.tuning.divergence and done.parity[0].kept == pytest.approx(1, abs=0.2)
    assert any("further from the tuned model" in note for note in done.notes)


def test_what_is_kept_is_the_projection_on_the_step():
    torch.manual_seed(0)
    untuned = torch.randn(50, 40).log_softmax(-1)
    tuned = (untuned + 0.3 * torch.randn(50, 40)).log_softmax(-1)
    tuning = Tuning(tuned, untuned)
    for share in (0, 0.5, 1, 2):
        assert tuning.kept(untuned + share * (tuned - untuned), without=untuned) == pytest.approx(share, abs=1e-5)
    noise = torch.randn(50, 40)
    assert tuning.kept(tuned + noise, without=untuned + noise) == pytest.approx(1, abs=1e-5)
    # Independent reference: the slope of a weighted regression through the origin.
    exported = tuned + 0.2 * torch.randn(50, 40)
    weights, x, y = (value.double().flatten() for value in (tuned.exp(), tuned - untuned, exported - untuned))
    slope = torch.linalg.lstsq((weights.sqrt() * x)[:, None], (weights.sqrt() * y)[:, None]).solution.item()
    assert tuning.kept(exported, without=untuned) == pytest.approx(slope, rel=1e-4)


def test_not_a_number_is_refused():
    flat = torch.zeros(2, 3).log_softmax(-1)
    tuning = Tuning(torch.tensor([[2.0, 0, 0], [0, 2, 0]]).log_softmax(-1), flat)
    found = Parity(against="x", divergence=0, difference=0, agreement=1, num_positions=2)
    with pytest.raises(GateFailed, match="lost what tuning changed"):
        require_kept(found, tuning, exported=torch.full((2, 3), math.nan), without=flat)
