"""Label Studio's JSON export: choices, written answers, pairwise choices and ratings, each as the record it means."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from brandtune.core.errors import SourceError
from brandtune.core.records import Edit, LabelledText, Pair, Payload, Rating, Record
from brandtune.sources.base import FileSource, Item, Reading, RowProblem
from brandtune.sources.columns import find
from brandtune.sources.files import InputFile
from brandtune.sources.json_items import json_items
from brandtune.sources.tables import BadRow
from brandtune.sources.text_payloads import asked_turns, compared, verdict
from brandtune.sources.values import as_list, as_number, as_text, as_time, is_nothing

_FIELDS: dict[str, tuple[str, ...]] = {
    "text": ("text", "message", "body", "content", "sentence", "query", "prompt", "question", "instruction"),
    "prompt": ("prompt", "question", "instruction", "brief", "context", "query", "input", "message", "text"),
    "draft": (
        "draft",
        "generated",
        "ai_draft",
        "suggestion",
        "model_output",
        "answer",
        "response",
        "completion",
        "reply",
    ),
    "answer": ("answer", "response", "completion", "reply", "generated", "model_output", "draft", "output"),
    "left": (
        "left",
        "answer1",
        "answer_1",
        "answer_a",
        "response1",
        "response_1",
        "response_a",
        "text1",
        "option_a",
        "a",
    ),
    "right": (
        "right",
        "answer2",
        "answer_2",
        "answer_b",
        "response2",
        "response_2",
        "response_b",
        "text2",
        "option_b",
        "b",
    ),
}
_HANDLED = ("choices", "textarea", "pairwise", "rating")


class LabelStudioSource(FileSource):
    """Label Studio tasks with annotations (Export, JSON)."""

    kind: Literal["label_studio"] = "label_studio"
    """Selects this connector."""
    fields: dict[str, str] = Field(default_factory=dict)
    """Our name (`text`, `prompt`, `draft`, `answer`, `left`, `right`) to the key in each task's `data`."""
    max_rating: float = Field(default=5.0, gt=1)
    """Stars of the rating control."""

    def records(self, reading: Reading) -> Iterator[Item]:
        for file in reading.files:
            for number, value, _end in json_items(file, self, on_error="stop", reading=reading, inside=("tasks",)):
                yield from self._task(value, number, file=file, reading=reading)

    def _task(self, value: Any, line: int, *, file: InputFile, reading: Reading) -> Iterator[Item]:
        if isinstance(value, BadRow):
            yield reading.rejected(file, line, reason=value.reason, detail=value.detail)
            return
        if not isinstance(value, dict) or not isinstance(value.get("data"), dict):
            _refuse_other_export(value, file)
            yield reading.rejected(file, line, reason="task without data")
            return
        annotation, problem = _annotation(value)
        if annotation is None:
            yield reading.rejected(file, line, reason=problem)
            return
        if len(as_list(value.get("annotations") or value.get("completions"))) > 1:
            reading.notes.add("a task has several annotations; one was taken", where=f"{file.label}:{line}")
        found = 0
        for result in as_list(annotation.get("result")):
            if not isinstance(result, dict) or not isinstance(result.get("value"), dict):
                reading.notes.add("a result without a value was left out", where=f"{file.label}:{line}")
                continue
            if result.get("type") not in _HANDLED:
                reading.notes.add(f"results of the control `{result.get('type')}` mean no record; left out")
                continue
            found += 1
            yield self._item(value, annotation, result, line, file=file, reading=reading)
        if not found:
            yield reading.rejected(file, line, reason="no result", detail="no choice, text, pairwise choice or rating")

    def _item(
        self,
        task: Mapping[str, Any],
        annotation: Mapping[str, Any],
        result: Mapping[str, Any],
        line: int,
        *,
        file: InputFile,
        reading: Reading,
    ) -> Item:
        try:
            payload = self._payload(task["data"], result)
        except RowProblem as problem:
            return reading.rejected(file, line, reason=problem.reason, detail=problem.detail)
        return Record(
            record_id=f"{reading.name}:{as_text(task.get('id'))}:{as_text(result.get('from_name'))}",
            payload=payload,
            origin=reading.origin(file, line),
            occurred_at=as_time(annotation.get("updated_at") or annotation.get("created_at")),
        )

    def _payload(self, data: Mapping[str, Any], result: Mapping[str, Any]) -> Payload:
        value = result["value"]
        if result["type"] == "choices":
            return LabelledText(text=self._required(data, "text"), label=_only(value.get("choices"), "label"))
        if result["type"] == "textarea":
            return self._written(data, _only(value.get("text"), "text"))
        turns = asked_turns(self._text(data, "prompt"))
        if not turns:
            raise RowProblem("empty prompt", detail="no key of the task's data holds one; set `fields.prompt`")
        if result["type"] == "pairwise":
            left, right = self._required(data, "left"), self._required(data, "right")
            chosen = as_text(value.get("selected"))
            if chosen not in ("left", "right"):
                raise RowProblem("nothing selected")
            better, worse = (left, right) if chosen == "left" else (right, left)
            return compared(turns, chosen=better, rejected=worse)
        good = verdict(as_number(value.get("rating")), top=self.max_rating)
        if good is None:
            raise RowProblem("neither good nor bad", detail="the middle of the scale says nothing")
        return Rating(turns=turns, answer=self._required(data, "answer"), good=good)

    def _written(self, data: Mapping[str, Any], text: str) -> Payload:
        """A text that somebody wrote: instead of a draft where the task shows one, else for a prompt."""
        draft, prompt = self._text(data, "draft"), self._text(data, "prompt")
        if draft.strip():
            return Edit(draft=draft, published=text, brief=prompt if prompt != draft else "")
        return Pair(prompt=self._required(data, "prompt"), completion=text)

    def _text(self, data: Mapping[str, Any], name: str) -> str:
        keys = (self.fields[name],) if name in self.fields else _FIELDS[name]
        return next((as_text(found) for key in keys if not is_nothing(found := find(data, key))), "")

    def _required(self, data: Mapping[str, Any], name: str) -> str:
        text = self._text(data, name)
        if not text.strip():
            keys = ", ".join(sorted(map(str, data))[:12])
            raise RowProblem(f"empty {name}", detail=f"the task's data has {keys}; set `fields.{name}`")
        return text


def _annotation(task: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
    """The annotation that counts: the ground truth where one is marked, else the last that was not cancelled."""
    listed = as_list(task.get("annotations") or task.get("completions"))
    valid = [each for each in listed if isinstance(each, dict) and not each.get("was_cancelled")]
    if not valid:
        return None, "skipped by the annotator" if listed else "not annotated"
    return next((each for each in valid if each.get("ground_truth")), valid[-1]), ""


def _only(values: Any, what: str) -> str:
    found: Sequence[Any] = values if isinstance(values, list) else [values]
    said = [as_text(value) for value in found if not is_nothing(value)]
    if not said:
        raise RowProblem(f"empty {what}")
    if len(said) > 1 and what == "label":
        raise RowProblem("several labels", detail=f"{len(said)} choices; a text has one label")
    return "\n".join(said)


def _refuse_other_export(value: Any, file: InputFile) -> None:
    if isinstance(value, dict) and "annotator" in value and "annotation_id" in value:
        raise SourceError(
            "this is Label Studio's JSON_MIN export, which leaves out what each value means.",
            where=file.label,
            fix="Export as JSON, or use `kind: json` with `maps_to` and `fields`.",
        )
