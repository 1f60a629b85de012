"""Every format of one adapter, loaded by the libraries it is for; and what is refused without leaving anything."""

import json
import tomllib
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from sharp_models import write_adapter, write_sharp_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from brandtune.core.errors import GateFailed, MissingPartError, UsageError
from brandtune.models.export import (
    Facts,
    Source,
    architectures,
    export,
    folders,
    gguf_file,
    llama_cpp,
    open_source,
    parity,
)
from brandtune.models.export.source import put_into
from brandtune.models.rendering import Renderer

gguf = pytest.importorskip("gguf", reason="the gguf extra is not installed")
FACTS = Facts(name="House v1", base="tiny", dataset="abc123", evaluation=("Better than the best alternative.",))


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write_sharp_model(tmp_path_factory.mktemp("models") / "tiny", tie_word_embeddings=True)


@pytest.fixture(scope="module")
def source(base, tmp_path_factory) -> Source:
    adapter = write_adapter(tmp_path_factory.mktemp("adapters") / "house", base, r=32, use_rslora=True)
    return open_source(str(base), trained=adapter)


def logits(network, rows) -> torch.Tensor:
    return parity.log_probabilities(network.eval(), rows)


def test_the_adapter_matters(source, base):
    untuned = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    assert parity.compare(source.expected, logits(untuned, source.rows), against="x").divergence > 0.1


@pytest.mark.parametrize(("numbers", "dtype"), [("auto", torch.float32), ("bf16", torch.bfloat16)])
def test_safetensors_load_in_transformers(source, tmp_path, numbers, dtype):
    done = export(source, format="safetensors", to=tmp_path / "out", facts=FACTS, numbers=numbers)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert loaded.dtype == dtype
    found = parity.compare(source.expected, logits(loaded.float(), source.rows), against="x")
    assert found.divergence <= (1e-6 if numbers == "auto" else 1e-2)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert tokenizer.chat_template == source.model.renderer.tokenizer.chat_template
    settings = json.loads((tmp_path / "out" / "config.json").read_text())
    assert settings["rope_theta"] == 10000.0  # older releases read nothing else
    card = (tmp_path / "out" / "README.md").read_text()
    assert "abc123" in card and "Better than the best alternative." in card and str(tmp_path) not in card
    assert set(done.files) == {p.name for p in (tmp_path / "out").iterdir()} - {"export.json"}
    # The source is as it was: another export may follow.
    assert parity.compare(source.expected, logits(source.model.network, source.rows), against="x").divergence < 1e-6


def test_peft_loads_the_adapter_on_its_base(source, base, tmp_path):
    export(source, format="peft", to=tmp_path / "out", facts=FACTS)
    named = json.loads((tmp_path / "out" / "adapter_config.json").read_text())["base_model_name_or_path"]
    assert named == str(base)
    loaded = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(named), tmp_path / "out")
    assert torch.allclose(logits(loaded, source.rows), source.expected, atol=1e-4)


def test_vllm_gets_a_folder_and_a_command(source, tmp_path):
    export(source, format="vllm", to=tmp_path / "out", facts=FACTS)
    command = (tmp_path / "out" / "serve.txt").read_text()
    assert "--max-lora-rank 32 --lora-modules house-v1=./house-v1" in command
    loaded, named = loaded_by_peft(tmp_path / "out" / "house-v1")
    assert torch.allclose(logits(loaded, source.rows), source.expected, atol=1e-4)
    assert f"vllm serve {named} " in command


def test_vllm_finds_the_bundled_base_beside_the_adapter(tuned_starter, tmp_path):
    export(tuned_starter, format="vllm", to=tmp_path / "out", facts=FACTS)
    loaded, named = loaded_by_peft(tmp_path / "out" / "house-v1")
    assert named == "../base" and loaded.peft_config["default"].inference_mode
    assert torch.allclose(logits(loaded, tuned_starter.rows), tuned_starter.expected, atol=1e-4)
    assert "vllm serve ./base " in (tmp_path / "out" / "serve.txt").read_text()


