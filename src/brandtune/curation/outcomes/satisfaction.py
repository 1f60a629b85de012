"""Conversations to rated answers: what the customer said of it, else whether the matter was solved and stayed so."""

from collections.abc import Sequence

from brandtune.core.examples import Message, Rated
from brandtune.core.ids import content_id
from brandtune.core.records import Conversation, Record
from brandtune.core.tasks import SupportReply
from brandtune.core.tasks.support_reply import alternating_turns
from brandtune.curation.context import Context
from brandtune.curation.outcomes.config import SatisfactionConfig
from brandtune.curation.outcomes.made import Made, of_record

STEP = "satisfaction"


def satisfaction(records: Sequence[Record], context: Context) -> Made:
    """Rated answers of every conversation whose outcome is clear; needs the task `support_reply`."""
    made = Made()
    task = next((task for task in context.tasks if isinstance(task, SupportReply)), None)
    if task is None:
        return made
    talks = [(record, record.payload) for record in records if isinstance(record.payload, Conversation)]
    settings = context.config.outcomes.satisfaction
    system = Message(role="system", content=task.system_prompt(context.brand))
    for record, talk in talks:
        evidence, good, reason = judged(talk, settings)
        answers = [] if reason else _answers(system, talk, settings)
        if not answers:
            reason = reason or "no answer to a customer"
            made.left_out[f"{STEP}: {reason}"] += 1
            continue
        made.used.add(record.record_id)
        made.rated += [_rated(record, talk, messages, good=good, evidence=evidence) for messages in answers]
    asked = sum(talk.csat is not None for _, talk in talks)
    if talks:
        made.notes.append(
            f"Satisfaction is known of {asked:,} of {len(talks):,} conversations; customers who rate are not a random part "
            "of all customers, and those who left without a word are not heard."
        )
    return made


def judged(talk: Conversation, settings: SatisfactionConfig) -> tuple[str, bool, str]:
    """By what evidence a conversation went well or badly; with a reason where that cannot be said."""
    came_back = bool(talk.reopened) or talk.resolved is False
    if talk.csat is not None:
        if talk.csat <= settings.bad_to:
            return "csat", False, ""
        if talk.csat < settings.good_from:
            return "csat", False, "neutral rating"
        return "csat", True, "rated well, but reopened or unsolved" if came_back else ""
    if settings.unrated == "left_out":
        return "resolution", False, "not rated"
    if came_back:
        return "resolution", False, ""
    return "resolution", True, "" if talk.resolved else "outcome unknown"


def _answers(system: Message, talk: Conversation, settings: SatisfactionConfig) -> list[tuple[Message, ...]]:
    """The conversation up to and with each agent turn that the outcome is laid to."""
    turns = alternating_turns(talk)
    places = [place for place, message in enumerate(turns) if message.role == "assistant"]
    chosen = {"last": places[-1:], "first": places[:1], "all": places}[settings.turn]
    return [(system, *turns[: place + 1]) for place in chosen]


def _rated(record: Record, talk: Conversation, messages: tuple[Message, ...], *, good: bool, evidence: str) -> Rated:
    return Rated(
        rated_id=content_id([STEP, record.record_id, len(messages)]),
        task="support_reply",
        prompt=messages[:-1],
        completion=messages[-1].content,
        good=good,
        evidence="csat" if evidence == "csat" else "resolution",
        groups=(f"conversation:{talk.conversation_id or record.record_id}",),
        **of_record(record),
    )
