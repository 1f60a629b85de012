"""Reading filled-in pairs: Label Studio's JSON and JSON-MIN, or CSV. What a choice means is told in `blind_pairs`."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from brandtune.core.errors import DataError, NotFoundError
from brandtune.core.records import Struct
from brandtune.core.storage import read_json

CONTROL = "decision"
_CSV_CHOICES = {
    "1": "First", "a": "First", "first": "First", "2": "Second", "b": "Second", "second": "Second",
    "tie": "No difference", "0": "No difference", "no difference": "No difference",
}  # fmt: skip


class Said(Struct, frozen=True, kw_only=True):
    """What one person said of one pair; `choice` is empty where nothing was chosen."""

    run: str
    item: str
    choice: str
    by: str


def read_votes(path: Path, *, by: str) -> list[Said]:
    """Every choice in the file, in its order.

    Args:
        by: Who voted, where the file does not say.

    Raises:
        NotFoundError: There is no such file.
        DataError: It is not a list of tasks, or a CSV without the columns `run`, `item` and `preferred`.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}.", fix="Correct the path.")
    if path.suffix.lower() == ".csv":
        return list(_from_csv(path, by=by))
    document = read_json(path)
    if not isinstance(document, list) or not all(isinstance(task, dict) for task in document):
        raise DataError(
            "expected a list of tasks.", where=str(path), fix="Export from Label Studio as JSON or JSON-MIN."
        )
    return [said for task in document for said in _from_task(task, by=by)]


def _from_csv(path: Path, *, by: str) -> Iterator[Said]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"not UTF-8 text (byte {error.start}).", where=str(path), fix="Save it as UTF-8.") from None
    first = text.partition("\n")[0]
    reader = csv.DictReader(
        text.splitlines(keepends=True), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    missing = {"run", "item", "preferred"} - set(reader.fieldnames or ())
    if missing:
        raise DataError(f"no column `{min(missing)}`.", where=f"{path}:1", fix="Fill in the file that was exported.")
    for row in reader:
        said = (row["preferred"] or "").strip()
        yield Said(
            run=(row["run"] or "").strip(),
            item=(row["item"] or "").strip(),
            choice=_CSV_CHOICES.get(said.lower(), said),
            by=(row.get("by") or "").strip() or by,
        )


def _from_task(task: Mapping[str, Any], *, by: str) -> Iterator[Said]:
    """One choice an annotation; a task that nobody decided gives one without a choice."""
    data = task.get("data", task)
    data = data if isinstance(data, dict) else {}
    run, item = str(data.get("run", "")), str(data.get("item", ""))
    found = [(_who(task.get("annotator"), by), task[CONTROL])] if isinstance(task.get(CONTROL), str) else []
    for annotation in task.get("annotations") or ():
        if isinstance(annotation, dict) and not annotation.get("was_cancelled"):
            who = _who(annotation.get("completed_by"), by)
            found += [(who, choice) for choice in _choices(annotation)]
    for who, choice in found or [(by, "")]:
        yield Said(run=run, item=item, choice=choice, by=who)


def _who(annotator: Any, by: str) -> str:
    """A name for an annotator that tells nothing of who it is but Label Studio's own number."""
    number = annotator.get("id") if isinstance(annotator, dict) else annotator
    return f"annotator {number}" if isinstance(number, int) else by


def _choices(annotation: Mapping[str, Any]) -> Iterator[str]:
    for result in annotation.get("result") or ():
        if isinstance(result, dict) and result.get("from_name") == CONTROL:
            value = result.get("value")
            yield from (str(choice) for choice in (value.get("choices") or ())) if isinstance(value, dict) else ()
