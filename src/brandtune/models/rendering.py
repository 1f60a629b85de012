"""The one renderer: conversation -> token ids and loss mask, for training, evaluation and serving alike.

The mask comes from the chat template itself: from its `{% generation %}` markers, or, where a template has none, from
rendering the conversation turn by turn. A template for which neither gives a sure answer is refused.
"""

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brandtune.core.errors import ConfigError, DataError
from brandtune.core.examples import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

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

    def prompt(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """Token ids up to where the assistant starts to write."""
        return tuple(self._apply(messages, add_generation_prompt=True))

    def render(self, messages: Sequence[Message]) -> Rendered:
        """Token ids and loss mask of a whole conversation; every assistant turn carries loss, its end token included.

        Raises:
            DataError: No assistant turn, or an assistant turn whose end token would carry no loss.
            ConfigError: The template renders a conversation's beginning differently once it goes on.
        """
        if not any(message.role == "assistant" for message in messages):
            raise DataError("the conversation has no assistant turn, so nothing can be learnt from it.")
        rendered = self._from_markers(messages) if self._has_markers else self._from_prefixes(messages)
        self._assert_ends_are_learnt(messages, rendered)
        return rendered

    def decode(self, token_ids: Sequence[int]) -> str:
        """Text of generated ids, special tokens left out."""
        return str(self.tokenizer.decode(list(token_ids), skip_special_tokens=True)).strip()

    def count(self, text: str) -> int:
        """Number of tokens of plain text."""
        return len(self.tokenizer.encode(text, add_special_tokens=False))

    def _apply(self, messages: Sequence[Message], **options: Any) -> Any:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        result: Any = self.tokenizer.apply_chat_template(turns, tokenize=True, return_dict=True, **options)
        return result if "return_assistant_tokens_mask" in options else result["input_ids"]

    def _from_markers(self, messages: Sequence[Message]) -> Rendered:
        result = self._apply(messages, return_assistant_tokens_mask=True)
        mask = result["assistant_masks"]
        return Rendered(tuple(result["input_ids"]), tuple(bool(flag) for flag in mask))

    def _from_prefixes(self, messages: Sequence[Message]) -> Rendered:
        ids = tuple(self._apply(messages))
        mask = [False] * len(ids)
        for index, message in enumerate(messages):
            if message.role != "assistant":
                continue
            start = self.prompt(messages[:index])
            end = tuple(self._apply(messages[: index + 1]))
            if ids[: len(start)] != start or ids[: len(end)] != end:
                raise ConfigError(
                    "the chat template renders earlier turns differently once a conversation goes on, "
                    "so the loss mask would be a guess.",
                    where="base",
                    fix="Add {% generation %} markers around the assistant's text in the chat template.",
                )
            last = max((i for i in range(len(start), len(end)) if ids[i] in self.eos_token_ids), default=-1)
            for position in range(len(start), last + 1):
                mask[position] = True
        return Rendered(ids, tuple(mask))

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


def renderer_for(tokenizer: "PreTrainedTokenizerBase", *, eos_token_ids: Sequence[int]) -> Renderer:
    """A renderer around a private copy of the tokenizer, so that no caller's padding settings leak in."""
    return Renderer(copy.deepcopy(tokenizer), eos_token_ids=eos_token_ids)
