"""Texts that have nothing to do with any brand, on which forgetting is measured.

The package brings two small sets that were written for it (`texts/`): general texts and dialogues. A file of
your own takes the place of both. Read `forgetting.py` next.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from brandtune.core.errors import DataError, NotFoundError
from brandtune.core.examples import Message

SHIPPED = Path(__file__).parent / "texts"
GENERAL, DIALOGUES, OWN = "general", "dialogues", "own"
TITLES = {GENERAL: "general texts", DIALOGUES: "dialogues", OWN: "texts of your own"}
_FIX = "Write texts apart by blank lines (.txt), or lines with `text` or `messages` (.jsonl)."
_ROLES = {"U": "user", "A": "assistant"}

Text = str | tuple[Message, ...]


@dataclass(frozen=True)
class GeneralTexts:
    """Texts by set; the gate looks at the first set."""

    sets: Mapping[str, tuple[Text, ...]]


def load_general_texts(path: Path | None = None, *, base_dir: Path = Path()) -> GeneralTexts:
    """The shipped sets, or the texts of one file.

    Args:
        path: `.txt` with texts apart by blank lines, or `.jsonl` with `text` or `messages` in each line.
        base_dir: Relative paths are looked up from here.

    Raises:
        NotFoundError: No such file.
        DataError: The file holds no text, or a line that is neither; named by file and line.

    Example:
        >>> sets = load_general_texts().sets
        >>> list(sets), len(sets["general"]) >= 40, len(sets["dialogues"]) >= 30
        (['general', 'dialogues'], True, True)
    """
    if path is None:
        dialogues = tuple(_dialogue(block) for block in _blocks(SHIPPED / "dialogues.txt"))
        return GeneralTexts({GENERAL: tuple(_blocks(SHIPPED / "general.txt")), DIALOGUES: dialogues})
    found = base_dir / path
    if not found.is_file():
        raise NotFoundError(f"there is no file {found}.", where="evaluation.general_texts", fix=_FIX)
    texts = tuple(_json_lines(found) if found.suffix == ".jsonl" else _blocks(found))
    if not texts:
        raise DataError("the file holds no text.", where=str(path), fix=_FIX)
    return GeneralTexts({OWN: texts})


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError("the file is not UTF-8 text.", where=path.name, fix=_FIX) from error


def _blocks(path: Path) -> list[str]:
    blocks = _read(path).replace("\r\n", "\n").split("\n\n")
    return [block.strip() for block in blocks if block.strip()]


def _dialogue(block: str) -> tuple[Message, ...]:
    turns = [line.partition(": ") for line in block.splitlines()]
    return tuple(Message(role=_ROLES[mark], content=content) for mark, _, content in turns)  # type: ignore[arg-type]


def _json_lines(path: Path) -> list[Text]:
    found: list[Text] = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        if line.strip():
            found.append(_json_text(line, where=f"{path.name}, line {number}"))
    return found


def _json_text(line: str, *, where: str) -> Text:
    try:
        row = json.loads(line)
        if isinstance(row.get("text"), str) and row["text"].strip():
            return str(row["text"])
        messages = tuple(Message(role=turn["role"], content=turn["content"]) for turn in row["messages"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError("the line has neither `text` nor `messages`.", where=where, fix=_FIX) from error
    if not any(message.role == "assistant" for message in messages):
        raise DataError("the conversation has no assistant turn.", where=where, fix="Leave it out, or add one.")
    return messages
