"""Canned text that agents paste, taken out: told by coming back word for word, and by marks left unfilled."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pydantic import Field

from brandtune.core.config import Config
from brandtune.core.examples import Dropped
from brandtune.core.records import Conversation, Record
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.steps.passages import (
    cut_pieces,
    missing_side,
    num_words,
    passage_key,
    repeated,
    without_empty_turns,
)
from brandtune.curation.texts import Speaker, rewrite_texts
from brandtune.scoring.segments import paragraphs, sentences

STEP = "macros"
PASTED, UNFILLED, FILLED = "canned passage taken out", "sentence with an unfilled mark taken out", "name mark kept"
# Zendesk, Intercom, Freshdesk, Gorgias and Help Scout write {{…}} or {%…%}; some older desks %{…}.
_MARK = re.compile(r"\{\{[^{}\n]{1,120}\}\}|\{%-?[^{}\n]{1,120}-?%\}|%\{[^{}\n]{1,60}\}")
_CUSTOMER = re.compile(
    r"(?:requester|customer|user|contact|to)[._ ]?(?:first_?name|name|full_?name)|^\W*(?:first_?)?name\b", re.I
)
_AGENT = re.compile(r"(?:agent|admin|teammate|current_user|assignee|author)[._ ]?(?:first_?name|name|signature)?", re.I)


class MacrosConfig(Config):
    """What counts as canned text."""

    min_conversations: int = Field(default=20, ge=2)
    """A passage of an agent that stands word for word in this many conversations is canned."""
    min_words: int = Field(default=25, ge=5)
    """Shorter passages are never canned: greetings and closings are the brand's voice."""


def macros(records: Sequence[Record], context: Context) -> StepResult[Record]:
    """Take canned passages out of agents' turns; a conversation of nothing else is dropped."""
    settings = context.config.macros
    keys = [frozenset(_keys(record, settings)) for record in records]
    canned = repeated(keys, min_records=settings.min_conversations)
    kept: list[Record] = []
    dropped: list[Dropped] = []
    changed: Counter[str] = Counter()
    for record, found in zip(records, keys, strict=True):
        after = _without(record, canned if found & canned.keys() else {}, changed)
        if missing_side(after) and not missing_side(record):
            dropped.append(context.drop_record(record, step=STEP, reason="only canned text"))
        else:
            kept.append(after)
    return StepResult(kept, dropped, changed=dict(changed))


def _keys(record: Record, settings: MacrosConfig) -> Iterator[str]:
    if isinstance(record.payload, Conversation):
        for turn in record.payload.turns:
            if turn.role == "agent" and len(turn.text) > 4 * settings.min_words:
                for start, end in paragraphs(turn.text):
                    key = passage_key(turn.text[start:end]) if end - start > 4 * settings.min_words else ""
                    if num_words(key) >= settings.min_words:
                        yield key


def _without(record: Record, canned: dict[str, int], changed: Counter[str]) -> Record:
    if not isinstance(record.payload, Conversation) or not (canned or _has_marks(record.payload)):
        return record

    def rewrite(text: str, speaker: Speaker) -> str:
        if speaker != "agent":
            return text
        pieces = [piece for piece in paragraphs(text) if passage_key(text[slice(*piece)]) in canned] if canned else []
        changed[PASTED] += len(pieces)
        text = cut_pieces(text, pieces) if pieces else text
        return filled(text, changed) if "{" in text else text

    after = rewrite_texts(record, rewrite)
    return record if after is record else without_empty_turns(after)


def _has_marks(talk: Conversation) -> bool:
    return any("{" in turn.text for turn in talk.turns if turn.role == "agent")


def filled(text: str, changed: Counter[str]) -> str:
    """Marks for names become our own; a sentence with any other unfilled mark goes.

    >>> filled("Hi {{ticket.requester.first_name}}, see {{ticket.link}}. All done.", Counter())
    'All done.'
    >>> filled("Hi {{ticket.requester.first_name}},\\nAll done.", Counter())
    'Hi [CUSTOMER_NAME],\\nAll done.'
    """

    def name(match: re.Match[str]) -> str:
        ours = "[AGENT_NAME]" if _AGENT.search(match[0]) else "[CUSTOMER_NAME]" if _CUSTOMER.search(match[0]) else ""
        changed[FILLED] += bool(ours)
        return ours or match[0]

    text = _MARK.sub(name, text)
    if not _MARK.search(text):
        return text
    pieces = [piece for piece in sentences(text) if _MARK.search(text[slice(*piece)])]
    changed[UNFILLED] += len(pieces)
    return cut_pieces(text, pieces)
