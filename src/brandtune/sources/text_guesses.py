"""Judges for rows about texts: mentions, posts, edits, comparisons, ratings, questions, assets, translations."""

from collections.abc import Callable

from brandtune.sources.samples import TEXT_LENGTH, Guess, Sample
from brandtune.sources.text_payloads import verdict
from brandtune.sources.values import as_text

MOST_VERDICTS = 12


def mention(sample: Sample) -> Guess | None:
    telling = [name for name in ("sentiment", "likes", "shares", "replies") if sample.has(name)]
    if not sample.has("text", "platform") or not telling or sample.length("text") < TEXT_LENGTH:
        return None
    return Guess(score=7 + 0.5 * len(telling), reason="each row is something said in public, with its platform")


def social_post(sample: Sample) -> Guess | None:
    counts = [name for name in ("impressions", "engagements", "clicks") if sample.has(name) and sample.numeric(name)]
    named = sample.has("platform") or any("post" in name.lower() for name in sample.columns.known)
    if not counts or not named or sample.has("sentiment") or sample.length("text") < TEXT_LENGTH:
        return None
    return Guess(score=7.2 + 0.6 * len(counts), reason=f"each row is a post of the brand with {', '.join(counts)}")


def edit(sample: Sample) -> Guess | None:
    if not sample.has("draft", "published") or min(sample.length("draft"), sample.length("published")) < TEXT_LENGTH:
        return None
    return Guess(score=8, reason="each row is a draft and what was published instead")


def comparison(sample: Sample) -> Guess | None:
    whole = any(isinstance(value, list) for value in sample.values("chosen"))
    if not sample.has("chosen", "rejected") or not (whole or sample.has("prompt") or sample.has("turns")):
        return None
    return Guess(score=9, reason="each row is two answers, one of which was chosen")


def rating(sample: Sample) -> Guess | None:
    if not sample.has("answer", "good") or not (sample.has("prompt") or sample.has("turns")):
        return None
    values = sample.values("good")
    known = [value for value in values if verdict(value, top=None) is not None]
    if not values or len(known) < 0.9 * len(values) or sample.length("answer") < TEXT_LENGTH:
        return None
    return Guess(score=7.5, reason="each row is an answer that people called good or bad")


def faq(sample: Sample) -> Guess | None:
    if not sample.has("question", "answer") or sample.length("question") < TEXT_LENGTH:
        return None
    named = any("faq" in name.lower() for name in sample.columns.known)
    return Guess(score=8 if named else 6.4, reason="each row is a question and its answer")


def asset(sample: Sample) -> Guess | None:
    verdicts = {as_text(value).strip().lower() for value in sample.values("verdict")}
    reasoned = sample.has("rule") or sample.has("reason")
    if not reasoned or not 1 < len(verdicts) <= MOST_VERDICTS or sample.length("text") < TEXT_LENGTH:
        return None
    said = f"{len(verdicts)} different values"
    return Guess(score=7.6, reason="each row is a text that was reviewed", evidence={"verdict": said})


def translation(sample: Sample) -> Guess | None:
    located = sample.has("target_locale") or sample.has("source_locale")
    if not located or min(sample.length("source"), sample.length("target")) < TEXT_LENGTH:
        return None
    return Guess(score=8, reason="each row is a text in two languages")


TEXT_GUESSES: dict[str, Callable[[Sample], Guess | None]] = {
    "mention": mention,
    "social_post": social_post,
    "edit": edit,
    "comparison": comparison,
    "rating": rating,
    "faq": faq,
    "asset": asset,
    "translation": translation,
}
