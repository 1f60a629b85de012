"""Other people's rows: OpenAI, TRL, ShareGPT and Alpaca shapes, told apart by their keys, become what the loop learns from.

Nothing is guessed silently: a row of no known shape is an error that names the row and the shapes there are.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from brandtune.core.errors import DataError
from brandtune.core.examples import Example, Message, Preference, Rated
from brandtune.core.ids import content_id
from brandtune.training.config import ONLINE, Objective
from brandtune.training.rows import numbered

Learnable = Example | Preference | Rated
TASK = "given"
_SHAREGPT = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}
SHAPES = (
    "{messages} (OpenAI chat), {prompt, completion} (TRL), {conversations: [{from, value}]} (ShareGPT), "
    "{instruction, input, output} (Alpaca), {prompt, chosen, rejected} or {chosen, rejected} (TRL), "
    "{input: {messages}, preferred_output, non_preferred_output} (OpenAI), {prompt, completion, label} (KTO), "
    "{prompt} (TRL, for `grpo` and `rloo`)"
)
# What would change the text that a model sees, and is not read; a row or turn that has it is refused.
_UNREAD_IN_ROW = ("tools", "functions", "images", "chat_template_kwargs")
_UNREAD_IN_TURN = (
    "tool_calls", "function_call", "audio", "refusal", "images", "reasoning_content", "reasoning", "thinking",
)  # fmt: skip


def learnable(rows: str | Path | Iterable[Any], *, objective: Objective = "sft") -> list[Learnable]:
    """Read rows: a JSON Lines or JSON file, a `datasets.Dataset`, or anything that gives mappings or our own nouns.

    Args:
        objective: What is learnt; prompts without an answer are for `grpo` and `rloo` only.

    Raises:
        NotFoundError: No such file.
        DataError: A row is of no known shape, lacks text, or says what is not supported; names file and line, or the
            row's number.

    >>> learnable([{"prompt": "Hello", "completion": "Hi there."}])[0].reference
    'Hi there.'
    """
    where = str(rows) if isinstance(rows, str | Path) else "row"
    found: list[Learnable] = []
    for number, row in numbered(rows):
        if isinstance(row, Example | Preference | Rated):
            found.append(row)
            continue
        try:
            found.append(_read(row, objective))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(_complaint(row, error), where=f"{where}:{number}", fix=f"Known shapes: {SHAPES}.") from None
    return found


def _read(row: Mapping[str, Any], objective: Objective) -> Learnable:
    keys = {key for key, value in row.items() if value is not None}
    _require_read(row, _UNREAD_IN_ROW, owner="the row")
    for needed, read in _READERS:
        if needed <= keys:
            return read(row)
    if "prompt" not in keys:
        raise ValueError("no known shape")
    if objective not in ONLINE:
        raise ValueError(f"it has a prompt and no answer, and `{objective}` learns from answers")
    return _prompt_only(row)


def _complaint(row: Any, error: Exception) -> str:
    if not isinstance(row, Mapping):
        return f"a row is a {type(row).__name__}, not a mapping."
    if str(error) == "no known shape":
        return f"a row with the keys {', '.join(sorted(map(str, row)))} is of no known shape."
    return f"a row cannot be read ({type(error).__name__}: {error})."


def _require_read(has: Mapping[str, Any], names: Sequence[str], *, owner: str) -> None:
    """Raises ValueError where there is something that would vanish without a word."""
    for name in names:
        if (value := has.get(name)) and value not in ("[]", "{}"):
            raise ValueError(f"{owner} has `{name}`, which is not supported")


def _messages(turns: Any) -> tuple[Message, ...]:
    """OpenAI's list of role and content; plain text is a user's turn."""
    if isinstance(turns, str):
        return (Message(role="user", content=turns),)
    return tuple(map(_turn, turns))


def _turn(turn: Mapping[str, Any]) -> Message:
    _require_read(turn, _UNREAD_IN_TURN, owner=f"a turn of role {turn['role']!r}")
    return _message(turn["role"], turn["content"])


def _message(role: str, content: Any) -> Message:
    if role == "developer":
        role = "system"
    if role not in ("system", "user", "assistant"):
        raise ValueError(f"the role {role!r} is not supported")
    if not isinstance(content, str):
        raise ValueError(f"the content of a {role} turn is not text")
    return Message(role=cast(Any, role), content=content)


def _silent(turns: Sequence[Mapping[str, Any]], messages: Sequence[Message]) -> tuple[int, ...]:
    """Which assistant turns have OpenAI's weight 0: they are read and not learnt from."""
    found = []
    for index, (turn, message) in enumerate(zip(turns, messages, strict=True)):
        weight = turn.get("weight")
        if weight is None:
            continue
        if isinstance(weight, bool) or weight not in (0, 1):
            raise ValueError("the weight of a turn is neither 0 nor 1")
        if message.role != "assistant" and weight:
            raise ValueError(f"a {message.role} turn has a weight; only what an assistant says is learnt")
        if message.role == "assistant" and not weight:
            found.append(index)
    return tuple(found)


