"""Held-out probes of whether a model uses its context: copying a fact, following an order, labelling from examples.

Nothing in them is known to training: other templates, other kinds of facts, other topics, and only values that
`reserved.is_reserved` keeps back. How they are scored is in `scoring.py`.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from starter.base.facts import FactKind, fact_kinds
from starter.base.matching import each_line, has_letters, num_sentences
from starter.base.phrases import phrases
from starter.base.slots import Slots
from starter.base.talk import Topic, exchange, topics

from brandtune.core.examples import Message

MARKS = ("#", "=", "@", "%", "&", "^")
NOTHING = "N/A"
BRACKETS = (("«", "»"), ("/*", "*/"), ("<", ">"), ("|", "|"), ("::", "::"))


@dataclass(frozen=True)
class Choice:
    """A question with one right answer among several; guessing is right once in `len(answers)`.

    Attributes:
        nothing: The same conversation with nothing asked in its last message: how likely each answer is anyway.
    """

    skill: str
    messages: tuple[Message, ...]
    answers: tuple[str, ...]
    right: str
    nothing: tuple[Message, ...]

    @property
    def chance(self) -> float:
        return 1 / len(self.answers)


@dataclass(frozen=True)
class Pair:
    """One message under two orders, and the same reply in either form.

    A model that does not read the order prefers the same form under both, so it is right about half the time when the
    two are taken together.

    Attributes:
        obeys: For each order, whether a text that was written obeys it; None where a text cannot tell (tone).
    """

    skill: str
    prompts: tuple[tuple[Message, ...], tuple[Message, ...]]
    replies: tuple[str, str]
    obeys: tuple[Callable[[str], bool], Callable[[str], bool]] | None


@dataclass(frozen=True)
class Probes:
    """All items: `copy` and `few_shot` are choices, `instruction` are pairs."""

    copy: tuple[Choice, ...]
    few_shot: tuple[Choice, ...]
    instruction: tuple[Pair, ...]


def probes(count: int = 200, *, seed: int = 2026) -> Probes:
    """`count` items of each skill; the same seed gives the same items.

    >>> found = probes(3)
    >>> len(found.copy), len(found.few_shot), len(found.instruction)
    (3, 3, 3)
    """
    maker = _Maker(random.Random(seed))
    return Probes(
        copy=tuple(maker.copy() for _ in range(count)),
        few_shot=tuple(maker.few_shot() for _ in range(count)),
        instruction=tuple(maker.instruction() for _ in range(count)),
    )


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self.chance, self.slots = chance, Slots(chance, held_out=True)
        self.kinds, self.topics = fact_kinds("probe_facts.txt"), topics("probe_talk.txt")
        self.orders, self.layout = phrases("probe_orders.txt"), phrases("probe_few_shot.txt")
        self.formats = Formats(self.slots)

    def copy(self) -> Choice:
        """A value out of four or more passages: of one house, or the same kind of fact of four houses."""
        if self.chance.random() < 0.5:
            subjects = [self.slots.company()]
            kinds = self.chance.sample(self.kinds, self.chance.randint(4, 6))
        else:
            subjects = [self.slots.company() for _ in range(4)]
            kinds = [self.chance.choice(self.kinds)]
        told = [(subject, kind, self.slots.value(kind.slot)) for subject in subjects for kind in kinds]
        subject, kind, value = self.chance.choice(told)
        lines = "\n".join(f"- {self._line(*fact, several=len(subjects) > 1)}" for fact in told)
        head = self._layout("passages head").format(s=subject if len(subjects) == 1 else "these houses")
        question = self.chance.choice(kind.questions)
        if len(subjects) > 1:
            question = f"This concerns {subject}. {question}"
        system = f"{self._layout('passages role')}\n\n{head}\n{lines}"
        skill = "copy: one house" if len(subjects) == 1 else "copy: four houses"
        answers = tuple(dict.fromkeys(fact[2] for fact in told))
        return Choice(skill, _asked(system, question), answers, value, _asked(system, NOTHING))

    def few_shot(self) -> Choice:
        """Two to four classes with two examples each; the labels are made up, so only the examples explain them."""
        number = self.chance.choice((2, 3, 4))
        labels = self.slots.several("word", number)
        by_form = self.chance.random() < 0.5
        classes = self.formats.classes(number) if by_form else self._topic_classes(number)
        shots = [(text, label) for label, texts in zip(labels, classes, strict=True) for text in texts[:2]]
        self.chance.shuffle(shots)
        right = self.chance.randrange(number)
        asked = classes[right][2]
        order = self._layout("order").format(l=", ".join(labels))
        skill = "few_shot: form" if by_form else "few_shot: topic"
        if self.chance.random() < 0.5:
            shape = self._layout("line")
            shown = "\n".join(shape.format(t=text, l=label) for text, label in shots)
            system = f"{order}\n{shown}"
            one, none = (_asked(system, shape.format(t=text, l="").rstrip()) for text in (asked, NOTHING))
            return Choice(skill, one, tuple(labels), labels[right], none)
        turns = [turn for text, label in shots for turn in (_user(text), _assistant(label))]
        before = (Message(role="system", content=order), *turns)
        return Choice(skill, (*before, _user(asked)), tuple(labels), labels[right], (*before, _user(NOTHING)))

    def instruction(self) -> Pair:
        """One message under two orders of one sort."""
        make = self.chance.choice((self._opener, self._closer, self._tag, self._word, self._wrapped, self._case,
                                   self._list, self._length, self._tone))  # fmt: skip
        message, sentences = exchange(self.slots, self.chance.choice(self.topics), sentences=3)
        skill, orders, replies, obeys = make(sentences)
        base = self._order("base").format(c=self.slots.company())
        one, other = (_asked(f"{base} {order}", message) for order in orders)
        return Pair(f"instruction: {skill}", (one, other), replies, obeys)

    def _line(self, subject: str, kind: FactKind, value: str, *, several: bool) -> str:
        line = self.chance.choice(kind.statements).format(s=subject, v=value)
        return f"On {subject}. {line}" if several and subject not in line else line

    def _topic_classes(self, number: int) -> list[list[str]]:
        """For each class three messages, none in the words of another."""
        chosen: list[Topic] = self.chance.sample(self.topics, number)
        return [self.chance.sample(topic.messages, 3) for topic in chosen]

    def _opener(self, sentences: list[str]) -> "_Made":
        one, other = self._two("opener values")
        text = " ".join(sentences)
        return "opener", self._orders("opener", one, other), (f"{one} {text}", f"{other} {text}"), (
            lambda reply: reply.startswith(one), lambda reply: reply.startswith(other))  # fmt: skip

    def _closer(self, sentences: list[str]) -> "_Made":
        one, other = self._two("closer values")
        text = " ".join(sentences)
        return "closer", self._orders("closer", one, other), (f"{text} {one}", f"{text} {other}"), (
            lambda reply: reply.endswith(one), lambda reply: reply.endswith(other))  # fmt: skip

    def _tag(self, sentences: list[str]) -> "_Made":
        one, other = (word.capitalize() for word in self.slots.several("word", 2))
        text = " ".join(sentences)
        return "tag", self._orders("tag", one, other), (f"{one}: {text}", f"{other}: {text}"), (
            lambda reply: reply.startswith(f"{one}:"), lambda reply: reply.startswith(f"{other}:"))  # fmt: skip

    def _word(self, sentences: list[str]) -> "_Made":
        one, other = self.slots.several("word", 2)
        text = " ".join(sentences)
        return "word", self._orders("word", one, other), (f"{text} The term is {one}.", f"{text} The term is {other}."), (
            lambda reply: one in reply.lower(), lambda reply: other in reply.lower())  # fmt: skip

    def _wrapped(self, sentences: list[str]) -> "_Made":
        (left, right), (left_2, right_2) = self.chance.sample(BRACKETS, 2)
        text, order = " ".join(sentences), self._order("wrapped")
        orders = order.format(x=left, y=right), order.format(x=left_2, y=right_2)
        return "wrapped", orders, (f"{left}{text}{right}", f"{left_2}{text}{right_2}"), (
            lambda reply: reply.startswith(left) and reply.endswith(right),
            lambda reply: reply.startswith(left_2) and reply.endswith(right_2))  # fmt: skip

    def _case(self, sentences: list[str]) -> "_Made":
        text = " ".join(sentences)
        orders = self._order("capitals"), self._order("small letters")
        return "capitals", orders, (text.upper(), text.lower()), (
            lambda reply: has_letters(reply) and reply == reply.upper(),
            lambda reply: has_letters(reply) and reply == reply.lower())  # fmt: skip

    def _list(self, sentences: list[str]) -> "_Made":
        one, other = self.chance.sample(MARKS, 2)
        replies = tuple("\n".join(f"{mark} {line}" for line in sentences) for mark in (one, other))
        return "list", self._orders("list", one, other), (replies[0], replies[1]), (
            lambda reply: each_line(reply, one), lambda reply: each_line(reply, other))  # fmt: skip

    def _length(self, sentences: list[str]) -> "_Made":
        orders = self._order("brief"), self._order("long")
        return "length", orders, (sentences[0], " ".join(sentences)), (
            lambda reply: num_sentences(reply) == 1, lambda reply: num_sentences(reply) == 3)  # fmt: skip

    def _tone(self, sentences: list[str]) -> "_Made":
        one, other = self.chance.sample(("formal", "casual", "cheerful", "regretful"), 2)
        orders = self._order(one), self._order(other)
        replies = tuple(f"{self._order(f'{tone} reply')} {sentences[0]}" for tone in (one, other))
        return "tone", orders, (replies[0], replies[1]), None

    def _order(self, name: str) -> str:
        return self.chance.choice(self.orders[name])

    def _orders(self, name: str, one: str, other: str) -> tuple[str, str]:
        order = self._order(name)
        return order.format(x=one), order.format(x=other)

    def _two(self, name: str) -> tuple[str, str]:
        """Two different values whose names and houses are made up."""
        shapes = self.chance.sample(self.orders[name], 2)
        one, other = (s.format(n=self.slots.first_name(), c=self.slots.made_up().capitalize()) for s in shapes)
        return one, other

    def _layout(self, name: str) -> str:
        return self.chance.choice(self.layout[name])


class Formats:
    """Classes told apart by their form alone: web addresses, fractions, scores and the like."""

    def __init__(self, slots: Slots) -> None:
        self.slots, self.chance = slots, slots.chance
        number = self.chance.randint
        self.makers: dict[str, Callable[[], str]] = {
            "web": lambda: f"www.{slots.made_up()}.{slots.made_up()[:3]}",
            "hashtag": lambda: f"#{slots.made_up()}",
            "fraction": lambda: f"{number(1, 9)}/{number(11, 99)}",
            "score": lambda: " beat ".join(slots.several("word", 2)) + f" {number(3, 9)}-{number(0, 2)}",
            "version": lambda: f"v{number(1, 9)}.{number(0, 9)}.{number(0, 99)}",
            "share": lambda: f"{number(1, 99)} percent",
            "sum": lambda: f"{number(2, 99)} + {number(2, 99)}",
            "bearing": lambda: f"{number(1, 89)}°N {number(1, 179)}°E",
            "spelled": lambda: "-".join(slots.made_up()),
        }  # fmt: skip

    def classes(self, number: int) -> list[list[str]]:
        """For each class three different texts."""
        chosen = self.chance.sample(list(self.makers), number)
        return [self._different(self.makers[kind]) for kind in chosen]

    def _different(self, make: Callable[[], str]) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < 3:
            found.setdefault(make())
        return list(found)


_Made = tuple[str, tuple[str, str], tuple[str, str], tuple[Callable[[str], bool], Callable[[str], bool]] | None]


def _asked(system: str, question: str) -> tuple[Message, ...]:
    return (Message(role="system", content=system), _user(question))


def _user(text: str) -> Message:
    return Message(role="user", content=text)


def _assistant(text: str) -> Message:
    return Message(role="assistant", content=text)