def test_what_is_compared_for_vllm_is_what_lies_there_in_the_end(tuned_starter, tmp_path, monkeypatch):
    compared, attach = {}, folders.attach

    def noted(network, adapter, **named):
        compared.update({path.relative_to(adapter.parent).as_posix(): path.read_bytes()
                         for path in adapter.parent.rglob("*") if path.is_file()})  # fmt: skip
        return attach(network, adapter, **named)

    monkeypatch.setattr(folders, "attach", noted)
    done = export(tuned_starter, format="vllm", to=tmp_path / "out", facts=FACTS)
    assert {"house-v1/adapter_config.json", "base/model.safetensors"} <= compared.keys()
    assert set(done.files) - compared.keys() == {"README.md", "serve.txt"}
    assert all((tmp_path / "out" / name).read_bytes() == content for name, content in compared.items())


def loaded_by_peft(folder: Path):
    """An adapter from its final folder on the base that its configuration names, and that name."""
    named = json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"]
    base = AutoModelForCausalLM.from_pretrained((folder / named).resolve(), dtype=torch.float32)
    return PeftModel.from_pretrained(base, folder), named


@pytest.fixture(scope="module")
def tuned_starter(tmp_path_factory) -> Source:
    adapter = write_adapter(tmp_path_factory.mktemp("adapters") / "house", "starter", spread=0.05)
    return open_source("starter", trained=adapter)


@pytest.mark.parametrize("quantization", ["f16", "q8_0", "q4_0"])
def test_gguf_agrees_in_llama_cpp(tuned_starter, tmp_path, quantization):
    pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")
    source = tuned_starter
    done = export(source, format="gguf", to=tmp_path / "out", facts=FACTS, quantization=quantization)
    in_engine = done.parity[1]
    assert in_engine.against == "llama.cpp" and in_engine.num_positions >= 10
    assert in_engine.exact_texts and in_engine.exact_texts[0] >= 15
    assert in_engine.divergence <= {"f16": 1e-4, "q8_0": 5e-3, "q4_0": 0.5}[quantization]
    file = next((tmp_path / "out").glob("*.gguf"))
    kinds = {tensor.name: tensor.tensor_type.name for tensor in gguf.GGUFReader(file).tensors}
    assert kinds["blk.0.ffn_down.weight"] == quantization.upper()
    assert kinds["token_embd.weight"] == {"f16": "F16"}.get(quantization, "Q8_0")
    assert kinds["blk.0.attn_norm.weight"] == "F32" and "output.weight" not in kinds


def test_gguf_is_read_the_same_by_transformers(source, tmp_path):
    """A reader that we did not write: names, row order and shapes are what others expect."""
    export(source, format="gguf", to=tmp_path / "out", facts=FACTS)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "out", gguf_file="house-v1-f16.gguf", dtype=torch.float32)
    assert parity.compare(source.expected, logits(loaded, source.rows), against="x").divergence < 1e-4


@pytest.mark.parametrize("quantization", ["f16", pytest.param("q8_0", marks=pytest.mark.slow)])
def test_a_gguf_adapter_agrees_on_its_base(source, tmp_path, quantization):
    pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")
    done = export(source, format="gguf-adapter", to=tmp_path / "out", facts=FACTS, adapter_quantization=quantization)
    assert done.parity[-1].against == "llama.cpp"
    reader = gguf.GGUFReader(tmp_path / "out" / f"house-v1-adapter-{quantization}.gguf")
    assert reader.fields["general.type"].contents() == "adapter"
    names = {tensor.name for tensor in reader.tensors}
    assert {"blk.0.attn_q.weight.lora_a", "blk.1.ffn_down.weight.lora_b"} <= names
    base_alone = llama_cpp.running(tmp_path / "out" / "house-v1-base-f16.gguf", context=512)
    with base_alone as engine:  # without the adapter it is another model, so the adapter was in force above
        ids = list(source.rows[0][:20])
        written, _ = engine.continued(ids, tokens=4, likeliest=5)
    reference = parity.log_probabilities(source.model.network, [ids], last=1).argmax(dim=-1).tolist()
    assert written[:1] != reference


def test_a_conversion_mistake_leaves_nothing_behind(source, tmp_path, monkeypatch):
    pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")
    # Rows in the wrong order, and read back in the same wrong order: only the other engine can tell.
    monkeypatch.setattr(architectures, "_rotated_heads", lambda name, config: 0)
    with pytest.raises(GateFailed, match=r"llama\.cpp computes something else"):
        export(source, format="gguf", to=tmp_path / "out", facts=FACTS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["gguf", "gguf-adapter", "ollama"])
