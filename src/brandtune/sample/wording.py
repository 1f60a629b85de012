"""Turns a situation into texts: fits lengths, keeps replies distinct, adds the mess of real e-mail."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .facts import SLOTS
from .grammar import Grammar, agree
from .language import account, delivery, followups, frame, gear, offbrand, orders, returns

if TYPE_CHECKING:
    from .tickets import Turn

_TOPICS = (frame, returns, delivery, gear, orders, account, followups)
_WORD = re.compile(r"\b[\w'-]+\b")
_SENTENCE = re.compile(r"(?<=[.?])\s+|\n+")
# One-word changes that keep a copied text true to the house rules.
_EDITS = (
    ("parcel", "package"), ("takes", "needs"), ("annoying", "tiring"),
    ("reply with", "answer with"), ("fresh", "new"), ("a letdown", "a pity"),
)  # fmt: skip


class Wording:
    """The voices of the support desk: customers, the house, and the agents who go their own way."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.customers = Grammar(*(topic.MESSAGES for topic in _TOPICS))
        self.house = Grammar(*(topic.REPLIES for topic in _TOPICS))
        self.others = Grammar(offbrand.REPLIES)
        self._seen: set[str] = set()

    def message(self, record: dict[str, Any]) -> str:
        """Returns the customer's opening message, and settles in `record` the trip it mentions."""
        wants_trip = record.pop("wants_trip", False)
        record["trip"] = self.customers.phrase("trip", record=record, rng=self.rng) if wants_trip else ""
        record["your_trip"] = "your " + re.sub(r"^(?:a|my|our) ", "", record["trip"])
        text = self._fitting(lambda: self._customer("message", record), lambda text: 18 <= len(text.split()) <= 90)
        return self._mess_up(text, record)

    def subject(self, record: dict[str, Any]) -> str:
        text = self._customer("{intent}.subject", record)
        return (
            text.lower().replace("lk-", "LK-")
            if record["reg"] in ("casual", "terse") and self.rng.random() < 0.6
            else text
        )

    def reply(self, record: dict[str, Any]) -> str:
        """Returns a reply in the house voice that nobody got before."""
        return self._house("reply", record)

    def topics(self, record: dict[str, Any], count: int) -> list[str]:
        """Returns what the customer comes back about, fitting the case."""
        options = followups.TOPICS.get(f"{record['intent']}.{record['case']}") or followups.TOPICS[record["intent"]]
        return self.rng.sample(options, min(count, len(options)))

    def more_message(self, record: dict[str, Any], topic: str) -> str:
        return self._mess_up(self._customer("more.message", record | {"topic": topic}), record)

    def more_reply(self, record: dict[str, Any], topic: str) -> str:
        return self._house("more.reply", record | {"topic": topic})

    def thanks(self, record: dict[str, Any]) -> str:
        return self._mess_up(self._customer("thanks", record), record)

    def note(self, record: dict[str, Any]) -> str:
        return self._customer("note", record)

    def off_brand(self, style: str, record: dict[str, Any]) -> str:
        return self.others.write(style, record=record, rng=self.rng)

    def copy(self, text: str, source: dict[str, Any], target: dict[str, Any], *, edit: bool = False) -> str:
        """Returns `text` as if it were about `target`: other name and order number, at most one changed word."""
        for key in ("full", "first", "last", "order"):
            text = re.sub(rf"(?<!\w){re.escape(source[key])}(?!\w)", target[key], text)
            text = re.sub(rf"(?<!\w){re.escape(source[key].lower())}(?!\w)", target[key].lower(), text)
        options = [pair for pair in _EDITS if re.search(rf"\b{pair[0]}\b", text)]
        if edit and options and self.rng.random() < 0.7:
            old, new = self.rng.choice(options)
            text = re.sub(rf"\b{old}\b", new, text, count=1)
        return text

    def dress(self, turns: list[Turn]) -> None:
        """Adds HTML bodies, quoted mail and phone signatures to a share of the customer's comments."""
        for n, turn in enumerate(turns):
            if turn.author != "customer":
                if turn.public and self.rng.random() < 0.4:
                    turn.html = _html(turn.body)
                continue
            if self.rng.random() < 0.12:
                turn.body += "\n\n" + self.customers.write("phone.sign", record={}, rng=self.rng)
            answered = [earlier for earlier in turns[:n] if earlier.author == "agent" and earlier.public]
            if answered and self.rng.random() < 0.45:
                turn.body += "\n\n" + _quoted(answered[-1])
            if self.rng.random() < 0.35:
                turn.html = _html(turn.body)

    def _customer(self, symbol: str, record: dict[str, Any]) -> str:
        return agree(self.customers.write(symbol, record=record, rng=self.rng), record)

    def _house(self, symbol: str, record: dict[str, Any]) -> str:
        slots = record | SLOTS

        def draw() -> str:
            return agree(self.house.write(symbol, record=slots, rng=self.rng), record)

        text = self._fitting(draw, lambda text: in_house_shape(text) and self._fresh(text, record))
        self._seen.add(_bare(text, record))
        return text

    def _fresh(self, text: str, record: dict[str, Any]) -> bool:
        return _bare(text, record) not in self._seen

    def _fitting(self, draw: Callable[[], str], fits: Callable[[str], bool]) -> str:
        text = draw()
        for _ in range(60):
            if fits(text):
                break
            text = draw()
        return text

    def _mess_up(self, text: str, record: dict[str, Any]) -> str:
        register, rng = record["reg"], self.rng
        if rng.random() < (0.3 if register in ("casual", "terse") else 0.08):
            text = _typos(text, rng)
        if register in ("casual", "terse") and rng.random() < 0.55:
            text = text.lower().replace("lk-", "LK-")
        if register == "upset" and rng.random() < 0.3:
            text = re.sub(r"\.(?=\s|$)", "!", text, count=2)
        if register in ("casual", "chatty") and rng.random() < 0.12:
            text += " " + rng.choice("🙂😅🙏🏕🥾😬")
        return text


def in_house_shape(text: str) -> bool:
    """Returns whether a reply keeps the house's lengths: 45 to 95 words, sentences of at most 20."""
    sentences = _SENTENCE.split(text)
    return 45 <= len(_WORD.findall(text)) <= 95 and all(len(_WORD.findall(one)) <= 20 for one in sentences)


def _bare(text: str, record: dict[str, Any]) -> str:
    """Returns the text without what differs from customer to customer."""
    for key in ("product", "first", "town", "scan_city", "your_trip", "address"):
        text = text.replace(str(record[key]), "_") if record.get(key) else text
    return re.sub(r"\d+", "0", text)


def _typos(text: str, rng: random.Random) -> str:
    words = list(re.finditer(r"(?<![\w@.-])[a-z]{5,}(?![\w@.-])", text))
    for found in sorted(rng.sample(words, min(2, len(words))), key=lambda m: -m.start()):
        at = found.start() + rng.randrange(1, len(found[0]) - 2)
        swapped = rng.choice((text[at + 1] + text[at], text[at], text[at] + text[at] + text[at + 1]))
        text = text[:at] + swapped + text[at + 2 :]
    return text


def _html(body: str) -> str:
    escaped = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in escaped.split("\n\n"))


def _quoted(turn: Turn) -> str:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    at = turn.at
    when = f"{days[at.weekday()]}, {at.day} {months[at.month - 1]} {at.year} at {at:%H:%M}"
    lines = "\n".join(f"> {line}".rstrip() for line in turn.body.splitlines())
    return f"On {when}, Larkspur Trail Desk <help@larkspur.example> wrote:\n{lines}"
