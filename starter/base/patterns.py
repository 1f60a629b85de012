"""Repeating, looking up and going on with a pattern: the plain skills beneath reading from the context."""

from starter.base.chat import written
from starter.base.slots import Slots

_REPEAT = (
    "Repeat: {t}",
    "Say exactly this: {t}",
    "Copy this text.\n{t}",
    "Write this again: {t}",
    "{t}\nSay that once more.",
)
_KINDS = ("word", "item", "money", "town", "first name", "code", "colour", "count", "dish", "person", "phone", "street")
_ASKS = ("{k}?", "What is {k}?", "{k}", "Look up {k}.", "And {k}?", "Which value has {k}?")
_PLACES = (("first", 0), ("last", -1), ("second", 1), ("third", 2))


class Patterns:
    """Writes documents whose continuation stands earlier in them."""

    def __init__(self, slots: Slots) -> None:
        self.slots, self.chance = slots, slots.chance

    def document(self) -> str:
        return self.chance.choice(
            (self._repeat, self._table, self._table, self._place, self._follow, self._swap, self._recite)
        )()

    def _repeat(self) -> str:
        """Say the same again, several times over."""
        turns = []
        order = self.chance.choice(_REPEAT)
        for _ in range(self.chance.randint(1, 3)):
            text = self.slots.sentence_of(self.chance.randint(2, 9))
            turns += [("user", order.format(t=text)), ("assistant", text)]
        return written(turns)

    def _table(self) -> str:
        """Keys and values in some layout, then questions for some of them, in either direction."""
        number = self.chance.randint(2, 9)
        key_kind, value_kind = self.chance.sample(_KINDS, 2)
        keys, values = self.slots.several(key_kind, number), self.slots.several(value_kind, number)
        shape = self.chance.choice(("{} = {}", "{}: {}", "{} -> {}", "{} | {}", "{} has {}", "The {} is {}."))
        gap = self.chance.choice(("\n", "\n", "; ", ", "))
        listed = gap.join(shape.format(key, value) for key, value in zip(keys, values, strict=True))
        pairs = list(zip(keys, values, strict=True))
        if self.chance.random() < 0.3:
            pairs = [(value, key) for key, value in pairs]
        asked = self.chance.sample(pairs, self.chance.randint(1, min(number, 5)))
        ask = self.chance.choice(_ASKS)
        turns = [("system", listed)]
        for key, value in asked:
            turns += [("user", ask.format(k=key)), ("assistant", value)]
        return written(turns)

    def _place(self) -> str:
        """Which word of a list stands at a place."""
        turns = []
        for _ in range(self.chance.randint(1, 4)):
            listed = self.slots.several(self.chance.choice(_KINDS), self.chance.randint(3, 7))
            name, index = self.chance.choice(_PLACES)
            turns += [("user", f"{', '.join(listed)}\nWhich is the {name}?"), ("assistant", listed[index])]
        return written(turns)

    def _follow(self) -> str:
        """A list said twice: what came after each word comes after it again."""
        listed = self.slots.several(self.chance.choice(_KINDS), self.chance.randint(4, 12))
        gap = self.chance.choice((", ", "\n", " ", " / ", "; "))
        return gap.join(gap.join(listed) for _ in range(self.chance.randint(2, 3))) + "\n"

    def _swap(self) -> str:
        """A sentence again with one word put in place of another."""
        words = self.slots.several("item", self.chance.randint(3, 6))
        new = self.slots.value("word")
        old = self.chance.choice(words)
        text = " and ".join(words)
        changed = " and ".join(new if word == old else word for word in words)
        order = self.chance.choice(("Write {n} for {o}.", "Replace {o} by {n}.", "Use {n} and not {o}.")).format(
            n=new, o=old
        )
        return written([("system", order), ("user", text), ("assistant", changed)])

    def _recite(self) -> str:
        """A list told in the first turn, asked back after something else."""
        listed = self.slots.several(self.chance.choice(_KINDS), self.chance.randint(2, 5))
        name, other = self.slots.first_name(), self.slots.first_name()
        told = f"I am {name}. Please note: {', '.join(listed)}."
        turns = [("user", told), ("assistant", f"Noted, {name}."), ("user", f"{other} asks what I told you."),
                 ("assistant", f"{name} told me: {', '.join(listed)}.")]  # fmt: skip
        return written(turns)
