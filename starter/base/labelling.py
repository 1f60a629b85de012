"""Labels that only the worked examples (or the definitions) of a conversation explain: the training side of few-shot.

The same texts get other labels in every document, often made-up ones, so a label can only be read from the context.
"""

from collections.abc import Callable

from starter.base.chat import written
from starter.base.slots import Slots
from starter.base.talk import Topic, exchange, topics

_PRAISE = (
    "I love this {item}.", "The {item} is perfect.", "Best {item} I ever had!", "Great {item}, great price.", "So happy with it.",
    "The staff were kind and quick.", "Works well, looks good.", "Would buy the {item} again.", "A lovely {dish}, thank you.",
    "{first name} was a great help.", "Five stars for the {item}.", "Arrived early and well packed.",
)  # fmt: skip
_BLAME = (
    "I hate this {item}.", "The {item} is useless.", "Worst {item} I ever had!", "Bad {item}, far too dear.", "So angry about it.",
    "The staff were rude and slow.", "Does not work, looks cheap.", "Would never buy the {item} again.", "A cold {dish}, no thanks.",
    "{first name} was no help at all.", "One star for the {item}.", "Arrived late and broken.",
)  # fmt: skip
_PLAIN_LABELS = (
    "yes no", "good bad", "positive negative", "A B C D", "1 2 3 4", "red green blue white", "north south east west", "alpha beta gamma delta",
    "first second third fourth", "X Y Z W", "one two three four", "left right middle top", "hot cold warm cool", "i ii iii iv", "cat dog bird fish",
    "p q r s", "keep drop move wait", "sun moon star cloud",
)  # fmt: skip
_ORDERS = (
    "Label each message. Labels: {l}.", "Which label fits? Choose from: {l}.", "Sort the messages into {l}.", "Answer with one of: {l}",
    "Classes: {l}. Answer with one class and nothing else.", "Give the label of each text.", "Say which group a message belongs to.",
    "You sort messages for {s}. Groups: {l}.", "Follow the examples.",
)  # fmt: skip
_DEFINED = ("{l} means: {d}", "{l} = {d}", "{l}: {d}", "Write {l} for {d}.", "- {l}: {d}")
_LINES = (
    "{t} => {l}",
    "{t} -> {l}",
    "{t} | {l}",
    "Text: {t}\nLabel: {l}",
    "{t}\n{l}",
    "Message: {t} Group: {l}",
    "{t} [{l}]",
    "{t}: {l}",
)

_BEFORE = ("Hello, ", "Hi. ", "Good morning. ", "Sorry to ask again. ", "One question: ", "Please help. ", "hey, ", "So, ", "Hi {first name}, ",
           "I am {first name}. ")  # fmt: skip
_AFTER = (
    " Thanks!",
    " Thank you.",
    " Please answer soon.",
    " Bye, {first name}",
    " Order {code}.",
    " It is urgent.",
    " My number is {phone}.",
)

Text = Callable[[], str]


class Labeller:
    """Writes documents in which texts are labelled."""

    def __init__(self, slots: Slots, *, file: str = "talk.txt") -> None:
        self.slots, self.chance, self.topics = slots, slots.chance, topics(file)

    def document(self) -> str:
        """Two to four classes, several worked examples, then more of them."""
        classes = self._classes()
        labels = self._labels(len(classes))
        named = dict(zip(labels, classes, strict=True))
        order = self.chance.choice(_ORDERS).format(l=", ".join(labels), s=self.slots.company())
        if self.chance.random() < 0.3:
            shape = self.chance.choice(_DEFINED)
            lines = [shape.format(l=label, d=about) for label, (about, _) in named.items()]
            order = f"{order}\n" + "\n".join(lines)
        pairs = self._pairs({label: text for label, (_, text) in named.items()})
        return self._as_lines(order, pairs) if self.chance.random() < 0.3 else self._as_turns(order, pairs)

    def _classes(self) -> list[tuple[str, Text]]:
        """What each class is about, and a maker of its texts."""
        if self.chance.random() < 0.3:
            return [("praise", lambda: self._filled(_PRAISE)), ("blame", lambda: self._filled(_BLAME))]
        if self.chance.random() < 0.25:
            kinds = self.chance.sample(("money", "clock", "town", "colour", "dish", "weekday", "phone", "email", "item", "first name"),
                                       self.chance.randint(2, 4))  # fmt: skip
            return [(f"a {kind}", lambda kind=kind: self.slots.value(kind)) for kind in kinds]
        chosen = self.chance.sample(self.topics, self.chance.choice((2, 2, 3, 4)))
        return [(topic.name, lambda topic=topic: self._message(topic)) for topic in chosen]

    def _message(self, topic: Topic) -> str:
        """A message on the topic, now and then with words around it that say nothing about the topic."""
        text = exchange(self.slots, topic, sentences=1)[0]
        before = self.chance.choice(_BEFORE) if self.chance.random() < 0.3 else ""
        after = self.chance.choice(_AFTER) if self.chance.random() < 0.3 else ""
        return self._filled((f"{before}{text}{after}",))

    def _labels(self, number: int) -> list[str]:
        draw = self.chance.random()
        if draw < 0.45:
            labels = self.slots.several("word", number)
            style = self.chance.choice((str, str.upper, str.capitalize))
            return [style(label) for label in labels]
        if draw < 0.75:
            listed = next(
                row.split()
                for row in iter(lambda: self.chance.choice(_PLAIN_LABELS), None)
                if len(row.split()) >= number
            )
            return self.chance.sample(listed, number)
        return self.slots.several("item", number)

    def _pairs(self, makers: dict[str, Text]) -> list[tuple[str, str]]:
        """Each label at least twice, in random order; runs and alternation both occur."""
        number = self.chance.randint(2 * len(makers), 4 * len(makers) + 2)
        labels = [*makers, *makers, *self.chance.choices(list(makers), k=number - 2 * len(makers))]
        self.chance.shuffle(labels)
        return [(makers[label](), label) for label in labels]

    def _as_turns(self, order: str, pairs: list[tuple[str, str]]) -> str:
        turns = [("system", order)]
        for text, label in pairs:
            turns += [("user", text), ("assistant", label)]
        return written(turns)

    def _as_lines(self, order: str, pairs: list[tuple[str, str]]) -> str:
        shape = self.chance.choice(_LINES)
        shown = "\n".join(shape.format(t=text, l=label) for text, label in pairs[:-1])
        text, label = pairs[-1]
        asked = shape.format(t=text, l="\0").split("\0")[0].rstrip()
        if self.chance.random() < 0.5:
            return written([("system", f"{order}\n{shown}"), ("user", asked), ("assistant", label)])
        return written([("user", f"{order}\n\n{shown}\n{asked}"), ("assistant", label)])

    def _filled(self, lines: tuple[str, ...]) -> str:
        line = self.chance.choice(lines)
        return line.format_map(
            {kind: self.slots.value(kind) for kind in ("item", "dish", "first name", "code", "phone")}
        )
