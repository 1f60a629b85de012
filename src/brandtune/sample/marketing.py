"""What the marketing desk keeps besides campaigns: posts, edited drafts, answers, reviewed copy, German texts."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from .catalog import Product
from .facts import FACTS, SLOTS
from .grammar import Grammar, agree
from .language import campaigns as campaign_text
from .language import faq, frame, social, translations
from .people import END, START
from .shop import OFFERS, SEASONS, binomial, stamp

PLATFORMS = ("instagram", "facebook", "mastodon")
SLIPPED, TRIVIAL, MISJUDGED = 0.1, 0.1, 0.05
SYSTEM = "You write marketing e-mails for Larkspur Outdoor."
_BREAKS: dict[str, Callable[[str], str]] = {
    "Exclamation": lambda text: text.replace(". ", "! ", 1) if ". " in text else f"{text}!",
    "Capitals": lambda text: " ".join((*text.split()[:-1], text.split()[-1].upper())) + " TODAY ONLY",
    "Hype": lambda text: f"{text} Simply amazing.",
    "Corporate": lambda text: f"Please be advised: {text}",
    "Naming": lambda text: f"{text} Covered by our warranty.",
}


def build_posts(count: int, *, products: list[Product], rng: random.Random) -> list[dict[str, Any]]:
    """Returns posts; two thirds are tested, A against B of another angle on one platform."""
    grammar, rows = Grammar(frame.MESSAGES, social.POSTS), list[dict[str, Any]]()
    number = 0
    while len(rows) < count:
        product, number = rng.choice(products), number + 1
        offer = rng.choice(OFFERS) if rng.random() < 0.3 else ""
        tested = number % 2 == 1
        at = START + timedelta(days=364 * len(rows) / count, hours=rng.randint(7, 20))
        shared = {
            "platform": rng.choice(PLATFORMS), "campaign": f"SOC-{number:04d}" if tested else "",
            "audience": rng.choice(("followers", "hikers", "campers")) if tested else "", "product": product.title,
            "offer": offer, "published_at": stamp(at),
        }  # fmt: skip
        angles = rng.sample(list(social.ANGLES), 2 if tested else 1)
        for variant, angle in zip("AB", angles, strict=False):
            record = product.slots | {"angle": angle, "offer": offer, "intent": "post", "case": angle}
            record["place"] = grammar.phrase("place", record=record, rng=rng)
            text = agree(grammar.write("post", record=record, rng=rng), record)
            reach = rng.choice((900, 2500, 6000))
            rows.append({
                "post_id": f"SP-{len(rows) + 1:05d}", **shared, "variant": variant if tested else "", "text": text,
                "impressions": reach, **_engagement(angle, reach, rng),
            })  # fmt: skip
    return rows[:count]


def _engagement(angle: str, reach: int, rng: random.Random) -> dict[str, int]:
    engaged, clicked = (rate * rng.uniform(0.85, 1.15) for rate in social.ANGLES[angle])
    return {"engagements": binomial(reach, engaged, rng), "clicks": binomial(reach, clicked, rng)}


def build_edits(count: int, *, products: list[Product], rng: random.Random) -> list[dict[str, Any]]:
    """Returns drafts of e-mail bodies by a writing tool beside what was sent; a tenth were hardly touched."""
    grammar = Grammar(frame.MESSAGES, campaign_text.COPY, social.DRAFTS)
    rows = []
    for n in range(count):
        product, angle = rng.choice(products), rng.choice([a for a in campaign_text.ANGLES if a != "offer"])
        at = START + timedelta(days=364 * n / count, hours=rng.randint(8, 17))
        season = SEASONS[at.month - 1]
        record = product.slots | {"angle": angle, "season": season, "season_name": season, "case": angle}
        record |= {"intent": "campaign", "offer": "", "offer_lower": ""}
        record["place"] = grammar.phrase("place", record=record, rng=rng)
        while not 38 <= len((sent := agree(grammar.write("body", record=record, rng=rng), record)).split()) <= 66:
            pass
        trivial = rng.random() < TRIVIAL
        draft = sent.replace(", ", " ", 1) if trivial else grammar.write("draft", record=record, rng=rng)
        facts = "; ".join(f"{name} {value}" for name, value in product.attributes if value)
        rows.append({
            "id": f"ED-{n + 1:05d}", "system": SYSTEM,
            "brief": f"Product: {product.title}\nFacts: {facts}\nAudience: {rng.choice(('hikers', 'campers', 'all'))}\n"
            f"Season: {season}\nLength: at most 70 words",
            "draft": draft, "published": sent, "edited_at": stamp(at),
        })  # fmt: skip
    return rows


def build_faq() -> list[dict[str, Any]]:
    """Returns two wordings of each question with the answer that the facts give."""
    rows: list[dict[str, Any]] = []
    for topic, questions, answer in faq.rows():
        for question in questions:
            rows.append({
                "faq_id": f"FAQ-{len(rows) + 1:04d}", "topic": topic, "question": question,
                "answer": answer.format_map(SLOTS),
            })  # fmt: skip
    return rows


def build_assets(
    count: int, *, mailings: list[dict[str, Any]], rng: random.Random
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Returns reviewed copy and the truth: what is wrong with each text, and where the reviewer erred."""
    rows: list[dict[str, Any]] = []
    truth: list[dict[str, Any]] = []
    for n in range(count):
        text = rng.choice(mailings)["body"].split("\n")[0].strip()
        rule = "" if n % 2 else rng.choice([*_BREAKS, "Facts"])
        text = _with_wrong_fact(text, rng) if rule == "Facts" else _BREAKS[rule](text) if rule else text
        erred = rng.random() < MISJUDGED
        said = rng.choice(list(_BREAKS)) if erred and not rule else "" if erred else rule
        rows.append({
            "asset_id": f"AS-{n + 1:04d}", "channel": "email", "text": text,
            "verdict": "changes needed" if said else "approved", "rule": said,
            "reason": f"Breaks {said}." if said else "", "reviewed_at": stamp(START + timedelta(days=364 * n / count)),
        })  # fmt: skip
        truth.append({"asset_id": f"AS-{n + 1:04d}", "rule": rule, "reviewer_erred": str(erred).lower()})
    return rows, truth


def _with_wrong_fact(text: str, rng: random.Random) -> str:
    window = FACTS["return_window"]
    return f"{text} You can return it within {rng.choice(window.wrong)} of delivery."


def build_translations(*, products: list[Product], rng: random.Random) -> list[dict[str, Any]]:
    """Returns English texts with their German ones; in a tenth the translator slipped on a word of the glossary."""
    rows: list[dict[str, Any]] = []
    for english, german in translations.rows():
        for _ in range(3 if "{product}" in english else 1):
            product = rng.choice(products).title
            slip = next((word for word in translations.SLIPS if word in german), "")
            slipped = bool(slip) and rng.random() < 3 * SLIPPED
            target = german.replace(slip, translations.SLIPS[slip]) if slipped else german
            rows.append({
                "id": f"TR-{len(rows) + 1:04d}", "source": english.format(product=product),
                "target": target.format(product=product), "source_locale": "en-US", "target_locale": "de-DE",
                "glossary": "; ".join(f"{one} = {other}" for one, other in translations.GLOSSARY.items()),
                "created_at": stamp(END - timedelta(days=len(rows))),
            })  # fmt: skip
    return rows
