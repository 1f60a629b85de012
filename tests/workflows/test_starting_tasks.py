"""What `init` writes under `tasks:` exists."""

from brandtune.core.tasks.registry import KINDS
from brandtune.workflows.starting import KIND_TASKS, TASK_OF


def test_every_task_that_init_proposes_exists() -> None:
    assert {*TASK_OF.values(), *KIND_TASKS.values()} <= set(KINDS)


def test_each_new_kind_of_row_has_its_task() -> None:
    assert {TASK_OF[row] for row in ("social_post", "faq", "asset", "translation")} == {
        "social_post", "brand_qa", "compliance_check", "localize",
    }  # fmt: skip
