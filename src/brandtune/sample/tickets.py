"""The support desk: who wrote when about what, and which tickets carry a planted flaw; `wording.py` words it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .catalog import Product
from .facts import FACTS, FILES_FOR
from .language.offbrand import AGENTS
from .names import FIRST
from .people import END, Person, anonymous_id, moment, spell_phone
from .shop import Order, Orders
from .situations import INTENTS, days_before, situation
from .wording import Wording

HOUSE_AGENTS = ("Maya Lindqvist", "Owen Price", "Sofia Reyes", "Kofi Asante", "Hanna Weber", "Liam Doyle")
SHARES = {"near_duplicate": 0.06, "off_brand": 0.08, "wrong_fact": 0.03, "unresolved": 0.07}
_NO_ORDER_NUMBER = (
    "gift_card", "password_login", "stock_question", "sizing_advice", "product_care", "warranty_claim", "repair",
)  # fmt: skip
_CARDS = ("4111 1111 1111 1111", "5555 5555 5555 4444", "4242 4242 4242 4242", "4012 8888 8888 1881")


@dataclass
class DeskUser:
    """One end user in the support tool."""

    id: int
    name: str
    email: str
    phone: str
    person_id: str


@dataclass
class Turn:
    """One comment: who, what, when, and whether the customer sees it."""

    author: str
    body: str
    at: datetime
    public: bool = True
    html: str = ""


@dataclass
class Ticket:
    """One conversation with everything the export and the truth file need."""

    id: int
    person: Person
    user: DeskUser
    record: dict[str, Any]
    order: Order
    subject: str = ""
    agent: str = ""
    turns: list[Turn] = field(default_factory=list)
    flaw: str = ""
    off_brand_style: str = ""
    near_duplicate_of: int | None = None
    wrong_fact: dict[str, str] | None = None
    unresolved: bool = False
    status: str = "solved"
    score: str = "unoffered"
    reopens: int = 0

    @property
    def trained_on(self) -> bool:
        return self.person.final_consent == "granted"


def build(
    count: int, *, people: list[Person], products: list[Product], orders: Orders, rng: random.Random
) -> tuple[list[Ticket], list[DeskUser]]:
    """Returns the tickets, oldest first, and the end users who wrote them."""
    users = _users(people, rng)
    flaws = _plan(count, rng)
    wording = Wording(rng)
    tickets = [_ticket(users[rng.randrange(len(users))], products, orders, rng) for _ in range(count)]
    tickets.sort(key=lambda ticket: ticket.turns[0].at)
    for n, ticket in enumerate(tickets):
        ticket.id, ticket.flaw = 1001 + n, flaws[n]
    for ticket in tickets:
        if ticket.flaw != "near_duplicate":
            _write(ticket, wording, rng)
    _plant_wrong_facts(tickets, rng)
    _duplicate(tickets, wording, orders, rng)
    for ticket in tickets:
        wording.dress(ticket.turns)
    for ticket, at in zip(rng.sample(tickets, round(count * SHARES["unresolved"])), range(count), strict=False):
        _leave_open(ticket, at, rng)
    for ticket in tickets:
        _rate(ticket, rng)
    return tickets, [user for user, _ in users]


def _users(people: list[Person], rng: random.Random) -> list[tuple[DeskUser, Person]]:
    users: list[tuple[DeskUser, Person]] = []
    writers = [person for person in people if not person.trap and (person.link or rng.random() < 0.62)]
    for person in writers:
        emails = person.emails[:1] if not person.link else person.emails[1:]
        if person.link and rng.random() < 0.5:
            emails = person.emails
        for email in emails:
            shows = person.link == "desk_phone" or (person.link != "desk_event" and rng.random() < 0.3)
            users.append((_user(users, person, email, spell_phone(person.phone, rng) if shows else ""), person))
    for n in range(max(1, len(people) // 450)):
        template = people[rng.randrange(len(people))]
        stranger = Person(
            f"S{n + 1:06d}", template.first, f"{template.last}", template.city, template.country, "en",
            template.address, "", ["noreply@larkspur.example"], "plain", trap="noreply_email",
        )  # fmt: skip
        stranger.first, stranger.anonymous_ids = "Robin", [anonymous_id(rng)]
        users.append((_user(users, stranger, stranger.emails[0], ""), stranger))
    return users


def _user(users: list[tuple[DeskUser, Person]], person: Person, email: str, phone: str) -> DeskUser:
    return DeskUser(5_000_001 + len(users), person.full, email, phone, person.id)


def _plan(count: int, rng: random.Random) -> list[str]:
    flaws = [name for name in ("near_duplicate", "off_brand") for _ in range(round(count * SHARES[name]))]
    flaws += [""] * (count - len(flaws))
    rng.shuffle(flaws)
    return flaws


def _ticket(writer: tuple[DeskUser, Person], products: list[Product], orders: Orders, rng: random.Random) -> Ticket:
    user, person = writer
    intent = rng.choices(list(INTENTS), weights=list(INTENTS.values()))[0]
    product, record = situation(intent, person, products, rng)
    record |= _personal(user, person, intent, rng)
    earliest = max(row.signed_up for row in person.rows) if person.rows else datetime(2026, 1, 10)
    at = moment(rng, earliest + timedelta(days=2), END - timedelta(days=9))
    order = orders.place(
        person, product, at - days_before(intent, record["case"], rng), size=record.get("size", ""), rng=rng
    )
    return Ticket(0, person, user, record | {"order": order.id}, order, turns=[Turn("customer", "", at)])


def _personal(user: DeskUser, person: Person, intent: str, rng: random.Random) -> dict[str, Any]:
    """Returns what of the person shows in the message; at most one detail besides name and order number."""
    tongue = person.language if person.language in ("es", "fr") and rng.random() < 0.25 else ""
    shows = rng.choices(
        ("", "show_email", "show_phone", "show_address", "third", "show_card"), weights=(70, 9, 8, 4, 8, 1.2)
    )[0]
    if (shows == "show_phone" and not person.phone) or (shows == "show_address" and intent == "order_change"):
        shows = ""
    details = {
        "first": person.first, "last": person.last, "full": person.full, "email": user.email,
        "phone": spell_phone(person.phone, rng), "address": person.address, "card": rng.choice(_CARDS),
        "reg": person.register, "tongue": tongue, "city": person.city, "third": "",
        "show_order": intent not in _NO_ORDER_NUMBER
        and rng.random() < 0.6,
    }  # fmt: skip
    return details | {shows: rng.choice(FIRST) if shows == "third" else True} if shows else details


def _write(ticket: Ticket, wording: Wording, rng: random.Random) -> None:
    off_brand = ticket.flaw == "off_brand"
    ticket.agent, styles = rng.choice(AGENTS) if off_brand else (rng.choice(HOUSE_AGENTS), ())
    ticket.off_brand_style = rng.choice(styles) if off_brand else ""
    ticket.subject = wording.subject(ticket.record)
    ticket.turns[0].body = wording.message(ticket.record)
    _answer(
        ticket,
        wording.off_brand(ticket.off_brand_style, ticket.record) if off_brand else wording.reply(ticket.record),
        rng,
    )
    if not off_brand and rng.random() < 0.28:
        for topic in wording.topics(ticket.record, rng.choice((1, 1, 2))):
            _ask(ticket, wording.more_message(ticket.record, topic), rng)
            _answer(ticket, wording.more_reply(ticket.record, topic), rng)
    if rng.random() < 0.2:
        note_at = ticket.turns[0].at + timedelta(minutes=rng.randint(5, 40))
        ticket.turns.insert(1, Turn("agent", wording.note(ticket.record), note_at, public=False))
    if rng.random() < (0.05 if off_brand else 0.22):
        _ask(ticket, wording.thanks(ticket.record), rng)


def _answer(ticket: Ticket, body: str, rng: random.Random) -> None:
    ticket.turns.append(Turn("agent", body, ticket.turns[-1].at + timedelta(minutes=rng.randint(50, 1500))))


def _ask(ticket: Ticket, body: str, rng: random.Random) -> None:
    ticket.turns.append(Turn("customer", body, ticket.turns[-1].at + timedelta(minutes=rng.randint(20, 1600))))


def _plant_wrong_facts(tickets: list[Ticket], rng: random.Random) -> None:
    """Swaps one true number for a false one in the first reply of a few tickets that have no other flaw."""
    stating = [t for t in tickets if not t.flaw and stated_facts(_first_reply(t).body, t.record["intent"])]
    for ticket in rng.sample(stating, min(len(stating), round(len(tickets) * SHARES["wrong_fact"]))):
        reply = _first_reply(ticket)
        fact = FACTS[rng.choice(stated_facts(reply.body, ticket.record["intent"]))]
        wrong = rng.choice(fact.wrong)
        reply.body = re.sub(_exactly(fact.text), wrong, reply.body)
        ticket.flaw, ticket.wrong_fact = "wrong_fact", {"stated": wrong, "true": fact.text, "fact": fact.file}


def _first_reply(ticket: Ticket) -> Turn:
    return next(turn for turn in ticket.turns if turn.author == "agent" and turn.public)


def stated_facts(reply: str, intent: str) -> list[str]:
    """Returns the keys of the facts of the intent's own file that `reply` states."""
    own = [fact for fact in FACTS.values() if fact.file in FILES_FOR[intent]]
    return [fact.key for fact in own if re.search(_exactly(fact.text), reply)]


