"""Footers and notices that nobody wrote for this customer: taken out where they come back in many records."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pydantic import Field, field_validator

from brandtune.core.config import Config
from brandtune.core.examples import Dropped
from brandtune.core.records import Record
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
from brandtune.curation.texts import Speaker, rewrite_texts, texts_of
from brandtune.scoring.patterns import compile_pattern
from brandtune.scoring.segments import sentences

STEP = "boilerplate"
TAKEN_OUT = "notice taken out"
_CUES = re.compile(
    r"\b(?:confidential\w*|intended (?:solely|only|recipient)|disclaimer|liabilit\w+|all rights reserved|copyright"
    r"|registered (?:in|office|company|number|trade ?mark)|company (?:no|number|registration)|vat (?:no|number|reg)"
    r"|privacy (?:policy|notice|statement)|terms (?:and|&) conditions|terms of (?:use|service)|unsubscribe|opt[- ]out"
    r"|(?:email|e-mail|mailing) preferences|view (?:this|it) in (?:your|a) browser|add us to your address book"
    r"|do not reply|no-?reply|automated (?:message|reply|response)|automatically generated|please (?:do not|don't) print"
    r"|consider the environment|(?:calls?|chats?|conversations?) (?:may|might|can|are|is) (?:be )?(?:recorded|monitored)"
    r"|tracking pixels?|scanned (?:for|by)|virus(?:es)?|follow us on|rate (?:our|this) (?:service|conversation)"
    r"|vertraulich|handelsregister|amtsgericht|geschäftsführer|ust-?id|datenschutz\w*|impressum|abbestellen"
    r"|confidentiel\w*|mentions légales|se désabonner|désinscri\w+|politique de confidentialité|siret"
    r"|confidencial\w*|aviso legal|darse de baja|política de privacidad)\b|©"
)  # fmt: skip


class BoilerplateConfig(Config):
    """What counts as a footer or notice."""

    min_records: int = Field(default=20, ge=2)
    """A sentence or line with a notice's wording that stands in this many records is boilerplate."""
    min_words: int = Field(default=4, ge=1)
    """Shorter sentences are never boilerplate."""
    patterns: tuple[str, ...] = ()
    """Further wordings (regular expressions) of your own notices; repetition is still asked for."""

    @field_validator("patterns")
    @classmethod
    def _compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                compile_pattern(pattern)
            except Exception as error:
                raise ValueError(f"`{pattern}` is not a regular expression: {error}") from None
        return patterns


def boilerplate(records: Sequence[Record], context: Context) -> StepResult[Record]:
    """Take repeated notices out of every text; a conversation of which a side says nothing else is dropped."""
    finder = _Finder(context.config.boilerplate)
    keys = [frozenset(finder.keys(record)) for record in records]
    known = repeated(keys, min_records=context.config.boilerplate.min_records)
    kept: list[Record] = []
    dropped: list[Dropped] = []
    changed: Counter[str] = Counter()
    for record, found in zip(records, keys, strict=True):
        after = finder.without(record, known, changed) if found & known.keys() else record
        if (missing_side(after) and not missing_side(record)) or _is_empty(after, before=record):
            dropped.append(context.drop_record(record, step=STEP, reason="nothing but notices"))
        else:
            kept.append(after)
    return StepResult(kept, dropped, changed=dict(changed))


def _is_empty(record: Record, *, before: Record) -> bool:
    return record is not before and not any(text for text, _ in texts_of(record))


class _Finder:
    """Which sentences have a notice's wording."""

    def __init__(self, settings: BoilerplateConfig) -> None:
        self._settings = settings
        self._own = [compile_pattern(pattern) for pattern in settings.patterns]

    def keys(self, record: Record) -> Iterator[str]:
        for text, _ in texts_of(record):
            yield from (key for _, key in self._notices(text))

    def without(self, record: Record, known: dict[str, int], changed: Counter[str]) -> Record:
        def rewrite(text: str, _: Speaker) -> str:
            pieces = [piece for piece, key in self._notices(text) if key in known]
            changed[TAKEN_OUT] += len(pieces)
            return cut_pieces(text, pieces) if pieces else text

        after = rewrite_texts(record, rewrite)
        return record if after is record else without_empty_turns(after)

    def _notices(self, text: str) -> Iterator[tuple[tuple[int, int], str]]:
        if not self._worded(text):
            return
        for start, end in sentences(text):
            sentence = text[start:end]
            if self._worded(sentence):
                key = passage_key(sentence)
                if num_words(key) >= self._settings.min_words:
                    yield (start, end), key

    def _worded(self, text: str) -> bool:
        return bool(_CUES.search(text.lower())) or any(pattern.search(text) for pattern in self._own)
