"""Any base in hub layout goes through the whole journey by path: sharded weights, generation config, template, heads."""

import json
from pathlib import Path

import pytest
from small_company import write_company
from tiny_models import PLAIN_CHATML, write_tiny_model

import brandtune as bt
from brandtune.cli import run as cli
from brandtune.execution import RunDirectory

SMALLER = """evaluation:
  max_test: 6
  max_validation: 4
  style_negatives: 16
  resamples: 200
  arms: [base, tuned]
  decoding: {max_new_tokens: 8, batch_size: 8}
  gates: {primary: false, format_margin: null, facts_margin: null, safety_margin: null, heldout_loss: 0.0}
"""


def hub_folder(folder: Path, *, kind: str, tied: bool) -> Path:
    """A random model as the hub lays it out: several shards with an index, a generation config, a chat template."""
    write_tiny_model(folder, kind=kind, tied=tied, template=PLAIN_CHATML, shard_size="200KB")
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 1
    assert (folder / "model.safetensors.index.json").is_file()
    settings = json.loads((folder / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps({**settings, "eos_token_id": [2, 0], "do_sample": False}))
    assert json.loads((folder / "config.json").read_text())["tie_word_embeddings"] is tied
    return folder


@pytest.mark.parametrize(
    "kind, tied",
    [
        pytest.param("qwen2", True),
        pytest.param("qwen2", False, marks=pytest.mark.slow),
        pytest.param("llama", True, marks=pytest.mark.slow),
        pytest.param("llama", False, marks=pytest.mark.slow),
        pytest.param("mistral", True, marks=pytest.mark.slow),
        pytest.param("mistral", False, marks=pytest.mark.slow),
    ],
)
def test_a_checkpoint_in_hub_layout_is_tuned_evaluated_released_and_answers(tmp_path, monkeypatch, capsys, kind, tied):
    monkeypatch.setenv("BRANDTUNE_KEY", "test")
    base = hub_folder(tmp_path / "base", kind=kind, tied=tied)
    config = write_company(tmp_path / "company", count=90)
    settings = config.read_text(encoding="utf-8").split("evaluation:")[0]
    config.write_text(f"{settings}{SMALLER}base: {base}\n", encoding="utf-8")
    release = bt.run_journey(bt.load_plan(config))
    assert release is not None
    run = RunDirectory.latest(config.parent / ".brandtune")
    assert run is not None
    assert run.status == "complete"
    report = json.loads((run.path / "evaluate" / "report.json").read_text())
    assert {gate["name"] for gate in report["gates"]} >= {"heldout_loss", "forgetting"}
    losses = {cell["arm"]: cell["estimate"]["value"] for cell in report["cells"] if cell["metric"] == "loss"}
    assert losses["tuned"] < losses["base"]
    assert _answers(config, capsys)


def _answers(config: Path, capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether the released model can be talked to; a random network may well say nothing printable."""
    capsys.readouterr()
    code = cli(["chat", "--config", str(config), "--json", "-m", "Where is my lamp?"])
    return code == 0 and "text" in json.loads(capsys.readouterr().out)["answers"][0]
