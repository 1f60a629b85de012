"""The judges that an evaluation leaves, so that other replies to its examples are scored as the report's were."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from brandtune.core.brand import Document
from brandtune.core.errors import NotFoundError
from brandtune.core.examples import Example
from brandtune.core.records import Struct
from brandtune.core.storage import read_json, write_json
from brandtune.evaluation.calibration import Judge, copy_index
from brandtune.evaluation.judging import LabelJudge, TextJudge
from brandtune.scoring.stored import load_engines, save_engines

JUDGES = "judges.json"


class _JudgeFacts(Struct, frozen=True, kw_only=True):
    task: str
    metrics: tuple[str, ...]
    labels: tuple[str, ...] = ()
    length: tuple[int, int] | None = None
    sources: tuple[str, ...] = ()
    handover: tuple[str, ...] = ()


def save_judges(judges: Mapping[str, Judge], folder: Path, *, documents: Sequence[Document]) -> None:
    """Write the judges of every task. The training texts that copies are looked for in stay in the dataset."""
    texts = {task: judge.engine for task, judge in judges.items() if isinstance(judge, TextJudge)}
    save_engines(texts, folder, documents=documents)
    write_json(folder / JUDGES, [_facts(task, judge) for task, judge in judges.items()])


def _facts(task: str, judge: Judge) -> _JudgeFacts:
    if isinstance(judge, LabelJudge):
        return _JudgeFacts(task=task, metrics=judge.metrics, labels=tuple(sorted(judge.labels)))
    return _JudgeFacts(
        task=task, metrics=judge.metrics, length=judge.length, sources=judge.sources, handover=judge.handover
    )


def load_judges(folder: Path, *, train: Sequence[Example]) -> dict[str, Judge]:
    """The judges as they were fitted: the same text has the same scores.

    Args:
        train: The training examples of that dataset version; copied passages are looked for in them.

    Raises:
        NotFoundError: The evaluation kept none.
    """
    if not (folder / JUDGES).is_file():
        raise NotFoundError(
            "the evaluation kept no judges.", where=str(folder), fix="Evaluate again: brandtune evaluate."
        )
    engines = load_engines(folder)
    facts = msgspec.convert(read_json(folder / JUDGES), list[_JudgeFacts])
    judges: dict[str, Judge] = {}
    for one in facts:
        if one.length is None:
            judges[one.task] = LabelJudge(one.task, frozenset(one.labels), metrics=one.metrics)
            continue
        engine = engines[one.task]
        judges[one.task] = TextJudge(
            one.task, engine.rules, engine.style, engine.facts, one.length, metrics=one.metrics,
            fingerprint=engine.fingerprint, sources=one.sources,
            copies=copy_index([example for example in train if example.task == one.task]),
            off_limits=engine.off_limits, form=engine.form, on=engine.on, handover=one.handover,
        )  # fmt: skip
    return judges
