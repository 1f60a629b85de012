"""Texts that already come as input and output: rewrites, answers, translations, anything with two columns."""

from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.records import Pair, Record
from brandtune.core.tasks.base import Task, make_example


class PromptCompletion(Task):
    """Prompt and completion as they stand."""

    kind: Literal["prompt_completion"] = "prompt_completion"
    """Which task."""
    goal: str = ""
    """What the completions are, in a few words ("short answers to questions about benefits")."""

    def system_prompt(self, brand: Brand) -> str:
        return self._with_instructions(f"You write {self.goal or 'texts'} for {brand.name}.")

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        pair = record.payload
        if not isinstance(pair, Pair) or not pair.prompt.strip() or not pair.completion.strip():
            return []
        messages = [
            Message(role="system", content=pair.system.strip() or self.system_prompt(brand)),
            Message(role="user", content=pair.prompt.strip()),
            Message(role="assistant", content=pair.completion.strip()),
        ]
        return [make_example(self, record, messages)]

    def why_not(self, record: Record, brand: Brand) -> str:
        return "one side is empty" if isinstance(record.payload, Pair) else ""
