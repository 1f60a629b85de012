"""Fills a template's braces. Names come from Faker's lists (MIT) and `wordlists`; some are made up letter by letter.

`Slots(held_out=True)` draws only from the tenth of all names that training never sees; lists that are complete
(countries, nationalities, titles, well-known companies) are not divided.
"""

import random
import string
import zlib
from collections import defaultdict
from collections.abc import Iterable

from faker import Faker
from starter.names import everyday
from starter.names import wordlists as lists

_LOCALES_TEXT = """
en_US en_US en_US en_GB en_GB en_AU en_CA en_IN en_IE en_NZ en_NG en_KE de_DE de_AT de_CH fr_FR fr_CA fr_BE es_ES
es_MX es_AR es_CO it_IT nl_NL nl_BE pt_BR pt_PT pl_PL cs_CZ sk_SK da_DK no_NO sv_SE fi_FI hu_HU ro_RO hr_HR sl_SI
tr_TR lt_LT lv_LV et_EE id_ID fil_PH is_IS yo_NG zu_ZA az_AZ ga_IE en_PK tw_GH
"""
LOCALES = _LOCALES_TEXT.split()
_OTHER_SCRIPTS_TEXT = """
ru_RU uk_UA el_GR ja_JP zh_CN ko_KR he_IL ar_AA bg_BG
"""
OTHER_SCRIPTS = _OTHER_SCRIPTS_TEXT.split()
_WORD_LOCALES_TEXT = """
cs_CZ da_DK de_DE de_DE de_DE es_ES es_ES es_ES fr_FR fr_FR fr_FR it_IT it_IT nl_NL nl_NL pl_PL ru_RU uk_UA el_GR
ar_AA fa_IR he_IL ja_JP zh_CN th_TH fil_PH en_US en_US
"""
WORD_LOCALES = _WORD_LOCALES_TEXT.split()
Piece = tuple[str, str]


def is_held_out(word: str) -> bool:
    return zlib.crc32(word.lower().encode()) % 10 == 0


