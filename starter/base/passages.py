"""Questions that only the passages can answer: the training side of reading from the context."""

import json
from dataclasses import dataclass

from starter.base.chat import written
from starter.base.facts import FactKind, fact_kinds
from starter.base.phrases import phrases
from starter.base.slots import Slots


@dataclass(frozen=True)
class Fact:
    """One fact: of whom, which kind, its value, and the line that states it."""

    subject: str
    kind: FactKind
    value: str
    line: str


class Reader:
    """Writes conversations whose answers stand in their passages."""

    def __init__(self, slots: Slots) -> None:
        self.slots, self.chance = slots, slots.chance
        self.kinds, self.phrases = fact_kinds("facts.txt"), phrases("passages.txt")

    def document(self) -> str:
        """One conversation: passages, then one to five questions about them."""
        several = self.chance.random() < 0.3
        subjects = [self.slots.company() for _ in range(self.chance.randint(2, 4) if several else 1)]
        facts = self.facts(subjects)
        asked = self.chance.sample(facts, min(len(facts), self.chance.choice((1, 1, 2, 3, 4, 5))))
        subject = "" if several else subjects[0]
        style = self.chance.choice(("sentence", "sentence", "value", "quote"))
        order, missing = self._missing() if self.chance.random() < 0.35 else ("", "")
        orders = [order, self._phrase({"value": "value only", "quote": "quote"}[style]) if style != "sentence" else ""]
        head = self._phrase("heads").format(s=subject or "our shops")
        role = self._phrase("roles").format(s=subject or "our shops") if self.chance.random() < 0.8 else ""
        context = f"{head}\n{self.laid_out(facts)}"
        rounds = [(self.question(fact, several), self._answer(fact, style)) for fact in asked]
        if missing:
            absent = self._absent(facts, subjects)
            rounds.insert(self.chance.randint(0, len(rounds)), (self.question(absent, several), missing))
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

    def facts(self, subjects: list[str]) -> list[Fact]:
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
        phrase = self._phrase("unknown")
        return self._phrase("missing").format(m=phrase), phrase

    def question(self, fact: Fact, several: bool) -> str:
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

    def laid_out(self, facts: list[Fact]) -> str:
        shape = self.chance.choice(("dash", "dash", "titled", "titled", "number", "marked", "table", "plain", "json"))
        if shape == "plain":
            return " ".join(fact.line for fact in facts)
        if shape == "json":
            return json.dumps(
                [{"about": f"{fact.kind.name}, {fact.subject}", "text": fact.line} for fact in facts],
                ensure_ascii=False,
            )
        return "\n".join(_line(shape, index, fact) for index, fact in enumerate(facts, 1))

    def _phrase(self, name: str) -> str:
        return self.chance.choice(self.phrases[name])


def _line(shape: str, index: int, fact: Fact) -> str:
    title = fact.kind.name.capitalize()
    forms = {
        "dash": f"- {fact.line}", "titled": f"- {title}: {fact.line}", "number": f"{index}. {fact.line}",
        "marked": f"[{index}] {fact.line}", "table": f"{fact.kind.name} | {fact.subject} | {fact.value}",
    }  # fmt: skip
    return forms[shape]
