"""Labels that only the worked examples (or the definitions) of a conversation explain: the training side of few-shot.

The same texts get other labels in every document, often made-up ones, so a label can only be read from the context.
"""

from collections.abc import Callable

from starter.base.chat import written
from starter.base.phrases import phrases
from starter.base.slots import Slots
from starter.base.talk import Topic, exchange, topics

_KINDS = ("money", "clock", "town", "colour", "dish", "weekday", "phone", "email", "item", "first name")

Text = Callable[[], str]


class Labeller:
    """Writes documents in which texts are labelled."""

    def __init__(self, slots: Slots) -> None:
        self.slots, self.chance = slots, slots.chance
        self.topics, self.phrases = topics("talk.txt"), phrases("labelling.txt")

    def document(self) -> str:
        """Two to four classes, several worked examples, then more of them."""
        classes = self._classes()
        labels = self._labels(len(classes))
        named = dict(zip(labels, classes, strict=True))
        order = self._phrase("orders").format(l=", ".join(labels), s=self.slots.company())
        if self.chance.random() < 0.3:
            shape, about_it = self._phrase("definitions"), self._phrase("definition")
            lines = [shape.format(l=label, d=about_it.format(about)) for label, (about, _) in named.items()]
            order = f"{order}\n" + "\n".join(lines)
        pairs = self._pairs({label: text for label, (_, text) in named.items()})
        return self._as_lines(order, pairs) if self.chance.random() < 0.3 else self._as_turns(order, pairs)

    def _classes(self) -> list[tuple[str, Text]]:
        """What each class is about, and a maker of its texts."""
        if self.chance.random() < 0.3:
            return [(kind, lambda kind=kind: self._filled(self._phrase(kind))) for kind in ("praise", "blame")]
        if self.chance.random() < 0.25:
            kinds = self.chance.sample(_KINDS, self.chance.randint(2, 4))
            return [(f"a {kind}", lambda kind=kind: self.slots.value(kind)) for kind in kinds]
        chosen = self.chance.sample(self.topics, self.chance.choice((2, 2, 3, 4)))
        return [(topic.name, lambda topic=topic: self._message(topic)) for topic in chosen]

    def _message(self, topic: Topic) -> str:
        """A message on the topic, now and then with words around it that say nothing about the topic."""
        text = exchange(self.slots, topic, sentences=1)[0]
        before = self._phrase("before") if self.chance.random() < 0.3 else ""
        after = self._phrase("after") if self.chance.random() < 0.3 else ""
        return self._filled(" ".join(filter(None, (before, text, after))))

    def _labels(self, number: int) -> list[str]:
        draw = self.chance.random()
        if draw < 0.45:
            labels = self.slots.several("word", number)
            style = self.chance.choice((str, str.upper, str.capitalize))
            return [style(label) for label in labels]
        if draw < 0.75:
            listed = next(
                row.split() for row in iter(lambda: self._phrase("labels"), None) if len(row.split()) >= number
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
        shape = self._phrase("lines")
        shown = "\n".join(shape.format(t=text, l=label) for text, label in pairs[:-1])
        text, label = pairs[-1]
        asked = shape.format(t=text, l="\0").split("\0")[0].rstrip()
        if self.chance.random() < 0.5:
            return written([("system", f"{order}\n{shown}"), ("user", asked), ("assistant", label)])
        return written([("user", f"{order}\n\n{shown}\n{asked}"), ("assistant", label)])

    def _phrase(self, name: str) -> str:
        return self.chance.choice(self.phrases[name])

    def _filled(self, line: str) -> str:
        return line.format_map(
            {kind: self.slots.value(kind) for kind in ("item", "dish", "first name", "code", "phone")}
        )