class Slots:
    """One source of fillings; the same seed gives the same sequence."""

    def __init__(self, *, seed: int, held_out: bool) -> None:
        self.chance, self.held_out = random.Random(seed), held_out
        self.fakers = {locale: Faker(locale) for locale in {*LOCALES, *OTHER_SCRIPTS, *WORD_LOCALES}}
        for index, locale in enumerate(sorted(self.fakers)):
            self.fakers[locale].seed_instance(seed * 1000 + index)
        self.letters_first = Letters(self._sample("first_name", 4000))
        self.letters_last = Letters(self._sample("last_name", 4000))
        self.letters_city = Letters(self._sample("city", 2000))

    def _sample(self, what: str, count: int) -> list[str]:
        found = (self._from(self.fakers[self.chance.choice(LOCALES)], what) for _ in range(count))
        return [name for name in found if name.isalpha() and name.isascii()]

    def fill(self, slot: str) -> list[Piece]:
        """The filling as (text, tag) pieces."""
        return getattr(self, f"_{slot}")()

    def _pick(self, options: Iterable[str]) -> str:
        fitting = [option for option in options if is_held_out(option) == self.held_out]
        return self.chance.choice(fitting)

    def _locale(self) -> Faker:
        rare = self.chance.random() < 0.02
        return self.fakers[self.chance.choice(OTHER_SCRIPTS if rare else LOCALES)]

    def _from(self, faker: Faker, what: str) -> str:
        """What a locale's list gives; the American one's where the locale has none."""
        return str((getattr(faker, what, None) or getattr(self.fakers["en_US"], what))())

    def _named(self, what: str, faker: Faker | None = None) -> str:
        for _ in range(400):
            name = self._from(faker or self._locale(), what)
            if is_held_out(name) == self.held_out:
                return name
        return self.letters_last.word(self.chance).title()

    def words_of(self, locale: str, count: int) -> list[str]:
        """Everyday words of a language, in no order."""
        return [str(word) for word in self.fakers[locale].words(count)]

    # people

    def first_name(self, faker: Faker | None = None) -> str:
        draw = self.chance.random()
        if draw < 0.12:
            return self.letters_first.word(self.chance)
        return self._pick(lists.ASIAN_FIRST) if draw < 0.22 and not faker else self._named("first_name", faker)

    def last_name(self, faker: Faker | None = None) -> str:
        draw = self.chance.random()
        if draw < 0.15:
            return self.letters_last.word(self.chance)
        if draw < 0.25 and not faker:
            return self._pick(lists.ASIAN_LAST)
        name = self._named("last_name", faker)
        return f"{name}-{self._named('last_name', faker)}" if self.chance.random() < 0.03 else name

    def _person(self) -> list[Piece]:
        faker = self._locale() if self.chance.random() < 0.8 else None
        first, last = self.first_name(faker), self.last_name(faker)
        shape = self.chance.random()
        if shape < 0.62:
            name = f"{first} {last}"
        elif shape < 0.70:
            name = f"{first} {self.chance.choice(string.ascii_uppercase)}. {last}"
        elif shape < 0.76:
            name = f"{first} {self.first_name(faker)} {last}"
        elif shape < 0.80:
            name = f"{first[0]}. {last}"
        elif shape < 0.83:
            name = f"{last}, {first}"
        elif shape < 0.86:
            name = f"{first} {self.chance.choice(('van', 'de', 'von', 'van der', 'bin', 'del', 'al'))} {last}"
        elif shape < 0.88:
            name = f"{first} {last} {self.chance.choice(('Jr.', 'Sr.', 'III', 'II'))}"
        else:
            name = first
        return [(name, "PERSON")]

    def _first(self) -> list[Piece]:
        return [(self.first_name(), "PERSON")]

    def _last(self) -> list[Piece]:
        return [(self.last_name(), "PERSON")]

    def _title(self) -> list[Piece]:
        return [(self.chance.choice(lists.TITLES), "TITLE")]

    def _nrp(self) -> list[Piece]:
        return [(self.chance.choice(lists.NATIONS), "NRP")]

    def _age(self) -> list[Piece]:
        return [(str(self.chance.randint(1, 99)), "AGE")]

    # places

    def city_name(self, faker: Faker | None = None) -> str:
        return self.letters_city.word(self.chance) if self.chance.random() < 0.1 else self._named("city", faker)

    def _city(self) -> list[Piece]:
        if self.chance.random() < 0.3:
            return [(self.chance.choice(everyday.PLACES), "LOCATION")]
        if self.chance.random() < 0.04:
            kind = self.chance.choice(("Way", "Trail", "Bridge", "Park", "Airport", "Museum", "Square", "Library"))
            return [(f"the {self.first_name()} {self.last_name()} {kind}", "LOCATION")]
        return [(self.city_name(), "LOCATION")]

    def _country(self) -> list[Piece]:
        faker = self.fakers[self.chance.choice(("en_US", "en_GB", "en_US", "de_DE", "fr_FR", "es_ES"))]
        return [(self._from(faker, "country"), "LOCATION")]

    def _region(self) -> list[Piece]:
        if self.chance.random() < 0.3:
            return [(self.fakers["en_US"].state_abbr(), "LOCATION")]
        locale = self.chance.choice(("en_US", "de_DE", "es_ES", "it_IT", "pt_BR", "en_AU", "nl_NL"))
        what = {"en_US": "state", "es_ES": "region", "pt_BR": "state", "it_IT": "state", "nl_NL": "province"}
        return [(self._named(what.get(locale, "state"), self.fakers[locale]), "LOCATION")]

    def street_line(self, faker: Faker) -> str:
        if self.chance.random() < 0.5:
            return self._from(faker, "street_address").replace("\n", ", ")
        number, name = self.chance.randint(1, 9999), self._named("street_name", faker)
        unit = self.chance.choice(("", "", "", f" Apt. {self.chance.randint(1, 999)}", f", Flat {number % 90}",
                                   f" Suite {number % 900}", f" #{number % 99}"))  # fmt: skip
        return f"{number} {name}{unit}" if self.chance.random() < 0.7 else f"{name} {number}{unit}"

    def _street(self) -> list[Piece]:
        faker = self._locale()
        bare = self.chance.random() < 0.3
        return [(self._named("street_name", faker) if bare else self.street_line(faker), "ADDRESS")]

    def _address(self) -> list[Piece]:
        faker = self._locale()
        gap = self.chance.choice((", ", ", ", "\n", " ", ",\n", "\n"))
        if self.chance.random() < 0.3:
            return [(self._from(faker, "address").replace("\n", gap), "ADDRESS")]
        parts = [self.street_line(faker)]
        place = self.city_name(faker)
        code = self._from(faker, "postcode")
        region = self.fakers["en_US"].state_abbr()
        forms = (f"{place}", f"{code} {place}", f"{place} {code}", f"{place}, {region} {code}", f"{place}, {region}",
                 f"{place}{gap}{region}{gap}{code}")  # fmt: skip
        parts.append(self.chance.choice(forms))
        if self.chance.random() < 0.35:
            parts.append(self._country()[0][0])
            if self.chance.random() < 0.2:
                parts[-1] += f" {code}"
        return [(gap.join(parts), "ADDRESS")]

    def _zip(self) -> list[Piece]:
        return [(self._from(self._locale(), "postcode"), "ZIP")]

    # organisations

    def _org(self) -> list[Piece]:
        return [(self._organization(), "ORGANIZATION")]

    def _organization(self) -> str:
        draw, pick = self.chance.random(), self.chance.choice
        if draw < 0.30:
            return self._named("company")
        if draw < 0.50:
            return self.chance.choice(lists.KNOWN_ORGS)
        if draw < 0.68:
            name = f"{self._pick(lists.ORG_HEADS)} {self.chance.choice(lists.ORG_TAILS)}"
        elif draw < 0.78:
            name = self.letters_city.word(self.chance) + pick(("", "", "ex", "ify", "soft", "tech", "lab", "co", "ia"))
        elif draw < 0.84:
            return "".join(pick(string.ascii_uppercase) for _ in range(self.chance.randint(2, 5)))
        elif draw < 0.90:
            return pick((f"University of {self.city_name()}", f"Bank of {self.city_name()}", f"{self.city_name()} "
                         "University", f"{self.city_name()} City Council", f"{self.city_name()} FC",
                         f"St. {self.first_name()} Hospital", f"the {self.city_name()} Museum"))  # fmt: skip
        elif draw < 0.95:
            name = f"{self.last_name()} {pick(('&', 'and'))} {self.last_name()}"
        else:
            name = f"{self.last_name()} {self.chance.choice(lists.ORG_TAILS)}"
        return f"{name} {pick(lists.ORG_ENDS)}" if self.chance.random() < 0.25 else name

    # numbers and contacts

    def _digits(self, shape: str) -> str:
        filled = "".join(str(self.chance.randint(0, 9)) if c == "#" else c for c in shape)
        return "".join(self.chance.choice(string.ascii_uppercase) if c == "@" else c for c in filled)

    def _phone(self) -> list[Piece]:
        shapes = ("###-###-####", "(###) ###-####", "###.###.####", "+1 ### ### ####", "+44 #### ######", "0#### ######",
                  "+49 ### #######", "0## ### ## ##", "+## ## ### ####", "###-####", "(0#) #### ####", "## ## ## ## ##",
                  "001-###-###-####x###", "### ### ###", "+##(#)#########", "0##########", "#### ####")  # fmt: skip
        own = self.chance.random() < 0.5
        return [
            (self._digits(self.chance.choice(shapes)) if own else self._from(self._locale(), "phone_number"), "PHONE")
        ]

    def _card(self) -> list[Piece]:
        number = self.fakers["en_US"].credit_card_number()
        if self.chance.random() < 0.4:
            step = self.chance.choice((" ", "-"))
            number = step.join(number[i : i + 4] for i in range(0, len(number), 4))
        return [(number, "CARD")]

    def _expiry(self) -> list[Piece]:
        return [(self._digits("0#/2#"), "O")]

    def _iban(self) -> list[Piece]:
        return [(self._from(self._locale(), "iban"), "ID")]

    def _ssn(self) -> list[Piece]:
        return [(self._digits(self.chance.choice(("###-##-####", "### ## ####", "#########"))), "ID")]

    def _licence(self) -> list[Piece]:
        shapes = ("@#######", "@### ### ### ###", "@@######", "########", "@############", "#########", "@@-###-###",
                  "@###-####-####", "##@@#####", "@@@@@######@@#@@")  # fmt: skip
        return [(self._digits(self.chance.choice(shapes)), "ID")]

    def _passport(self) -> list[Piece]:
        return [(self._digits(self.chance.choice(("#########", "@########", "@@#######", "@#@#####@"))), "ID")]

    def _account(self) -> list[Piece]:
        shapes = (
            "########",
            "##########",
            "#### #### ##",
            "@@#########",
            "###-######-#",
            "############",
            "### ### ####",
        )
        return [(self._digits(self.chance.choice(shapes)), "ID")]

    def _sort(self) -> list[Piece]:
        return [(self._digits("##-##-##"), "ID")]

    def _email(self) -> list[Piece]:
        return [(self._from(self._locale(), "email"), "ONLINE")]

    def _url(self) -> list[Piece]:
        faker = self.fakers["en_US"]
        return [(self.chance.choice((faker.url(), faker.domain_name(), "www." + faker.domain_name())), "ONLINE")]

    def _ip(self) -> list[Piece]:
        faker = self.fakers["en_US"]
        return [(faker.ipv4() if self.chance.random() < 0.8 else faker.ipv6(), "ONLINE")]

    def _date(self) -> list[Piece]:
        day = self.fakers["en_US"].date_time_between("-90y", "+5y")
        forms = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d %B %Y", "%B %d, %Y", "%b %d, %Y", "%d %b %y", "%B %d",
                 "%d %B", "%m/%d/%y", "%A, %d %B", "%A, %B %d, %Y", "%B %Y", "%d-%b-%Y", "%d-%m-%Y", "%Y/%m/%d",
                 "%m-%d-%Y", "%d.%m.%y", "%Y-%m-%dT%H:%M:%S", "%B %dth", "%dth of %B")  # fmt: skip
        return [(day.strftime(self.chance.choice(forms)), "DATE_TIME")]

    def _time(self) -> list[Piece]:
        hour, minute = self.chance.randint(0, 23), self.chance.choice((0, 15, 30, 45, 20))
        forms = (
            f"{hour}:{minute:02d}",
            f"{hour % 12 + 1} pm",
            f"{hour % 12 + 1}:{minute:02d} am",
            f"{hour % 12 + 1}am",
        )
        return [(self.chance.choice(forms), "DATE_TIME")]

    def _year(self) -> list[Piece]:
        return [(str(self.chance.randint(1850, 2030)), "DATE_TIME")]

    # about nobody

    def _thing(self) -> list[Piece]:
        return [(self.chance.choice(lists.THINGS if self.chance.random() < 0.5 else everyday.NOUNS), "O")]

    def _product(self) -> list[Piece]:
        name = f"{self.chance.choice(lists.FIRST_PARTS)} {self.chance.choice(lists.SECOND_PARTS)}"
        number = f" {self.chance.randint(1, 99)}" if self.chance.random() < 0.3 else ""
        return [(name + number, "O")]

    def _noun(self) -> list[Piece]:
        noun = self.chance.choice(everyday.NOUNS)
        return [(noun + self.chance.choice(("", "", "s")), "O")]

    def _start(self) -> list[Piece]:
        """A word that begins a line with a capital and is nobody."""
        return [(self._noun()[0][0].capitalize(), "O")]

    def _exclamation(self) -> list[Piece]:
        return [(self.chance.choice(everyday.EXCLAMATIONS), "O")]

    def _color(self) -> list[Piece]:
        return [(self.chance.choice(lists.COLORS), "O")]

    def _job(self) -> list[Piece]:
        job = self.fakers[self.chance.choice(("en_US", "en_GB"))].job()
        return [(job if self.chance.random() < 0.3 else job.split(",")[0].lower(), "O")]

    def _num(self) -> list[Piece]:
        return [(str(self.chance.choice((self.chance.randint(2, 20), self.chance.randint(20, 5000)))), "O")]

    def _money(self) -> list[Piece]:
        amount = f"{self.chance.randint(1, 9000)}" + self.chance.choice(("", ".99", ".50", ",00"))
        return [
            (self.chance.choice((f"${amount}", f"£{amount}", f"{amount} euros", f"€{amount}", f"{amount} USD")), "O")
        ]

    def _order(self) -> list[Piece]:
        return [(self._digits(self.chance.choice(("@@-######", "#######", "#######", "@@@-#####", "INV-####"))), "O")]

    def _quote(self) -> list[Piece]:
        return [(self.chance.choice(lists.QUOTES), "O")]


class Letters:
    """Makes up names: a chain over letter triples of a list."""

    def __init__(self, names: Iterable[str]) -> None:
        self.after: dict[str, list[str]] = defaultdict(list)
        for name in names:
            padded = f"^^{name.lower()}$"
            for index in range(2, len(padded)):
                self.after[padded[index - 2 : index]].append(padded[index])

    def word(self, chance: random.Random) -> str:
        while True:
            made = "^^"
            while not made.endswith("$") and len(made) < 14:
                made += chance.choice(self.after[made[-2:]])
            name = made.strip("^$")
            if 3 <= len(name) <= 11:
                return name.capitalize()
