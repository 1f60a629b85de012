"""The one renderer: conversation -> token ids and loss mask, for training, evaluation and serving alike.

The mask comes from the chat template itself: from its `{% generation %}` markers, or, where a template has none, from
what `template_proof` finds out about it. A template for which neither gives a sure answer is refused.
"""

import copy
import logging
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from jinja2.exceptions import TemplateError

from brandtune.core.errors import BrandtuneError, ConfigError, DataError
from brandtune.core.examples import Message
from brandtune.models.template_proof import Encoded, Span, encode, spans

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
        self.folds_system = False
        if not self._keeps_system():
            self.folds_system = True
            self.folds_system = self._keeps_system()
            log.info("system_turns=%s", "folded" if self.folds_system else "refused")

    def prompt(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """Token ids up to where the assistant starts to write."""
        if self._has_markers or not any(message.role == "assistant" for message in messages):
            return tuple(self._apply(messages, add_generation_prompt=True))
        return self._proven(messages, asking=True)[0].ids

    def render(self, messages: Sequence[Message]) -> Rendered:
        """Token ids and loss mask of a whole conversation; every assistant turn carries loss, its end token included.

        Raises:
            DataError: No assistant turn, or an assistant turn whose end token would carry no loss.
            ConfigError: Which tokens are the assistant's cannot be proven from the template.
        """
        if not any(message.role == "assistant" for message in messages):
            raise DataError("the conversation has no assistant turn, so nothing can be learnt from it.")
        rendered = self._from_markers(messages) if self._has_markers else self._from_proof(messages)
        self._assert_ends_are_learnt(messages, rendered)
        return rendered

    def decode(self, token_ids: Sequence[int]) -> str:
        """Text of generated ids, special tokens left out."""
        return str(self.tokenizer.decode(list(token_ids), skip_special_tokens=True)).strip()

    def count(self, text: str) -> int:
        """Number of tokens of plain text."""
        return len(self.tokenizer.encode(text, add_special_tokens=False))

    def _apply(self, messages: Sequence[Message], **options: Any) -> Any:
        wanted = "input_ids" if options.get("tokenize", True) else ""
        if "return_assistant_tokens_mask" in options:
            wanted = ""
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

    def _keeps_system(self) -> bool:
        """Whether a system turn comes through, in conversations of one answer and of two: templates drop or refuse it."""
        turns = [
            Message(role="system", content="wordsofthebrand"),
            *(Message(role=role, content=word) for word in ("one", "two") for role in ("user", "assistant")),
        ]
        try:
            return all("wordsofthebrand" in self._text(turns[:n]) and bool(self.render(turns[:n])) for n in (3, 5))
        except BrandtuneError:
            return False

    def _from_markers(self, messages: Sequence[Message]) -> Rendered:
        result = self._apply(messages, return_assistant_tokens_mask=True)
        mask = result["assistant_masks"]
        return Rendered(tuple(result["input_ids"]), tuple(bool(flag) for flag in mask))

    def _from_proof(self, messages: Sequence[Message]) -> Rendered:
        """What follows each prompt, up to and including the first end token after the assistant's words."""
        encoded, proven, cuts = self._proven(messages, asking=False)
        mask = [False] * len(encoded.ids)
        for span, cut in zip(proven, cuts, strict=True):
            for index in range(bisect_left(encoded.places, cut), self._end(encoded, span) + 1):
                mask[index] = True
        return Rendered(encoded.ids, tuple(mask))

    def _proven(self, messages: Sequence[Message], *, asking: bool) -> tuple[Encoded, list[Span], list[int]]:
        """Tokens of a conversation, where the assistant's words stand in its text, and where each turn is asked for."""
        text = self._text(messages, add_generation_prompt=asking)
        found = spans(messages, text, render=partial(self._text, add_generation_prompt=asking))
        before = [messages[:index] for index, message in enumerate(messages) if message.role == "assistant"]
        asked = [self._text(some, add_generation_prompt=True) for some in before]
        for one, span in zip(asked, found, strict=True):
            if not text.startswith(one) or len(one) > span.start:
                raise ConfigError(
                    "the chat template asks for an answer in another way than it renders the answered conversation, "
                    "so the model would be trained on one thing and asked another.",
                    where="base",
                    fix="Add {% generation %} markers around the assistant's text in the chat template.",
                )
        cuts = [len(one) for one in asked]
        return encode(text, cuts=cuts, tokenizer=self.tokenizer), found, cuts

    def _end(self, encoded: Encoded, span: Span) -> int:
        """Index of the end-of-turn token of a turn; -1 where it has none."""
        found = (
            index
            for index, at in enumerate(encoded.places)
            if span.end <= at < span.limit and encoded.ids[index] in self.eos_token_ids
        )
        return next(found, -1)

    def _assert_ends_are_learnt(self, messages: Sequence[Message], rendered: Rendered) -> None:
        """Each run of loss tokens is one assistant turn and must end with an end-of-turn token."""
        mask = rendered.loss_mask
        ends = [i for i in range(len(mask)) if mask[i] and (i + 1 == len(mask) or not mask[i + 1])]
        turns = sum(message.role == "assistant" for message in messages)
        learnt = sum(rendered.token_ids[i] in self.eos_token_ids for i in ends)
        if len(ends) != turns or learnt != turns:
            raise DataError(
                f"{turns} assistant turns, but only {learnt} of them end with an end-of-turn token that carries loss; "
                "the model would never learn to stop.",
                fix="Check the base model's chat template and eos_token_id.",
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
