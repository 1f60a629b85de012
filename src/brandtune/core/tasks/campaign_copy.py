"""Marketing e-mails: a brief (product, audience, offer) becomes a subject line and body, weighted by engagement."""

from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.records import CampaignVariant, Record
from brandtune.core.tasks.base import Task, make_example


class CampaignCopy(Task):
    """Campaign copy from a brief."""

    kind: Literal["campaign_copy"] = "campaign_copy"
    """Which task."""
    channel: Literal["email", "email_subject"] = "email"
    """`email` writes subject and body; `email_subject` the subject line alone."""
    outcome: Literal["open_rate", "click_rate"] | None = None
    """Which engagement ranks the variants of one campaign; recorded on the example."""

    def system_prompt(self, brand: Brand) -> str:
        what = "e-mail subject lines" if self.channel == "email_subject" else "marketing e-mails"
        return self._with_instructions(f"You write {what} for {brand.name}.")

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        copy = record.payload
        if not isinstance(copy, CampaignVariant) or not copy.subject_line.strip():
            return []
        answer = copy.subject_line.strip()
        if self.channel == "email":
            answer = f"Subject: {answer}\n\n{copy.body.strip()}".strip()
        brief = _brief(copy, with_body=self.channel == "email_subject")
        if not brief:
            return []
        messages = [
            Message(role="system", content=self.system_prompt(brand)),
            Message(role="user", content=brief),
            Message(role="assistant", content=answer),
        ]
        example = make_example(self, record, messages, groups=(f"campaign:{copy.campaign}",))
        return [example]


def _brief(copy: CampaignVariant, *, with_body: bool) -> str:
    """What a marketer would hand over; for subject lines the mail's body is part of it."""
    lines = [
        f"Product: {copy.product}" if copy.product else "",
        f"Audience: {copy.audience}" if copy.audience else "",
        f"Offer: {copy.offer}" if copy.offer else "",
        f"E-mail: {copy.body.strip()}" if with_body and copy.body.strip() else "",
    ]
    return "\n".join(line for line in lines if line)
