"""Where a chat template puts the assistant's words: proven by rendering, not searched.

The conversation is rendered a second time with other words in the assistant's turns. What stays the same is the
template's; putting the real words back between those parts must give the first text again, letter for letter. A
template that does anything else with the words (drops a turn, rewrites history) gives something different.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brandtune.core.errors import ConfigError, DataError
from brandtune.core.examples import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Render = Callable[[Sequence[Message]], str]
"""The text of a conversation under the template."""

_TRIMS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    str.strip,
    str.rstrip,
    str.lstrip,
    lambda text: text.strip("\n"),
    lambda text: text.lstrip("\n"),
)


@dataclass(frozen=True)
class Span:
    """The words of one assistant turn: where they begin and end in the text, and where the turn's room ends.

    Attributes:
        limit: Where the next assistant turn's words begin, or the text ends; the end-of-turn token lies before it.
    """

    start: int
    end: int
    limit: int


def spans(messages: Sequence[Message], text: str, *, turns: Sequence[int], render: Render) -> list[Span]:
    """Where the words of the messages at `turns` stand in `text`, which `render` made of `messages`.

    Raises:
        ConfigError: It cannot be proven.
    """
    stand_ins = dict(zip(turns, _stand_ins(messages, count=len(turns)), strict=True))
    changed = [
        Message(role=m.role, content=stand_ins[index]) if index in stand_ins else m for index, m in enumerate(messages)
    ]
    parts = _around(render(changed), list(stand_ins.values()))
    words = [messages[index].content for index in turns]
    for trim in _TRIMS:
        trimmed = [trim(word) for word in words]
        if _joined(parts, trimmed) == text:
            return _places(parts, trimmed)
    raise unproven()


def directly_behind(text: str, words: str, *, cut: int) -> Span | None:
    """Where the words stand if they come first after `cut`, where the assistant starts to write; None if they do not.

    So a template is proven that treats only some words in a way of its own, such as a thought before an answer. A first
    line of them that the question has opened already (`<think>`) may lie before the cut.
    """
    for trim in _TRIMS:
        trimmed = trim(words)
        first_line = trimmed.find("\n") + 1
        for opened in dict.fromkeys((0, first_line)):
            if len(trimmed) > opened <= cut and text.startswith(trimmed, cut - opened):
                return Span(cut, cut - opened + len(trimmed), len(text))
    return None


def passes_on(messages: Sequence[Message], *, render: Render) -> bool:
    """Whether the template renders the words of the last message at all; one made for texts in parts does not."""
    (word,) = _stand_ins(messages, count=1)
    return word in render([*messages[:-1], Message(role=messages[-1].role, content=word)])


@dataclass(frozen=True)
class Encoded:
    """Token ids of a text, and where in it each token begins."""

    ids: tuple[int, ...]
    places: tuple[int, ...]

    def begins_with(self, other: "Encoded") -> bool:
        return self.ids[: len(other.ids)] == other.ids

    def followed_by(self, other: "Encoded", *, at: int) -> "Encoded":
        """Both in a row, the other one being of the text from `at` on."""
        return Encoded(self.ids + other.ids, self.places + tuple(at + place for place in other.places))


def encode(text: str, *, cuts: Sequence[int], tokenizer: "PreTrainedTokenizerBase") -> Encoded:
    """Tokens of a text in which what lies before each cut is tokenized as it is when nothing follows it.

    A cut is where the assistant starts to write: there a model is asked with the tokens of the text so far. Where a
    token would reach over a cut (a line's end and the blank that an answer begins with), or the cut changes the tokens
    in front of it (two line ends), what follows is tokenized on its own; everywhere else the text is tokenized whole.

    Raises:
        DataError: It cannot be tokenized in pieces either without changing the text.
    """
    found, done, in_pieces = Encoded((), ()), 0, False
    for edge in dict.fromkeys((*cuts, len(text))):
        whole = encoded(text[:edge], tokenizer)
        if whole.begins_with(found):
            found = whole
        else:
            found, in_pieces = found.followed_by(encoded(text[done:edge], tokenizer), at=done), True
        done = edge
    if in_pieces and _decoded(found.ids, tokenizer) != _decoded(encoded(text, tokenizer).ids, tokenizer):
        raise DataError("the tokenizer joins the beginning of an answer with what stands before it.", where="base")
    return found


def encoded(text: str, tokenizer: "PreTrainedTokenizerBase") -> Encoded:
    """Tokens of a text as they are when nothing stands around it."""
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


def _stand_ins(messages: Sequence[Message], *, count: int) -> list[str]:
    """Made-up words that stand in no message."""
    everything = "\n".join(message.content for message in messages)
    salt = 0
    while f"reply{salt}x" in everything:
        salt += 1
    return [f"reply{salt}x{index}e" for index in range(count)]


def _around(text: str, stand_ins: Sequence[str]) -> list[str]:
    """What stands before, between and after the stand-ins, each of which must be there once, in order."""
    parts: list[str] = []
    for word in stand_ins:
        before, found, text = text.partition(word)
        if not found or word in text:
            raise unproven()
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


def unproven() -> ConfigError:
    """What is said where no proof is found."""
    return ConfigError(
        "the chat template renders earlier turns differently once a conversation goes on, or changes the assistant's "
        "words, so the loss mask would be a guess.",
        where="base",
        fix="Add {% generation %} markers around the assistant's text and its end-of-turn token in the chat template.",
    )
