"""Orders about tone and form in the system turn, and replies that obey them: the training side of following orders.

Each order changes a list of plain sentences, or what stands before and after them, in a way that shows at once.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from starter.base.chat import written
from starter.base.slots import Slots
from starter.base.talk import exchange, topics

_ROLES = (
    "You write for {s}.", "You answer customers of {s}.", "You are {p} from {s}.", "You help people who write to {s}.",
    "Answer the message.", "You are a helpful assistant.", "You work in the service team of {s}.", "", "",
)  # fmt: skip
_OPENERS = ("Hello {n},", "Hi {n},", "Dear {n},", "Good day {n},", "{n},", "Hey {n}!", "Ahoy!", "Welcome to {s}.", "Greetings,",
            "Thanks for writing.", "Good to hear from you.", "Well, {n}.", "{w}!", "Hello from {s}.")  # fmt: skip
_CLOSERS = ("Best wishes, {p}", "Yours, {p}", "Kind regards, {p}", "See you, {p}", "{p}, {s}", "Your team at {s}", "Cheers, {p}",
            "All the best", "Take care.", "Is there anything else?", "Thank you, {s}", "{w}.", "Have a good day.", "- {p}")  # fmt: skip
_TONES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    # tone: how it is ordered, what it opens with, what it closes with
    "formal": (("Be formal.", "Use a formal tone.", "Write formally and politely."),
               ("Dear Sir or Madam,", "We thank you for your message.", "Dear customer,"),
               ("Yours sincerely", "We remain at your service.", "With kind regards")),
    "casual": (("Be casual.", "Write like a friend.", "Keep it relaxed."),
               ("Hey there!", "Hiya,", "No worries!"), ("Cheers!", "Talk soon!", "See ya!")),
    "cheerful": (("Be cheerful.", "Sound happy.", "Use a bright tone with exclamation marks."),
                 ("Hooray!", "How lovely!", "Wonderful!"), ("Have a fantastic day!", "Yay!", "We are so happy to help!")),
    "sorry": (("Apologise first.", "Begin with an apology.", "Show that you are sorry."),
              ("We are very sorry.", "I am so sorry about this.", "Please accept our apology."), ("", "", "Sorry once more.")),
    "pirate": (("Talk like a pirate.", "Use the voice of a pirate.", "Write as a pirate would."),
               ("Arr, matey!", "Avast!", "Shiver me timbers!"), ("Arr!", "Fair winds to ye!", "Yo ho!")),
}  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """A reply while orders shape it; `spare` sentences are there for an order that wants more."""

    sentences: tuple[str, ...]
    spare: tuple[str, ...] = ()
    opener: str = ""
    closer: str = ""
    join: Callable[[tuple[str, ...]], str] = field(default=" ".join)
    finish: Callable[[str], str] = field(default=str)
    gap: str = " "

    def text(self) -> str:
        return self.finish(self.gap.join(filter(None, (self.opener, self.join(self.sentences), self.closer))))


class Orderly:
    """Writes conversations in which the system turn says how to answer, and the answers obey."""

    def __init__(self, slots: Slots, *, file: str = "talk.txt") -> None:
        self.slots, self.chance, self.topics = slots, slots.chance, topics(file)
        self._edges = (self._opener, self._closer, self._tone)
        self._shapes = (self._capitals, self._small, self._bullets, self._numbers, self._keys, self._wrapped, self._prefixed,
                        self._one, self._count, self._lines, self._separated, self._words, self._echo)  # fmt: skip

    def document(self) -> str:
        """One conversation of one to three rounds under one to three orders."""
        names = {"s": self.slots.company(), "p": self.slots.first_name(), "n": self.slots.first_name(),
                 "w": self.slots.made_up().capitalize()}  # fmt: skip
        steps = [self.chance.choice(self._shapes)] if self.chance.random() < 0.65 else []
        steps += self.chance.sample(self._edges, self.chance.randint(0 if steps else 1, 2))
        made = [step(names) for step in steps]
        orders = [order for order, _ in made]
        self.chance.shuffle(orders)
        role = self.chance.choice(_ROLES).format(**names)
        told = self.chance.choice((" ", " ", "\n", "\n- ")).join(filter(None, (role, *orders)))
        rounds = [self._round([change for _, change in made]) for _ in range(self.chance.choice((1, 1, 2, 3)))]
        if self.chance.random() < 0.8:
            return written([("system", told), *(turn for pair in rounds for turn in pair)])
        (_, question), answer = rounds[0]
        return written([("user", f"{told}\n\n{question}"), answer])

    def _round(self, changes: list[Callable[[Reply], Reply]]) -> list[tuple[str, str]]:
        message, sentences = exchange(self.slots, self.chance.choice(self.topics), sentences=5)
        length = self.chance.randint(1, 4)
        reply = Reply(tuple(sentences[:length]), tuple(sentences[length:]))
        self._message = message
        for change in changes:
            reply = change(reply)
        return [("user", message), ("assistant", reply.text())]

    def _opener(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        opener = self.chance.choice(_OPENERS).format(**names)
        order = self.chance.choice(('Start with "{}".', "Begin every answer with: {}", "Greet with {}", "The first words are {}",
                                    'Open with "{}"', "Always start like this: {}")).format(opener)  # fmt: skip
        return order, lambda reply: replace(reply, opener=opener)

    def _closer(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        closer = self.chance.choice(_CLOSERS).format(**names)
        order = self.chance.choice(('End with "{}".', "Close with: {}", "Sign off with {}", "The last words are {}",
                                    'Finish with "{}"', "Always end like this: {}")).format(closer)  # fmt: skip
        return order, lambda reply: replace(reply, closer=closer)

    def _tone(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        orders, openers, closers = _TONES[self.chance.choice(list(_TONES))]
        opener, closer = self.chance.choice(openers), self.chance.choice(closers)
        return self.chance.choice(orders), lambda reply: replace(
            reply, opener=reply.opener or opener, closer=reply.closer or closer
        )

    def _capitals(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        order = self.chance.choice(
            ("Write in capital letters.", "USE CAPITALS ONLY.", "All letters are capitals.", "Shout.")
        )
        return order, lambda reply: replace(reply, finish=str.upper)

    def _small(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        order = self.chance.choice(
            ("Write in small letters.", "no capitals please.", "Only use lower case.", "Never use capitals.")
        )
        return order, lambda reply: replace(reply, finish=str.lower)

    def _bullets(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        mark = self.chance.choice(("-", "-", "*", "+", "•", ">"))
        order = self.chance.choice(("Answer with a list, each line with {}", "Use bullet points ({}).", "List the points with {}",
                                    "Put {} before each sentence, one a line.")).format(mark)  # fmt: skip
        return order, lambda reply: replace(reply, gap="\n", join=lambda s: "\n".join(f"{mark} {line}" for line in s))

    def _numbers(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        form = self.chance.choice(("{}. ", "{}) ", "Step {}: ", "({}) "))
        order = self.chance.choice(
            ("Number the sentences like this: {}", "Answer in numbered lines: {}", "Count the lines: {}")
        )
        return order.format(form.format(1).strip()), lambda reply: replace(
            reply, gap="\n", join=lambda s: "\n".join(form.format(i) + line for i, line in enumerate(s, 1))
        )

    def _keys(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        keys = self.chance.sample(
            ("answer", "text", "reply", "from", "to", "message", "note", "sender", "body", "shop"), 2
        )
        order = self.chance.choice(
            ('Answer in JSON with the keys "{}" and "{}".', "Return JSON: {}, {}", "JSON only, keys {} and {}.")
        )
        said = names["s"]
        return f"{order.format(*keys)} The second is {said}.", lambda reply: replace(
            reply, finish=lambda text: json.dumps({keys[0]: text, keys[1]: said}, ensure_ascii=False)
        )

    def _wrapped(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        left, right = self.chance.choice(
            (("[", "]"), ("(", ")"), ("<<", ">>"), ("**", "**"), ('"', '"'), ("{", "}"), ("~", "~"))
        )
        order = self.chance.choice(
            ("Put the answer between {} and {}", "Write {} before and {} after it.", "Wrap the text in {} {}")
        )
        return order.format(left, right), lambda reply: replace(reply, finish=lambda text: f"{left}{text}{right}")

    def _prefixed(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        tag = self.chance.choice(("ANSWER", "Reply", names["s"], names["w"], names["p"], "Note", names["w"].upper()))
        order = self.chance.choice(
            ("Write {}: before the answer.", 'Put the tag "{}:" in front.', "The answer has the form {}: text")
        )
        return order.format(tag), lambda reply: replace(reply, finish=lambda text: f"{tag}: {text}")

    def _one(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        order = self.chance.choice(
            ("Answer in one sentence.", "One sentence only.", "Do not write more than a sentence.")
        )
        return order, lambda reply: replace(reply, sentences=reply.sentences[:1])

    def _count(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        number = self.chance.randint(2, 4)
        word = ("two", "three", "four")[number - 2]
        order = self.chance.choice(("Answer in {} sentences.", "Write {} sentences.", "Exactly {} sentences.")).format(
            word
        )
        return order, lambda reply: replace(reply, sentences=(*reply.sentences, *reply.spare)[:number])

    def _lines(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        order = self.chance.choice(
            ("Each sentence on its own line.", "Start a new line after every sentence.", "One line a sentence.")
        )
        return order, lambda reply: replace(reply, gap="\n", join="\n".join)

    def _separated(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        mark = self.chance.choice(("|", "/", ";", "~", "--", "=>", "..."))
        order = self.chance.choice(
            ("Put {} between the sentences.", "Separate sentences with {}", "Between two sentences write {}")
        )
        return order.format(mark), lambda reply: replace(reply, join=f" {mark} ".join)

    def _words(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        word = names["w"].lower()
        order = self.chance.choice(
            ('Use the word "{}".', "Say {} in the answer.", "Do not forget the word {}.")
        ).format(word)
        shape = self.chance.choice(("This is {}.", "Remember: {}.", "We call it {}.", "The word is {}."))
        return order, lambda reply: replace(reply, sentences=(*reply.sentences, shape.format(word)))

    def _echo(self, names: dict[str, str]) -> tuple[str, Callable[[Reply], Reply]]:
        order = self.chance.choice(
            ("Repeat the message first.", "Begin by quoting the customer.", "Say the question again, then answer.")
        )
        return order, lambda reply: replace(reply, opener=f'"{self._message}"')
