"""External test suites by name, `lm-eval:TASK` or `inspect:TASK`, run on a loaded model when their package is installed."""

import importlib.util
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from brandtune.core.errors import MissingPartError, UsageError
from brandtune.evaluation.inspect_model import inspect_model
from brandtune.evaluation.results import SuiteScore
from brandtune.evaluation.sharing_suites import sharing
from brandtune.evaluation.suite_names import file_of, require_inspect, require_lm_eval
from brandtune.models.loading import Model

PACKAGES = {"lm-eval": "lm_eval", "inspect": "inspect_ai"}
_INSTALL = {"lm-eval": "pip install lm-eval", "inspect": "pip install inspect-ai"}


def check_suites(names: Iterable[str], *, base_dir: Path = Path()) -> None:
    """Refuse what cannot be run, before anything is trained or generated.

    Args:
        base_dir: Where files of tasks are looked up from.

    Raises:
        UsageError: A name is not of the form `lm-eval:TASK` or `inspect:TASK`, or its library knows no such task.
        MissingPartError: The package is not installed; says how to get it.

    >>> check_suites([])
    """
    for name in dict.fromkeys(names):
        kind, colon, task = name.partition(":")
        if kind not in PACKAGES or not colon or not task.strip():
            raise UsageError(
                f"`{name}` names no suite.", where="evaluation.suites", fix="Write lm-eval:TASK or inspect:TASK."
            )
        if importlib.util.find_spec(PACKAGES[kind]) is None:
            raise MissingPartError(
                f"{name} needs the package {PACKAGES[kind]}.", where="evaluation.suites", fix=f"Run: {_INSTALL[kind]}"
            )
        if kind == "lm-eval":
            require_lm_eval(task)
        else:
            require_inspect(task, base_dir=base_dir)


def run_suites(
    names: Sequence[str], *, model: Model, arm: str, limit: int | None = None, base_dir: Path = Path()
) -> list[SuiteScore]:
    """The scores of each suite on one model, in the suite's own numbers.

    Args:
        base_dir: A task that is a file of yours, `inspect:tasks/mine.py`, is looked up from here.
        limit: Take at most this many samples of each task; None takes all.

    Raises:
        UsageError: A suite cannot be run.
    """
    run = {"lm-eval": _lm_eval, "inspect": _inspect}
    return [
        SuiteScore(arm=arm, suite=name, metric=metric, value=value, error=error)
        for name in names
        for metric, value, error in run[name.partition(":")[0]](name.partition(":")[2], model, limit, base_dir)
    ]


Scores = Iterator[tuple[str, float, float | None]]


def _lm_eval(task: str, model: Model, limit: int | None, _: Path) -> Scores:
    import lm_eval  # type: ignore[import-not-found]
    from lm_eval.models.huggingface import HFLM  # type: ignore[import-not-found]

    wrapped = sharing(HFLM)(pretrained=model.network, tokenizer=model.renderer.tokenizer)
    found = lm_eval.simple_evaluate(model=wrapped, tasks=[task], limit=limit, bootstrap_iters=0)
    for name, scores in sorted(found["results"].items()):
        yield from _lm_eval_scores(name if name != task else "", scores)


def _lm_eval_scores(prefix: str, scores: Mapping[str, Any]) -> Scores:
    """`acc,none` and `acc_stderr,none` beside each other become one metric with its standard error."""
    for key, value in sorted(scores.items()):
        metric, _, kind = key.partition(",")
        if isinstance(value, int | float) and not metric.endswith("_stderr") and kind:
            error = scores.get(f"{metric}_stderr,{kind}")
            label = " ".join(part for part in (prefix, metric, "" if kind == "none" else kind) if part)
            yield label, float(value), float(error) if isinstance(error, int | float) else None


def _inspect(task: str, model: Model, limit: int | None, base_dir: Path) -> Scores:
    from inspect_ai import eval as run  # type: ignore[import-not-found]

    spec = _inspect_task(task, base_dir=base_dir)
    with tempfile.TemporaryDirectory() as folder:
        try:
            (log,) = run(spec, model=inspect_model(model), limit=limit, display="none", log_dir=folder)
        except Exception as error:  # What a task file raises while it is read can be anything.
            raise UsageError(
                f"inspect:{task} cannot be run: {type(error).__name__}: {error}", where="evaluation.suites"
            ) from error
    if log.status != "success" or log.results is None:
        why = str(log.error.message).splitlines()[0] if log.error and log.error.message else log.status
        raise UsageError(f"inspect:{task} did not end well: {why}", where="evaluation.suites", fix="Run it by itself.")
    for score in log.results.scores:
        values = {name: metric.value for name, metric in score.metrics.items()}
        for name, value in values.items():
            if name != "stderr":
                yield f"{score.name} {name}", float(value), values.get("stderr")


def _inspect_task(task: str, *, base_dir: Path) -> str:
    """A registered task as it is; a file, with or without `@name`, from where inspect looks for it: the working folder.

    Raises:
        UsageError: There is no such file.
    """
    path, at, name = task.partition("@")
    if not path.endswith(".py"):
        return task
    file = file_of(path, base_dir=base_dir)
    return f"{os.path.relpath(file)}{at}{name}"
