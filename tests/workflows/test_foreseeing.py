"""What the planned test can show is said before training, kept in the run and its report, and stops nothing."""

import json
import logging
import os
from pathlib import Path

import pytest
from small_company import write_company

import brandtune as bt
from brandtune.cli import run as cli
from brandtune.core.errors import ConfigError, UsageError
from brandtune.evaluation.statistics import minimum_detectable
from brandtune.execution import RunDirectory
from brandtune.models import load_model, load_renderer
from brandtune.workflows import foreseeing, reporting, searching, tuning
from brandtune.workflows.enough import enough
from brandtune.workflows.keeping import load_version

STOPPED = "training would start here"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose examples are frozen."""
    os.environ["BRANDTUNE_KEY"] = "test"
    path = write_company(tmp_path_factory.mktemp("company"), count=160)
    assert cli(["run", "--until", "freeze", "--quiet", "--config", str(path)]) == 0
    return path


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stops where training or the search for settings would start."""

    def stop(*arguments: object, **named: object) -> None:
        raise UsageError(STOPPED)

    monkeypatch.setattr(tuning, "train", stop)
    if_asked = searching.settings_for
    monkeypatch.setattr(searching, "settings_for", lambda *a, **n: stop() if n["asked"] else if_asked(*a, **n))


def run_of(config: Path) -> RunDirectory:
    run = RunDirectory.latest(config.parent / ".brandtune")
    assert run is not None
    return run


@pytest.mark.parametrize("command", [["run", "--resume"], ["train"], ["train", "--search"]], ids=" ".join)
def test_it_is_said_before_training_starts(config: Path, untrained, capsys, command: list[str]) -> None:
    (run_of(config).path / foreseeing.FILE).unlink(missing_ok=True)
    assert cli([*command, "--config", str(config)]) == 2
    said = capsys.readouterr().err
    (line,) = [line for line in said.splitlines() if line.startswith("test ")]
    assert said.index(line) < said.index(STOPPED)
    found = json.loads((run_of(config).path / foreseeing.FILE).read_text())
    assert f"{found['num_judged']} held-out examples, {found['num_people']} of them independent of each other" in line
    assert f"about {100 * minimum_detectable(found['num_people']):.0f} points in on_brand or more" in line
    assert "A gain of 5 points, the least that is worth tuning for, would be found in" in line


def test_a_gain_within_reach_is_said_to_be(config: Path, untrained, capsys, caplog) -> None:
    wide = ["train", "--config", str(config), "--set", "evaluation.worthwhile=0.9"]
    with caplog.at_level(logging.INFO, logger="brandtune"):
        assert cli(wide) == 2
    assert "a gain of 90 points would be seen." in capsys.readouterr().err
    (record,) = [one.getMessage() for one in caplog.records if one.getMessage().startswith("planned_test")]
    assert "within_reach=True" in record and "customers=" in record


def test_it_says_what_check_says(config: Path, untrained, capsys) -> None:
    cli(["train", "--config", str(config)])
    plan, run = bt.load_plan(config), run_of(config)
    model = load_model(plan.base)
    version = load_version(plan.workspace)(run.path / "freeze")
    checked = enough(version, plan=plan, renderer=model.renderer, context=model.context)
    assert foreseeing.foreseen(run) == checked.shows
    assert checked.shows in checked.sentences
    assert ("Said before training", checked.shows) in reporting._protocol(plan, run)


def test_a_run_without_the_line_has_no_row_for_it(tmp_path: Path, config: Path) -> None:
    run = RunDirectory.create(tmp_path)
    assert foreseeing.foreseen(run) == ""
    assert "Said before training" not in dict(reporting._protocol(bt.load_plan(config), run))


def test_what_cannot_be_foreseen_stops_nothing(config: Path, untrained, capsys, monkeypatch) -> None:
    def fail(base: str) -> None:
        raise ConfigError("this template is odd.", where="base")

    monkeypatch.setattr(foreseeing, "load_renderer", fail)
    assert cli(["train", "--config", str(config)]) == 2
    said = capsys.readouterr().err
    assert "not known before training" in said and "this template is odd" in said and STOPPED in said


def test_a_renderer_without_weights_is_the_models(config: Path) -> None:
    model = load_model("starter")
    renderer, context = load_renderer("starter")
    assert (context, renderer.eos_token_ids) == (model.context, model.renderer.eos_token_ids)
    example = load_version(config.parent / ".brandtune")(run_of(config).path / "freeze").examples("test")[0]
    assert renderer.prompt(example.prompt) == model.renderer.prompt(example.prompt)


def test_with_nothing_held_out_it_says_that(config: Path, untrained, capsys) -> None:
    assert cli(["train", "--config", str(config), "--set", "split.test=0"]) == 2
    said = capsys.readouterr().err
    assert "nothing is held out" in said and STOPPED in said
