"""The kinds of tasks there are: ours, and those that installed packages bring under `brandtune.tasks`."""

from typing import Annotated, Any

from pydantic import Field, SerializeAsAny, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from brandtune.core.plugins import TASKS, load_plugins
from brandtune.core.tasks.base import Task
from brandtune.core.tasks.brand_qa import BrandQa
from brandtune.core.tasks.campaign_copy import CampaignCopy
from brandtune.core.tasks.compliance_check import ComplianceCheck
from brandtune.core.tasks.label import Label, TicketIntent
from brandtune.core.tasks.localize import Localize
from brandtune.core.tasks.next_best_action import NextBestAction
from brandtune.core.tasks.product_description import ProductDescription
from brandtune.core.tasks.prompt_completion import PromptCompletion
from brandtune.core.tasks.social_post import SocialPost
from brandtune.core.tasks.support_reply import SupportReply

OURS: tuple[type[Task], ...] = (
    SupportReply, CampaignCopy, ProductDescription, SocialPost, TicketIntent, Label, NextBestAction, BrandQa,
    ComplianceCheck, Localize, PromptCompletion,
)  # fmt: skip
KINDS = tuple(str(task.model_fields["kind"].default) for task in OURS)


def _with_plugins(value: Any, ours: ValidatorFunctionWrapHandler) -> Any:
    """Our own tasks, else the installed package's task of that kind; an unknown kind is told every kind there is."""
    if isinstance(value, Task) and not isinstance(value, OURS):
        return value
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind in KINDS:
        return ours(value)
    plugins = load_plugins(TASKS)
    broken = dict(plugins.broken)
    if kind in broken:
        raise PydanticCustomError(
            "broken_plugin", "{why}", {"why": f"the task `{kind}` cannot be loaded: {broken[kind]}"}
        )
    for plugin in plugins.found:
        if plugin.name == kind:
            return _task_class(plugin.value, kind).model_validate(value)
    known = ", ".join(f"'{name}'" for name in (*KINDS, *(plugin.name for plugin in plugins.found)))
    try:
        return ours(value)
    except ValidationError as error:
        (detail,) = error.errors()[:1]
        raise PydanticCustomError(
            "union_tag_invalid", "{message}", {"message": detail["msg"], "tag": kind, "expected_tags": known}
        ) from None


def _task_class(found: object, kind: str) -> type[Task]:
    if isinstance(found, type) and issubclass(found, Task) and found.model_fields["kind"].default == kind:
        return found
    raise PydanticCustomError(
        "broken_plugin", "the plug-in `{kind}` is not a Task whose `kind` defaults to its name", {"kind": kind}
    )


AnyTask = Annotated[
    SerializeAsAny[
        Annotated[
            SupportReply
            | CampaignCopy
            | ProductDescription
            | SocialPost
            | TicketIntent
            | Label
            | NextBestAction
            | BrandQa
            | ComplianceCheck
            | Localize
            | PromptCompletion,
            Field(discriminator="kind"),
        ]
    ],
    WrapValidator(_with_plugins),
]
"""One entry of `tasks:` in brandtune.yaml; `kind` selects the task."""
