"""Questions that only the passages can answer: the training side of reading from the context."""

import json
import random
from dataclasses import dataclass

from starter.base.chat import written
from starter.base.facts import FactKind, fact_kinds
from starter.base.slots import Slots

_ROLES = (
    "You answer questions from customers.", "You help guests of {s}.", "You write answers for {s}.", "Answer briefly.",
    "You work at {s} and answer messages.", "Answer from the notes.", "You are the assistant of {s}.",
    "Use only what is written here.", "You answer customers of {s}, in the house style.", "Be short and exact.",
)  # fmt: skip
_HEADS = (
    "Facts about {s}:", "What we know:", "Notes:", "Passages:", "Context:", "From our help pages:", "Information on {s}",
    "Use these facts:", "Facts:", "Knowledge base", "Read this first.",
)  # fmt: skip
_MISSING = (
    "If the notes do not say, answer: {m}", 'Say "{m}" when the passages do not tell.', "When you do not know, write {m}",
)  # fmt: skip
_UNKNOWN = (
    "I do not know.", "That is not in my notes.", "I cannot find that.", "Let me ask a colleague.", "No information.",
    "I will find out for you.", "The passages do not say.", "Sorry, I have nothing on that.", "UNKNOWN", "n/a",
)  # fmt: skip
_ONLY_VALUE = (
    "Answer with the value only.", "Give nothing but the answer.", "Answer in as few words as you can.",
    "No full sentences.", "Write only the fact that was asked for.",
)  # fmt: skip
_QUOTE = ("Quote the line that answers.", "Answer with the passage, word for word.", "Copy the sentence that says it.")


@dataclass(frozen=True)
class Fact:
    """One fact: of whom, which kind, its value, and the line that states it."""

    subject: str
    kind: FactKind
    value: str
    line: str


class Reader:
    """Writes conversations whose answers stand in their passages."""

    def __init__(self, slots: Slots, *, kinds: tuple[FactKind, ...] | None = None) -> None:
        self.slots, self.chance = slots, slots.chance
        self.kinds = kinds or fact_kinds("facts.txt")

    def document(self) -> str:
        """One conversation: passages, then one to five questions about them."""
        several = self.chance.random() < 0.3
        subjects = [self.slots.company() for _ in range(self.chance.randint(2, 4) if several else 1)]
        facts = self._facts(subjects)
        asked = self.chance.sample(facts, min(len(facts), self.chance.choice((1, 1, 2, 3, 4, 5))))
        subject = "" if several else subjects[0]
        style = self.chance.choice(("sentence", "sentence", "value", "quote"))
        order, missing = self._missing() if self.chance.random() < 0.35 else ("", "")
        orders = [order, self.chance.choice({"value": _ONLY_VALUE, "quote": _QUOTE}.get(style, ("",)))]
        head = self.chance.choice(_HEADS).format(s=subject or "our shops")
        role = self.chance.choice(_ROLES).format(s=subject or "our shops") if self.chance.random() < 0.8 else ""
        context = f"{head}\n{self._laid_out(facts)}"
        rounds = [(self._question(fact, several), self._answer(fact, style)) for fact in asked]
        if missing:
            absent = self._absent(facts, subjects)
            rounds.insert(self.chance.randint(0, len(rounds)), (self._question(absent, several), missing))
        return written(self._turns(role, context, " ".join(filter(None, orders)), rounds))

    def _turns(self, role: str, context: str, orders: str, rounds: list[tuple[str, str]]) -> list[tuple[str, str]]:
        top = "\n\n".join(filter(None, (f"{role} {orders}".strip(), context)))
        if self.chance.random() < 0.75:
            turns = [("system", top)]
        else:  # all in the first question
            turns, rounds = [], [(f"{top}\n\n{rounds[0][0]}", rounds[0][1]), *rounds[1:]]
        for question, answer in rounds:
            turns += [("user", question), ("assistant", answer)]
        return turns

    def _facts(self, subjects: list[str]) -> list[Fact]:
        kinds = self.chance.sample(self.kinds, self.chance.randint(1, 4 if len(subjects) > 1 else 9))
        facts = [self._fact(subject, kind, len(subjects) > 1) for subject in subjects for kind in kinds]
        self.chance.shuffle(facts)
        return facts[:12]

    def _fact(self, subject: str, kind: FactKind, several: bool) -> Fact:
        value = self.slots.value(kind.slot)
        line = self.chance.choice(kind.statements).format(s=subject, v=value)
        if several and subject not in line:
            line = self.chance.choice((f"{subject}: {line}", f"{line} ({subject})"))
        return Fact(subject, kind, value, line)

    def _absent(self, facts: list[Fact], subjects: list[str]) -> Fact:
        """A fact that no passage states."""
        there = {fact.kind.name for fact in facts}
        kind = self.chance.choice([kind for kind in self.kinds if kind.name not in there])
        return self._fact(self.chance.choice(subjects), kind, False)

    def _missing(self) -> tuple[str, str]:
        phrase = self.chance.choice(_UNKNOWN)
        return self.chance.choice(_MISSING).format(m=phrase), phrase

    def _question(self, fact: Fact, several: bool) -> str:
        question = self.chance.choice(fact.kind.questions).format(s=fact.subject)
        if several and fact.subject not in question:
            question = self.chance.choice(("{s}: {q}", "{q} I mean {s}.", "About {s}. {q}")).format(
                s=fact.subject, q=question
            )
        return question

    def _answer(self, fact: Fact, style: str) -> str:
        if style == "value":
            return fact.value
        if style == "quote":
            return fact.line
        return self.chance.choice(fact.kind.answers).format(s=fact.subject, v=fact.value)

    def _laid_out(self, facts: list[Fact]) -> str:
        lines = [fact.line for fact in facts]
        shape = self.chance.choice(("dash", "dash", "titled", "titled", "number", "plain", "table", "json", "marked"))
        if shape == "plain":
            return " ".join(lines)
        if shape == "json":
            return json.dumps([{"about": f"{fact.kind.name}, {fact.subject}", "text": fact.line} for fact in facts])
        forms = {
            "dash": lambda i, f: f"- {f.line}", "titled": lambda i, f: f"- {f.kind.name.capitalize()}: {f.line}",
            "number": lambda i, f: f"{i}. {f.line}", "table": lambda i, f: f"{f.kind.name} | {f.subject} | {f.value}",
            "marked": lambda i, f: f"[{i}] {f.line}",
        }  # fmt: skip
        return "\n".join(forms[shape](index, fact) for index, fact in enumerate(facts, 1))


def reader(seed: int) -> Reader:
    return Reader(Slots(random.Random(seed), held_out=False))
