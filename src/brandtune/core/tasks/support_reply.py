"""Answering customers: a conversation becomes a chat in which every agent turn is learnt."""

from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.records import Comparison, Conversation, Rating, Record
from brandtune.core.tasks.base import TEXT_METRICS, Task, make_example, stable_choice


class SupportReply(Task):
    """Replies to customers, from tickets and chats."""

    kind: Literal["support_reply"] = "support_reply"
    """Which task."""
    target_turn: Literal["any", "first", "last"] = "any"
    """Which agent turn held-out evaluation asks for; `any` picks one per conversation by a stable hash."""

    handover_phrases: tuple[str, ...] = ()
    """How agents say that they hand over, beside the usual English ways; containment counts by them."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Containment and resolution beside what every text is judged by."""
        return (*TEXT_METRICS, "contained", "resolution")

    def system_prompt(self, brand: Brand) -> str:
        return self._with_instructions(f"You answer customers of {brand.name}.")

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        if not isinstance(record.payload, Conversation):
            return []
        turns = alternating_turns(record.payload)
        answers = [index for index, message in enumerate(turns) if message.role == "assistant"]
        if not answers:
            return []
        messages = [Message(role="system", content=self.system_prompt(brand)), *turns[: answers[-1] + 1]]
        options = [index + 1 for index in answers]
        target = {"first": options[0], "last": options[-1]}.get(
            self.target_turn, stable_choice(record.record_id, options)
        )
        groups = (f"conversation:{record.payload.conversation_id or record.record_id}",)
        return [make_example(self, record, messages, target=target, groups=groups)]

    def why_not(self, record: Record, brand: Brand) -> str:
        return "no answer to a customer" if isinstance(record.payload, Conversation) else ""


def alternating_turns(conversation: Conversation | Comparison | Rating) -> list[Message]:
    """Customer and agent turns in order, notes left out, neighbours by the same side joined, starting with the customer."""
    messages: list[Message] = []
    for turn in conversation.turns:
        if turn.role not in ("customer", "agent") or not turn.text.strip():
            continue
        role: Literal["user", "assistant"] = "user" if turn.role == "customer" else "assistant"
        if messages and messages[-1].role == role:
            messages[-1] = Message(role=role, content=f"{messages[-1].content}\n{turn.text.strip()}")
        elif messages or role == "user":
            messages.append(Message(role=role, content=turn.text.strip()))
    return messages
