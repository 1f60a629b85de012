"""Dense practice in finding again what was said: most of what is learnt here stands word for word further up.

Reading from a context rests on one small skill, to find the place that looks like this one and to go on as it went on
there (Olsson et al. 2022, "In-context learning and induction heads"). Text teaches it slowly, because few of its words
need it; here nearly every learnt word does.
"""

import json
import re
from collections.abc import Callable
from functools import cache

from starter.base.chat import written
from starter.base.passages import Fact, Reader
from starter.base.reserved import ours
from starter.base.slots import Slots

from brandtune.models.references import STARTER

_ASKS = ("{k}", "{k}?", "What is {k}?", "And {k}?", "Which one has {k}?", "{k} =", "Look up {k}.")
_SHAPES = ("{} = {}", "{}: {}", "{} -> {}", "{} | {}", "{} has {}", "The {} is {}.", "{} {}", "Where {} is, {} is.")
_GAPS = ("\n", "\n", "\n- ", "; ", ", ", " ")
_HEADS = ("About {s}", "What we know", "Notes", "Answer shortly, from these notes.", "Give only what is asked for.")
_STATEMENTS = (
    "The {n} is {v}.", "Our {n} is {v}.", "{s} has {v} as {n}.", "{v} is the {n} of {s}.", "For {n} it is {v}.",
    "When it comes to {n}, {s} says {v}.", "We use {v} for {n}.", "{v} goes with {n}.", "Any {n} takes {v}.",
    "{n} at {s} means {v}.", "{v} stands for {n} here.", "Those who ask for {n} get {v}.", "Last year {n} was {v}.",
)  # fmt: skip
_QUESTIONS = (
    "What is the {n}?", "{n}?", "Tell me the {n}.", "And your {n}?", "What about {n}?", "I would like to know about {n}",
    "Which {n} do you have?", "What do I need to know about {n}?", "can you tell me your {n}", "How is it with {n}?",
    "Do you remember the {n}?", "Say, what was the {n} again?", "Please look up {n} for me.",
)  # fmt: skip
_LITTLE = tuple(
    """
    the a an of at for is are was it its in on under near with by to from and or if you your we our they who what when
    where how much do does did can could would will i me my this that these there here as up out after before not
    """.split()  # noqa: SIM905
)
_VALUE_KINDS = ("word", "item", "money", "town", "first name", "code", "colour", "count", "dish", "person", "phone",
                "street", "clock", "days", "material", "date", "email", "weight", "distance")  # fmt: skip


