"""Text as it was meant: mojibake undone, control characters out, line ends and spaces even. Emoji and RTL stay."""

import re
from collections.abc import Sequence

import ftfy

from brandtune.core.examples import Dropped
from brandtune.core.records import Record
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.texts import Speaker, rewrite_texts, texts_of

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u2060\ufeff\ufff9-\ufffb]|[\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u0085|\u2029")
_SETTINGS = ftfy.TextFixerConfig(
    unescape_html=False, uncurl_quotes=False, fix_latin_ligatures=False, fix_character_width=False,
    fix_line_breaks=False, remove_terminal_escapes=True, normalization="NFC", explain=False,
)  # fmt: skip
STEP = "repair"
CHUNK = 20_000


def repair(records: Sequence[Record], context: Context) -> StepResult[Record]:
    """Repair every text; a record with a text too large to be anybody's message is dropped untouched."""
    limit = context.config.length.max_field_chars
    kept: list[Record] = []
    dropped: list[Dropped] = []
    num_repaired = 0
    for record in records:
        largest = max((len(text) for text, _ in texts_of(record)), default=0)
        if largest > limit:
            detail = f"{largest:,} characters in one field, at most {limit:,}"
            dropped.append(context.drop_record(record, step=STEP, reason="field too large", detail=detail))
            continue
        after = rewrite_texts(record, _repair)
        num_repaired += after is not record
        kept.append(after)
    return StepResult(kept, dropped, changed={"record repaired": num_repaired})


def repaired(text: str) -> str:
    """One text, repaired.

    >>> repaired("It\\u00e2\\u20ac\\u2122s  here\\r\\n\\x00")
    'It’s here'
    """
    text = _CONTROL.sub("", _LINE_ENDS.sub("\n", text))
    if not text.isascii():
        text = "".join(ftfy.fix_text(text[start : start + CHUNK], _SETTINGS) for start in range(0, len(text), CHUNK))
    lines = (_SPACES.sub(" ", line).strip(" ") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _repair(text: str, _: Speaker) -> str:
    return repaired(text)
