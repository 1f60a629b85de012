"""What a model must learn to do. One task a file; each says how records become examples and which metrics judge it."""

from typing import Annotated

from pydantic import Field

from brandtune.core.tasks.base import Task
from brandtune.core.tasks.campaign_copy import CampaignCopy
from brandtune.core.tasks.label import Label, TicketIntent
from brandtune.core.tasks.product_description import ProductDescription
from brandtune.core.tasks.prompt_completion import PromptCompletion
from brandtune.core.tasks.support_reply import SupportReply

AnyTask = Annotated[
    SupportReply | CampaignCopy | ProductDescription | TicketIntent | Label | PromptCompletion,
    Field(discriminator="kind"),
]

__all__ = [
    "AnyTask",
    "CampaignCopy",
    "Label",
    "ProductDescription",
    "PromptCompletion",
    "SupportReply",
    "Task",
    "TicketIntent",
]
