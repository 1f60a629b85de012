"""Site and e-mail behaviour as Segment events: sessions that end in orders, opened mail, consent changes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from .people import END, Person, moment
from .shop import Order, sku

_AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) Safari/605.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) Chrome/131.0 Mobile",
)
_PAGES = (
    "/",
    "/tents",
    "/packs",
    "/boots",
    "/jackets",
    "/mending-bench",
    "/trailheads",
    "/trail-promise",
    "/waypoints",
)


def build(
    people: list[Person], *, orders: list[Order], campaigns: list[dict[str, Any]], rng: random.Random
) -> list[dict[str, Any]]:
    """Returns every event, oldest first; about 1 in 200 is delivered twice under one messageId."""
    by_person: dict[str, list[Order]] = {person.id: [] for person in people}
    for order in orders:
        by_person[order.person_id].append(order)
    events = [event for person in people for event in _life(person, by_person[person.id], campaigns, rng)]
    events += [dict(event) for event in rng.sample(events, len(events) // 200)]
    return sorted(events, key=lambda event: (event["timestamp"], event["messageId"]))


def _life(
    person: Person, orders: list[Order], campaigns: list[dict[str, Any]], rng: random.Random
) -> Iterator[dict[str, Any]]:
    for order in orders:
        yield from _session(person, order, rng)
    yield from _links(person, rng)
    yield from _mail(person, campaigns, rng)
    if person.consent_event:
        at, granted = person.consent_event
        event = _event("track", person, at, rng, event="Segment Consent Preference Updated", properties={})
        event["context"]["consent"] = {"categoryPreferences": {"model_training": granted}}
        yield event
    if not person.trap and rng.random() < 0.007:
        yield _event(
            "track", person, END - timedelta(hours=rng.randint(1, 200)), rng, event="Account Closed", properties={}
        )


def _session(person: Person, order: Order, rng: random.Random) -> Iterator[dict[str, Any]]:
    """A visit that leads to one order; the visitor is anonymous until they sign in."""
    product, at, visitor = order.product, order.at, rng.choice(person.anonymous_ids)
    item = {
        "product_id": product.handle,
        "sku": sku(product, order.size),
        "name": product.title,
        "price": product.price,
    }
    if rng.random() < 0.6:
        yield _event("page", person, at - timedelta(minutes=rng.randint(9, 30)), rng, visitor=visitor, known=False,
                     name="Home", properties={"path": rng.choice(_PAGES)})  # fmt: skip
    yield _event("track", person, at - timedelta(minutes=8), rng, visitor=visitor, known=False,
                 event="Product Viewed", properties=item)  # fmt: skip
    if rng.random() < 0.7:
        yield _event("track", person, at - timedelta(minutes=5), rng, visitor=visitor, known=False,
                     event="Product Added", properties=item | {"quantity": order.quantity})  # fmt: skip
    if rng.random() < 0.45:
        yield _event("identify", person, at - timedelta(minutes=3), rng, visitor=visitor, user=order.customer_id,
                     traits={"email": order.email, "firstName": person.first, "lastName": person.last})  # fmt: skip
    yield _event("track", person, at, rng, visitor=visitor, user=order.customer_id, event="Order Completed", properties={
        "order_id": order.id, "total": product.price * order.quantity, "currency": order.currency,
        "products": [item | {"quantity": order.quantity}],
    })  # fmt: skip


def _links(person: Person, rng: random.Random) -> Iterator[dict[str, Any]]:
    """The sign-ins that tie two identities together: one browser, two e-mails."""
    if person.link not in ("two_rows_event", "desk_event"):
        return
    at = moment(rng, person.rows[-1].signed_up, person.rows[-1].signed_up + timedelta(days=20))
    for n, email in enumerate(person.emails):
        user = person.rows[n].customer_id if n < len(person.rows) else None
        yield _event("identify", person, at + timedelta(days=n), rng, visitor=person.anonymous_ids[0], known=bool(user),
                     user=user, traits={"email": email, "firstName": person.first})  # fmt: skip


def _mail(person: Person, campaigns: list[dict[str, Any]], rng: random.Random) -> Iterator[dict[str, Any]]:
    for campaign in rng.sample(campaigns, min(len(campaigns), rng.randint(0, 7))):
        sent_at = datetime.strptime(campaign["sent_at"], "%Y-%m-%dT%H:%M:%SZ")
        if sent_at < person.rows[0].signed_up:
            continue
        opened_at = min(END, sent_at + timedelta(minutes=rng.randint(2, 2000)))
        mail = {"email_id": campaign["campaign_id"] + campaign["variant"], "email_subject": campaign["subject"],
                "campaign_id": campaign["campaign_id"]}  # fmt: skip
        yield _event("track", person, opened_at, rng, event="Email Opened", properties=mail)
        if rng.random() < 0.18:
            link = {"link_url": f"https://larkspur.example/{campaign['product_id']}"}
            yield _event("track", person, opened_at + timedelta(minutes=1), rng, event="Email Link Clicked",
                         properties=mail | link)  # fmt: skip
        elif rng.random() < 0.03:
            yield _event("track", person, opened_at + timedelta(minutes=1), rng, event="Unsubscribed", properties=mail)


def _event(
    kind: str, person: Person, at: datetime, rng: random.Random, *,
    visitor: str = "", user: str | None = "", known: bool = True, **fields: Any,
) -> dict[str, Any]:  # fmt: skip
    """One event; the sender's clock runs a little behind the receiver's."""
    lag = timedelta(milliseconds=rng.randint(40, 4000))
    ids: dict[str, Any] = {"anonymousId": visitor or person.anonymous_ids[0]}
    if known and user is not None:
        ids["userId"] = user or person.rows[-1].customer_id
    return {
        "type": kind, "messageId": f"evt-{rng.getrandbits(96):024x}", **ids, **fields,
        "context": {
            "ip": f"192.0.2.{rng.randint(1, 254)}", "locale": f"{person.language}-{person.country}",
            "userAgent": rng.choice(_AGENTS), "library": {"name": "analytics.js", "version": "2.1.0"},
        },
        "originalTimestamp": _ms(at), "sentAt": _ms(at + timedelta(milliseconds=50)),
        "receivedAt": _ms(at + timedelta(milliseconds=50) + lag), "timestamp": _ms(at + lag), "version": "2",
    }  # fmt: skip


def _ms(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