class Recall:
    """Writes documents whose answers are words from further up."""

    def __init__(self, slots: Slots) -> None:
        self.slots, self.chance, self.reader = slots, slots.chance, Reader(slots)
        self.words = ours(_known_words(), held_out=slots.held_out)

    def document(self) -> str:
        makers: tuple[tuple[Callable[[], str], int], ...] = (
            (self._echo, 1), (self._again, 1), (self._lookup, 3), (self._classes, 5), (self._facts, 5), (self._told, 5),
            (self._loose, 8),
        )  # fmt: skip
        ((make, _),) = self.chance.choices(makers, weights=[weight for _, weight in makers])
        return make()

    def _echo(self) -> str:
        """A run of unrelated words, said again; several times."""
        turns = []
        for _ in range(self.chance.randint(1, 4)):
            text = " ".join(self._some_words(self.chance.randint(2, 40)))
            turns += [("user", text), ("assistant", text)]
        return written(turns)

    def _again(self) -> str:
        """A few short phrases over and over in random order: after a phrase's first word, the rest is known."""
        phrases = [" ".join(self._some_words(self.chance.randint(2, 5))) for _ in range(self.chance.randint(2, 8))]
        gap = self.chance.choice(_GAPS)
        told, later = gap.join(phrases), gap.join(self.chance.choices(phrases, k=self.chance.randint(6, 24)))
        return written([("user", told), ("assistant", later)])

    def _lookup(self) -> str:
        """Keys and values, then many questions for the values."""
        number = self.chance.randint(2, 16)
        keys, values = self._values(number), self._values(number)
        shape, ask = self.chance.choice(_SHAPES), self.chance.choice(_ASKS)
        told = self.chance.choice(_GAPS).join(shape.format(k, v) for k, v in zip(keys, values, strict=True))
        turns = [("system", told)]
        for at in self.chance.choices(range(number), k=self.chance.randint(3, 16)):
            turns += [("user", ask.format(k=keys[at])), ("assistant", values[at])]
        return written(turns)

    def _classes(self) -> str:
        """Texts that share a sign with others of their class, and the class's made-up label after each."""
        number = self.chance.randint(2, 5)
        labels = self.slots.several("word", number)
        if self.chance.random() < 0.5:
            kinds = self.chance.sample(_VALUE_KINDS, number)
            makers = [lambda kind=kind: self.slots.value(kind) for kind in kinds]
        else:
            makers = [lambda sign=sign: self._signed(sign) for sign in self._some_words(number)]
        rounds = self.chance.choices(range(number), k=self.chance.randint(4 * number, 8 * number))
        if self.chance.random() < 0.5:
            turns = [("system", f"Labels: {', '.join(labels)}.")] if self.chance.random() < 0.5 else []
            for at in rounds:
                turns += [("user", makers[at]()), ("assistant", labels[at])]
            return written(turns)
        shape = self.chance.choice(("{}\n{}", "{} => {}", "{}: {}", "Text: {}\nLabel: {}", '"{}" is {}', "{} - {}"))
        lines = [shape.format(makers[at](), labels[at]) for at in rounds]
        split = self.chance.randint(number, 2 * number)
        asked = [shape.format(makers[at](), "\0").partition("\0")[0].rstrip() for at in rounds[:split]]
        turns = [("system", "\n".join(lines))]
        for line, at in zip(asked, rounds[:split], strict=True):
            turns += [("user", line), ("assistant", labels[at])]
        return written(turns)

    def _facts(self) -> str:
        """Passages about somebody, and a question about every one of them, answered by the value alone."""
        several = self.chance.random() < 0.4
        subjects = [self.slots.company() for _ in range(self.chance.randint(2, 4) if several else 1)]
        facts = self.reader.facts(subjects)
        asked = [*facts, *self.chance.choices(facts, k=2)]
        self.chance.shuffle(asked)
        turns = [("system", f"Answer with the value alone.\n{self.reader.laid_out(facts)}")]
        for fact in asked:
            turns += [("user", self._question(fact, several)), ("assistant", fact.value)]
        return written(turns)

    def _told(self) -> str:
        """As `_facts`, but what is told about is any word at all: only the shared word leads to the passage."""
        several = self.chance.random() < 0.4
        subjects = [self.slots.company() for _ in range(self.chance.randint(2, 4) if several else 1)]
        topics = [" ".join(self._some_words(self.chance.choice((1, 1, 2)))) for _ in range(self.chance.randint(2, 6))]
        told = [(s, topic, self.slots.value(self.chance.choice(_VALUE_KINDS))) for s in subjects for topic in topics]
        self.chance.shuffle(told)
        mark = self.chance.choice(("- ", "", "* ", "[1] "))
        lines = [f"{mark}{self._statement(*fact, several=several)}" for fact in told[:12]]
        turns = [("system", "\n".join([self.chance.choice(_HEADS).format(s=subjects[0]), *lines]))]
        for subject, topic, value in self.chance.choices(told[:12], k=self.chance.randint(6, 14)):
            question = self.chance.choice(_QUESTIONS).format(n=topic)
            if several:
                question = self.chance.choice(("{q} I mean {s}.", "{s}: {q}", "At {s}. {q}")).format(
                    q=question, s=subject
                )
            turns += [("user", question), ("assistant", value)]
        return written(turns)

    def _loose(self) -> str:
        """Lines and questions of no fixed form, so that only the words they share lead from one to the other."""
        number = self.chance.randint(3, 7)
        words = self._some_words(4 * number)
        told = [(words[4 * i : 4 * i + self.chance.randint(1, 4)], value) for i, value in enumerate(self._any(number))]
        mark = self.chance.choice(("- ", "- ", "", "* "))
        lines = [f"{mark}{self._sentence([*topics, value], end='.')}" for topics, value in told]
        head = self.chance.choice(_HEADS).format(s=self.slots.company())
        turns = [("system", "\n".join([head, *lines]))]
        for topics, value in self.chance.choices(told, k=self.chance.randint(6, 14)):
            shared = self.chance.sample(topics, self.chance.randint(1, min(2, len(topics))))
            turns += [("user", self._sentence(shared, end=self.chance.choice("??. "))), ("assistant", value)]
        return written(turns)

    def _any(self, number: int) -> list[str]:
        """Different values of any kinds."""
        found: dict[str, None] = {}
        while len(found) < number:
            found.setdefault(self.slots.value(self.chance.choice(_VALUE_KINDS)))
        return list(found)

    def _sentence(self, words: list[str], *, end: str) -> str:
        """Words in any order among little words."""
        mixed = self.chance.sample(words, len(words))
        parts = [part for word in mixed for part in (*self.chance.choices(_LITTLE, k=self.chance.randint(0, 3)), word)]
        parts += self.chance.choices(_LITTLE, k=self.chance.randint(0, 2))
        text = " ".join(parts)
        return f"{text[0].upper()}{text[1:]}{end}".strip()

    def _statement(self, subject: str, topic: str, value: str, *, several: bool) -> str:
        line = self.chance.choice(_STATEMENTS).format(s=subject, n=topic, v=value)
        if several and subject not in line:
            return self.chance.choice(("{s}: {l}", "{l} ({s})", "At {s}: {l}")).format(s=subject, l=line)
        return line[0].upper() + line[1:]

    def _question(self, fact: Fact, several: bool) -> str:
        """Every second time in the words of the passage, with a gap where the value stood."""
        if self.chance.random() < 0.5:
            return self.reader.question(fact, several)
        return fact.line.replace(fact.value, "...")

    def _signed(self, sign: str) -> str:
        words = self._some_words(self.chance.randint(0, 5))
        words.insert(self.chance.randint(0, len(words)), sign)
        return " ".join(words)

    def _some_words(self, number: int) -> list[str]:
        return [
            self.chance.choice(self.words) if self.chance.random() < 0.7 else self.slots.made_up()
            for _ in range(number)
        ]

    def _values(self, number: int) -> list[str]:
        """Different keys or values, of one kind or of any."""
        if self.chance.random() < 0.5:
            return self.slots.several(self.chance.choice(_VALUE_KINDS), number)
        found: dict[str, None] = {}
        while len(found) < number:
            found.setdefault(" ".join(self._some_words(self.chance.choice((1, 1, 2, 3)))))
        return list(found)


@cache
def _known_words() -> tuple[str, ...]:
    """Words that the tokenizer knows as one token each, so that every embedding gets its practice."""
    vocabulary = json.loads((STARTER / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    words = {token[1:] for token in vocabulary if re.fullmatch("Ġ[A-Za-z]{2,}", token)}
    return tuple(sorted(words - {"None", "none"}))  # would look like a slot that was not filled
