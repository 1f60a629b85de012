"""A task of inspect-ai runs for real on a tiny model in memory; without the package these tests are skipped."""

import socket
from pathlib import Path

import pytest
import tiny_models

from brandtune.core.errors import UsageError
from brandtune.evaluation.suites import run_suites
from brandtune.models.loading import Model, load_model

pytest.importorskip("inspect_ai", reason="needs inspect-ai: pip install inspect-ai")

TASKS = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import includes, match
from inspect_ai.solver import generate, use_tools
from inspect_ai.tool import think

ASKED = [ChatMessageSystem(content="Be brief."), ChatMessageUser(content="Say it.")]


@task
def everything():
    return Task(dataset=[Sample(input=ASKED, target="") for _ in range(3)], solver=generate(max_tokens=4), scorer=includes())


@task
def nothing():
    asked = [Sample(input="Say it.", target="zebra42") for _ in range(3)]
    return Task(dataset=asked, solver=generate(max_tokens=4), scorer=match())


@task
def tools():
    return Task(dataset=[Sample(input="x", target="y")], solver=[use_tools(think()), generate()], scorer=match())
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(str(tiny_models.write_tiny_model(tmp_path_factory.mktemp("tiny"))), precision="fp32")


def run(name: str, model: Model, folder: Path) -> dict[str, float]:
    (folder / "mine.py").write_text(TASKS, encoding="utf-8")
    found = run_suites([f"inspect:mine.py@{name}"], model=model, arm="base", limit=2, base_dir=folder)
    return {one.metric: one.value for one in found}


def test_a_file_of_tasks_is_scored_without_asking_anyone(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: asked.append(host) or [])
    assert run("everything", model, tmp_path) == {"includes accuracy": 1.0}
    assert run("nothing", model, tmp_path) == {"match accuracy": 0.0}
    assert asked == []


def test_what_cannot_be_run_says_why(model: Model, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="uses tools"):
        run("tools", model, tmp_path)
    with pytest.raises(UsageError, match="cannot be run"):
        run("unheard_of", model, tmp_path)
    with pytest.raises(UsageError, match="there is no file"):
        run_suites(["inspect:missing.py"], model=model, arm="base", base_dir=tmp_path)
