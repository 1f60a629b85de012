"""Orders, campaigns, reviews and survey answers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .catalog import SIZES, Product
from .grammar import Grammar, agree
from .language import campaigns as campaign_text
from .language import frame, reviews
from .people import END, START, Person, moment

CURRENCIES = {"US": "USD", "CA": "USD", "GB": "GBP"}
OFFERS = ("10% off", "15% off", "20% off", "Free express delivery", "A free patch kit", "Double Waypoints")
SEASONS = (*["winter"] * 2, *["spring"] * 3, *["summer"] * 3, *["autumn"] * 3, "winter")


@dataclass
class Order:
    """One line of orders.csv."""

    id: str
    customer_id: str
    email: str
    person_id: str
    at: datetime
    product: Product
    size: str
    quantity: int
    currency: str
    status: str


class Orders:
    """Every order so far; hands out order numbers once."""

    def __init__(self, rng: random.Random, *, capacity: int) -> None:
        self.placed: list[Order] = []
        span = range(100_000, 1_000_000) if capacity < 500_000 else range(1_000_000, 10_000_000)
        self._numbers = iter(rng.sample(span, capacity))

    def place(self, person: Person, product: Product, at: datetime, *, size: str, rng: random.Random) -> Order:
        """Returns a new order; one from before the export window gets a number but no line in orders.csv."""
        row = rng.choice(person.rows) if person.rows else None
        order = Order(
            f"LK-{next(self._numbers)}", row.customer_id if row else "", row.email if row else person.emails[0],
            person.id, at.replace(microsecond=0), product, size or (rng.choice(product.sizes) if product.sizes else ""),
            rng.choice((1, 1, 1, 1, 2)), CURRENCIES.get(person.country, "EUR"),
            rng.choices(("delivered", "shipped", "returned", "cancelled"), weights=(84, 6, 7, 3))[0],
        )  # fmt: skip
        if row and at > max(START, row.signed_up):
            self.placed.append(order)
        return order

    def again(self, order: Order, like: Order) -> Order:
        """Changes `order` to the same product as `like`, and returns it."""
        order.product, order.size = like.product, like.size
        return order

    def fill(self, count: int, *, people: list[Person], products: list[Product], rng: random.Random) -> None:
        """Places orders of people who never wrote to anyone."""
        for _ in range(count):
            person = people[rng.randrange(len(people))]
            at = moment(rng, max(row.signed_up for row in person.rows), END - timedelta(days=4))
            self.place(person, products[rng.randrange(len(products))], at, size="", rng=rng)
        self.placed.sort(key=lambda order: (order.at, order.id))


def build_campaigns(count: int, *, products: list[Product], rng: random.Random) -> list[dict[str, Any]]:
    """Returns two rows a campaign, A and B, written from different angles; the results are binomial draws."""
    grammar = Grammar(frame.MESSAGES, campaign_text.COPY)
    rows = []
    for n in range(count):
        product = rng.choice(products)
        sent_at = START + timedelta(days=364 * n / count, hours=rng.randint(6, 17))
        offer = rng.choice(OFFERS) if rng.random() < 0.45 else ""
        angles = rng.sample([angle for angle in campaign_text.ANGLES if offer or angle != "offer"], 2)
        if offer and "offer" not in angles:
            angles[rng.randrange(2)] = "offer"
        size = rng.choice((350, 600, 900, 1800, 3200, 6000))
        shared = {
            "campaign_id": f"CMP-{n + 1:04d}", "sent_at": stamp(sent_at), "channel": "email",
            "audience": rng.choice(("all subscribers", "hikers", "campers", "new members", "Ranger and Summit", "lapsed")),
            "product_id": product.handle, "offer": offer,
        }  # fmt: skip
        season = SEASONS[sent_at.month - 1]
        for variant, angle in zip("AB", angles, strict=True):
            record = product.slots | {"angle": angle, "season_name": season, "intent": "campaign", "case": angle}
            copy = _copy(grammar, record | _offer_slots(offer), rng)
            rows.append(shared | {"variant": variant} | copy | _result(angle, size, rng))
    return rows


def _offer_slots(offer: str) -> dict[str, str]:
    lower = offer[:1].lower() + offer[1:]
    return {
        "offer": offer,
        "offer_lower": lower,
        "offer_line": f"{offer} until Sunday" if offer else "For your next day out",
    }


def _copy(grammar: Grammar, record: dict[str, Any], rng: random.Random) -> dict[str, str]:
    record = record | {"place": grammar.phrase("place", record=record, rng=rng)}
    record["season"] = record["season_name"]
    while len(subject := agree(grammar.write("subject", record=record, rng=rng), record)) > 50:
        pass
    while not 38 <= len((body := agree(grammar.write("body", record=record, rng=rng), record)).split()) <= 66:
        pass
    return {"subject": subject, "preheader": grammar.write("preheader", record=record, rng=rng), "body": body}


def _result(angle: str, size: int, rng: random.Random) -> dict[str, int]:
    open_rate, click_rate, buy_rate = (rate * rng.uniform(0.82, 1.18) for rate in campaign_text.ANGLES[angle])
    sends = size + rng.randint(-20, 20)
    opens = binomial(sends, open_rate, rng)
    clicks = binomial(opens, click_rate, rng)
    return {
        "sends": sends, "opens": opens, "clicks": clicks,
        "conversions": binomial(clicks, buy_rate, rng), "unsubscribes": binomial(sends, 0.0015, rng),
    }  # fmt: skip


def binomial(n: int, p: float, rng: random.Random) -> int:
    """Returns how many of `n` tries succeed (`random.binomialvariate` needs Python 3.12)."""
    return sum(rng.random() < p for _ in range(n))


def build_reviews(count: int, *, orders: list[Order], rng: random.Random) -> list[dict[str, Any]]:
    """Returns reviews by people who bought the product."""
    grammar = Grammar(frame.MESSAGES, reviews.TEXTS)
    delivered = [order for order in orders if order.status == "delivered"]
    rows = []
    for n, order in enumerate(rng.sample(delivered, min(count, len(delivered)))):
        rating = rng.choices((5, 4, 3, 2, 1), weights=(44, 28, 14, 8, 6))[0]
        record = order.product.slots | {
            "mood": _mood(rating), "fault": rng.choice(order.product.faults()), "intent": "review", "case": rating,
        }  # fmt: skip
        record["place"] = grammar.phrase("place", record=record, rng=rng)
        rows.append({
            "review_id": f"RV-{n + 1:05d}", "product_id": order.product.handle, "customer_id": order.customer_id,
            "rating": rating, "title": grammar.write("title", record=record, rng=rng),
            "body": agree(grammar.write("review", record=record, rng=rng), record),
            "created_at": stamp(min(END, order.at + timedelta(days=rng.randint(6, 40), minutes=rng.randrange(600)))),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["created_at"], row["review_id"]))


def build_survey(
    count: int, *, people: list[Person], products: list[Product], rng: random.Random
) -> list[dict[str, Any]]:
    """Returns open answers beside the score from 0 to 10."""
    grammar = Grammar(frame.MESSAGES, reviews.TEXTS)
    rows = []
    for n in range(count):
        person, product = people[rng.randrange(len(people))], rng.choice(products)
        nps = rng.choices(range(11), weights=(1, 1, 1, 2, 2, 4, 5, 10, 18, 26, 22))[0]
        kind = rng.choice(list(reviews.QUESTIONS))
        record = product.slots | {"city": person.city, "mood": _mood((nps + 1) // 2), "intent": "survey", "case": kind}
        asked_at = moment(rng, max(row.signed_up for row in person.rows), END)
        rows.append({
            "response_id": f"SV-{n + 1:05d}", "customer_id": person.rows[0].customer_id, "asked_at": stamp(asked_at),
            "nps": nps, "question": reviews.QUESTIONS[kind], "answer": grammar.write(kind, record=record, rng=rng),
        })  # fmt: skip
    return rows


def _mood(rating: int) -> str:
    return "good" if rating >= 4 else "mixed" if rating == 3 else "bad"


def stamp(at: datetime) -> str:
    """Returns the time as ISO 8601 in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def sku(product: Product, size: str) -> str:
    """Returns the article number of one size of a product."""
    code = "".join(word[:3] for word in product.handle.split("-")).upper()
    return f"{code}-{size}" if size and product.sizes in SIZES.values() else code
