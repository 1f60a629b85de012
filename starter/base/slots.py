"""Values for the slots of templates: names, prices, times, codes. One side of them is the probes' own."""

import random
from collections.abc import Callable, Sequence

from starter.base import words
from starter.base.reserved import is_reserved, ours


class Slots:
    """Draws values for training text, or, with `held_out`, values that training text never holds."""

    def __init__(self, chance: random.Random, *, held_out: bool) -> None:
        self.chance, self.held_out = chance, held_out
        self._lists: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._kinds: dict[str, Callable[[], str]] = {
            "clock": self._clock,
            "days": lambda: self._count_of("days", 2, 90), "hours": lambda: self._count_of("hours", 2, 96),
            "years": lambda: self._count_of("years", 2, 40), "weeks": lambda: self._count_of("weeks", 2, 30),
            "money": self._money, "code": self._code, "phone": self._phone, "email": self._email, "street": self._street,
            "town": lambda: self.among(words.TOWNS), "person": self._person, "first name": self.first_name,
            "year": lambda: str(self.chance.randint(1850, 2024)), "material": lambda: self.among(words.MATERIALS),
            "colour": lambda: self.among(words.COLOURS), "weight": self._weight,
            "count": lambda: str(self.chance.randint(3, 480)), "weekday": lambda: self.chance.choice(words.WEEKDAYS),
            "date": self._date, "place code": self._place_code, "dish": lambda: self.among(words.DISHES),
            "payment": lambda: self.among(words.PAYMENTS), "maker": self.company, "heat": self._heat,
            "distance": self._distance, "word": self.made_up, "item": self.item,
        }  # fmt: skip

    def value(self, kind: str) -> str:
        """A value of a kind (`clock`, `money`, `person`, ...)."""
        make = self._kinds[kind]
        if kind == "weekday":  # only seven of them, so both sides share them
            return make()
        return next(value for value in iter(make, None) if is_reserved(value) == self.held_out)

    def among(self, values: tuple[str, ...]) -> str:
        """One of a list's values that this side may use."""
        if values not in self._lists:
            self._lists[values] = ours(values, held_out=self.held_out)
        return self.chance.choice(self._lists[values])

    def made_up(self) -> str:
        """A word that is no word, in small letters."""
        while True:
            word = "".join(self._syllable() for _ in range(self.chance.choice((1, 2, 2, 2, 3))))
            if 3 <= len(word) <= 10 and is_reserved(word) == self.held_out:
                return word

    def several(self, kind: str, number: int) -> list[str]:
        """Different values of one kind."""
        found: dict[str, None] = {}
        while len(found) < number:
            found.setdefault(self.value(kind))
        return list(found)

    def first_name(self) -> str:
        return self.among(words.FIRST_NAMES) if self.chance.random() < 0.6 else self.made_up().capitalize()

    def company(self) -> str:
        name, kind = self.made_up().capitalize(), self.chance.choice(words.BUSINESSES)
        shape = self.chance.choice(("{n} {k}", "{n} {k}", "{n}", "{n} & {m}", "The {n} {k}", "{k} {n}"))
        return shape.format(n=name, k=kind, m=self.made_up().capitalize())

    def item(self) -> str:
        thing = self.among(words.ITEMS)
        return thing if self.chance.random() < 0.4 else f"{self.among(words.ADJECTIVES)} {thing}"

    def sentence_of(self, number: int) -> str:
        """A run of unrelated words, to be repeated exactly."""
        return " ".join(self.plain_word() for _ in range(number))

    def plain_word(self) -> str:
        pick = self.chance.random()
        if pick < 0.35:
            return self.made_up()
        return self.among(words.ITEMS if pick < 0.6 else words.ADJECTIVES if pick < 0.8 else words.COLOURS)

    def _syllable(self) -> str:
        onset, vowel = self.chance.choice(words.ONSETS), self.chance.choice(words.VOWELS)
        return onset + vowel + (self.chance.choice(words.CODAS) if self.chance.random() < 0.5 else "")

    def _person(self) -> str:
        if self.chance.random() < 0.25:
            return self.first_name()
        return f"{self.first_name()} {self.made_up().capitalize()}"

    def _clock(self) -> str:
        hour, minute = self.chance.randint(0, 23), self.chance.choice((0, 15, 30, 45, self.chance.randint(0, 59)))
        twelve = f"{hour % 12 or 12}"
        noon = "am" if hour < 12 else "pm"
        return self.chance.choice(
            (f"{hour:02d}:{minute:02d}", f"{twelve}:{minute:02d} {noon}", f"{twelve}.{minute:02d} {noon}")
        )

    def _count_of(self, unit: str, low: int, high: int) -> str:
        start = self.chance.randint(low, high)
        if self.chance.random() < 0.25:
            return f"{start} to {start + self.chance.randint(1, 5)} {unit}"
        return f"{start} {unit}"

    def _money(self) -> str:
        whole, cents = (
            self.chance.randint(1, 480),
            self.chance.choice(("", "", f".{self.chance.randint(1, 99):02d}", ".50")),
        )
        shape = self.chance.choice(("${}", "€{}", "£{}", "{} euros", "{} dollars", "{} EUR"))
        return shape.format(f"{whole}{cents}")

    def _code(self) -> str:
        letters = self.made_up()
        number = self.chance.randint(2, 9999)
        forms = (f"{letters.upper()}{number}", f"{letters}-{number}", letters.upper(), f"{letters}{number}",
                 f"{letters[:2].upper()}-{number:05d}")  # fmt: skip
        return self.chance.choice(forms)

    def _phone(self) -> str:
        digits = "".join(str(self.chance.randint(0, 9)) for _ in range(7))
        return self.chance.choice(
            (f"0{digits[:3]} {digits[3:]}", f"555-{digits[:4]}", f"+{digits[:2]} {digits[2:4]} {digits[4:]}")
        )

    def _email(self) -> str:
        at = self.chance.choice(("info", "hello", "help", "post", "service", self.made_up()))
        return f"{at}@{self.made_up()}.{self.chance.choice(('com', 'org', 'net', 'example', 'shop'))}"

    def _street(self) -> str:
        return f"{self.chance.randint(1, 240)} {self.made_up().capitalize()} {self.chance.choice(words.STREETS)}"

    def _weight(self) -> str:
        grams, kilos, tenths, pounds = (self.chance.randint(*r) for r in ((20, 990), (1, 40), (1, 9), (2, 90)))
        return self.chance.choice((f"{grams} g", f"{kilos}.{tenths} kg", f"{pounds} pounds"))

    def _date(self) -> str:
        day, month = self.chance.randint(1, 28), self.chance.choice(words.MONTHS)
        return self.chance.choice(
            (f"{day} {month}", f"{month} {day}", f"{day} {month} {self.chance.randint(2020, 2029)}")
        )

    def _place_code(self) -> str:
        return f"{self.chance.choice('ABCDEFGHKLMN')}{self.chance.randint(1, 60)}"

    def _heat(self) -> str:
        return f"{self.chance.randint(20, 95)} degrees"

    def _distance(self) -> str:
        unit = self.chance.choice(("km", "miles", "metres", "minutes"))
        return f"{self.chance.randint(2, 900)} {unit}"


def sample(chance: random.Random, values: Sequence[str], number: int) -> list[str]:
    """Different values in random order, at most as many as there are."""
    return chance.sample(list(values), min(number, len(values)))
