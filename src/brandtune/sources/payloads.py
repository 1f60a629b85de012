"""From a row to the payload it maps to: one builder for each `maps_to`."""

from collections.abc import Callable, Mapping
from typing import Any

from brandtune.core.records import (
    CampaignVariant,
    Conversation,
    Event,
    LabelledText,
    Pair,
    Payload,
    Product,
    Profile,
    Purchase,
    Review,
    Survey,
    Turn,
)
from brandtune.sources.base import RowProblem
from brandtune.sources.conventions import csat_bottom
from brandtune.sources.markup import plain_text
from brandtune.sources.rows import Cells
from brandtune.sources.text_payloads import TEXT_BUILDERS
from brandtune.sources.turns import read_turns
from brandtune.sources.values import as_bool, as_number, as_text, as_words, is_nothing
from brandtune.sources.vocabulary import words

RATES = {"opens": "open_rate", "clicks": "click_rate", "conversions": "conversion_rate"}
"""Counts of engagement, and the rates that some exports have instead."""
_RESOLVED = words("solved closed resolved complete completed done success successful fixed")
_UNRESOLVED = words("open pending new hold on-hold unresolved failed incomplete abandoned escalated active")
_GOOD = words("good satisfied positive happy great excellent promoter thumbs_up up like")
_BAD = words("bad unsatisfied dissatisfied negative unhappy poor terrible detractor thumbs_down down dislike")


def profile(cells: Cells) -> Profile:
    if not cells.identifiers():
        raise RowProblem("no identifier", detail="a profile needs an id, e-mail, phone or anonymous id")
    return Profile(traits=cells.scalars(also=("email", "phone")))


def event(cells: Cells) -> Event:
    properties: dict[str, object] = dict(cells.scalars())
    if isinstance(nested := cells.values.get("properties"), Mapping):
        properties = {**{k: v for k, v in properties.items() if not k.startswith("properties")}, **nested}
    return Event(type=cells.word("type") or "track", name=cells.required("name"), properties=properties)


def conversation(cells: Cells) -> Conversation:
    return Conversation(turns=_turns(cells), conversation_id=cells.word("id"), **outcome(cells))


def _turns(cells: Cells) -> tuple[Turn, ...]:
    bound = cells.columns.bound
    if "customer_text" in bound and "agent_text" in bound:
        sides = (("customer", cells.text("customer_text")), ("agent", cells.text("agent_text")))
        turns = tuple(Turn(role=role, text=text) for role, text in sides if text.strip())  # type: ignore[arg-type]
        if not turns:
            raise RowProblem("no turns")
        return turns
    value = cells.raw("turns")
    if is_nothing(value):
        raise RowProblem("no turns", detail=f"column {bound.get('turns')} is empty")
    return read_turns(value, roles=cells.conventions.roles)


def outcome(cells: Cells) -> dict[str, Any]:
    """How a conversation ended: the keyword arguments of `Conversation` that a row fills."""
    status = cells.word("status")
    reopened = cells.raw("reopened")
    return {
        "subject_line": cells.text("subject_line"),
        "tags": as_words(cells.raw("tags")),
        "status": status,
        "resolved": resolved_word(cells.word("resolved") or status),
        "reopened": None if is_nothing(reopened) else _reopened(reopened),
        "csat": csat(cells),
    }


def _reopened(value: Any) -> bool | None:
    number = as_number(value)
    return as_bool(value) if number is None else number > 0


def resolved_word(word: str) -> bool | None:
    """What a status or a yes or no says about being resolved; None when it says nothing."""
    lower = word.strip().lower()
    if lower in _RESOLVED or lower in _UNRESOLVED:
        return lower in _RESOLVED
    return as_bool(word)


