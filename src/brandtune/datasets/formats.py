"""The files that trainers read: OpenAI's chat and preference lines, and TRL's three shapes.

Sources: the fine-tuning guide of the OpenAI API (chat and preference JSONL); "Dataset formats and types" of TRL's
documentation (conversational prompt-completion, preference, unpaired preference).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from brandtune.core.examples import Example, Message, Preference, Rated

Format = Literal["openai_chat", "openai_preference", "trl_prompt_completion", "trl_preference", "trl_kto"]
FORMATS: tuple[Format, ...] = get_args(Format)
Rows = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class Part:
    """The content of one split."""

    examples: Sequence[Example]
    preferences: Sequence[Preference] = ()
    rated: Sequence[Rated] = ()


def rows(part: Part, *, format: Format) -> Rows:
    """The lines of one split in one format; none where the split holds nothing of that kind.

    >>> turn = Message(role="user", content="Is it open?")
    >>> one = Preference(preference_id="p", task="t", prompt=(turn,), chosen="Yes.", rejected="No!", evidence="edit")
    >>> next(rows(Part([], [one]), format="trl_preference"))["chosen"]
    [{'role': 'assistant', 'content': 'Yes.'}]
    """
    return _WRITERS[format](part)


def file_of(format: Format, split: str) -> str:
    """Path of a split's file within a version, e.g. `train.jsonl`, `trl_kto/train.jsonl`."""
    return f"{split}.jsonl" if format == "openai_chat" else f"{format}/{split}.jsonl"


def _openai_chat(part: Part) -> Rows:
    for example in part.examples:
        yield {"messages": _plain(example.messages)}


def _openai_preference(part: Part) -> Rows:
    for pair in part.preferences:
        yield {
            "input": {"messages": _plain(pair.prompt), "tools": [], "parallel_tool_calls": True},
            "preferred_output": _said(pair.chosen),
            "non_preferred_output": _said(pair.rejected),
        }


def _trl_prompt_completion(part: Part) -> Rows:
    """One line for each assistant turn, since TRL learns the completion alone and every turn is to be learnt."""
    for example in part.examples:
        for index, message in enumerate(example.messages):
            if message.role == "assistant":
                yield {"prompt": _plain(example.messages[:index]), "completion": _said(message.content)}


def _trl_preference(part: Part) -> Rows:
    for pair in part.preferences:
        yield {"prompt": _plain(pair.prompt), "chosen": _said(pair.chosen), "rejected": _said(pair.rejected)}


def _trl_kto(part: Part) -> Rows:
    for one in part.rated:
        yield {"prompt": _plain(one.prompt), "completion": _said(one.completion), "label": one.good}


def _plain(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]


def _said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


_WRITERS: dict[Format, Callable[[Part], Rows]] = {
    "openai_chat": _openai_chat,
    "openai_preference": _openai_preference,
    "trl_prompt_completion": _trl_prompt_completion,
    "trl_preference": _trl_preference,
    "trl_kto": _trl_kto,
}
