"""`torchrun -m brandtune train`: one process leads, the others help it train and are silent."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_company import write_company
from teams import free_port, run_team
from tiny_models import write_tiny_model

from brandtune import cli
from brandtune.core.progress import Silent
from brandtune.training import TrainingConfig
from brandtune.workflows import together


@pytest.fixture(scope="module")
def frozen(tmp_path_factory) -> Path:
    """A company up to its dataset."""
    folder = tmp_path_factory.mktemp("together")
    base = write_tiny_model(folder / "base")
    company = write_company(folder / "company", count=60, extra=f"base: {base}\n")
    assert command("freeze", "--config", str(company), "--quiet")[0] == 0
    return company


@pytest.fixture
def company(frozen, tmp_path) -> Path:
    shutil.copytree(frozen.parent, tmp_path / "company")
    return tmp_path / "company" / frozen.name


def command(*arguments: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        return cli.run(list(arguments)), printed.getvalue()


def training(company: Path) -> dict:
    (run,) = (company.parent / ".brandtune" / "runs").iterdir()
    return json.loads((run / "train" / "training.json").read_text(encoding="utf-8"))


def test_the_leader_works_and_the_helper_is_silent(frozen, company, tmp_path):
    (code, said), helper = run_team(command, "train", "--config", str(company))
    assert (code, helper) == (0, (0, "")), said
    assert "train" in said and "6 steps" in said
    shutil.copytree(frozen.parent, tmp_path / "again")
    again = tmp_path / "again" / frozen.name
    assert command("train", "--config", str(again), "--quiet")[0] == 0
    assert training(company)["loss_after"] == pytest.approx(training(again)["loss_after"], rel=1e-5)


def test_a_command_that_trains_nothing_lets_the_helpers_go(company):
    assert [code for code, _ in run_team(command, "models", "list", "--config", str(company))] == [0, 0]


def test_a_leader_that_fails_is_noticed(tmp_path):
    (code, said), (helper, silent) = run_team(command, "train", "--config", str(tmp_path / "nothing.yaml"))
    assert code == 5 and "nothing.yaml" in said
    assert helper == 1 and silent == ""


def test_a_mistake_that_both_meet_is_said_once(company):
    (code, said), (helper, silent) = run_team(
        command, "train", "--config", str(company), "--set", "training.max_tokens=8"
    )
    assert code == helper == 3
    assert "fits into 8 tokens" in said and silent == ""


def doubled(number: int, *, work: Path, progress: object) -> int:
    return 2 * number


def test_alone_a_call_is_a_call(tmp_path):
    assert not together.started_together()
    assert together.call(doubled, 3, config=TrainingConfig(), work=tmp_path, progress=Silent()) == 6


@pytest.mark.slow
def test_torchrun_itself(company):
    arguments = ["torch.distributed.run", "--nproc-per-node", "2", "--master-port", str(free_port())]
    done = subprocess.run(
        [sys.executable, "-m", *arguments, "-m", "brandtune", "train", "--config", str(company), "--json"],
        capture_output=True, text=True, timeout=300, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["stages"][-1]["name"] == "train"  # one document: the helper printed nothing
