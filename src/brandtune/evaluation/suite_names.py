"""Whether a suite is there to be run, asked of its own library before anything is trained. No task's code is run."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from brandtune.core.errors import UsageError

WHERE = "evaluation.suites"


def require_lm_eval(task: str) -> None:
    """Refuse a task or group that lm-eval does not know.

    Raises:
        UsageError: Names the nearest one.
    """
    from lm_eval.tasks import TaskManager  # type: ignore[import-not-found]

    known = TaskManager().all_tasks
    if task not in known:
        raise _unknown(f"lm-eval:{task}", (f"lm-eval:{name}" for name in known), of="lm-eval")


def require_inspect(task: str, *, base_dir: Path) -> None:
    """Refuse what inspect neither has registered nor finds in the file that is named; `hf/…` is only known to the hub.

    Raises:
        UsageError: Says what is not there, and what is.
    """
    path, _, name = task.partition("@")
    if path.endswith(".py"):
        _require_in_file(path, name, base_dir=base_dir)
    elif not task.startswith("hf/") and not _registered(task):
        raise UsageError(
            f"`inspect:{task}` names no suite that inspect knows.",
            where=WHERE,
            fix="Write inspect:PACKAGE/TASK of an installed package, or inspect:FILE.py@TASK.",
        )


def file_of(path: str, *, base_dir: Path) -> Path:
    """A file of tasks, looked up from the configuration.

    Raises:
        UsageError: There is no such file.
    """
    file = base_dir / path
    if not file.is_file():
        raise UsageError(f"there is no file {file}.", where=WHERE, fix="Write the path from brandtune.yaml.")
    return file


def _require_in_file(path: str, name: str, *, base_dir: Path) -> None:
    from inspect_ai import list_tasks  # type: ignore[import-not-found]

    file = file_of(path, base_dir=base_dir)
    if file.name.startswith(("_", ".")):
        return  # inspect lists none of these, but runs them
    found = sorted(task.name for task in list_tasks(file.name, root_dir=file.parent))
    listed = [f"inspect:{path}@{one}" for one in found]
    if not found:
        raise UsageError(f"there is no task in {file}.", where=WHERE, fix="Mark a function with inspect's @task.")
    if name and name not in found:
        raise _unknown(f"inspect:{path}@{name}", listed, of=str(file))
    if not name and len(found) > 1:
        raise UsageError(f"{file} holds {len(found)} tasks.", where=WHERE, fix=f"Name one: {', '.join(listed)}.")


def _registered(task: str) -> bool:
    try:
        from inspect_ai._util.registry import registry_lookup  # type: ignore[import-not-found]
    except ImportError:
        return True  # a version that cannot be asked finds out for itself
    return registry_lookup("task", task) is not None


def _unknown(name: str, known: Iterable[str], *, of: str) -> UsageError:
    near = difflib.get_close_matches(name, list(known), n=1)
    fix = f"Did you mean `{near[0]}`?" if near else f"Look up the names that {of} has."
    return UsageError(f"`{name}` names no suite that {of} knows.", where=WHERE, fix=fix)
