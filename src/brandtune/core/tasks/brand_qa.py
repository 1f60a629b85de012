"""Questions about the brand: what people ask, and the answer that the company stands by."""

from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.ids import content_id
from brandtune.core.records import Faq, Record
from brandtune.core.tasks.base import TEXT_METRICS, Task, answered, asked, make_example


class BrandQa(Task):
    """Answers to questions about the brand."""

    kind: Literal["brand_qa"] = "brand_qa"
    """Which task."""
    topic: Literal["told", "left_out"] = "told"
    """Whether the topic stands before the question; tell it where one question has several answers (one a shop)."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """An answer is there to be right: facts first."""
        return ("facts_ok", *(name for name in TEXT_METRICS if name != "facts_ok"))

    def system_prompt(self, brand: Brand) -> str:
        return self._with_instructions(f"You answer questions about {brand.name}.")

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        faq = record.payload
        if not isinstance(faq, Faq) or self.why_not(record, brand):
            return []
        question, answer = faq.question.strip(), faq.answer.strip()
        if self.topic == "told" and faq.topic.strip():
            question = f"Topic: {faq.topic.strip()}\n{question}"
        # One answer to several wordings of a question must not be on both sides of a split.
        groups = (f"answer:{content_id(' '.join(answer.casefold().split()))}",)
        messages = answered(asked(self.system_prompt(brand), question), answer)
        return [make_example(self, record, messages, groups=groups)]

    def why_not(self, record: Record, brand: Brand) -> str:
        if not isinstance(record.payload, Faq):
            return ""
        if not record.payload.question.strip():
            return "no question"
        return "" if record.payload.answer.strip() else "no answer"