def _exactly(text: str) -> str:
    return rf"(?<![\w$,.]){re.escape(text)}(?!\w|,\d| more)"


def _duplicate(tickets: list[Ticket], wording: Wording, orders: Orders, rng: random.Random) -> None:
    """Fills the near-duplicate tickets with copies of earlier or later plain ones under another name."""
    plain = [t for t in tickets if not t.flaw and _copyable(t)]
    sources = rng.sample(plain, sum(t.flaw == "near_duplicate" for t in tickets))
    for ticket in (t for t in tickets if t.flaw == "near_duplicate"):
        source = sources.pop()
        ticket.near_duplicate_of = source.id
        order = orders.again(ticket.order, source.order)
        details = {key: ticket.record[key] for key in ("first", "last", "full", "email", "phone", "address", "city")}
        ticket.record = source.record | details | {"order": order.id}
        ticket.agent, ticket.subject = source.agent, wording.copy(source.subject, source.record, ticket.record)
        ticket.turns[0].body = wording.copy(source.turns[0].body, source.record, ticket.record, edit=True)
        _answer(ticket, wording.copy(source.turns[1].body, source.record, ticket.record, edit=True), rng)


def _copyable(ticket: Ticket) -> bool:
    record = ticket.record
    personal = any(record.get(key) for key in ("show_email", "show_phone", "show_card", "show_address", "third"))
    return len(ticket.turns) == 2 and not personal and record["case"] != "address"


def _leave_open(ticket: Ticket, nth: int, rng: random.Random) -> None:
    ticket.unresolved = True
    if nth % 3 == 0:
        ticket.reopens, ticket.score = rng.choice((1, 1, 2)), "bad"
        return
    ticket.status = rng.choice(("open", "open", "pending", "hold"))


def _rate(ticket: Ticket, rng: random.Random) -> None:
    if ticket.unresolved:
        return
    ticket.status = rng.choice(("solved", "solved", "closed"))
    bad = 0.35 if ticket.flaw == "off_brand" else 0.02
    ticket.score = "bad" if rng.random() < bad else rng.choice(("good", "good", "good", "offered", "unoffered"))
