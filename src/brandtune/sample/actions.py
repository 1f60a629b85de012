"""What Larkspur did for customers and what came of it: events for the next best action, with the best one as truth."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from .catalog import Product
from .events import _ms
from .people import END, Person
from .shop import Order

# What a customer looked at, by family of product, and the action that helps them along.
BEST = {
    "footwear": "size_guide", "legs": "size_guide", "shell": "care_guide", "insulated": "care_guide",
    "sleep": "ten_percent_off", "shelter": "ten_percent_off", "carry": "trailhead_visit", "layer": "trailhead_visit",
    "cook": "free_patch_kit", "drink": "free_patch_kit", "light": "free_patch_kit", "walk": "size_guide",
    "wear": "double_waypoints",
}  # fmt: skip
ACTIONS = tuple(dict.fromkeys(BEST.values()))
GOOD_CHOICE, WORKS, WORKS_ANYWAY = 0.6, 0.6, 0.12


def build(
    count: int, *, people: list[Person], orders: list[Order], products: list[Product], rng: random.Random
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Returns events, oldest first, and the truth of each action. Nobody is contacted who never ordered."""
    last = {order.person_id: order for order in orders if order.at < END - timedelta(days=45)}
    by_id = {person.id: person for person in people}
    chosen = rng.sample(sorted(last), min(count, len(last)))
    events: list[dict[str, Any]] = []
    truth: list[dict[str, Any]] = []
    for person_id in chosen:
        order, product = last[person_id], rng.choice(products)
        person = by_id[person_id]
        sent_at = order.at + timedelta(days=rng.randint(10, 30), minutes=rng.randrange(600))
        best = BEST[product.family]
        action = best if rng.random() < GOOD_CHOICE else rng.choice(ACTIONS)
        worked = rng.random() < (WORKS if action == best else WORKS_ANYWAY)
        looked = {"product_id": product.handle, "category": product.family}
        events.append(_event(person, order, sent_at - timedelta(days=1), "Product Viewed", looked, rng))
        sent = _event(person, order, sent_at, "Offer Sent", {"action": action, "channel": "email"}, rng)
        events.append(sent)
        if worked:
            bought = {"order_id": f"WEB-{len(events):06d}", "products": [looked], "total": product.price}
            after = timedelta(days=rng.randint(1, 10), minutes=rng.randrange(600))
            events.append(_event(person, order, sent_at + after, "Order Completed", bought, rng))
        truth.append(
            {"message_id": sent["messageId"], "best_action": best, "action": action, "converted": str(worked).lower()}
        )
    return sorted(events, key=lambda event: (event["timestamp"], event["messageId"])), truth


def _event(
    person: Person, order: Order, at: Any, name: str, properties: dict[str, Any], rng: random.Random
) -> dict[str, Any]:
    return {
        "type": "track", "messageId": f"act-{rng.getrandbits(96):024x}", "userId": order.customer_id, "event": name,
        "properties": properties,
        "context": {"locale": f"{person.language}-{person.country}", "library": {"name": "larkspur-crm", "version": "1.4"}},
        "originalTimestamp": _ms(at), "sentAt": _ms(at), "receivedAt": _ms(at), "timestamp": _ms(at), "version": "2",
    }  # fmt: skip
