"""Marketing e-mails: a brief (product, audience, offer, constraints) becomes a subject line, or subject and body."""

from collections.abc import Sequence
from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.records import CampaignVariant, Record
from brandtune.core.tasks import brief
from brandtune.core.tasks.base import Task, answered, asked, make_example


class CampaignCopy(Task):
    """Campaign copy from a brief."""

    kind: Literal["campaign_copy"] = "campaign_copy"
    """Which task."""
    channel: Literal["email", "email_subject"] = "email"
    """`email` writes subject and body; `email_subject` the subject line alone."""
    outcome: Literal["open_rate", "click_rate", "conversion_rate"] | None = None
    """Which engagement says that a variant did better, per mail sent. None takes opens for subject lines, clicks for
    whole mails."""
    avoid: tuple[str, ...] = ()
    """Words that the copy must not use: told in every brief, and copy that uses them is left out."""

    @property
    def metric(self) -> Literal["open_rate", "click_rate", "conversion_rate"]:
        """The engagement that decides between variants."""
        return self.outcome or ("open_rate" if self.channel == "email_subject" else "click_rate")

    def system_prompt(self, brand: Brand) -> str:
        what = "e-mail subject lines" if self.channel == "email_subject" else "marketing e-mails"
        return self._with_instructions(f"You write {what} for {brand.name}.")

    def answer(self, record: Record) -> str:
        copy = record.payload
        if not isinstance(copy, CampaignVariant) or not copy.subject_line.strip():
            return ""
        if self.channel == "email_subject":
            return copy.subject_line.strip()
        return f"Subject: {copy.subject_line.strip()}\n\n{copy.body.strip()}".strip()

    def shared_prompt(self, records: Sequence[Record], brand: Brand) -> tuple[Message, ...]:
        copies = [record.payload for record in records if isinstance(record.payload, CampaignVariant)]
        answers = [self.answer(record) for record in records]
        if not copies or not all(answers):
            return ()
        text = self._brief(copies, answers)
        return asked(self.system_prompt(brand), text) if text else ()

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        copy, answer = record.payload, self.answer(record)
        prompt = self.shared_prompt([record], brand)
        if not isinstance(copy, CampaignVariant) or not prompt or brief.forbidden_in(answer, self.avoid):
            return []
        return [make_example(self, record, answered(prompt, answer), groups=(f"campaign:{copy.campaign}",))]

    def why_not(self, record: Record, brand: Brand) -> str:
        if not isinstance(record.payload, CampaignVariant):
            return ""
        answer = self.answer(record)
        if not answer:
            return "no subject line"
        return "uses a word that the brief forbids" if brief.forbidden_in(answer, self.avoid) else brief.BARE

    def _brief(self, copies: Sequence[CampaignVariant], answers: Sequence[str]) -> str:
        """What a marketer would hand over; empty when that is less than two things. Subject lines are written from the
        mail, where all have the same one."""
        said = brief.lines(
            Product=brief.agreed(c.product for c in copies),
            Audience=brief.agreed(c.audience for c in copies),
            Offer=brief.agreed(c.offer for c in copies),
        )
        subject_only = self.channel == "email_subject"
        body = brief.agreed(c.body.strip() for c in copies) if subject_only else ""
        mention = brief.common(answers, given=[*said, body])
        if not body and len(said) + len(mention) < brief.FEWEST_PIECES:
            return ""
        length = brief.length_in_characters if subject_only else brief.length_in_words
        said += brief.lines(Mention=", ".join(mention), Avoid=", ".join(self.avoid), Length=length(answers))
        return "\n".join([*said, *brief.lines(**{"E-mail": body})])
