"""The people of the sample: who they are, under how many names the systems know them, and what they agreed to."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .names import FIRST, LAST, MAIL_DOMAINS, PLACES, STREETS, US_AREA_CODES

START = datetime(2025, 9, 1)
END = datetime(2026, 8, 31, 20)
LINKS = ("two_rows_phone", "two_rows_event", "desk_phone", "desk_event")
REGISTERS = {"plain": 30, "chatty": 18, "casual": 16, "upset": 14, "terse": 12, "formal": 10}


@dataclass
class Row:
    """One line of customers.csv."""

    customer_id: str
    email: str
    phone: str
    signed_up: datetime
    consent: str = ""
    consent_at: datetime | None = None


@dataclass
class Person:
    """One human being; `rows`, `emails` and `anonymous_ids` are the traces they leave."""

    id: str
    first: str
    last: str
    city: str
    country: str
    language: str
    address: str
    phone: str
    emails: list[str]
    register: str
    link: str = ""
    trap: str = ""
    final_consent: str = ""
    rows: list[Row] = field(default_factory=list)
    consent_event: tuple[datetime, bool] | None = None
    anonymous_ids: list[str] = field(default_factory=list)

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"


def build(count: int, *, rng: random.Random) -> list[Person]:
    """Returns `count` people: about 12 % known under two identities, a few that only look like somebody else."""
    phones, emails = _Phones(rng), set[str]()
    people = [_person(n, phones, emails, rng) for n in range(count)]
    for person in rng.sample(people, round(count * 0.12)):
        person.link = LINKS[rng.randrange(len(LINKS))]
        person.emails.append(_email(person, emails, rng))
        person.phone = person.phone or phones.next("US")
    for n, person in enumerate(people):
        _add_rows(person, 100001 + 2 * n, rng)
        _add_consent(person, rng)
    _set_traps(people, rng)
    return people


def _person(n: int, phones: _Phones, emails: set[str], rng: random.Random) -> Person:
    city, country, language = rng.choice(PLACES)
    person = Person(
        id=f"P{n + 1:06d}", first=rng.choice(FIRST), last=rng.choice(LAST), city=city, country=country,
        language=language, address=f"{rng.randint(1, 199)} {rng.choice(STREETS)}, {city}",
        phone=phones.next(country) if rng.random() < 0.85 else "", emails=[],
        register=rng.choices(list(REGISTERS), weights=list(REGISTERS.values()))[0],
    )  # fmt: skip
    person.emails.append(_email(person, emails, rng))
    person.anonymous_ids = [anonymous_id(rng) for _ in range(rng.choice((1, 1, 2)))]
    return person


def anonymous_id(rng: random.Random) -> str:
    """Returns a random identifier in the shape of a UUID."""
    text = f"{rng.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def moment(rng: random.Random, low: datetime, high: datetime) -> datetime:
    """Returns a time between the two, to the second."""
    return low + timedelta(seconds=rng.randrange(max(1, int((high - low).total_seconds()))))


def _email(person: Person, taken: set[str], rng: random.Random) -> str:
    first, last = person.first.lower(), person.last.lower()
    shapes = (
        f"{first}.{last}",
        f"{first[0]}{last}",
        f"{last}.{first}",
        f"{first}{rng.randint(60, 99)}",
        f"{first}_{last}",
    )
    name, domain = rng.choice(shapes), rng.choice(MAIL_DOMAINS)
    email, n = f"{name}@{domain}", 1
    while email in taken:
        n += 1
        email = f"{name}{n}@{domain}"
    taken.add(email)
    return email


class _Phones:
    """Hands out each fictional number once: 555-01xx in the US, 020 7946 0xxx in the UK."""

    def __init__(self, rng: random.Random) -> None:
        self.us = [(code, n) for code in US_AREA_CODES for n in range(100)]
        self.gb = list(range(1000))
        rng.shuffle(self.us)
        rng.shuffle(self.gb)

    def next(self, country: str) -> str:
        if country != "US" and self.gb:
            return f"+442079460{self.gb.pop():03d}"
        if not self.us:
            return ""
        code, n = self.us.pop()
        return f"+1{code}55501{n:02d}"


def spell_phone(phone: str, rng: random.Random) -> str:
    """Returns the number as one of the ways people write it."""
    if phone.startswith("+44"):
        tail = phone[-3:]
        return rng.choice((f"020 7946 0{tail}", f"+44 20 7946 0{tail}", f"(020) 7946 0{tail}"))
    if not phone.startswith("+1"):
        return phone
    code, tail = phone[2:5], phone[-4:]
    return rng.choice((f"({code}) 555-{tail}", f"{code}-555-{tail}", f"+1 {code} 555 {tail}", f"{code}.555.{tail}"))


def _add_rows(person: Person, number: int, rng: random.Random) -> None:
    signed_up = START + timedelta(days=int(150 * rng.random() ** 2), seconds=rng.randrange(80000))
    emails = person.emails if person.link.startswith("two_rows") else person.emails[:1]
    for n, email in enumerate(emails):
        known = person.phone if person.link != "two_rows_event" or n == 0 else ""
        person.rows.append(Row(f"C{number + n}", email, spell_phone(known, rng), signed_up))
        signed_up = moment(rng, signed_up + timedelta(days=3), signed_up + timedelta(days=60))


def _add_consent(person: Person, rng: random.Random) -> None:
    """Draws where the person ends up, then a history over rows and events that leads there."""
    final = rng.choices(("granted", "denied", "revoked", ""), weights=(70, 7, 5, 18))[0]
    person.final_consent = final
    *older, newest = person.rows
    if not final:
        return
    before = "denied" if final == "granted" else "granted"
    asked_at = moment(rng, newest.signed_up, newest.signed_up + timedelta(days=40))
    newest.consent, newest.consent_at = final, asked_at
    if rng.random() < 0.1:
        newest.consent, newest.consent_at = rng.choice(((before, asked_at), ("", None)))
        person.final_consent = "granted" if final == "granted" else "revoked"
        person.consent_event = (moment(rng, asked_at + timedelta(days=5), END - timedelta(days=2)), final == "granted")
    for row in older:
        row.consent, row.consent_at = rng.choice(((final, row.signed_up), (before, row.signed_up), ("", None)))
        if not person.consent_event and row.consent == "granted" != final and rng.random() < 0.3:
            row.consent_at = newest.consent_at  # a tie: the refusal wins


def _set_traps(people: list[Person], rng: random.Random) -> None:
    """Makes a few people share what must not link them: a family e-mail, placeholder phones and e-mails."""
    single = [person for person in people if not person.link and len(person.rows) == 1]
    size = max(1, len(people) // 400)
    chosen = rng.sample(single, size * 6)
    for one, other in zip(chosen[: 2 * size : 2], chosen[1 : 2 * size : 2], strict=True):
        other.last, other.city, other.address = one.last, one.city, one.address
        other.emails = one.emails = [f"the.{one.last.lower()}s.{one.id[-4:]}@example.org"]
        _mark((one, other), "family_email", email=one.emails[0])
    _mark(chosen[2 * size : 5 * size], "placeholder_phone", phone="0000000000")
    _mark(chosen[5 * size :], "test_email", email="test@example.com")


def _mark(people: list[Person] | tuple[Person, ...], trap: str, *, email: str = "", phone: str = "") -> None:
    for person in people:
        person.trap = trap
        person.phone = "" if phone else person.phone
        for row in person.rows:
            row.email, row.phone = email or row.email, phone or row.phone
        if email:
            person.emails = [email]
