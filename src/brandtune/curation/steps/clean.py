"""Only what people wrote: markup, quoted mail, signatures, footers and private notes taken away."""

import re
from collections.abc import Sequence

import msgspec

from brandtune.core.examples import Dropped
from brandtune.core.records import Conversation, Record, Turn
from brandtune.curation.context import Context
from brandtune.curation.markup import html_to_text, looks_like_html
from brandtune.curation.results import StepResult
from brandtune.curation.steps.repair import repaired
from brandtune.curation.texts import Speaker, rewrite_texts

STEP = "clean"
_QUOTE_HEADER = re.compile(
    r"^(?:On [^\n]{4,200}(?:\n[^\n]{0,120})?wrote:"
    r"|Am [^\n]{4,200}schrieb[^\n]{0,120}:|Le [^\n]{4,200}a écrit ?:|El [^\n]{4,200}escribió:"
    r"|-{2,} ?(?:Original Message|Forwarded message|Ursprüngliche Nachricht|Message d'origine|Mensaje original) ?-{2,}"
    r"|_{8,}\n(?:From|Von|De):|(?:From|Von|De): [^\n]{1,200}\n(?:(?:To|An|À|Para|Cc): [^\n]{0,300}\n)?(?:Sent|Date"
    r"|Gesendet|Envoyé|Enviado): )",
    re.MULTILINE | re.IGNORECASE,
)
_REPLY_ABOVE = re.compile(r"^##-[^\n]{0,200}-##$|^-+ ?Please (?:type|write) your reply above[^\n]{0,100}$", re.M | re.I)
_MOBILE = re.compile(
    r"^(?:Sent from my [^\n]{1,40}|Sent from (?:Outlook|Mail|Yahoo)[^\n]{0,40}|Get Outlook for [^\n]{1,30}|Sent via"
    r" [^\n]{1,40}"
    r"|Von meinem [^\n]{1,30} gesendet|Envoyé de(?:puis)? mon [^\n]{1,30}|Enviado desde mi [^\n]{1,30})$",
    re.MULTILINE | re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?\n", re.MULTILINE)
_FOOTER = re.compile(
    r"^(?:This (?:e-?mail|message)[^\n]{0,120}(?:confidential|intended (?:only|solely)|privileged)|Confidentiality"
    r" notice"
    r"|(?:Please )?consider the environment|Registered (?:office|in England)|If you (?:are not|have received"
    r" this)[^\n]{0,60}"
    r"(?:intended recipient|in error)|(?:To )?unsubscribe\b|You (?:are receiving|received) this (?:e-?mail|message)"
    r" because"
    r"|©|Copyright ©|DISCLAIMER)",
    re.MULTILINE | re.IGNORECASE,
)


def clean(records: Sequence[Record], context: Context) -> StepResult[Record]:
    """Clean every text; a conversation needs a customer turn and an agent turn afterwards."""
    kept: list[Record] = []
    dropped: list[Dropped] = []
    for record in records:
        cleaned = cleaned_record(record)
        missing = _missing_side(cleaned)
        if missing:
            dropped.append(context.drop_record(cleaned, step=STEP, reason=missing))
        else:
            kept.append(cleaned)
    return StepResult(kept, dropped)


def cleaned_record(record: Record) -> Record:
    """One record, cleaned; turns left empty and notes disappear."""
    payload = record.payload
    if not isinstance(payload, Conversation):
        return rewrite_texts(record, _without_markup)
    turns = (msgspec.structs.replace(turn, text=cleaned_turn(turn)) for turn in payload.turns if turn.role != "note")
    left = tuple(turn for turn in turns if turn.text)
    return msgspec.structs.replace(record, payload=msgspec.structs.replace(payload, turns=left))


def cleaned_turn(turn: Turn) -> str:
    """What the person wrote in this turn, without what their mail program added."""
    text = _without_markup(turn.text, None)
    text = _REPLY_ABOVE.sub("", text)
    text = _above_quote(text)
    text = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
    text = _MOBILE.sub("", text)
    for ending in (_SIGNATURE, _FOOTER):
        found = ending.search(text)
        if found and text[: found.start()].strip():
            text = text[: found.start()]
    return repaired(text)


def _above_quote(text: str) -> str:
    """Mail is answered on top; where nothing stands above the quote, only its marked lines go."""
    found = _QUOTE_HEADER.search(text)
    if not found:
        return text
    above = text[: found.start()].strip()
    return above or text[found.end() :]


def _without_markup(text: str, _: Speaker) -> str:
    return repaired(html_to_text(text)) if looks_like_html(text) else text


def _missing_side(record: Record) -> str:
    if not isinstance(record.payload, Conversation):
        return ""
    roles = {turn.role for turn in record.payload.turns}
    if "customer" not in roles:
        return "no customer turn"
    return "" if "agent" in roles else "no agent turn"
