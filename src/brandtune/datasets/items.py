"""What a version holds, seen alike: examples, preferences and rated answers are divided together, by the same ties."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from brandtune.core.errors import DataError
from brandtune.core.examples import Example, Message, Preference, Rated

Kind = Literal["example", "preference", "rated"]
Content = Example | Preference | Rated
# A question of fewer words ("Where is my order?") is everybody's: meeting it again says nothing.
LEAST_QUESTION_WORDS = 12


@dataclass(frozen=True)
class Item:
    """One example, preference or rated answer, and what the split needs to know about it."""

    kind: Kind
    item_id: str
    content: Content

    @property
    def name(self) -> str:
        """Unique within a version, whatever the kind."""
        return f"{self.kind}:{self.item_id}"

    @property
    def task(self) -> str:
        return self.content.task

    @property
    def subject(self) -> str | None:
        return self.content.subject

    @property
    def groups(self) -> tuple[str, ...]:
        return self.content.groups

    @property
    def day(self) -> date | None:
        """The day it happened, where that is known."""
        return self.content.occurred_at.date() if self.content.occurred_at else None

    @property
    def owner(self) -> str:
        """Whose it is: the customer, else where it was read. The same before and after any division."""
        if self.content.subject:
            return f"subject:{self.content.subject}"
        return min(self.content.source_record_ids, default=self.name)


def items_of(
    examples: Iterable[Example], preferences: Iterable[Preference] = (), rated: Iterable[Rated] = ()
) -> list[Item]:
    """All of them as items, in an order that depends on their ids alone.

    Raises:
        DataError: An id is used more than once within a kind.
    """
    found = [Item("example", one.example_id, one) for one in examples]
    found += [Item("preference", one.preference_id, one) for one in preferences]
    found += [Item("rated", one.rated_id, one) for one in rated]
    found.sort(key=lambda item: (item.kind, item.item_id))
    twice = [one.name for one, other in pairwise(found) if one.name == other.name]
    if twice:
        raise DataError(
            f"{len(set(twice))} ids are used more than once, e.g. {twice[0]}.",
            fix="Drop repeats: an id must name one example, preference or rated answer.",
        )
    return found


def views(content: Content) -> list[str]:
    """The texts by which two items count as the same: question and answer; for labels, and long questions, the question."""
    asked = last_question(_prompt(content))
    found = [] if isinstance(content, Example) and content.label is not None else _answers(content)
    texts = [f"{asked}\n{answer}" for answer in found]
    if not texts or len(asked.split()) >= LEAST_QUESTION_WORDS:
        texts.append(asked)
    return texts


def turns(content: Content) -> Iterator[str]:
    """Every text that somebody wrote, turn by turn; system prompts are the same everywhere and left out."""
    messages = content.messages if isinstance(content, Example) else content.prompt
    yield from (message.content for message in messages if message.role != "system")
    if not isinstance(content, Example):
        yield from _answers(content)


def last_question(prompt: Sequence[Message]) -> str:
    """What the user said last."""
    return next((message.content for message in reversed(prompt) if message.role == "user"), "")


def _prompt(content: Content) -> Sequence[Message]:
    return content.prompt


def _answers(content: Content) -> list[str]:
    if isinstance(content, Example):
        return [content.reference]
    if isinstance(content, Preference):
        return [content.chosen, content.rejected]
    return [content.completion]
