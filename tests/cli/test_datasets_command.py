"""`brandtune datasets`: what people see of frozen versions, and what they are told when something is wrong."""

import json
from pathlib import Path

import pytest
from frozen_examples import company, frozen, preference
from small_company import write_company

from brandtune.cli import run as cli
from brandtune.datasets import DatasetVersion


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_company(tmp_path / "company", count=40)


@pytest.fixture
def two(config: Path) -> tuple[DatasetVersion, DatasetVersion]:
    folder = config.parent / ".brandtune" / "datasets"
    first = frozen(company(80), folder)
    return first, frozen(company(81)[1:], folder, previous=first, preferences=[preference(n) for n in range(20)])


def answer(capsys: pytest.CaptureFixture[str], config: Path, *arguments: str) -> object:
    assert cli(["datasets", *arguments, "--config", str(config), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_list(capsys, config, two):
    rows = answer(capsys, config, "list")
    assert [row["version"] for row in rows] == [version.version for version in two]
    assert rows[1]["previous"] == two[0].version and rows[1]["preferences"] == 20
    assert sum(rows[0]["examples"].values()) == 80
    assert cli(["datasets", "list", "--config", str(config)]) == 0
    assert f"follows {two[0].version}" in capsys.readouterr().out


def test_show_is_the_card_and_checks_the_files(capsys, config, two):
    assert cli(["datasets", "show", "--config", str(config)]) == 0
    assert f"dataset version {two[1].version}" in capsys.readouterr().out
    assert answer(capsys, config, "show", two[0].version[:6])["version"] == two[0].version
    (two[1].directory / "test.jsonl").write_text("{}\n")
    assert cli(["datasets", "show", "--config", str(config)]) == 3
    assert "test.jsonl: the file was changed" in capsys.readouterr().err


def test_diff(capsys, config, two):
    found = answer(capsys, config, "diff", two[0].version)
    assert found["removed"] == ["example:e00000"] and len(found["added"]) == 21 and "moved" not in found
    assert cli(["datasets", "diff", two[0].version, two[1].version, "--config", str(config)]) == 0
    assert "removed       1  example:e00000" in capsys.readouterr().out


def test_export_writes_what_the_version_holds_and_overwrites_nothing(capsys, config, two, tmp_path):
    target = tmp_path / "out" / "pairs.jsonl"
    found = answer(capsys, config, "export", str(target), "--format", "trl_preference")
    assert found["lines"] == len(two[1].preferences("train"))
    assert target.read_bytes() == (two[1].directory / "trl_preference" / "train.jsonl").read_bytes()
    assert cli(["datasets", "export", str(target), "--config", str(config)]) == 2
    other = tmp_path / "none.jsonl"
    wrong = [
        (["--format", "alpaca"], 2, "Choose one of openai_chat"),
        (["--split", "dev"], 2, "train, validation, test"),
        (["--format", "trl_kto"], 3, "holds nothing for trl_kto"),
        (["--version", "zzz"], 5, "there is no dataset version 'zzz'"),
    ]
    for options, code, says in wrong:
        assert cli(["datasets", "export", str(other), "--config", str(config), *options]) == code
        assert says in capsys.readouterr().err and not other.exists()


def test_before_anything_was_frozen(capsys, config):
    assert answer(capsys, config, "list") == []
    assert cli(["datasets", "show", "--config", str(config)]) == 5
    assert "run `brandtune freeze`" in capsys.readouterr().err
