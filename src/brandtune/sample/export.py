"""Shapes the sample as the files other systems export, and as the truth beside them."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .catalog import Product
from .grammar import Grammar, agree
from .language import products as product_text
from .language.offbrand import AGENTS
from .people import Person
from .shop import Order, sku, stamp
from .tickets import HOUSE_AGENTS, DeskUser, Ticket, Turn


def to_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Returns the rows as CSV with a header; every row has the same columns."""
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def to_jsonl(rows: Iterable[Mapping[str, Any]]) -> str:
    """Returns one JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def customer_rows(people: list[Person], *, rng: random.Random) -> list[dict[str, Any]]:
    rows = [
        {
            "customer_id": row.customer_id, "email": row.email, "phone": row.phone,
            "first_name": person.first, "last_name": person.last, "city": person.city, "country": person.country,
            "language": person.language, "signup_date": f"{row.signed_up:%Y-%m-%d}",
            "loyalty_tier": rng.choices(("Scout", "Ranger", "Summit"), weights=(70, 24, 6))[0],
            "marketing_consent": rng.choices(("yes", "no"), weights=(80, 20))[0],
            "model_training_consent": row.consent, "consent_updated_at": stamp(row.consent_at) if row.consent_at else "",
        }
        for person in people for row in person.rows
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row["customer_id"])


def order_rows(orders: list[Order]) -> list[dict[str, Any]]:
    return [
        {
            "order_id": order.id, "customer_id": order.customer_id, "email": order.email, "ordered_at": stamp(order.at),
            "product_id": order.product.handle, "sku": sku(order.product, order.size), "quantity": order.quantity,
            "unit_price": f"{order.product.price:.2f}", "currency": order.currency, "status": order.status,
        }
        for order in orders
    ]  # fmt: skip


def product_rows(products: list[Product], *, rng: random.Random) -> list[dict[str, Any]]:
    """Returns the Shopify export: the first row of a product is full, further rows carry only the variant."""
    grammar, rows = Grammar(product_text.DESCRIPTIONS), []
    for product in products:
        text = _describe(grammar, product, rng)
        sizes = product.sizes[:4] if rng.random() < 0.15 else product.sizes[:1]
        for n, size in enumerate(sizes or ("Default Title",)):
            rows.append(_product_row(product, text if n == 0 else "", size, first=n == 0))
    return rows


def _describe(grammar: Grammar, product: Product, rng: random.Random) -> str:
    record = product.slots | {"intent": "description", "case": product.type}
    while True:
        text = agree(grammar.write("description", record=record, rng=rng), record)
        if 32 <= len(re.findall(r"\b[\w'-]+\b", text)) <= 58 and "\n" not in text:
            return text


def _product_row(product: Product, text: str, size: str, *, first: bool) -> dict[str, Any]:
    tags = ", ".join(f"{name}:{value}" for name, value in product.attributes if value)
    full = {
        "Title": product.title, "Body (HTML)": f"<p>{text}</p>", "Vendor": "Larkspur Outdoor", "Type": product.type,
        "Tags": tags, "Published": "true",
    }  # fmt: skip
    blank = dict.fromkeys(full, "")
    sized = bool(product.sizes)
    return {
        "Handle": product.handle, **(full if first else blank),
        "Option1 Name": ("Size" if sized else "Title") if first else "", "Option1 Value": size,
        "Variant SKU": sku(product, size if sized else ""), "Variant Grams": product.grams,
        "Variant Price": f"{product.price:.2f}",
        "Image Src": f"https://cdn.larkspur.example/{product.handle}.jpg" if first else "",
        "SEO Title": f"{product.title} | Larkspur Outdoor" if first else "",
        "SEO Description": text.split(". ")[0] + "." if first else "", "Status": "active" if first else "",
    }  # fmt: skip


def zendesk(tickets: list[Ticket], users: list[DeskUser]) -> dict[str, Any]:
    """Returns the ticket export: end users, agents, and tickets with their comments."""
    agents = {name: 9_000_001 + n for n, name in enumerate((*HOUSE_AGENTS, *(name for name, _ in AGENTS)))}
    people = [
        {"id": u.id, "name": u.name, "email": u.email, "phone": u.phone or None, "role": "end-user"} for u in users
    ]
    people += [
        {
            "id": id_,
            "name": name,
            "email": f"{name.lower().replace(' ', '.')}@larkspur.example",
            "phone": None,
            "role": "agent",
        }
        for name, id_ in agents.items()
    ]
    return {"users": people, "tickets": [_zendesk_ticket(ticket, agents) for ticket in tickets]}


def _zendesk_ticket(ticket: Ticket, agents: dict[str, int]) -> dict[str, Any]:
    first, last = ticket.turns[0], ticket.turns[-1]
    solved = ticket.status in ("solved", "closed")
    return {
        "id": ticket.id, "external_id": None, "subject": ticket.subject, "description": first.body,
        "status": ticket.status, "priority": "high" if ticket.record["reg"] == "upset" else "normal",
        "created_at": stamp(first.at), "updated_at": stamp(last.at), "solved_at": stamp(last.at) if solved else None,
        "requester_id": ticket.user.id, "assignee_id": agents[ticket.agent],
        "tags": [f"intent_{ticket.record['intent']}", ticket.record["handle"]], "custom_fields": [],
        "satisfaction_rating": _rating(ticket), "via": {"channel": ("email", "web", "email", "chat")[ticket.id % 4]},
        "comments": [_comment(ticket, n, turn, agents) for n, turn in enumerate(ticket.turns)],
        "metric_set": {"reopens": ticket.reopens, "replies": sum(t.author == "agent" and t.public for t in ticket.turns)},
    }  # fmt: skip


def _rating(ticket: Ticket) -> dict[str, Any]:
    comment = {"good": "Quick and kind.", "bad": "Did not solve it."}.get(ticket.score) if ticket.id % 5 == 0 else None
    return {
        "score": ticket.score,
        "comment": comment,
        "reason": "The issue was not resolved" if ticket.score == "bad" else None,
    }


def _comment(ticket: Ticket, nth: int, turn: Turn, agents: dict[str, int]) -> dict[str, Any]:
    comment = {
        "id": ticket.id * 100 + nth, "author_id": ticket.user.id if turn.author == "customer" else agents[ticket.agent],
        "public": turn.public, "body": turn.body, "created_at": stamp(turn.at),
    }  # fmt: skip
    return comment | {"html_body": turn.html} if turn.html else comment


def identity_rows(people: list[Person], users: list[DeskUser]) -> list[dict[str, Any]]:
    """Returns which identifier belongs to whom; a shared e-mail appears once for each person behind it."""
    rows = []
    for person in people:
        rows += [("customers", row.customer_id, person.id) for row in person.rows]
        rows += [("anonymous", visitor, person.id) for visitor in person.anonymous_ids]
        rows += [("email", email, person.id) for email in person.emails]
    rows += [("zendesk", str(user.id), user.person_id) for user in users]
    rows += [("email", user.email, user.person_id) for user in users if user.person_id.startswith("S")]
    return [dict(zip(("source", "source_id", "person_id"), row, strict=True)) for row in rows]


def truth_row(ticket: Ticket) -> dict[str, Any]:
    return {
        "ticket_id": ticket.id, "person_id": ticket.person.id, "intent": ticket.record["intent"],
        "product_id": ticket.record["handle"], "training_consent": ticket.trained_on,
        "off_brand": bool(ticket.off_brand_style), "off_brand_style": ticket.off_brand_style or None,
        "near_duplicate_of": ticket.near_duplicate_of, "wrong_fact": ticket.wrong_fact,
        "unresolved": ticket.unresolved, "pii": personal_data(ticket),
    }  # fmt: skip


def personal_data(ticket: Ticket) -> list[dict[str, str]]:
    """Returns every piece of personal data in the ticket, spelled as it stands there."""
    record = ticket.record
    text = "\n".join((ticket.subject, *(turn.body for turn in ticket.turns)))
    candidates = [
        ("name", record["full"]), ("name", record["first"]), ("name", record["last"]), ("name", record["third"]),
        ("email", record["email"]), ("phone", record["phone"]), ("order_id", record["order"]),
        ("address", record["address"]), ("card", record["card"]),
    ]  # fmt: skip
    found = [
        (kind, spelled)
        for kind, value in candidates if value
        for spelled in sorted(set(re.findall(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE)))
    ]  # fmt: skip
    return [{"type": kind, "text": spelled} for kind, spelled in dict.fromkeys(found)]