def _weight(row: Mapping[str, Any]) -> float:
    """What the row counts; 1 where it does not say."""
    weight = row.get("weight")
    if weight is None:
        return 1.0
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise ValueError(f"the weight is a {type(weight).__name__}, not a number")
    if not math.isfinite(weight) or weight <= 0:
        raise ValueError(
            f"the weight is {weight}; it must be a number above 0, and a row that is not to count left out"
        )
    return float(weight)


def _reply(turns: Any) -> str:
    """The one assistant text of a completion, given as text or as messages."""
    if isinstance(turns, str):
        return turns
    if len(turns) != 1 or turns[0]["role"] != "assistant":
        raise ValueError("a completion must be one assistant turn")
    message = _turn(turns[0])
    if _silent(turns, [message]):
        raise ValueError("the weight of a completion is 0, so nothing can be learnt from it")
    return message.content


def _example(messages: tuple[Message, ...], *, weight: float = 1.0, silent: tuple[int, ...] = ()) -> Example:
    answers = [index for index, message in enumerate(messages) if message.role == "assistant"]
    if not answers:
        raise ValueError("no assistant turn")
    if any(not messages[index].content.strip() for index in answers):
        raise ValueError("an assistant turn is empty")
    learnt = [index for index in answers if index not in silent]
    if not learnt:
        raise ValueError("every assistant turn has the weight 0, so nothing can be learnt")
    name = _id(messages, *silent)
    return Example(example_id=name, task=TASK, messages=messages, target=learnt[-1], weight=weight, silent=silent)


def _id(*parts: Any) -> str:
    return content_id([[(m.role, m.content) for m in part] if isinstance(part, tuple) else part for part in parts])


def _openai(row: Mapping[str, Any]) -> Example:
    messages = _messages(row["messages"])
    return _example(messages, weight=_weight(row), silent=_silent(row["messages"], messages))


def _prompt_completion(row: Mapping[str, Any]) -> Example:
    """As in TRL only the completion is learnt, also where the prompt holds earlier answers."""
    prompt = _messages(row["prompt"])
    silent = tuple(index for index, message in enumerate(prompt) if message.role == "assistant")
    return _example((*prompt, Message(role="assistant", content=_reply(row["completion"]))), silent=silent)


def _prompt_only(row: Mapping[str, Any]) -> Example:
    prompt = _messages(row["prompt"])
    if not prompt or not any(message.content.strip() for message in prompt):
        raise ValueError("the prompt is empty")
    if prompt[-1].role == "assistant":
        raise ValueError("the prompt ends with an assistant turn")
    return Example(example_id=_id(prompt), task=TASK, messages=prompt, target=len(prompt))


