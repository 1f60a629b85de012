"""Ways to prompt without training: passages with facts, worked examples. Evaluation and serving compose them here alike."""

from collections.abc import Sequence

from brandtune.core.examples import Message
from brandtune.models.retrieval import Passage


def with_system(messages: Sequence[Message], text: str) -> tuple[Message, ...]:
    """The conversation under another system turn."""
    rest = [message for message in messages if message.role != "system"]
    return (Message(role="system", content=text), *rest)


def with_facts(messages: Sequence[Message], passages: Sequence[Passage], *, about: str) -> tuple[Message, ...]:
    """Add passages to the system turn, best first; unchanged when there are none."""
    if not passages:
        return tuple(messages)
    facts = "\n".join(f"- {passage.title}: {passage.text}" for passage in passages)
    return with_system(messages, f"{system_text(messages)}\n\nFacts about {about}:\n{facts}".strip())


def with_shots(messages: Sequence[Message], shots: Sequence[tuple[str, str]]) -> tuple[Message, ...]:
    """Put worked examples (question, answer) between the system turn and the conversation, the nearest one last."""
    system = [message for message in messages if message.role == "system"]
    rest = [message for message in messages if message.role != "system"]
    worked: list[Message] = []
    for question, answer in reversed(shots):
        worked += [Message(role="user", content=question), Message(role="assistant", content=answer)]
    return (*system, *worked, *rest)


def system_text(messages: Sequence[Message]) -> str:
    return messages[0].content if messages and messages[0].role == "system" else ""


def last_question(messages: Sequence[Message]) -> str:
    """The newest user turn: what retrieval searches with."""
    return next((message.content for message in reversed(messages) if message.role == "user"), "")
