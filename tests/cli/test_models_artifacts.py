"""`brandtune models export` and `import` on a small company's registry: files, ledger, exit codes."""

import json
from pathlib import Path

import pytest
from sharp_models import write_adapter, write_sharp_model
from small_company import write_company

from brandtune.cli import run as cli
from brandtune.lineage import Ledger, Registry
from brandtune.workflows.plan import load_plan

pytest.importorskip("gguf", reason="the gguf extra is not installed")


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write_sharp_model(tmp_path_factory.mktemp("models") / "tiny", tie_word_embeddings=True)


@pytest.fixture(scope="module")
def adapter(base, tmp_path_factory) -> Path:
    return write_adapter(tmp_path_factory.mktemp("adapters") / "house", base)


@pytest.fixture(scope="module")
def config(base, adapter, tmp_path_factory) -> Path:
    """A company with one model in its registry."""
    config = write_company(tmp_path_factory.mktemp("companies") / "company", count=20)
    assert cli(["models", "import", str(adapter), "--name", "House", "--config", str(config), "--quiet"]) == 0
    return config


def test_an_imported_adapter_is_registered_and_answers_under_its_id_only(config, base):
    plan = load_plan(config)
    registry = Registry(plan.database, files=plan.workspace)
    (release,) = [r for r in registry.releases() if r.model_id.startswith("house-")]
    assert release.base == str(base) and registry.current("champion") is None
    assert registry.current("imported") == release.model_id
    folder = plan.workspace / release.adapter
    assert {p.name for p in folder.iterdir()} == {
        "README.md", "adapter_config.json", "adapter_model.safetensors", "evidence.json",
    }  # fmt: skip
    trace = Ledger(plan.database).trace(f"model:{release.model_id}")
    assert trace[0].kind == "import" and trace[0].parents == (f"base:{base}",)


def test_export_writes_files_and_the_ledger(config, tmp_path, capsys):
    arguments = ["models", "export", "imported", "--format", "safetensors", "--to", str(tmp_path / "out")]
    assert cli([*arguments, "--config", str(config), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["parity"][0]["agreement"] == 1 and "model.safetensors" in document["files"]
    plan = load_plan(config)
    model_id = Registry(plan.database, files=plan.workspace).current("imported")
    manifest = json.loads((tmp_path / "out" / "export.json").read_text())
    assert manifest["model"] == model_id and manifest["files"] == document["files"]
    ledger = Ledger(plan.database)
    from brandtune.models.export import Exported

    digest = Exported(folder="", format="safetensors", files=document["files"], parity=()).digest
    trace = ledger.trace(f"export:{digest}")
    assert [entry.artifact for entry in trace][:2] == [f"export:{digest}", f"model:{model_id}"]
    assert trace[0].detail["files"] == document["files"]
    # The same folder again is refused, and what lies there stays.
    assert cli([*arguments, "--config", str(config)]) == 2
    assert (tmp_path / "out" / "export.json").is_file()


def test_a_merged_export_comes_back_in_as_a_whole_model(config, tmp_path, capsys):
    out = tmp_path / "merged"
    assert (
        cli(["models", "export", "imported", "--format", "safetensors", "--to", str(out), "-c", str(config), "-q"]) == 0
    )
    capsys.readouterr()
    assert cli(["models", "import", str(out), "--config", str(config), "--json"]) == 0
    release = json.loads(capsys.readouterr().out)
    assert release["base"] == f"./.brandtune/models/{release['model_id']}"
    from brandtune.models import load_model

    plan = load_plan(config)
    loaded = load_model(
        release["base"], adapter=plan.workspace / release["adapter"], base_dir=plan.directory, precision="fp32"
    )
    assert loaded.num_parameters > 0


def test_a_folder_is_exported_without_a_company(adapter, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli(["models", "export", str(adapter), "--format", "gguf", "--quantize", "f16", "--to", "out"]) == 0
    said = capsys.readouterr().out
    assert "checked:" in said and "out/README.md" in said
    assert (tmp_path / "out" / "house-f16.gguf").is_file()


def test_gguf_leaves_without_llama_cpp_only_when_that_is_asked_for(adapter, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", None)
    arguments = ["models", "export", str(adapter), "--format", "gguf", "--to", str(tmp_path / "out"), "--json"]
    assert cli(arguments) == 6
    assert "--unverified" in capsys.readouterr().err and not (tmp_path / "out").exists()
    assert cli([*arguments, "--unverified"]) == 0
    assert json.loads(capsys.readouterr().out)["verified"] is False


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["export", "nobody", "--format", "gguf", "--to", "x"], 5, "no model nobody"),
        (["export", "imported", "--format", "peft", "--quantize", "q8_0", "--to", "x"], 2, "says nothing about"),
        (["export", "imported", "--format", "gguf", "--dtype", "bf16", "--to", "x"], 2, "says nothing about"),
        (["export", "imported", "--format", "peft", "--unverified", "--to", "x"], 2, "says nothing about"),
        (["export", "imported", "--base", "starter", "--format", "gguf", "--to", "x"], 2, "knows its base"),
        (["export", "base", "--format", "vllm", "--to", "x"], 2, "needs an adapter"),
        (["export", "imported", "--format", "onnx", "--to", "x"], 2, "onnx"),
        (["import", "nowhere"], 5, "no folder"),
    ],
)
def test_what_cannot_work_is_told(config, tmp_path, monkeypatch, capsys, arguments, code, says):
    monkeypatch.chdir(tmp_path)
    assert cli(["models", *arguments, "--config", str(config)]) == code
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