def _sharegpt(row: Mapping[str, Any]) -> Example:
    turns = [{**turn, "role": _SHAREGPT.get(turn["from"], turn["from"]), "content": turn["value"]}
             for turn in row["conversations"]]  # fmt: skip
    if row.get("system"):
        turns.insert(0, {"role": "system", "content": row["system"]})
    messages = _messages(turns)
    return _example(messages, silent=_silent(turns, messages))


def _alpaca(row: Mapping[str, Any]) -> Example:
    question = "\n\n".join(part for part in (row["instruction"], row.get("input") or "") if part)
    system = [Message(role="system", content=row["system"])] if row.get("system") else []
    return _example((*system, Message(role="user", content=question), Message(role="assistant", content=row["output"])))


def _preference(row: Mapping[str, Any]) -> Preference:
    if isinstance(row["prompt"], str) and not isinstance(row["chosen"], str) and len(row["chosen"]) > 1:
        return _implicit(row)  # a column beside whole conversations
    return _pair(_messages(row["prompt"]), _reply(row["chosen"]), _reply(row["rejected"]))


def _implicit(row: Mapping[str, Any]) -> Preference:
    """The prompt is what both begin with, as TRL's `extract_prompt` finds it."""
    chosen, rejected = row["chosen"], row["rejected"]
    if type(chosen) is not type(rejected):
        raise ValueError("one answer is text and the other one is not")
    if chosen == rejected:  # left out and counted later on; where its prompt ends nobody can tell
        return _pair((), *(2 * [chosen if isinstance(chosen, str) else _turn(chosen[-1]).content]))
    shared = _num_shared(chosen, rejected)
    if not shared:
        raise ValueError("there is no prompt, and nothing that both answers begin with")
    return _pair(_messages(chosen[:shared]), _reply(chosen[shared:]), _reply(rejected[shared:]))


def _num_shared(chosen: Sequence[Any], rejected: Sequence[Any]) -> int:
    """How many turns, or letters, both begin with: one less where one is all of the other's beginning, or at a space."""
    shorter = min(len(chosen), len(rejected))
    index = next((index for index in range(shorter) if chosen[index] != rejected[index]), None)
    if index is None:
        return shorter - 1
    return index - 1 if index and chosen[index - 1] == " " else index


def _openai_preference(row: Mapping[str, Any]) -> Preference:
    _require_read(row["input"], _UNREAD_IN_ROW, owner="the input")
    better, worse = _reply(row["preferred_output"]), _reply(row["non_preferred_output"])
    return _pair(_messages(row["input"]["messages"]), better, worse)


def _pair(prompt: tuple[Message, ...], chosen: str, rejected: str) -> Preference:
    if not chosen.strip() or not rejected.strip():
        raise ValueError("an answer is empty")
    return Preference(
        preference_id=_id(prompt, chosen, rejected), task=TASK, prompt=prompt, chosen=chosen, rejected=rejected,
        evidence="comparison",
    )  # fmt: skip


def _rated(row: Mapping[str, Any]) -> Rated:
    prompt, answer = _messages(row["prompt"]), _reply(row["completion"])
    if not answer.strip():
        raise ValueError("the completion is empty")
    if not isinstance(row["label"], bool):
        raise ValueError("the label is neither true nor false")
    return Rated(
        rated_id=_id(prompt, answer, row["label"]), task=TASK, prompt=prompt, completion=answer, good=row["label"],
        evidence="rating",
    )  # fmt: skip


# The first whose keys are all there reads the row, so the more particular ones come first.
_READERS: tuple[tuple[set[str], Callable[[Mapping[str, Any]], Learnable]], ...] = (
    ({"input", "preferred_output", "non_preferred_output"}, _openai_preference),
    ({"prompt", "chosen", "rejected"}, _preference),
    ({"chosen", "rejected"}, _implicit),
    ({"prompt", "completion", "label"}, _rated),
    ({"prompt", "completion"}, _prompt_completion),
    ({"messages"}, _openai),
    ({"conversations"}, _sharegpt),
    ({"instruction", "output"}, _alpaca),
)
