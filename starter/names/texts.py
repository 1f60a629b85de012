"""Labelled texts: templates with their slots filled, ordinary sentences, and ordinary sentences with a name put in.

    python -m starter.names.texts OUT.jsonl --count 100000 --ordinary ordinary.txt [--held-out] [--seed 1]

A line is {"text": …, "spans": [[start, end, tag], …]}.
"""

import argparse
import json
import random
import re
from pathlib import Path

from starter.names.grammar import Grammar
from starter.names.slots import WORD_LOCALES, Piece, Slots
from starter.names.wordlists import SECOND_PARTS

HERE = Path(__file__).parent
_SLOT = re.compile(r"\{([a-z]+)\}")
_PRONOUNS: dict[str, str] = {
    "he": "{first}", "she": "{first}", "him": "{first}", "his": "{first}'s", "they": "{first} and {first}",
    "them": "{person}", "we": "{first} and I", "someone": "{person}", "somebody": "{person}", "everyone": "{first}",
}  # fmt: skip
_NOUNS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"\b(?:the|a|my|this|your) (?:manager|teacher|doctor|man|woman|girl|boy|customer|driver|owner|person)\b"),
     ("{person}", "{title} {last}", "{first}")),
    (re.compile(r"\b(?:the|a|my|this|your) (?:company|bank|hotel|store|shop|restaurant|airline|hospital|school|team|game"
                r"|website|app)\b"), ("{org}",)),
    (re.compile(r"\b(?:the|a|this) (?:city|town|country|area|place|region|world)\b"), ("{city}", "{country}")),
    (re.compile(r"\bmy friends?\b"), ("{first}", "my friend {first}", "{person}")),
    (re.compile(r"\b(?:there|here)(?=[.!?])"), ("in {city}", "at {street}", "to {address}", "at {org}")),
)  # fmt: skip
_OPENINGS = ("{first}, ", "Hi {first}, ", "Dear {title} {last}, ", "Hello {person}! ", "{person}: ", "Thanks {first}. ",
             "On {date}, ", "At {org}, ", "In {city}, ")  # fmt: skip
_CLOSINGS = (
    " Thanks, {first}", "\n\nRegards,\n{person}", " - {first}", "\n{first}\n{phone}", ", {first}?", " ({person})",
    "\n\nBest wishes\n{first} {last}\n{org}", "\n\n{start} and {noun},\n{first} 🎉", " 🎉\n\nBig {noun}s,\n{first} 😀",
    "\n\n{start} {noun}s,\n{first}", "\nYours,\n{person}\nCustomer Care Department", "\n{exclamation}, {first} 👍",
    " {first}", " My number is {phone}.", " Yours, {title} {last}",
)  # fmt: skip


def templates(name: str) -> list[str]:
    """The lines of one template file, comments left out."""
    lines = (HERE / "templates" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line and not line.startswith("#")]


_NOBODY = (
    "{start} {noun}, {noun} and {noun}", "{start} {noun}s are {color}.", "{start} or {noun}?", "{start} is {color}.",
    "{exclamation}, that worked.", "{exclamation}! ", "{exclamation}, ", "{exclamation} hi {first}!!!", "{exclamation}\n",
    "{exclamation},\n{first}", "{exclamation}, {first}", "You can change it under {start} or {start}.", "{start}: {num}",
    "Click {start}, then {start}.", "{start} cost nothing.", "{exclamation}, see you in {city}.", "{start} {noun} {num}",
    "{exclamation} {exclamation}", "Is the {noun} for the {noun} here?", "We hiked around {city} for {num} days.",
    "My {noun} left {city} last night.", "{exclamation}, which {noun} goes with the {noun}?", "Go to {start} > {start}.",
    "{start} The {noun} is too {noun}.", "- {start}\n- {start} {noun}\n- {start}", "{start} {start} {num} - {color}",
    "{exclamation}, thanks a MILLION for the {noun}!", "{start} smells of {noun}.", "The {start} {start} in {color}",
)  # fmt: skip


