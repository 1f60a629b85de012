"""What each ticket is about: an intent, one of its cases, a fitting product, the details both sides mention."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from .catalog import Product
from .language import account, delivery, gear, orders, returns
from .names import NEAREST
from .people import Person

INTENTS = {
    "return": 11, "exchange_size": 9, "late_delivery": 12, "damaged_item": 8, "missing_item": 7, "warranty_claim": 8,
    "repair": 6, "sizing_advice": 8, "product_care": 7, "order_change": 6, "order_cancel": 5, "refund_status": 7,
    "stock_question": 6, "loyalty_points": 6, "password_login": 5, "gift_card": 5,
}  # fmt: skip
CASES: dict[str, dict[str, int]] = returns.CASES | delivery.CASES | gear.CASES | orders.CASES | account.CASES
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
CITIES = (
    "Leeds",
    "Memphis",
    "Cologne",
    "Lille",
    "Zaragoza",
    "Reno",
    "Limerick",
    "Crewe",
    "Omaha",
    "Toledo",
    "Carlisle",
)
CHESTS = {"S": "91 cm", "M": "98 cm", "L": "105 cm", "XL": "112 cm"}
_SEWN = ("shelter", "sleep", "carry", "shell", "insulated", "layer")

# Which products an intent, or one case of it, can happen to.
_SUITS: dict[str, Callable[[Product], bool]] = {
    "exchange_size": lambda p: len(p.sizes) > 1,
    "order_change": lambda p: len(p.sizes) > 1,
    "stock_question": lambda p: len(p.sizes) > 1,
    "sizing_advice": lambda p: p.fit != "-",
    "product_care": lambda p: p.care != "-" and (p.care != "bottle" or p.type == "Bottle"),
    "repair": lambda p: p.family in _SEWN,
    "missing_item.part": lambda p: bool(p.parts()),
    "warranty_claim.wear": lambda p: p.family in (*_SEWN, "legs"),
    "warranty_claim.accident": lambda p: p.family in (*_SEWN, "legs"),
}
# How long before the message the order was placed, in days, where it isn't 6 to 30.
_PLACED = {
    "return.late": (95, 140), "exchange_size.late": (95, 130), "late_delivery": (3, 12), "damaged_item": (4, 10),
    "missing_item": (4, 10), "warranty_claim": (200, 360), "repair": (100, 360), "order_change.early": (0, 0),
    "order_cancel.early": (0, 0), "order_change": (1, 2), "order_cancel": (1, 2), "loyalty_points.old": (30, 70),
}  # fmt: skip


def situation(
    intent: str, person: Person, products: list[Product], rng: random.Random
) -> tuple[Product, dict[str, Any]]:
    """Returns the product and the slots and flags the language needs for one ticket."""
    case = rng.choices(list(CASES[intent]), weights=list(CASES[intent].values()))[0]
    suits = _SUITS.get(f"{intent}.{case}", _SUITS.get(intent, bool))
    product = rng.choice([p for p in products if suits(p)])
    fault = rng.choice(product.faults())
    part = rng.choice(product.parts() or ["spare parts"])
    day = rng.choice(DAYS)
    record = product.slots | _sizes(product, case, rng) | {
        "intent": intent, "case": case, "fault": fault, "the_fault": f"the {fault.split(' ', 1)[1]}",
        "part": f"the {part}", "part_bare": part, "day": day, "scan_city": rng.choice(CITIES),
        "town": rng.choice(NEAREST[person.country]),
        "wants_trip": intent not in ("loyalty_points", "password_login", "gift_card") and rng.random() < 0.35,
    }  # fmt: skip
    return product, record


def days_before(intent: str, case: str, rng: random.Random) -> timedelta:
    """Returns how long before the message the order was placed."""
    low, high = _PLACED.get(f"{intent}.{case}", _PLACED.get(intent, (6, 30)))
    return timedelta(minutes=rng.randint(8, 50)) if high == 0 else timedelta(days=rng.randint(low, high), hours=3)


def _sizes(product: Product, case: str, rng: random.Random) -> dict[str, str]:
    if len(product.sizes) < 2:
        return {"size": "", "size2": "", "chest": ""}
    at = rng.randrange(len(product.sizes) - 1)
    small, large = product.sizes[at], product.sizes[at + 1]
    size, size2 = (large, small) if case == "big" else (small, large)
    return {"size": size, "size2": size2, "chest": CHESTS.get(size, "")}
