"""Text as it was meant: mojibake undone, control characters out, line ends and spaces even. Emoji and RTL stay."""

import re
from collections.abc import Sequence

import ftfy

from brandtune.core.records import Record
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.texts import Speaker, rewrite_texts

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u2060\ufeff\ufff9-\ufffb]|[\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u0085|\u2029")
_SETTINGS = ftfy.TextFixerConfig(
    unescape_html=False, uncurl_quotes=False, fix_latin_ligatures=False, fix_character_width=False,
    fix_line_breaks=False, remove_terminal_escapes=True, normalization="NFC", explain=False,
)  # fmt: skip
CHUNK = 20_000


def repair(records: Sequence[Record], context: Context) -> StepResult[Record]:  # noqa: ARG001 - every step takes both
    """Repair every text; drops nothing."""
    repaired_ones = [rewrite_texts(record, _repair) for record in records]
    num = sum(after is not before for after, before in zip(repaired_ones, records, strict=True))
    return StepResult(repaired_ones, changed={"record repaired": num})


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
