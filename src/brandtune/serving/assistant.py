"""A released model in conversation: the trained prompt, optional retrieval, placeholders filled from the caller's context."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brandtune.core import placeholders
from brandtune.core.brand import Brand
from brandtune.core.errors import DataError
from brandtune.core.examples import Message
from brandtune.core.tasks import Task
from brandtune.models.generation import generate
from brandtune.models.loading import Model
from brandtune.models.prompts import last_question, with_facts, with_system
from brandtune.models.retrieval import Passage, Retriever
from brandtune.models.settings import Decoding
from brandtune.scoring.rules import RuleFinding, RuleSet


@dataclass(frozen=True)
class Answer:
    """One reply, with what the brand rules say about it and which placeholders the caller gave no value for."""

    text: str
    findings: tuple[RuleFinding, ...]
    unfilled: tuple[str, ...]
    finished: bool
    passages: tuple[Passage, ...] = ()


class Assistant:
    """Answers as one task of a released model.

    Args:
        context: Placeholder values, e.g. {"CUSTOMER_NAME": "Ana"}.
        passages: How many fact passages are retrieved into the prompt; 0 turns retrieval off.
    """

    def __init__(
        self,
        model: Model,
        *,
        task: Task,
        brand: Brand,
        rules: RuleSet,
        decoding: Decoding | None = None,
        context: Mapping[str, str] | None = None,
        passages: int = 0,
    ) -> None:
        self.model, self.task, self.brand, self.rules = model, task, brand, rules
        self.decoding, self.context, self.num_passages = decoding or Decoding(), dict(context or {}), passages
        self.retriever = (
            Retriever([Passage(d.path, d.text, d.title) for d in brand.documents if d.text]) if passages else None
        )

    def answer(self, conversation: Sequence[Message]) -> Answer:
        """Reply to a conversation that ends with a user turn.

        Raises:
            DataError: The conversation is empty or too long for the model's context.
        """
        if not conversation or conversation[-1].role != "user" or not conversation[-1].content.strip():
            raise DataError("there is no message to answer.")
        messages = with_system(conversation, self.task.system_prompt(self.brand))
        found: list[Passage] = []
        if self.retriever:
            found = self.retriever.search(last_question(messages), k=self.num_passages)
            messages = with_facts(messages, found, about=self.brand.name)
        reply = generate(self.model, [messages], decoding=self.decoding)[0]
        text, unfilled = placeholders.fill(reply.text, self.context)
        findings = tuple(self.rules.check(text, task=self.task.kind))
        return Answer(text, findings, unfilled, reply.finished, tuple(found))
