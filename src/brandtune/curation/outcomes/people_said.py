"""What people decided by hand: drafts that were edited, answers that were compared or rated."""

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from brandtune.core.examples import Dropped, Message, Preference, Rated
from brandtune.core.ids import content_id
from brandtune.core.records import Comparison, Edit, Rating, Record
from brandtune.core.tasks import SupportReply, Task, brief
from brandtune.core.tasks.base import asked
from brandtune.core.tasks.support_reply import alternating_turns
from brandtune.curation.context import Context
from brandtune.curation.outcomes.made import Made, of_record
from brandtune.scoring.edits import edit_similarity

T = TypeVar("T", Edit, Comparison, Rating)
EDITS, COMPARISONS, RATINGS = "edits", "comparisons", "ratings"


def edits(records: Sequence[Record], context: Context) -> Made:
    """The published text is preferred to the draft, unless hardly anything was changed."""
    made = Made()
    for record, edit in _with(records, Edit):
        task = _task_of(edit, context)
        prompt = _brief(edit, task, context)
        reason = _idle(edit, task, context) or ("" if prompt else brief.BARE)
        if reason:
            made.dropped.append(_dropped(record, EDITS, reason))
            continue
        made.used.add(record.record_id)
        made.preferences.append(
            Preference(
                preference_id=content_id([EDITS, record.record_id]),
                task=task.kind if task else context.config.outcomes.edits.task,
                prompt=prompt,
                chosen=edit.published.strip(),
                rejected=edit.draft.strip(),
                evidence="edit",
                groups=(f"brief:{content_id(prompt[-1].content)}",),
                **of_record(record),
                figures={"changed": round(1 - edit_similarity(edit.draft, edit.published), 4)},
            )
        )
    return made


def comparisons(records: Sequence[Record], context: Context) -> Made:
    """The chosen answer is preferred to the rejected one."""
    made = Made()
    for record, pair in _with(records, Comparison):
        prompt = _conversation(pair, context)
        sides = (pair.chosen.strip(), pair.rejected.strip())
        reason = "" if all(sides) else "one side is empty"
        reason = reason or ("both sides are the same" if _letters(sides[0]) == _letters(sides[1]) else "")
        reason = reason or ("" if prompt else "does not end with the customer")
        if reason:
            made.dropped.append(_dropped(record, COMPARISONS, reason))
            continue
        made.used.add(record.record_id)
        made.preferences.append(
            Preference(
                preference_id=content_id([COMPARISONS, record.record_id]),
                task="support_reply",
                prompt=prompt,
                chosen=sides[0],
                rejected=sides[1],
                evidence="comparison",
                groups=_same_talk(prompt),
                **of_record(record),
            )
        )
    return made


def ratings(records: Sequence[Record], context: Context) -> Made:
    """Answers that people called good or bad."""
    made = Made()
    for record, rating in _with(records, Rating):
        prompt = _conversation(rating, context)
        reason = "one side is empty" if not rating.answer.strip() else ""
        reason = reason or ("" if prompt else "does not end with the customer")
        if reason:
            made.dropped.append(_dropped(record, RATINGS, reason))
            continue
        made.used.add(record.record_id)
        made.rated.append(
            Rated(
                rated_id=content_id([RATINGS, record.record_id]),
                task="support_reply",
                prompt=prompt,
                completion=rating.answer.strip(),
                good=rating.good,
                evidence="rating",
                groups=_same_talk(prompt),
                **of_record(record),
            )
        )
    return made


def _with(records: Sequence[Record], kind: type[T]) -> Iterator[tuple[Record, T]]:
    """The records with a payload of that kind."""
    return ((record, record.payload) for record in records if isinstance(record.payload, kind))


def _task_of(edit: Edit, context: Context) -> Task | None:
    """The task whose system turn the draft was made under, else the one that the settings name."""
    by_system = {task.system_prompt(context.brand): task for task in context.tasks}
    wanted = context.config.outcomes.edits.task
    named = next((task for task in context.tasks if task.kind == wanted), None)
    return by_system.get(edit.system.strip(), named)


def _brief(edit: Edit, task: Task | None, context: Context) -> tuple[Message, ...]:
    """The brief of the draft; where none was kept, what can be worked back from draft and published text both."""
    system = edit.system.strip() or (
        task.system_prompt(context.brand) if task else f"You write for {context.brand.name}."
    )
    if edit.brief.strip():
        return asked(system, edit.brief.strip())
    found = brief.common([edit.published, edit.draft])
    return asked(system, f"Mention: {', '.join(found)}") if len(found) >= brief.FEWEST_PIECES else ()


def _idle(edit: Edit, task: Task | None, context: Context) -> str:
    """Why an edit says nothing. Punctuation alone counts where it mends a rule of the brand."""
    if not edit.draft.strip() or not edit.published.strip():
        return "one side is empty"
    if edit.draft.split() == edit.published.split():
        return "nothing changed but spaces"
    if _letters(edit.draft) != _letters(edit.published):
        return ""
    kind = task.kind if task else None
    errors = [
        sum(finding.level == "error" for finding in context.rules.check(text, task=kind))
        for text in (edit.draft, edit.published)
    ]
    return "" if errors[1] < errors[0] else "nothing changed but punctuation"


def _letters(text: str) -> str:
    """A text without spaces and punctuation; capitals count."""
    return re.sub(r"[\W_]+", "", text)


def _conversation(talk: Comparison | Rating, context: Context) -> tuple[Message, ...]:
    """The turns as a prompt that ends with the customer; empty where it does not."""
    turns = alternating_turns(talk)
    if not turns or turns[-1].role != "user":
        return ()
    task = next((task for task in context.tasks if isinstance(task, SupportReply)), SupportReply())
    own = [turn.text.strip() for turn in talk.turns if turn.role == "system" and turn.text.strip()]
    system = own[0] if own else task.system_prompt(context.brand)
    return (Message(role="system", content=system), *turns)


def _same_talk(prompt: tuple[Message, ...]) -> tuple[str, ...]:
    return (f"conversation:{content_id([message.content for message in prompt if message.role == 'user'])}",)


def _dropped(record: Record, step: str, reason: str) -> Dropped:
    return Dropped(id=record.record_id, step=step, reason=reason, origin=record.origin)
