"""Other people's rows: OpenAI, TRL, ShareGPT and Alpaca shapes, told apart by their keys, become what the loop learns from.

Nothing is guessed silently: a row of no known shape is an error that names the row and the shapes there are.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from brandtune.core.errors import DataError, NotFoundError
from brandtune.core.examples import Example, Message, Preference, Rated
from brandtune.core.ids import content_id

Learnable = Example | Preference | Rated
TASK = "given"
_SHAREGPT = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}
SHAPES = (
    "{messages} (OpenAI chat), {prompt, completion} (TRL), {conversations: [{from, value}]} (ShareGPT), "
    "{instruction, input, output} (Alpaca), {prompt, chosen, rejected} (TRL), "
    "{input: {messages}, preferred_output, non_preferred_output} (OpenAI), {prompt, completion, label} (KTO)"
)


def learnable(rows: str | Path | Iterable[Any]) -> list[Learnable]:
    """Read rows: a JSON Lines or JSON file, a `datasets.Dataset`, or anything that gives mappings or our own nouns.

    Raises:
        NotFoundError: No such file.
        DataError: A row is of no known shape or lacks text; names file and line, or the row's number.

    >>> learnable([{"prompt": "Hello", "completion": "Hi there."}])[0].reference
    'Hi there.'
    """
    where = str(rows) if isinstance(rows, str | Path) else "row"
    found: list[Learnable] = []
    for number, row in _numbered(rows):
        if isinstance(row, Example | Preference | Rated):
            found.append(row)
            continue
        try:
            found.append(_read(row))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(_complaint(row, error), where=f"{where}:{number}", fix=f"Known shapes: {SHAPES}.") from None
    return found


def _numbered(rows: str | Path | Iterable[Any]) -> Iterable[tuple[int, Any]]:
    if not isinstance(rows, str | Path):
        return enumerate(rows, start=1)
    path = Path(rows)
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}.", fix="Give a .jsonl or .json file, or rows.")
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".json":
        document = _json(text, where=str(path))
        if not isinstance(document, list):
            raise DataError("not a list of rows.", where=str(path))
        return enumerate(document, start=1)
    lines = ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())
    return ((number, _json(line, where=f"{path}:{number}")) for number, line in lines)


def _json(text: str, *, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"not JSON ({error.msg}, column {error.colno}).", where=where) from None


def _read(row: Mapping[str, Any]) -> Learnable:
    keys = {key for key, value in row.items() if value is not None}
    for needed, read in _READERS:
        if needed <= keys:
            return read(row)
    raise ValueError("no known shape")


def _complaint(row: Any, error: Exception) -> str:
    if not isinstance(row, Mapping):
        return f"a row is a {type(row).__name__}, not a mapping."
    if str(error) == "no known shape":
        return f"a row with the keys {', '.join(sorted(map(str, row)))} is of no known shape."
    return f"a row cannot be read ({type(error).__name__}: {error})."


def _messages(turns: Any) -> tuple[Message, ...]:
    """OpenAI's list of role and content; plain text is a user's turn."""
    if isinstance(turns, str):
        return (Message(role="user", content=turns),)
    return tuple(_message(turn["role"], turn["content"]) for turn in turns)


def _message(role: str, content: Any) -> Message:
    if not isinstance(content, str):
        raise ValueError(f"the content of a {role} turn is not text")
    if role == "developer":
        role = "system"
    if role not in ("system", "user", "assistant"):
        raise ValueError(f"the role {role!r} is not supported")
    return Message(role=cast(Any, role), content=content)


def _reply(turns: Any) -> str:
    """The one assistant text of a completion, given as text or as messages."""
    if isinstance(turns, str):
        return turns
    if len(turns) != 1 or turns[0]["role"] != "assistant":
        raise ValueError("a completion must be one assistant turn")
    return _message("assistant", turns[0]["content"]).content


def _example(messages: tuple[Message, ...], *, weight: float = 1.0) -> Example:
    answers = [index for index, message in enumerate(messages) if message.role == "assistant"]
    if not answers:
        raise ValueError("no assistant turn")
    if any(not messages[index].content.strip() for index in answers):
        raise ValueError("an assistant turn is empty")
    return Example(example_id=_id(messages), task=TASK, messages=messages, target=answers[-1], weight=weight)


def _id(*parts: Any) -> str:
    return content_id([[(m.role, m.content) for m in part] if isinstance(part, tuple) else part for part in parts])


def _openai(row: Mapping[str, Any]) -> Example:
    return _example(_messages(row["messages"]), weight=float(row.get("weight") or 1.0))


def _prompt_completion(row: Mapping[str, Any]) -> Example:
    answer = Message(role="assistant", content=_reply(row["completion"]))
    return _example((*_messages(row["prompt"]), answer))


def _sharegpt(row: Mapping[str, Any]) -> Example:
    turns = [_message(_SHAREGPT.get(turn["from"], turn["from"]), turn["value"]) for turn in row["conversations"]]
    system = [Message(role="system", content=row["system"])] if row.get("system") else []
    return _example((*system, *turns))


def _alpaca(row: Mapping[str, Any]) -> Example:
    question = "\n\n".join(part for part in (row["instruction"], row.get("input") or "") if part)
    system = [Message(role="system", content=row["system"])] if row.get("system") else []
    return _example((*system, Message(role="user", content=question), Message(role="assistant", content=row["output"])))


def _preference(row: Mapping[str, Any]) -> Preference:
    return _pair(_messages(row["prompt"]), _reply(row["chosen"]), _reply(row["rejected"]))


def _openai_preference(row: Mapping[str, Any]) -> Preference:
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
    ({"prompt", "completion", "label"}, _rated),
    ({"prompt", "completion"}, _prompt_completion),
    ({"messages"}, _openai),
    ({"conversations"}, _sharegpt),
    ({"instruction", "output"}, _alpaca),
)
