"""What would stop an evaluation is said before anything is trained for it."""

import importlib.util
import sys
import types
from pathlib import Path
from typing import Any, ClassVar

import pytest
import tiny_models
from small_company import write_company

from brandtune.cli import run as cli
from brandtune.core.errors import BrandtuneError, ConfigError, DataError, NotFoundError, UsageError
from brandtune.core.tasks import SupportReply
from brandtune.evaluation import EvaluationConfig, suites
from brandtune.evaluation.readiness import require_ready
from brandtune.evaluation.suites import check_suites

HERE = {name: importlib.util.find_spec(name) is not None for name in ("lm_eval", "inspect_ai")}
TASKS = """
from inspect_ai import Task, task

@task
def one():
    return Task()

@task(name="other")
def two():
    return Task()

raise RuntimeError("looked at, never run")
"""


def ready(folder: Path, **settings: Any) -> None:
    require_ready(EvaluationConfig(**settings), tasks={"support_reply": SupportReply()}, base_dir=folder)


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"suites": ["hellaswag"]}, UsageError, "names no suite"),
        ({"on_brand_labels": "no.csv"}, NotFoundError, "no labels at"),
        ({"votes": "no.csv"}, NotFoundError, "no labels at"),
        ({"votes": "bad.csv"}, DataError, "`preferred` is `blue`"),
        ({"judge": {"model": "m", "labels": "bad.csv"}}, DataError, "no `question`"),
        ({"judge": {"kind": "endpoint", "url": "http://h/v1", "model": "m", "api_key_env": "NO_KEY"}}, ConfigError,
         "NO_KEY is not set"),
        ({"endpoints": [{"name": "a", "url": "http://h/v1", "model": "m", "api_key_env": "NO_KEY"}]}, ConfigError,
         "evaluation.endpoints.a.api_key_env"),
        ({"embedding_model": "nowhere"}, NotFoundError, "there is no folder"),
    ],
)  # fmt: skip
def test_what_would_stop_an_evaluation(
    settings: dict[str, Any], error: type[BrandtuneError], says: str, tmp_path: Path
) -> None:
    (tmp_path / "bad.csv").write_text("example_id,arm,preferred\ne1,tuned,blue\n", encoding="utf-8")
    with pytest.raises(error, match=says):
        ready(tmp_path, **settings)
    ready(tmp_path)


def test_a_metric_that_nobody_computes(tmp_path: Path) -> None:
    class Misspelt(SupportReply):
        metrics: ClassVar[tuple[str, ...]] = ("on_brnd",)

    with pytest.raises(ConfigError, match="on_brnd"):
        require_ready(EvaluationConfig(), tasks={"support_reply": Misspelt()}, base_dir=tmp_path)


def test_a_name_that_lm_eval_does_not_know_is_refused_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in for the package; the real one is asked below, where it is installed."""
    tasks = types.ModuleType("lm_eval.tasks")
    tasks.TaskManager = lambda: types.SimpleNamespace(all_tasks=["arc_easy", "hellaswag"])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lm_eval", types.ModuleType("lm_eval"))
    monkeypatch.setitem(sys.modules, "lm_eval.tasks", tasks)
    monkeypatch.setattr(suites.importlib.util, "find_spec", lambda name: object())
    check_suites(["lm-eval:arc_easy"])
    with pytest.raises(UsageError, match="Did you mean `lm-eval:arc_easy`") as error:
        check_suites(["lm-eval:hellaswag", "lm-eval:arc_eassy"])
    assert error.value.exit_code == 2 and error.value.where == "evaluation.suites"


@pytest.mark.skipif(not HERE["lm_eval"], reason="needs lm-eval: pip install lm-eval")
def test_the_real_lm_eval_is_asked() -> None:
    check_suites(["lm-eval:arc_easy"])
    with pytest.raises(UsageError, match="`lm-eval:arc_esay` names no suite that lm-eval knows"):
        check_suites(["lm-eval:arc_esay"])


@pytest.mark.skipif(not HERE["inspect_ai"], reason="needs inspect-ai: pip install inspect-ai")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere/task", "names no suite that inspect knows"),
        ("no.py", "there is no file"),
        ("mine.py@thre", "names no suite that"),
        ("mine.py", "holds 2 tasks"),
        ("empty.py", "there is no task in"),
    ],
)
def test_the_real_inspect_is_asked_and_no_code_is_run(name: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(TASKS, encoding="utf-8")
    (tmp_path / "empty.py").write_text("x = 1\n", encoding="utf-8")
    check_suites(["inspect:mine.py@one", "inspect:mine.py@other", "inspect:hf/owner/name"], base_dir=tmp_path)
    with pytest.raises(UsageError, match=says):
        check_suites([f"inspect:{name}"], base_dir=tmp_path)


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_missing_library_stops_both_commands_before_anything_is_trained(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(suites.importlib.util, "find_spec", lambda name: None if name == "lm_eval" else real(name))
    config = write_company(tmp_path / "company", count=60)
    assert cli([command, "--config", str(config), "--set", "evaluation.suites=[lm-eval:arc_easy]"]) == 6
    err = capsys.readouterr().err
    assert "lm-eval:arc_easy needs the package lm_eval" in err and "pip install lm-eval" in err
    runs = list((config.parent / ".brandtune" / "runs").glob("*")) if (config.parent / ".brandtune").exists() else []
    assert not [run for run in runs if (run / "train").exists() or (run / "work" / "train").exists()]
    if command == "check":
        assert runs == []


@pytest.mark.parametrize("split", ["test", "validation"])
def test_a_split_without_examples_stops_before_training_and_check_says_so(
    split: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_company(tmp_path / "company", count=60, extra="base: ./model\n")
    tiny_models.write_tiny_model(config.parent / "model")
    wanted = ["--config", str(config), "--set", f"split.{split}=0"]
    assert cli(["check", *wanted]) == 0
    told = capsys.readouterr().out
    assert f"There are no {split} examples, so the evaluation is refused: raise split.{split}." in told
    assert cli(["run", *wanted]) == 3
    err = capsys.readouterr().err
    assert f"split.{split}: there are no {split} examples to evaluate on" in err and "Traceback" not in err
    runs = list((config.parent / ".brandtune" / "runs").glob("*"))
    assert runs and not any((run / "train").exists() for run in runs)


def test_training_alone_asks_for_nothing_of_the_evaluation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_company(tmp_path / "company", count=60, extra="base: ./model\n")
    tiny_models.write_tiny_model(config.parent / "model")
    wanted = ["--config", str(config), "--set", "evaluation.suites=[hellaswag]"]
    assert cli(["train", *wanted]) == 0
    assert cli(["evaluate", *wanted]) == 2
    assert "`hellaswag` names no suite" in capsys.readouterr().err
