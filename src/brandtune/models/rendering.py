"""The one renderer: conversation -> token ids and loss mask, for training, evaluation and serving alike.

The mask comes from the chat template itself: from what `template_proof` finds out about it, or, where that gives no
sure answer, from its `{% generation %}` markers. Whichever it is, what is trained begins with what is asked, token for
token, and what is learnt begins there and ends with the end-of-turn token. A template of which this is not true is
refused.
"""

import copy
import logging
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2.exceptions import TemplateError

from brandtune.core.errors import BrandtuneError, ConfigError, DataError
from brandtune.core.examples import Message
from brandtune.models.template_proof import Encoded, Span, directly_behind, encode, encoded, passes_on, spans

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

log = logging.getLogger(__name__)
_GENERATION_BLOCK = re.compile(r"\{%-?\s*generation\s*-?%\}")


@dataclass(frozen=True)
class Rendered:
    """Token ids of one conversation and, for each, whether it carries loss (`loss_mask[i]` concerns `token_ids[i]`)."""

    token_ids: tuple[int, ...]
    loss_mask: tuple[bool, ...]

    @property
    def num_loss_tokens(self) -> int:
        return sum(self.loss_mask)


class Renderer:
    """Renders with one tokenizer's chat template.

    Args:
        tokenizer: A Hugging Face tokenizer with a chat template.
        eos_token_ids: The ids that end generation; each assistant turn must end with one of them.

    Raises:
        ConfigError: The tokenizer has no chat template, or no end-of-turn token is known.
    """

    def __init__(self, tokenizer: "PreTrainedTokenizerBase", *, eos_token_ids: Sequence[int]) -> None:
        if not tokenizer.chat_template:
            raise ConfigError(
                "the base model's tokenizer has no chat template.",
                where="base",
                fix="Use an instruction-tuned base, or add a chat_template.jinja to its folder.",
            )
        if not eos_token_ids:
            raise ConfigError("the base model names no end-of-turn token.", where="base", fix="Set eos_token_id.")
        self.tokenizer = tokenizer
        self.eos_token_ids = tuple(eos_token_ids)
        self._has_markers = bool(_GENERATION_BLOCK.search(str(tokenizer.chat_template)))
        self.folds_system = self._folds_system()

    def prompt(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """Token ids up to where the assistant starts to write."""
        if not any(message.role == "assistant" for message in messages):
            return tuple(self._apply(messages, add_generation_prompt=True))
        asked = [*self._asked(messages), self._text(messages, add_generation_prompt=True)]
        return self._encoded(asked[-1], asked=asked).ids

    def render(self, messages: Sequence[Message]) -> Rendered:
        """Token ids and loss mask of a whole conversation; every assistant turn carries loss, its end token included.

        Raises:
            DataError: No assistant turn, or an assistant turn whose end token would carry no loss.
            ConfigError: Which tokens are the assistant's is not sure, or the conversation takes more than one sequence.
        """
        found = self.turns(messages)
        if len(found) > 1:
            raise ConfigError(
                "the chat template renders earlier turns differently once a conversation goes on, so a conversation of "
                f"{len(found)} answers is not one sequence.",
                where="base",
                fix="Use conversations of one answer, or a base whose template keeps earlier turns as they were.",
            )
        return found[0]

    def turns(self, messages: Sequence[Message]) -> tuple[Rendered, ...]:
        """A conversation as it is learnt: one sequence, or, where the template renders earlier turns differently once a
        conversation goes on, one for each assistant turn, which alone carries loss in it. Errors as in `render`, and
        however many there are.
        """
        turns = _assistant_turns(messages)
        if not turns:
            raise DataError("the conversation has no assistant turn, so nothing can be learnt from it.")
        try:
            return (self._rendered(messages, turns),)
        except ConfigError:
            return tuple(self.reply(messages[: turn + 1]) for turn in turns)

    def reply(self, messages: Sequence[Message]) -> Rendered:
        """The same of a conversation's last assistant turn: it alone carries loss."""
        turns = _assistant_turns(messages)
        if not turns:
            raise DataError("the conversation has no assistant turn, so nothing can be learnt from it.")
        return self._rendered(messages[: turns[-1] + 1], turns[-1:])

    def decode(self, token_ids: Sequence[int]) -> str:
        """Text of generated ids, special tokens left out."""
        return str(self.tokenizer.decode(list(token_ids), skip_special_tokens=True)).strip()

    def count(self, text: str) -> int:
        """Number of tokens of plain text."""
        return len(self.tokenizer.encode(text, add_special_tokens=False))

    def _apply(self, messages: Sequence[Message], **options: Any) -> Any:
        wanted = "input_ids" if options.get("tokenize", True) else ""
        if "return_assistant_tokens_mask" in options:
            wanted = "assistant_masks"
        told = with_system_folded(messages) if self.folds_system else messages
        turns = [{"role": message.role, "content": message.content} for message in told]
        try:
            result: Any = self.tokenizer.apply_chat_template(
                turns, **({"tokenize": True, "return_dict": True} | options)
            )
        except TemplateError as error:
            raise DataError(
                f"the base's chat template refuses a conversation of the turns {', '.join(m.role for m in messages)} "
                f"({error}).",
                fix="Use a base whose template takes such conversations, or leave them out.",
            ) from None
        return result[wanted] if wanted else result

    def _text(self, messages: Sequence[Message], **options: Any) -> str:
        return str(self._apply(messages, tokenize=False, return_dict=False, **options))

    def _folds_system(self) -> bool:
        """Whether a system turn is put into the first user's: where it does not come through as one, or not in one
        sequence while it would that way. Templates drop, refuse or move it.
        """
        for found in (self.render, self.turns):
            for self.folds_system in (False, True):
                if self._keeps_system(found):
                    if self.folds_system:
                        log.info("system_turns=folded")
                    return self.folds_system
        log.info("system_turns=refused")
        return False

    def _keeps_system(self, rendered: Callable[[Sequence[Message]], object]) -> bool:
        """Whether a system turn comes through, in conversations of one answer and of two."""
        turns = [
            Message(role="system", content="wordsofthebrand"),
            *(Message(role=role, content=word) for word in ("one", "two") for role in ("user", "assistant")),
        ]
        try:
            return all("wordsofthebrand" in self._text(turns[:n]) and bool(rendered(turns[:n])) for n in (3, 5))
        except BrandtuneError:
            return False

    def _rendered(self, messages: Sequence[Message], turns: Sequence[int]) -> Rendered:
        """What follows each prompt, up to and including the first end token after the words of each of `turns`."""
        text, asked = self._text(messages), self._asked(messages)
        cuts = [len(one) for one in asked[-len(turns) :]]
        if not all(text.startswith(one) for one in asked[-len(turns) :]):
            raise _asked_differently()
        found = self._spans(messages, text, turns=turns, cuts=cuts)
        if any(cut > span.start for cut, span in zip(cuts, found, strict=True)):
            raise _asked_differently()
        encoded = self._encoded(text, asked=asked)
        mask = [False] * len(encoded.ids)
        for span, cut in zip(found, cuts, strict=True):
            for index in range(bisect_left(encoded.places, cut), self._end(encoded, span) + 1):
                mask[index] = True
        rendered = Rendered(encoded.ids, tuple(mask))
        self._assert_ends_are_learnt(rendered, num_turns=len(turns))
        return rendered

    def _asked(self, messages: Sequence[Message]) -> list[str]:
        """With what text each assistant turn is asked for."""
        before = [messages[:turn] for turn in _assistant_turns(messages)]
        return [self._text(some, add_generation_prompt=True) for some in before]

    def _encoded(self, text: str, *, asked: Sequence[str]) -> Encoded:
        """Tokens of a text that begins with the last of `asked`: they begin with those of that prompt, and of every
        earlier one that it begins with itself.
        """
        cuts = [len(one) for one in asked if asked[-1].startswith(one)]
        return encode(text, cuts=cuts, tokenizer=self.tokenizer)

    def _spans(
        self, messages: Sequence[Message], text: str, *, turns: Sequence[int], cuts: Sequence[int]
    ) -> list[Span]:
        """Where the words of `turns` stand in the text: proven; for a last turn alone else from the markers."""
        try:
            return spans(messages, text, turns=turns, render=self._text)
        except ConfigError:
            if len(turns) > 1:
                raise
            direct = directly_behind(text, messages[turns[0]].content, cut=cuts[0])
            found = direct or (self._marked(messages, text, cut=cuts[0]) if self._has_markers else None)
            if found is None:
                raise
            return [found]

    def _marked(self, messages: Sequence[Message], text: str, *, cut: int) -> Span | None:
        """What the markers enclose after `cut`, up to its last end token; None where there is no such token, or none of the
        words."""
        if not passes_on(messages, render=self._text):
            return None
        mask, whole = self._apply(messages, return_assistant_tokens_mask=True), encoded(text, self.tokenizer)
        ends = [
            place
            for token, place, flag in zip(whole.ids, whole.places, mask, strict=True)
            if flag and place >= cut and token in self.eos_token_ids
        ]
        return Span(cut, ends[-1], len(text)) if ends else None

    def _end(self, encoded: Encoded, span: Span) -> int:
        """Index of the end-of-turn token of a turn; -1 where it has none."""
        found = (
            index
            for index, at in enumerate(encoded.places)
            if span.end <= at < span.limit and encoded.ids[index] in self.eos_token_ids
        )
        return next(found, -1)

    def _assert_ends_are_learnt(self, rendered: Rendered, *, num_turns: int) -> None:
        """Each run of loss tokens is one assistant turn and must end with an end-of-turn token."""
        mask = rendered.loss_mask
        ends = [i for i in range(len(mask)) if mask[i] and (i + 1 == len(mask) or not mask[i + 1])]
        learnt = sum(rendered.token_ids[i] in self.eos_token_ids for i in ends)
        if len(ends) != num_turns or learnt != num_turns:
            raise DataError(
                f"{num_turns} assistant turns, but only {learnt} of them end with an end-of-turn token that carries "
                "loss; the model would never learn to stop.",
                fix="Check the base model's chat template and eos_token_id.",
            )


def _assistant_turns(messages: Sequence[Message]) -> list[int]:
    return [index for index, message in enumerate(messages) if message.role == "assistant"]


def _asked_differently() -> ConfigError:
    return ConfigError(
        "the chat template asks for an answer in another way than it renders the answered conversation, so the model "
        "would be trained on one thing and asked another.",
        where="base",
        fix="Change the chat template in the base's folder so that an answered conversation begins with what it asks "
        "with; often only the question opens a thought (<think>).",
    )


def with_system_folded(messages: Sequence[Message]) -> list[Message]:
    """The same conversation with its system turn put before the first user's words, for templates that know none.

    >>> [m.content for m in with_system_folded([Message(role="system", content="Be kind."),
    ...                                         Message(role="user", content="Hello")])]
    ['Be kind.\\n\\nHello']
    """
    if not messages or messages[0].role != "system":
        return list(messages)
    system, *rest = messages
    if not rest or rest[0].role != "user":
        return [Message(role="user", content=system.content), *rest]
    return [Message(role="user", content=f"{system.content}\n\n{rest[0].content}"), *rest[1:]]


def renderer_for(tokenizer: "PreTrainedTokenizerBase", *, eos_token_ids: Sequence[int]) -> Renderer:
    """A renderer around a private copy of the tokenizer, so that no caller's padding settings leak in."""
    return Renderer(copy.deepcopy(tokenizer), eos_token_ids=eos_token_ids)
