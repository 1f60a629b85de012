"""Builders for rows about texts: mentions, posts, edits, comparisons, ratings, questions, assets, translations."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from brandtune.core.records import (
    Asset,
    Comparison,
    Edit,
    Faq,
    Mention,
    Payload,
    Rating,
    SocialPost,
    Translation,
    Turn,
)
from brandtune.sources.base import RowProblem
from brandtune.sources.conventions import csat_bottom
from brandtune.sources.markup import plain_text
from brandtune.sources.rows import Cells
from brandtune.sources.turns import message_text, read_turns
from brandtune.sources.values import as_bool, as_number, as_text, from_json, is_nothing
from brandtune.sources.vocabulary import words

_LIKED = words("good up thumbs_up thumbsup like liked positive helpful desirable accepted approve approved great yes")
_DISLIKED = words("bad down thumbs_down thumbsdown dislike disliked negative unhelpful undesirable rejected poor no")


def mention(cells: Cells) -> Mention:
    return Mention(
        text=cells.required("text"),
        platform=cells.word("platform"),
        sentiment=cells.word("sentiment").lower(),
        **cells.counts("likes", "shares", "replies"),
    )


def social_post(cells: Cells) -> SocialPost:
    return SocialPost(
        text=plain_text(cells.required("text")),
        **cells.words("platform", "campaign", "variant", "audience", "product", "offer"),
        **cells.counts("impressions", "engagements", "clicks"),
    )


def edit(cells: Cells) -> Edit:
    return Edit(
        draft=cells.required("draft"),
        published=cells.required("published"),
        brief=cells.text("brief"),
        system=cells.text("system"),
    )


def comparison(cells: Cells) -> Comparison:
    chosen, rejected = from_json(cells.raw("chosen")), from_json(cells.raw("rejected"))
    turns = _asked(cells) or _common_start(chosen, rejected, cells)
    if not turns:
        raise RowProblem("empty prompt", detail="neither a prompt nor messages before the two answers")
    return compared(turns, chosen=answer_text(chosen), rejected=answer_text(rejected))


def compared(turns: tuple[Turn, ...], *, chosen: str, rejected: str) -> Comparison:
    """Two answers that differ.

    Raises:
        RowProblem: One is empty, or both are the same.
    """
    if not chosen.strip() or not rejected.strip():
        raise RowProblem("empty answer", detail="one of the two answers has no text")
    if chosen.strip() == rejected.strip():
        raise RowProblem("both answers are the same")
    return Comparison(turns=turns, chosen=chosen, rejected=rejected)


def _asked(cells: Cells) -> tuple[Turn, ...]:
    """The conversation before the answer: messages, else a prompt with its system text."""
    for name in ("turns", "prompt"):
        value = from_json(cells.raw(name))
        if isinstance(value, list | Mapping) and value:
            return read_turns(value, roles=cells.conventions.roles)
    return asked_turns(cells.text("prompt"), system=cells.text("system"))


def asked_turns(prompt: str, *, system: str = "") -> tuple[Turn, ...]:
    """A prompt as turns; none when it is empty."""
    if not prompt.strip():
        return ()
    before = (Turn(role="system", text=system),) if system.strip() else ()
    return (*before, Turn(role="customer", text=prompt))


def _common_start(chosen: Any, rejected: Any, cells: Cells) -> tuple[Turn, ...]:
    """Both answers as whole conversations: what they share is the prompt."""
    if not (isinstance(chosen, list) and isinstance(rejected, list)):
        return ()
    shared = 0
    while shared < min(len(chosen), len(rejected)) - 1 and chosen[shared] == rejected[shared]:
        shared += 1
    return read_turns(chosen[:shared], roles=cells.conventions.roles) if shared else ()


def answer_text(value: Any) -> str:
    """The answer itself: text, or the last message of a list."""
    if isinstance(value, list):
        last = value[-1] if value else ""
        return message_text(last.get("content", last.get("value", ""))) if isinstance(last, Mapping) else as_text(last)
    return message_text(value) if isinstance(value, Mapping) else as_text(value)


def rating(cells: Cells) -> Rating:
    turns = _asked(cells)
    if not turns:
        raise RowProblem("empty prompt", detail="neither a prompt nor messages before the answer")
    answer = answer_text(from_json(cells.raw("answer")))
    if not answer.strip():
        raise RowProblem("empty answer")
    good = verdict(cells.raw("good"), top=cells.conventions.csat_top)
    if good is None:
        raise RowProblem("neither good nor bad", detail="a word that is not known, or the middle of the scale")
    return Rating(turns=turns, answer=answer, good=good)


def verdict(value: Any, *, top: float | None) -> bool | None:
    """Whether people called it good: words, yes or no, or the upper or lower end of a scale; None for the middle."""
    word = as_text(value).strip().lower().replace(" ", "_").replace("-", "_")
    if word in _LIKED or word in _DISLIKED:
        return word in _LIKED
    number = as_number(value)
    if number is not None and top is not None and top > 1:
        low = csat_bottom(top)
        share = (number - low) / (top - low)
        return True if share >= 0.75 else False if share <= 0.25 else None
    if number is not None and number in (-1.0, 0.0, 1.0):
        return number > 0
    return as_bool(value)


def faq(cells: Cells) -> Faq:
    return Faq(
        question=plain_text(cells.required("question")).strip(),
        answer=plain_text(cells.required("answer")),
        topic=cells.word("topic"),
    )


def asset(cells: Cells) -> Asset:
    return Asset(
        text=cells.required("text"),
        verdict=cells.required("verdict").strip(),
        rule=cells.word("rule"),
        reason=cells.text("reason"),
        channel=cells.word("channel"),
    )


def translation(cells: Cells) -> Translation:
    return Translation(
        source=cells.required("source"),
        target=cells.required("target"),
        **cells.words("source_locale", "target_locale"),
        glossary=_glossary(cells.raw("glossary")),
    )


def _glossary(value: Any) -> dict[str, str]:
    """Terms as an object, JSON of one, or `term=translation; term=translation`."""
    value = from_json(value)
    if isinstance(value, Mapping):
        return {str(term): as_text(found) for term, found in value.items() if not is_nothing(found)}
    pairs = (re.split(r"\s*(?:=>|=|→|:)\s*", part.strip(), maxsplit=1) for part in re.split(r"[;\n]", as_text(value)))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and pair[0] and pair[1]}


TEXT_BUILDERS: dict[str, Callable[[Cells], Payload]] = {
    "mention": mention,
    "social_post": social_post,
    "edit": edit,
    "comparison": comparison,
    "rating": rating,
    "faq": faq,
    "asset": asset,
    "translation": translation,
}
