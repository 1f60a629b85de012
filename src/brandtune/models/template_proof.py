"""Where a chat template without `{% generation %}` markers puts the assistant's words: proven by rendering, not searched.

The conversation is rendered a second time with other words in the assistant's turns. What stays the same is the
template's; putting the real words back between those parts must give the first text again, letter for letter. A
template that does anything else with the words (drops a turn, rewrites history) gives something different and is
refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from brandtune.core.errors import ConfigError, DataError
from brandtune.core.examples import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Render = Callable[[Sequence[Message]], str]
"""The text of a conversation under the template."""

_TRIMS: tuple[Callable[[str], str], ...] = (lambda text: text, str.strip, str.rstrip, str.lstrip)


@dataclass(frozen=True)
class Span:
    """The words of one assistant turn: where they begin and end in the text, and where the turn's room ends.

    Attributes:
        limit: Where the next assistant turn's words begin, or the text ends; the end-of-turn token lies before it.
    """

    start: int
    end: int
    limit: int


def spans(messages: Sequence[Message], text: str, *, render: Render) -> list[Span]:
    """Where the words of each assistant turn stand in `text`, which `render` made of `messages`.

    Raises:
        ConfigError: It cannot be proven.
    """
    stand_ins = _stand_ins(messages)
    replaced = iter(stand_ins)
    other = render([Message(role=m.role, content=next(replaced)) if m.role == "assistant" else m for m in messages])
    parts = _around(other, stand_ins)
    words = [message.content for message in messages if message.role == "assistant"]
    for trim in _TRIMS:
        trimmed = [trim(word) for word in words]
        if _joined(parts, trimmed) == text:
            return _places(parts, trimmed)
    raise _unproven()


@dataclass(frozen=True)
class Encoded:
    """Token ids of a text, and where in it each token begins."""

    ids: tuple[int, ...]
    places: tuple[int, ...]

    def begins_with(self, other: "Encoded") -> bool:
        return self.ids[: len(other.ids)] == other.ids


def encode(text: str, *, cuts: Sequence[int], tokenizer: "PreTrainedTokenizerBase") -> Encoded:
    """Tokens of a text in which what lies before each cut is tokenized as it is when nothing follows it.

    A cut is where the assistant starts to write: there a model is asked with the tokens of the text so far. Where a
    token would reach over a cut (a line's end and the blank that an answer begins with), the text is tokenized in
    pieces; everywhere else it is tokenized whole.

    Raises:
        DataError: It cannot be tokenized in pieces either without changing the text.
    """
    whole = _encoded(text, tokenizer)
    if all(whole.begins_with(_encoded(text[:cut], tokenizer)) for cut in cuts):
        return whole
    edges = [0, *cuts, len(text)]
    pieces = [_encoded(text[a:b], tokenizer) for a, b in pairwise(edges)]
    ids = tuple(token for piece in pieces for token in piece.ids)
    places = tuple(a + at for a, piece in zip(edges, pieces, strict=False) for at in piece.places)
    if _decoded(ids, tokenizer) != _decoded(whole.ids, tokenizer):
        raise DataError("the tokenizer joins the beginning of an answer with what stands before it.", where="base")
    return Encoded(ids, places)


def _encoded(text: str, tokenizer: "PreTrainedTokenizerBase") -> Encoded:
    if not tokenizer.is_fast:
        raise ConfigError(
            "the base's tokenizer does not say where its tokens lie in the text, so the loss mask would be a guess.",
            where="base",
            fix="Use a base with a tokenizer.json.",
        )
    found: Any = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return Encoded(tuple(found["input_ids"]), tuple(start for start, _ in found["offset_mapping"]))


def _decoded(ids: Sequence[int], tokenizer: "PreTrainedTokenizerBase") -> str:
    return str(tokenizer.decode(list(ids), clean_up_tokenization_spaces=False))


def _stand_ins(messages: Sequence[Message]) -> list[str]:
    """One made-up word for each assistant turn, which stands in no message."""
    everything = "\n".join(message.content for message in messages)
    salt = 0
    while f"reply{salt}x" in everything:
        salt += 1
    count = sum(message.role == "assistant" for message in messages)
    return [f"reply{salt}x{index}e" for index in range(count)]


def _around(text: str, stand_ins: Sequence[str]) -> list[str]:
    """What stands before, between and after the stand-ins, each of which must be there once, in order."""
    parts: list[str] = []
    for word in stand_ins:
        before, found, text = text.partition(word)
        if not found or word in text:
            raise _unproven()
        parts.append(before)
    return [*parts, text]


def _joined(parts: Sequence[str], words: Sequence[str]) -> str:
    return "".join(part + word for part, word in zip(parts, [*words, ""], strict=True))


def _places(parts: Sequence[str], words: Sequence[str]) -> list[Span]:
    starts, at = [], 0
    for part, word in zip(parts, words, strict=False):
        at += len(part)
        starts.append(at)
        at += len(word)
    limits = [*starts[1:], at + len(parts[-1])]
    return [Span(start, start + len(word), limit) for start, word, limit in zip(starts, words, limits, strict=True)]


def _unproven() -> ConfigError:
    return ConfigError(
        "the chat template renders earlier turns differently once a conversation goes on, or changes the assistant's "
        "words, so the loss mask would be a guess.",
        where="base",
        fix="Add {% generation %} markers around the assistant's text in the chat template.",
    )