class Writer:
    """Writes one labelled text after another."""

    def __init__(self, *, seed: int, held_out: bool, ordinary: list[str]) -> None:
        self.chance, self.held_out = random.Random(seed), held_out
        self.slots = Slots(seed=seed, held_out=held_out)
        self.templates = templates("dev" if held_out else "train")
        self.other_languages = templates("other_languages")
        self.ordinary = ordinary
        self.vocabulary = sorted(
            {word for line in ordinary for word in line.split() if word.isalpha() and word.islower()}
        )
        self.grammar = Grammar(self.chance)

    def text(self) -> tuple[str, list[tuple[int, int, str]]]:
        """A text and its labelled spans."""
        pieces = self._letters_changed(self._noise(self._pieces()))
        parts, spans, at = [], [], 0
        for text, tag in pieces:
            if tag != "O" and text:
                spans.append((at, at + len(text), tag))
            parts.append(text)
            at += len(text)
        return "".join(parts), spans

    def _pieces(self) -> list[Piece]:
        """The held-out text is templates and ordinary sentences only: nothing that the grammar below made."""
        draw = self.chance.random()
        if self.held_out:
            draw *= 0.5
        if draw < 0.06 and not self.held_out:
            return self._filled(self._foreign())
        if draw < 0.22:
            return self._filled(self._shaken(self.chance.choice(self.templates)))
        if draw < 0.30:
            some = self.chance.randint(2, 4)
            gap = self.chance.choice((" ", "\n", "\n\n"))
            return self._filled(gap.join(self.chance.choice(self.templates) for _ in range(some)))
        if draw < 0.36:
            return self._filled(f"{self._sentence()} {self.chance.choice(self.templates)} {self._sentence()}")
        if draw < 0.41:
            return self._filled(self._sentence())
        if draw < 0.50:
            return self._filled(self._with_name(self._sentence()))
        if draw < 0.53:
            return self._filled(self._decorated())
        if draw < 0.56:
            more = self.chance.choice(("", " " + self._sentence(), " " + self._with_name(self._sentence())))
            return self._filled(self.chance.choice(_NOBODY) + more)
        if draw < 0.60:
            return self._filled(self._anywhere(self._sentence()))
        if draw < 0.70:
            return self._filled(self.grammar.form())
        some = self.chance.choice((1, 1, 1, 2, 3))
        made = [self._shaken(self.grammar.sentence()) for _ in range(some)]
        made += [self._sentence()] if self.chance.random() < 0.2 else []
        return self._filled(self.chance.choice((" ", " ", "\n")).join(made))

    def _shaken(self, template: str) -> str:
        """Now and then a small word becomes another one, so that no wording is learnt by heart."""
        if self.held_out or self.chance.random() < 0.6:
            return template
        words = template.split(" ")
        return " ".join(
            self.chance.choice(self.vocabulary)
            if word.isalpha() and word.islower() and self.chance.random() < 0.2
            else word
            for word in words
        )

    def _anywhere(self, sentence: str) -> str:
        """A name where grammar does not ask for one: it must be known by its looks."""
        words = sentence.split(" ")
        slot = self.chance.choice(("{person}", "{person}", "{first}", "{org}", "{city}", "{address}", "{nrp}", "{date}",
                                   "{phone}", "{email}", "{title} {last}", "{country}", "{last}", "{licence}"))  # fmt: skip
        words.insert(self.chance.randint(0, len(words)), slot)
        return " ".join(words)

    def _foreign(self) -> str:
        """Words of another language in no order, now and then with a name; or a line of shop talk."""
        if self.chance.random() < 0.35:
            return self.chance.choice(self.other_languages)
        words = self.slots.words_of(self.chance.choice(WORD_LOCALES), self.chance.randint(3, 14))
        words[0] = words[0].capitalize()
        if self.chance.random() < 0.4:
            slot = self.chance.choice(("{first}", "{person}", "{person}", "{city}", "{date}", "{address}", "{phone}"))
            words.insert(self.chance.randint(0, len(words)), slot)
        return " ".join(words) + self.chance.choice((".", ".", "?", "!", ""))

    def _sentence(self) -> str:
        return self.chance.choice(self.ordinary)

    def _decorated(self) -> str:
        """Ordinary words in title case, and made-up product names, which are nobody."""
        words = self._sentence().rstrip(".!?").split()
        start = self.chance.randrange(max(1, len(words) - 3))
        some = words[start : start + self.chance.randint(2, 5)]
        title = " ".join(word.capitalize() for word in some)
        line = f"{title} {self.chance.choice((*SECOND_PARTS, '', '', '2', 'XL'))}".strip()
        around = ("{}\n{more}", "I bought the {}. {more}", "{}", "{more} Is the {} still here?", "{}: {more}")
        return self.chance.choice(around).format(line, more=self._sentence())

    def _with_name(self, sentence: str) -> str:
        words = sentence.split(" ")
        slots = [i for i, word in enumerate(words) if word.strip(".,!?").lower() in _PRONOUNS]
        if slots and self.chance.random() < 0.6:
            at = self.chance.choice(slots)
            bare = words[at].strip(".,!?")
            words[at] = words[at].replace(bare, _PRONOUNS[bare.lower()])
            return " ".join(words)
        for pattern, fillings in self.chance.sample(_NOUNS, len(_NOUNS)):
            if pattern.search(sentence):
                return pattern.sub(self.chance.choice(fillings), sentence, count=1)
        if self.chance.random() < 0.5:
            return self.chance.choice(_OPENINGS) + sentence[0].lower() + sentence[1:]
        ending = self.chance.choice(_CLOSINGS)
        return (sentence[:-1] if ending[0] == "," else sentence) + ending

    def _filled(self, template: str) -> list[Piece]:
        pieces: list[Piece] = []
        at = 0
        for match in _SLOT.finditer(template):
            pieces.append((template[at : match.start()], "O"))
            pieces += self.slots.fill(match[1])
            at = match.end()
        return [*pieces, (template[at:], "O")]

    def _noise(self, pieces: list[Piece]) -> list[Piece]:
        """Punctuation lost, spaces doubled: what people type in a hurry."""
        draw = self.chance.random()
        if draw < 0.06:
            return [(re.sub(r"[,.!?]", "", text) if tag == "O" else text, tag) for text, tag in pieces]
        if draw < 0.13:
            return [(self._mistyped(text) if tag == "O" else text, tag) for text, tag in pieces]
        if draw < 0.15:
            return [(text.replace(" ", "  ") if tag == "O" else text, tag) for text, tag in pieces]
        return pieces

    def _mistyped(self, text: str) -> str:
        """Some letters swapped or lost."""
        letters = list(text)
        for index in range(1, len(letters) - 1):
            if letters[index].isalpha() and letters[index + 1].isalpha() and self.chance.random() < 0.06:
                swap = self.chance.random() < 0.5
                letters[index], letters[index + 1] = (
                    (letters[index + 1], letters[index]) if swap else ("", letters[index])
                )
        return "".join(letters)

    def _letters_changed(self, pieces: list[Piece]) -> list[Piece]:
        draw = self.chance.random()
        change = None
        if draw < 0.10:
            change = str.lower
        elif draw < 0.15:
            change = str.upper
        elif draw < 0.17:
            change = str.title
        if not change:
            return pieces
        return [(change(text) if tag != "ONLINE" else text, tag) for text, tag in pieces]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--ordinary", type=Path, required=True)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    sentences = arguments.ordinary.read_text(encoding="utf-8").splitlines()
    random.Random(0).shuffle(sentences)
    cut = len(sentences) // 20
    chosen = sentences[:cut] if arguments.held_out else sentences[cut:]
    writer = Writer(seed=arguments.seed, held_out=arguments.held_out, ordinary=chosen)
    with arguments.out.open("w", encoding="utf-8") as out:
        for _ in range(arguments.count):
            text, spans = writer.text()
            out.write(json.dumps({"text": text, "spans": spans}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
