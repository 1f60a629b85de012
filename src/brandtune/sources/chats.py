"""Chat logs that are already training files: OpenAI's JSONL (chats and preferences) and ShareGPT's."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from brandtune.core.ids import content_id
from brandtune.core.records import Conversation, Origin, Payload, Rating, Record, Turn
from brandtune.sources.base import FileSource, Item, Reading, RowProblem
from brandtune.sources.columns import Columns
from brandtune.sources.conventions import Conventions
from brandtune.sources.files import InputFile
from brandtune.sources.json_items import json_items
from brandtune.sources.json_lines import OnError
from brandtune.sources.roles import Roles
from brandtune.sources.rows import Cells
from brandtune.sources.tables import BadRow
from brandtune.sources.text_payloads import answer_text, compared
from brandtune.sources.turns import message_text, read_turns
from brandtune.sources.values import as_bool, as_number, is_nothing


class ChatSource(FileSource):
    """What chat logs have in common: one chat a line (or a list of them), people in columns beside it."""

    on_error: OnError = "stop"
    """What to do with a line that is not JSON: stop, or drop it with a reason."""

    def payload(self, value: Mapping[str, Any], roles: Roles) -> Payload:
        """What one line says; raises `RowProblem`."""
        raise NotImplementedError

    def records(self, reading: Reading) -> Iterator[Item]:
        roles = Roles()
        for file in reading.files:
            columns = Columns("conversation", fields={}, file=file.label)
            columns.restore(reading.decided)
            reading.decided |= columns.state()
            for number, value, position in json_items(file, self, on_error=self.on_error, reading=reading):
                if position is not None and len(reading.files) == 1:
                    reading.position = position
                yield self._item(value, number, file=file, reading=reading, roles=roles, columns=columns)
        if reading.files:
            roles.check(where=reading.files[0].label)

    def _item(
        self, value: Any, line: int, *, file: InputFile, reading: Reading, roles: Roles, columns: Columns
    ) -> Item:
        origin = reading.origin(file, line)
        try:
            if isinstance(value, BadRow):
                raise RowProblem(value.reason, detail=value.detail)
            if not isinstance(value, dict):
                raise RowProblem("not an object")
            return self._record(value, origin, reading=reading, roles=roles, columns=columns)
        except RowProblem as problem:
            return reading.rejected_at(origin, reason=problem.reason, detail=problem.detail)

    def _record(
        self, value: Mapping[str, Any], origin: Origin, *, reading: Reading, roles: Roles, columns: Columns
    ) -> Record:
        beside = {**_plain(value.get("metadata")), **value}
        columns.observe(beside)
        cells = Cells(beside, columns, Conventions(roles=roles, notes=reading.notes), where=str(origin))
        payload = self.payload(value, roles)
        own = cells.word("id")
        found = cells.own_id() if own else content_id([own, dict(value)])
        return cells.record(payload, record_id=f"{reading.name}:{found}", origin=origin)


def _plain(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


class OpenAIChatSource(ChatSource):
    """OpenAI's fine-tuning JSONL: `{"messages": […]}`, or `input` with a preferred and a non-preferred output."""

    kind: Literal["openai"] = "openai"
    """Selects this connector."""

    def payload(self, value: Mapping[str, Any], roles: Roles) -> Payload:
        if "preferred_output" in value or "non_preferred_output" in value:
            asked = value.get("input")
            turns = read_turns(asked.get("messages") if isinstance(asked, dict) else asked, roles=roles)
            chosen, rejected = (
                answer_text(value.get("preferred_output")),
                answer_text(value.get("non_preferred_output")),
            )
            return compared(turns, chosen=chosen, rejected=rejected)
        messages = value.get("messages")
        if not isinstance(messages, list):
            raise RowProblem("no messages", detail=f"its keys are {', '.join(sorted(value)[:12])}")
        _require_weights(messages)
        return Conversation(turns=_talk(messages, roles))


def _talk(messages: list[Any], roles: Roles) -> tuple[Turn, ...]:
    turns = read_turns(messages, roles=roles)
    if all(turn.role != "agent" for turn in turns):
        raise RowProblem("no answer", detail="no message of the assistant has text")
    return turns


def _require_weights(messages: list[Any]) -> None:
    """An answer with weight 0 must not be learnt, and all answers of a conversation are."""
    answers = [
        m for m in messages if isinstance(m, dict) and m.get("role") == "assistant" and message_text(m.get("content"))
    ]
    zero = sum(as_number(answer.get("weight")) == 0 for answer in answers)
    if zero:
        which = "all answers" if zero == len(answers) else f"{zero} of {len(answers)} answers"
        raise RowProblem("weight 0", detail=f"{which} may not be learnt; a conversation is learnt whole or not at all")


class ShareGptSource(ChatSource):
    """ShareGPT's JSONL: `{"conversations": [{"from": "human", "value": …}]}`, with `chosen`/`rejected` or `kto_tag`."""

    kind: Literal["sharegpt"] = "sharegpt"
    """Selects this connector."""

    def payload(self, value: Mapping[str, Any], roles: Roles) -> Payload:
        messages = value.get("conversations") or value.get("conversation") or value.get("messages")
        if not isinstance(messages, list):
            raise RowProblem("no conversations", detail=f"its keys are {', '.join(sorted(value)[:12])}")
        if isinstance(value.get("system"), str) and value["system"].strip():
            messages = [{"from": "system", "value": value["system"]}, *messages]
        if "chosen" in value and "rejected" in value:
            chosen, rejected = answer_text([value["chosen"]]), answer_text([value["rejected"]])
            return compared(read_turns(messages, roles=roles), chosen=chosen, rejected=rejected)
        turns = _talk(messages, roles)
        if not is_nothing(value.get("kto_tag")):
            return _rated(turns, value["kto_tag"])
        return Conversation(turns=turns)


def _rated(turns: tuple[Turn, ...], tag: Any) -> Payload:
    good = as_bool(tag)
    if good is None or turns[-1].role != "agent" or len(turns) < 2:
        raise RowProblem("rating not readable", detail="expected a yes or no, and an answer as the last message")
    return Rating(turns=turns[:-1], answer=turns[-1].text, good=good)
