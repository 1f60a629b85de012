"""What a model must learn to do. One task a file; each says how records become examples and which metrics judge it."""

from brandtune.core.tasks.base import Task
from brandtune.core.tasks.brand_qa import BrandQa
from brandtune.core.tasks.campaign_copy import CampaignCopy
from brandtune.core.tasks.compliance_check import ComplianceCheck
from brandtune.core.tasks.label import Label, TicketIntent
from brandtune.core.tasks.localize import Localize
from brandtune.core.tasks.next_best_action import NextBestAction
from brandtune.core.tasks.product_description import ProductDescription
from brandtune.core.tasks.prompt_completion import PromptCompletion
from brandtune.core.tasks.registry import AnyTask
from brandtune.core.tasks.social_post import SocialPost
from brandtune.core.tasks.support_reply import SupportReply

__all__ = [
    "AnyTask",
    "BrandQa",
    "CampaignCopy",
    "ComplianceCheck",
    "Label",
    "Localize",
    "NextBestAction",
    "ProductDescription",
    "PromptCompletion",
    "SocialPost",
    "SupportReply",
    "Task",
    "TicketIntent",
]
