"""What people said, from CSV or JSONL: on/off-brand labels, comparisons for judging the judge, blind votes on a run."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from brandtune.core.errors import DataError, NotFoundError
from brandtune.evaluation.judges.pairwise import Pair, Preferred

_TRUE, _FALSE = frozenset(["true", "yes", "1", "on", "on_brand"]), frozenset(["false", "no", "0", "off", "off_brand"])
_SIDES = {"first": "first", "a": "first", "second": "second", "b": "second", "tie": "tie"}
_WHOSE = {"ours": "first", "human": "second", "tie": "tie"}


@dataclass(frozen=True)
class OnBrandLabel:
    """A person's word on one text; `task` is empty where it holds for every task."""

    text: str
    on_brand: bool
    task: str = ""


@dataclass(frozen=True)
class BlindVote:
    """A person's word on one output beside what people wrote: `first` is the output. `by` may be empty."""

    example_id: str
    arm: str
    preferred: Preferred
    by: str = ""


def on_brand_labels(path: Path) -> list[OnBrandLabel]:
    """Read `text`, `on_brand` and, where it matters, `task`.

    Raises:
        NotFoundError: No such file.
        DataError: A row lacks a column or says something else; names the line.
    """
    found = []
    for where, row in _rows(path, needs=("text", "on_brand")):
        word = str(row["on_brand"]).strip().lower()
        if word not in _TRUE | _FALSE:
            raise DataError(f"`on_brand` is `{word[:20]}`.", where=where, fix="Write true or false.")
        found.append(OnBrandLabel(str(row["text"]), word in _TRUE, str(row.get("task") or "").strip()))
    return found


def comparisons(path: Path) -> list[tuple[Pair, Preferred]]:
    """Read `question`, `first`, `second` and `preferred` (first, second or tie); errors as in `on_brand_labels`."""
    found = []
    for where, row in _rows(path, needs=("question", "first", "second", "preferred")):
        side = _word(row["preferred"], _SIDES, where=where, fix="Write first, second or tie.")
        found.append((Pair(str(row["question"]), str(row["first"]), str(row["second"])), side))
    return found


def blind_votes(path: Path) -> list[BlindVote]:
    """Read `example_id`, `arm`, `preferred` (ours, human or tie) and, if given, `by`; errors as in `on_brand_labels`."""
    found = []
    for where, row in _rows(path, needs=("example_id", "arm", "preferred")):
        side = _word(row["preferred"], _WHOSE, where=where, fix="Write ours, human or tie.")
        who = str(row.get("by") or "").strip()
        found.append(BlindVote(str(row["example_id"]).strip(), str(row["arm"]).strip(), side, who))
    return found


def _word(value: Any, known: dict[str, str], *, where: str, fix: str) -> Preferred:
    word = str(value).strip().lower()
    if word not in known:
        raise DataError(f"`preferred` is `{word[:20]}`.", where=where, fix=fix)
    return cast(Preferred, known[word])


def _rows(path: Path, *, needs: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.is_file():
        raise NotFoundError(f"no labels at {path}.", fix="Correct the path in evaluation, or leave the setting out.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = _json_lines(file, path) if path.suffix in (".jsonl", ".ndjson") else _csv_lines(file)
            for line, row in lines:
                where = f"{path}:{line}"
                missing = [name for name in needs if row.get(name) is None]
                if missing:
                    raise DataError(f"no `{missing[0]}`.", where=where, fix=f"Each row needs {', '.join(needs)}.")
                yield where, row
    except UnicodeDecodeError as error:
        raise DataError(f"not UTF-8 text (byte {error.start}).", where=str(path), fix="Save it as UTF-8.") from None


def _csv_lines(file: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(file)
    for row in reader:
        yield reader.line_num, row


def _json_lines(file: Any, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise DataError("not a JSON object.", where=f"{path}:{number}", fix="Write one object a line.")
            yield number, row
