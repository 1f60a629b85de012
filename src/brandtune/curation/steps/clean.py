"""Only what people wrote: markup, quoted mail, signatures, footers and private notes taken away."""

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from brandtune.core.examples import Dropped
from brandtune.core.records import Conversation, Record, Turn
from brandtune.curation.context import Context
from brandtune.curation.markup import html_to_text, looks_like_html
from brandtune.curation.results import StepResult
from brandtune.curation.steps.repair import repaired
from brandtune.curation.texts import rewrite_texts

STEP = "clean"
NOTE, MARKUP, QUOTE = "private note taken out", "markup taken out", "quoted mail taken out"
SIGNATURE, FOOTER = "signature taken out", "footer taken out"
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
    changed: Counter[str] = Counter()
    for record in records:
        cleaned = cleaned_record(record, changed)
        missing = _missing_side(cleaned)
        if missing:
            dropped.append(context.drop_record(cleaned, step=STEP, reason=missing))
        else:
            kept.append(cleaned)
    return StepResult(kept, dropped, changed=dict(changed))


def cleaned_record(record: Record, changed: Counter[str] | None = None) -> Record:
    """One record, cleaned; turns left empty and notes disappear. `changed` counts what was taken out."""
    payload = record.payload
    changed = Counter() if changed is None else changed
    if not isinstance(payload, Conversation):
        return rewrite_texts(record, lambda text, _: _without_markup(text, changed))
    changed[NOTE] += sum(turn.role == "note" for turn in payload.turns)
    spoken = (turn for turn in payload.turns if turn.role != "note")
    turns = [msgspec.structs.replace(turn, text=cleaned_turn(turn, changed)) for turn in spoken]
    left = tuple(turn for turn in turns if turn.text)
    return msgspec.structs.replace(record, payload=msgspec.structs.replace(payload, turns=left))


def cleaned_turn(turn: Turn, changed: Counter[str] | None = None) -> str:
    """What the person wrote in this turn, without what their mail program added. `changed` counts what was taken out."""
    changed = Counter() if changed is None else changed
    text = _without_markup(turn.text, changed)
    text = _REPLY_ABOVE.sub("", text)
    text = _above_quote(text, changed)
    lines = [line for line in text.split("\n") if not line.startswith(">")]
    changed[QUOTE] += len(lines) < text.count("\n") + 1
    text, num = _MOBILE.subn("", "\n".join(lines))
    changed[SIGNATURE] += num
    for ending, name in ((_SIGNATURE, SIGNATURE), (_FOOTER, FOOTER)):
        found = ending.search(text)
        if found and text[: found.start()].strip():
            text = text[: found.start()]
            changed[name] += 1
    return repaired(text)


def _above_quote(text: str, changed: Counter[str]) -> str:
    """Mail is answered on top; where nothing stands above the quote, only its marked lines go."""
    found = _QUOTE_HEADER.search(text)
    if not found:
        return text
    changed[QUOTE] += 1
    above = text[: found.start()].strip()
    return above or text[found.end() :]


def _without_markup(text: str, changed: Counter[str]) -> str:
    if not looks_like_html(text):
        return text
    changed[MARKUP] += 1
    return repaired(html_to_text(text))


def _missing_side(record: Record) -> str:
    if not isinstance(record.payload, Conversation):
        return ""
    roles = {turn.role for turn in record.payload.turns}
    if "customer" not in roles:
        return "no customer turn"
    return "" if "agent" in roles else "no agent turn"
