"""Orders about tone and form in the system turn, and replies that obey them: the training side of following orders.

Each order changes a list of plain sentences, or what stands before and after them, in a way that shows at once.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from starter.base.chat import written
from starter.base.phrases import phrases
from starter.base.slots import Slots
from starter.base.talk import exchange, topics

TONES = ("formal", "casual", "cheerful", "sorry", "pirate")
_NUMBERS = ("two", "three", "four")


@dataclass(frozen=True)
class Reply:
    """A reply while orders shape it; `spare` sentences are there for an order that wants more."""

    message: str
    sentences: tuple[str, ...]
    spare: tuple[str, ...] = ()
    opener: str = ""
    closer: str = ""
    join: Callable[[tuple[str, ...]], str] = field(default=" ".join)
    finish: Callable[[str], str] = field(default=str)
    gap: str = " "

    def text(self) -> str:
        return self.finish(self.gap.join(filter(None, (self.opener, self.join(self.sentences), self.closer))))


Change = Callable[[Reply], Reply]


class Orderly:
    """Writes conversations in which the system turn says how to answer, and the answers obey."""

    def __init__(self, slots: Slots) -> None:
        self.slots, self.chance = slots, slots.chance
        self.topics, self.phrases = topics("talk.txt"), phrases("orders.txt")
        self._edges = (self._opener, self._closer, self._tone)
        self._shapes = (
            self._capitals, self._small, self._bullets, self._numbered, self._keys, self._wrapped, self._prefixed,
            self._one, self._so_many, self._lines, self._separated, self._word, self._echo,
        )  # fmt: skip

    def document(self) -> str:
        """One conversation of one to three rounds under one to three orders."""
        self.names = {
            "s": self.slots.company(), "p": self.slots.first_name(), "n": self.slots.first_name(),
            "w": self.slots.made_up().capitalize(),
        }  # fmt: skip
        steps = [self.chance.choice(self._shapes)] if self.chance.random() < 0.65 else []
        steps += self.chance.sample(self._edges, self.chance.randint(0 if steps else 1, 2))
        made = [step() for step in steps]
        orders = [order for order, _ in made]
        self.chance.shuffle(orders)
        role = self._phrase("roles") if self.chance.random() < 0.8 else ""
        told = self.chance.choice((" ", " ", "\n", "\n- ")).join(filter(None, (role, *orders)))
        rounds = [self._round([change for _, change in made]) for _ in range(self.chance.choice((1, 1, 2, 3)))]
        if self.chance.random() < 0.8:
            return written([("system", told), *(turn for pair in rounds for turn in pair)])
        (_, question), answer = rounds[0]
        return written([("user", f"{told}\n\n{question}"), answer])

    def _round(self, changes: list[Change]) -> list[tuple[str, str]]:
        message, sentences = exchange(self.slots, self.chance.choice(self.topics), sentences=5)
        length = self.chance.randint(1, 4)
        reply = Reply(message, tuple(sentences[:length]), tuple(sentences[length:]))
        for change in changes:
            reply = change(reply)
        return [("user", message), ("assistant", reply.text())]

    def _phrase(self, name: str) -> str:
        return self.chance.choice(self.phrases[name]).format_map(self.names)

    def _order(self, name: str, *values: str) -> str:
        return self.chance.choice(self.phrases[f"order: {name}"]).format(*values)

    def _opener(self) -> tuple[str, Change]:
        opener = self._phrase("openers")
        return self._order("opener", opener), lambda reply: replace(reply, opener=opener)

    def _closer(self) -> tuple[str, Change]:
        closer = self._phrase("closers")
        return self._order("closer", closer), lambda reply: replace(reply, closer=closer)

    def _tone(self) -> tuple[str, Change]:
        tone = self.chance.choice(TONES)
        opener, closer = self._phrase(f"{tone}: opener"), self._phrase(f"{tone}: closer")
        if tone == "sorry" or self.chance.random() < 0.2:
            closer = ""
        return self._phrase(f"{tone}: order"), lambda reply: replace(
            reply, opener=reply.opener or opener, closer=reply.closer or closer
        )

    def _capitals(self) -> tuple[str, Change]:
        return self._order("capitals"), lambda reply: replace(reply, finish=str.upper)

    def _small(self) -> tuple[str, Change]:
        return self._order("small letters"), lambda reply: replace(reply, finish=str.lower)

    def _bullets(self) -> tuple[str, Change]:
        mark = self.chance.choice(("-", "-", "*", "+", "•", ">"))
        return self._order("bullets", mark), lambda reply: replace(
            reply, gap="\n", join=lambda lines: "\n".join(f"{mark} {line}" for line in lines)
        )

    def _numbered(self) -> tuple[str, Change]:
        form = self.chance.choice(("{}. ", "{}) ", "Step {}: ", "({}) "))
        return self._order("numbers", form.format(1).strip()), lambda reply: replace(
            reply, gap="\n", join=lambda lines: "\n".join(form.format(i) + line for i, line in enumerate(lines, 1))
        )

    def _keys(self) -> tuple[str, Change]:
        words = ("answer", "text", "reply", "from", "to", "message", "note", "sender", "body", "shop")
        first, second = self.chance.sample(words, 2)
        said = self.names["s"]
        return f"{self._order('keys', first, second)} The second is {said}.", lambda reply: replace(
            reply, finish=lambda text: json.dumps({first: text, second: said}, ensure_ascii=False)
        )

    def _wrapped(self) -> tuple[str, Change]:
        marks = (("[", "]"), ("(", ")"), ("<<", ">>"), ("**", "**"), ('"', '"'), ("{", "}"), ("~", "~"))
        left, right = self.chance.choice(marks)
        return self._order("wrapped", left, right), lambda reply: replace(
            reply, finish=lambda text: f"{left}{text}{right}"
        )

    def _prefixed(self) -> tuple[str, Change]:
        word = self.names["w"]
        tag = self.chance.choice(("ANSWER", "Reply", self.names["s"], word, self.names["p"], "Note", word.upper()))
        return self._order("prefixed", tag), lambda reply: replace(reply, finish=lambda text: f"{tag}: {text}")

    def _one(self) -> tuple[str, Change]:
        return self._order("one sentence"), lambda reply: replace(reply, sentences=reply.sentences[:1])

    def _so_many(self) -> tuple[str, Change]:
        number = self.chance.randint(2, 4)
        return self._order("so many sentences", _NUMBERS[number - 2]), lambda reply: replace(
            reply, sentences=(*reply.sentences, *reply.spare)[:number]
        )

    def _lines(self) -> tuple[str, Change]:
        return self._order("lines"), lambda reply: replace(reply, gap="\n", join="\n".join)

    def _separated(self) -> tuple[str, Change]:
        mark = self.chance.choice(("|", "/", ";", "~", "--", "=>", "..."))
        return self._order("separated", mark), lambda reply: replace(reply, join=f" {mark} ".join)

    def _word(self) -> tuple[str, Change]:
        word = self.names["w"].lower()
        last = self.chance.choice(self.phrases["word: shape"]).format(word)
        return self._order("word", word), lambda reply: replace(reply, sentences=(*reply.sentences, last))

    def _echo(self) -> tuple[str, Change]:
        return self._order("echo"), lambda reply: replace(reply, opener=f'"{reply.message}"')