def csat(cells: Cells) -> float | None:
    """Satisfaction in 0..1: words, or a number on the source's scale (1 to 5 and 1 to 7 start at one)."""
    value = cells.raw("csat")
    if isinstance(value, Mapping):
        value = value.get("score", value.get("rating"))
    if is_nothing(value):
        return None
    word = as_text(value).strip().lower().replace(" ", "_")
    if word in _GOOD or word in _BAD:
        return 1.0 if word in _GOOD else 0.0
    if word in ("neutral", "ok", "passive"):
        return 0.5
    top, number = cells.conventions.csat_top, as_number(value)
    if number is None or top is None:
        return None
    low = csat_bottom(top)
    if low <= number <= top:
        return (number - low) / (top - low)
    cells.conventions.notes.add(f"a satisfaction value lies outside {low:g} to {top:g}; left out", where=cells.where)
    return None


def campaign(cells: Cells) -> CampaignVariant:
    subject, body = cells.text("subject_line"), plain_text(cells.text("body"))
    if not subject.strip() and not body.strip():
        raise RowProblem("empty campaign", detail="neither a subject line nor a body")
    return CampaignVariant(
        campaign=cells.required("campaign").strip(),
        variant=cells.word("variant") or "A",
        channel=cells.word("channel") or "email",
        **cells.words("audience", "product", "offer"),
        subject_line=subject,
        preheader=cells.text("preheader"),
        body=body,
        sends=cells.count("sends"),
        **engagements(cells),
    )


def engagements(cells: Cells) -> dict[str, Any]:
    """Counts as the export has them, else worked out from their rates and what was sent."""
    return {name: _engagement(cells, name, rate=rate) for name, rate in RATES.items()}


def _engagement(cells: Cells, name: str, *, rate: str) -> int | None:
    count, sends, share = cells.count(name), cells.count("sends"), cells.share(rate)
    if count is not None or share is None or not sends:
        return count
    cells.conventions.notes.add(f"`{name}` worked out from `{cells.columns.bound[rate]}` and what was sent")
    return round(share * sends)


def product(cells: Cells) -> Product:
    attributes = {name: as_text(value) for name, value in cells.scalars().items() if value is not None}
    if isinstance(nested := cells.values.get("attributes"), Mapping):
        flat = {str(k): as_text(v) for k, v in nested.items() if not is_nothing(v)}
        attributes = {**{k: v for k, v in attributes.items() if not k.startswith("attributes")}, **flat}
    return Product(
        handle=cells.required("id").strip(),
        title=cells.required("title").strip(),
        description=plain_text(cells.text("text")),
        attributes=attributes,
        price=cells.number("price"),
        **cells.words("type", "currency"),
    )


def purchase(cells: Cells) -> Purchase:
    quantity = cells.number("quantity")
    return Purchase(
        order=cells.required("id").strip(),
        quantity=1 if quantity is None else int(quantity),
        unit_price=cells.number("unit_price"),
        **cells.words("product", "currency", "status"),
    )


def review(cells: Cells) -> Review:
    return Review(
        text=cells.required("text"),
        product=cells.word("product"),
        title=cells.text("title"),
        rating=cells.number("rating"),
    )


def survey(cells: Cells) -> Survey:
    answer, score = cells.text("text"), cells.number("score")
    if not answer.strip() and score is None:
        raise RowProblem("empty answer", detail="neither a text nor a score")
    return Survey(answer=answer, question=cells.text("question"), score=score)


def label(cells: Cells) -> LabelledText:
    return LabelledText(text=cells.required("text"), label=cells.required("label").strip())


def pair(cells: Cells) -> Pair:
    prompt, context = cells.required("prompt"), cells.text("context")
    if context.strip():
        prompt = f"{prompt}\n\n{context}"
    return Pair(prompt=prompt, completion=cells.required("completion"), system=cells.text("system"))


BUILDERS: dict[str, Callable[[Cells], Payload]] = {
    "profile": profile,
    "event": event,
    "conversation": conversation,
    "campaign": campaign,
    "product": product,
    "purchase": purchase,
    "review": review,
    "survey": survey,
    "label": label,
    "pair": pair,
    **TEXT_BUILDERS,
}
