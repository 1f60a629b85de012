"""How likely it is that sampled rows are conversations, messages, labels and so on: one small judge for each."""

from collections.abc import Callable, Sequence

from brandtune.sources.base import RowProblem
from brandtune.sources.columns import Values, find
from brandtune.sources.roles import Roles
from brandtune.sources.samples import TEXT_LENGTH, Guess, Sample
from brandtune.sources.text_guesses import TEXT_GUESSES
from brandtune.sources.threads import is_reply_export
from brandtune.sources.turns import read_turns
from brandtune.sources.values import as_text

MOST_LABELS = 200


def conversation(sample: Sample) -> Guess | None:
    roles = Roles()
    read = num_turns = 0
    values = sample.values("turns")
    for value in values[:50]:
        try:
            num_turns += len(read_turns(value, roles=roles))
            read += 1
        except RowProblem:
            continue
    if values and read >= 0.6 * len(values[:50]) and num_turns >= 1.5 * read:
        each = f"read as turns in {read} of {len(values[:50])} rows, {num_turns / read:.1f} turns each"
        return Guess(score=9.5, reason="each row holds a whole conversation", evidence={"turns": each})
    if sample.has("customer_text", "agent_text"):
        return Guess(score=8, reason="each row holds what the customer and the agent said")
    return None


def message(sample: Sample) -> Guess | None:
    if is_reply_export(sample.columns.known):
        return Guess(score=9.6, reason="the columns of the support-tweets export; threads follow the replies",
                     fields={"id": "tweet_id", "role": "inbound", "text": "text"})  # fmt: skip
    if not sample.has("id", "role", "text"):
        return None
    roles = Roles()
    column = sample.columns.bound["role"]
    for value in (values := sample.values("role")):
        roles.of(value, column=column)
    known = 1 - sum(roles.unknown.values()) / max(len(values), 1)
    if not values or known < 0.5 or sample.length("text") < TEXT_LENGTH:
        return None
    said = f"{known:.0%} of the role words are known"
    return Guess(score=7 + 2 * known, reason="each row is one message of a conversation", evidence={"role": said})


def label(sample: Sample) -> Guess | None:
    texts, labels = sample.values("text"), [as_text(value) for value in sample.values("label")]
    if not texts or not labels or sample.length("label") > 60:
        return None
    distinct = len(set(labels))
    if distinct > min(MOST_LABELS, max(2, len(labels) // 2)) or sample.length("text") < TEXT_LENGTH:
        return None
    said = f"{distinct} different values in {len(labels)} rows"
    return Guess(score=7, reason="each row is a text with a label", evidence={"label": said})


def pair(sample: Sample) -> Guess | None:
    if sample.has("prompt", "completion"):
        if sample.length("prompt") < TEXT_LENGTH or sample.length("completion") < 4:
            return None
        return Guess(score=6.5, reason="each row is an input and the text written for it")
    if not sample.has("prompt") or sample.length("prompt") < TEXT_LENGTH:
        return None
    names = [name for name in sample.columns.known if "." not in name and name != sample.columns.bound["prompt"]]
    answers = other_texts(sample.rows, names)
    if not answers:
        return None
    which = f"one of {len(answers)} text columns that could be the answer: {', '.join(answers[:8])}; choose one"
    return Guess(score=4, reason="each row is an input and one or more answers", evidence={"completion": which},
                 fields={"completion": answers[0]})  # fmt: skip


def campaign(sample: Sample) -> Guess | None:
    counts = [name for name in ("sends", "opens", "clicks", "conversions") if sample.has(name) and sample.numeric(name)]
    text = [name for name in ("subject_line", "body", "preheader") if sample.has(name)]
    if not text or not counts:
        return None
    return Guess(score=5 + min(len(counts), 3) + 0.5 * len(text), reason=f"message texts with {', '.join(counts)}")


def product(sample: Sample) -> Guess | None:
    if not sample.has("id", "title") or not (sample.has("text") or sample.has("price")):
        return None
    telling = sum(sample.has(name) for name in ("text", "price", "type", "currency"))
    return Guess(score=3.5 + telling, reason="each row is a product with a title")


def purchase(sample: Sample) -> Guess | None:
    if not sample.has("product") or not (sample.numeric("quantity") or sample.numeric("unit_price")):
        return None
    telling = sum(sample.has(name) for name in ("subject", "quantity", "unit_price", "time"))
    return Guess(score=4 + telling, reason="each row is one bought item")


def review(sample: Sample) -> Guess | None:
    if not sample.numeric("rating") or sample.length("text") < TEXT_LENGTH:
        return None
    telling = sum(sample.has(name) for name in ("product", "subject"))
    named = any("review" in name.lower() for name in sample.columns.known)
    return Guess(score=5.5 + telling + 1.5 * named, reason="each row is a text with a rating")


def survey(sample: Sample) -> Guess | None:
    named = any(word in name.lower() for name in sample.columns.known for word in ("nps", "survey", "response_id"))
    if not named or not (sample.has("text") or sample.has("score")):
        return None
    return Guess(score=7.5, reason="each row is an answer to a survey")


def profile(sample: Sample) -> Guess | None:
    people = [name for name in ("id", "email", "phone", "anonymous_id") if sample.has(name)]
    ids = sample.values("id") or sample.values("email")
    unique = len({as_text(value) for value in ids}) / len(ids) if ids else 0.0
    if not people or unique < 0.9 or not ("email" in people or "phone" in people or _named_person(sample)):
        return None
    return Guess(score=4 + len(people), reason=f"one person a row, with {', '.join(people)}")


def _named_person(sample: Sample) -> bool:
    column = sample.columns.bound.get("id", "").lower()
    return any(word in column for word in ("customer", "user", "client", "member", "contact", "household"))


def event(sample: Sample) -> Guess | None:
    people = [name for name in ("subject", "email", "anonymous_id") if sample.has(name)]
    if not people or not sample.has("time"):
        return None
    return Guess(score=4.5, reason=f"something that {people[0]} did at a time")


def other_texts(rows: Sequence[Values], names: Sequence[str]) -> list[str]:
    """Columns that hold sentences."""
    found = []
    for name in names:
        values = [value for row in rows if isinstance(value := find(row, name), str) and value.strip()]
        spaced = sum(" " in value for value in values)
        if values and spaced >= 0.5 * len(values) and sum(map(len, values)) >= TEXT_LENGTH * len(values):
            found.append(name)
    return found


GUESSES: dict[str, Callable[[Sample], Guess | None]] = {
    "conversation": conversation,
    "message": message,
    "label": label,
    "pair": pair,
    "campaign": campaign,
    "product": product,
    "purchase": purchase,
    "review": review,
    "survey": survey,
    "profile": profile,
    "event": event,
    **TEXT_GUESSES,
}