def test_without_llama_cpp_gguf_is_refused(source, tmp_path, monkeypatch, format):
    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", None)
    with pytest.raises(MissingPartError, match=r"`xllamacpp` cannot be imported.*brandtune\[gguf\].*--unverified"):
        export(source, format=format, to=tmp_path / "out", facts=FACTS)
    assert list(tmp_path.iterdir()) == []


def test_without_llama_cpp_gguf_may_leave_unverified_and_it_is_said(source, tmp_path, monkeypatch):
    monkeypatch.setattr(llama_cpp, "installed", lambda: False)
    done = export(source, format="gguf", to=tmp_path / "out", facts=FACTS, quantization="q8_0", unverified=True)
    assert len(done.parity) == 1 and not done.verified and "NOT VERIFIED" in done.notes[-1]
    assert json.loads((tmp_path / "out" / "export.json").read_text())["verified"] is False
    assert "NOT VERIFIED" in (tmp_path / "out" / "README.md").read_text()
    # The numbers are compared all the same.
    monkeypatch.setattr(gguf_file, "number_format", lambda *_: gguf.GGMLQuantizationType.Q4_0)
    with pytest.raises(GateFailed):
        export(source, format="gguf", to=tmp_path / "other", facts=FACTS, quantization="f16", unverified=True)
    assert not (tmp_path / "other").exists()


def test_who_installs_for_gguf_gets_llama_cpp_with_it():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert [line.split(">")[0] for line in project["optional-dependencies"]["gguf"]] == ["gguf", "xllamacpp"]


def test_ollama_gets_template_and_stops(source, tmp_path):
    export(source, format="ollama", to=tmp_path / "out", facts=FACTS)
    text = (tmp_path / "out" / "Modelfile").read_text()
    assert text.startswith("FROM ./house-v1-f16.gguf\n") and 'PARAMETER stop "<|im_end|>"' in text
    assert "SYSTEM" not in text


def test_a_folder_that_exists_is_never_touched(source, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="is there already"):
        export(source, format="safetensors", to=tmp_path / "out", facts=FACTS)
    assert (tmp_path / "out" / "mine.txt").read_text() == "keep"


@pytest.mark.parametrize("format", ["peft", "vllm", "gguf-adapter"])
def test_a_whole_model_has_no_adapter_to_export(base, tmp_path, format):
    with pytest.raises(UsageError, match="needs an adapter"):
        export(open_source(str(base)), format=format, to=tmp_path / "out", facts=FACTS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "says"), [({"use_dora": True}, "DoRA"), ({"rank_pattern": {"q_proj": 2}}, "other ranks")]
)
def test_what_engines_cannot_add_is_refused_by_name(base, tmp_path, settings, says):
    adapter = write_adapter(tmp_path / "odd", base, **settings)
    odd = open_source(str(base), trained=adapter)
    for format in ("gguf-adapter", "vllm"):
        with pytest.raises(UsageError, match=says):
            export(odd, format=format, to=tmp_path / "out", facts=FACTS)
    export(odd, format="safetensors", to=tmp_path / "merged", facts=FACTS)
    assert not (tmp_path / "out").exists()


def test_a_missing_package_is_named(source, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gguf", None)
    with pytest.raises(MissingPartError, match=r"brandtune\[gguf\]"):
        export(source, format="gguf", to=tmp_path / "out", facts=FACTS)


def test_other_weights_are_put_back(source):
    before = {name: weight.clone() for name, weight in source.model.network.state_dict().items()}
    with pytest.raises(ZeroDivisionError), put_into(source.model.network, {"model.norm.weight": torch.zeros(32)}):
        raise ZeroDivisionError
    after = source.model.network.state_dict()
    assert all(torch.equal(weight, after[name]) for name, weight in before.items())
    assert isinstance(source.model.renderer, Renderer)


def test_what_llama_cpp_refuses_is_told_and_not_written(source, tmp_path, monkeypatch):
    pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")
    monkeypatch.setattr(
        "brandtune.models.export.vocabulary.plain_template",
        lambda template: "{% for m in messages %}{{ nothing.at.all( }}",
    )
    with pytest.raises(GateFailed, match=r"llama\.cpp"):
        export(source, format="gguf", to=tmp_path / "out", facts=FACTS)
    assert list(tmp_path.iterdir()) == []
