"""The check engine on disk: everything a text was judged by, so that the same text scores the same wherever it is asked.

Beside a release lies what its report was judged with, whatever becomes of the brand's rules and facts since. The folder
holds rules, facts, n-grams and statistics; no customer's text.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from brandtune.core.brand import Document
from brandtune.core.errors import DataError, NotFoundError
from brandtune.core.storage import read_json, whole_directory, write_bytes, write_json, write_text
from brandtune.core.tasks.form import FormConfig
from brandtune.scoring.claims import FactBook
from brandtune.scoring.fingerprint import Fingerprint
from brandtune.scoring.off_limits import OffLimits
from brandtune.scoring.rules import RuleSet, load_rules
from brandtune.scoring.voice import VoiceEngine

INDEX, RULES = "voice.json", "rules"


def save_engines(engines: Mapping[str, VoiceEngine], folder: Path, *, documents: Sequence[Document]) -> None:
    """Write the engines of several tasks, which share the brand's rules and facts.

    Args:
        documents: What the engines' facts were read from.

    Raises:
        DataError: The rules were not read from files, so that nothing of them can be kept; or the engines are not of one
            brand.
    """
    _require_one_brand(list(engines.values()), documents)
    with whole_directory(folder) as new:
        for name, content in _rule_files(engines):
            write_text(new / RULES / name, content)
        tasks = [_save(task, engine, new, number=number) for number, (task, engine) in enumerate(engines.items())]
        terms = next((engine.off_limits.terms for engine in engines.values()), ())
        write_json(new / INDEX, {"tasks": tasks, "off_limits": terms, "documents": documents})


def _require_one_brand(engines: Sequence[VoiceEngine], documents: Sequence[Document]) -> None:
    stated = FactBook.from_documents(documents)
    for engine in engines:
        shared = (engine.rules.files, engine.off_limits) == (engines[0].rules.files, engines[0].off_limits)
        if not shared or (engine.facts.facts, engine.facts.denials) != (stated.facts, stated.denials):
            raise DataError(
                f"the engine of {engine.task} has other rules, facts or words off limits than are to be kept.",
                fix="Keep the engines of one brand together, with the documents that their facts were read from.",
            )


def _rule_files(engines: Mapping[str, VoiceEngine]) -> tuple[tuple[str, str], ...]:
    rules = next((engine.rules for engine in engines.values()), RuleSet())
    if rules.rules and not rules.files:
        raise DataError("these rules were not read from files, so they cannot be kept.", fix="Read them: load_rules.")
    return rules.files


def _save(task: str, engine: VoiceEngine, folder: Path, *, number: int) -> dict[str, Any]:
    """Write one task's models; returns its entry in the index."""
    for kind, model in (("style", engine.style), ("fingerprint", engine.fingerprint)):
        if model is not None:
            write_bytes(folder / f"{kind}-{number}.npz", model.to_bytes())
    return {
        "task": task,
        "style": engine.style is not None,
        "fingerprint": engine.fingerprint is not None,
        "form": engine.form.model_dump(mode="json") if engine.form else None,
        "on": engine.on.isoformat() if engine.on else None,
    }


def load_engines(folder: Path) -> dict[str, VoiceEngine]:
    """Read back what `save_engines` wrote; nothing in the folder is run.

    Raises:
        NotFoundError: There is no such folder.
        DataError: What is there was damaged.
    """
    if not (folder / INDEX).is_file():
        raise NotFoundError(f"no stored check engine in {folder}.", fix="Evaluate again; evaluation keeps it.")
    index = read_json(folder / INDEX)
    try:
        documents = msgspec.convert(index["documents"], tuple[Document, ...])
        rules = load_rules(folder / RULES) if (folder / RULES).is_dir() else RuleSet()
        facts, limits = FactBook.from_documents(documents), OffLimits(tuple(index["off_limits"]))
        return {
            entry["task"]: VoiceEngine(
                task=entry["task"], rules=rules, facts=facts, off_limits=limits, **_load(entry, folder, number=number)
            )
            for number, entry in enumerate(index["tasks"])
        }
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise DataError(f"the stored check engine is damaged ({error}).", where=str(folder)) from None


def _load(entry: Mapping[str, Any], folder: Path, *, number: int) -> dict[str, Any]:
    from brandtune.scoring.style import StyleModel

    style, fingerprint = (folder / f"{kind}-{number}.npz" for kind in ("style", "fingerprint"))
    return {
        "style": StyleModel.from_bytes(style.read_bytes()) if entry["style"] else None,
        "fingerprint": Fingerprint.from_bytes(fingerprint.read_bytes()) if entry["fingerprint"] else None,
        "form": FormConfig(**entry["form"]) if entry["form"] else None,
        "on": date.fromisoformat(entry["on"]) if entry["on"] else None,
    }
