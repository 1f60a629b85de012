"""`brandtune train --search`: the stage trains with what was found, later commands keep to it."""

import csv
import json
from pathlib import Path

import pytest
from small_company import write_company
from tiny_models import write_tiny_model

from brandtune import cli
from brandtune.datasets import DatasetVersion
from brandtune.workflows import searching

pytest.importorskip("optuna")


@pytest.fixture
def company(tmp_path) -> Path:
    base = write_tiny_model(tmp_path / "base")
    path = write_company(tmp_path / "company", count=36, extra=f"base: {base}\n")
    search = "search: {trials: 2, learning_rate: [1, 9], ranks: [4], epochs: [1, 1]}"
    text = path.read_text(encoding="utf-8").replace("epochs: 1, ", f"epochs: 1, learning_rate: 1.0e-4, {search}, ")
    path.write_text(text, encoding="utf-8")
    return path


def train(company: Path, capsys, *more: str) -> dict:
    assert cli.run(["train", "--config", str(company), "--json", *more]) == 0
    return json.loads(capsys.readouterr().out)


def rank(document: dict) -> int:
    config = Path(document["directory"]) / "train" / "adapter" / "adapter_config.json"
    return int(json.loads(config.read_text(encoding="utf-8"))["r"])


def test_the_stage_trains_with_the_best_and_keeps_to_it(company, capsys, monkeypatch):
    looked_at, searches = [], []
    real, settings_for = DatasetVersion.examples, searching.settings_for

    def examples(self, split):
        if searches:  # what the planned test can show is foretold from the test examples, before the search
            looked_at.append(split)
        return real(self, split)

    def searched(*args, **given):
        searches.append(True)
        return settings_for(*args, **given)

    monkeypatch.setattr(DatasetVersion, "examples", examples)
    monkeypatch.setattr(searching, "settings_for", searched)
    done = train(company, capsys, "--search")
    assert searches and set(looked_at) == {"train", "validation"}
    found = done["search"]
    assert len(found["trials"]) == 2
    assert rank(done) == found["settings"]["lora.rank"]
    used = json.loads((Path(done["directory"]) / "train" / "settings.json").read_text(encoding="utf-8"))
    assert used["learning_rate"] == found["settings"]["learning_rate"] and used["lora"]["rank"] == rank(done)
    folder = Path(done["directory"]) / "search"
    with (folder / "search.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["trial"] for row in rows} == {str(trial["number"]) for trial in found["trials"]}
    assert float(rows[0]["learning_rate"]) == 1e-4 and float(rows[0]["validation_loss"]) > 0

    again = train(company, capsys)  # neither searches nor trains anew
    assert again["stages"][-1] == done["stages"][-1]

    assert cli.run(["train", "--config", str(company), "--search"]) == 0
    printed = capsys.readouterr()
    assert "Settings tried" in printed.out and "search.csv" in printed.out.replace("\n", "")

    other = train(company, capsys, "--set", "training.batch_size=16")  # what was found was for something else
    assert rank(other) == 8
