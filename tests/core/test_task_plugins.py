"""A task from another package: chosen by its kind, checked like ours, told apart from typing errors."""

import importlib.metadata
from pathlib import Path
from typing import Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from brandtune.core.brand import Brand
from brandtune.core.errors import ConfigError
from brandtune.core.examples import Example
from brandtune.core.records import Record, Review
from brandtune.core.tasks import AnyTask, SupportReply, Task
from brandtune.core.tasks.base import answered, asked, make_example
from brandtune.workflows.plan import Plan, load_plan

ADAPTER: TypeAdapter[Task] = TypeAdapter(AnyTask)


class ReviewReply(Task):
    """Thanks for reviews."""

    kind: Literal["review_reply"] = "review_reply"
    """Which task."""
    tone: Literal["warm", "brief"] = "warm"
    """How it sounds."""

    def system_prompt(self, brand: Brand) -> str:
        return f"You thank reviewers of {brand.name}."

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        review = record.payload
        if not isinstance(review, Review):
            return []
        return [make_example(self, record, answered(asked(self.system_prompt(brand), review.text), "Thank you."))]


class Misnamed(ReviewReply):
    kind: Literal["other"] = "other"  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three packages: one good, one whose module is gone, one whose class has another kind."""
    entries = [
        importlib.metadata.EntryPoint(name=name, value=f"{module}:{attribute}", group="brandtune.tasks")
        for name, module, attribute in (
            ("review_reply", __name__, "ReviewReply"), ("gone", "no_such_module_here", "Task"),
            ("misnamed", __name__, "Misnamed"),
        )
    ]  # fmt: skip
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries if group == "brandtune.tasks" else [])


def plan_with(folder: Path, task: str) -> Plan:
    (folder / "brandtune.yaml").write_text(
        f"brand: {{name: Quill}}\nsources:\n  - {{kind: csv, path: a.csv, maps_to: pair}}\ntasks:\n  - {task}\n"
    )
    return load_plan(folder / "brandtune.yaml")


def test_a_plan_takes_a_task_of_another_package(tmp_path: Path) -> None:
    (task,) = plan_with(tmp_path, "{kind: review_reply, tone: brief}").tasks
    assert (type(task), task) == (ReviewReply, ReviewReply(tone="brief"))


def test_its_settings_are_written_with_the_run(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    resolved = plan_with(tmp_path, "{kind: review_reply, tone: brief}").resolved_yaml()
    assert "tone: brief" in resolved
    assert not recwarn.list


def test_an_instance_is_taken_as_it_is() -> None:
    assert ADAPTER.validate_python(ReviewReply()) == ReviewReply()
    assert ADAPTER.validate_python(SupportReply()) == SupportReply()


def test_a_typing_error_is_told_the_nearest_kind_also_of_plugins(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"brandtune\.yaml:5.*unknown kind `review_replies`. Did you mean `review_reply`"
    ):
        plan_with(tmp_path, "{kind: review_replies}")
    with pytest.raises(ConfigError, match="Did you mean `support_reply`"):
        plan_with(tmp_path, "{kind: suport_reply}")


def test_its_unknown_keys_and_wrong_values_are_errors_with_their_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"brandtune\.yaml:5.*unknown key `tome`"):
        plan_with(tmp_path, "{kind: review_reply, tome: brief}")
    with pytest.raises(ConfigError, match=r"brandtune\.yaml:5.*'warm' or 'brief'"):
        plan_with(tmp_path, "{kind: review_reply, tone: loud}")


def test_a_broken_plugin_is_named_only_where_it_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the task `gone` cannot be loaded: .*ModuleNotFoundError"):
        plan_with(tmp_path, "{kind: gone}")
    with pytest.raises(ConfigError, match="`misnamed` is not a Task whose `kind` defaults to its name"):
        plan_with(tmp_path, "{kind: misnamed}")
    assert plan_with(tmp_path, "{kind: support_reply}").tasks == (SupportReply(),)


def test_without_a_kind_the_key_is_asked_for() -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python({"tone": "warm"})
