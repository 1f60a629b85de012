"""Facts from the business: what people made of drafts, and shares that were seen, in place of assumptions."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from brandtune.advice.config import FactsFile
from brandtune.advice.results import FactShown
from brandtune.core.config import read_yaml, validate
from brandtune.core.errors import DataError, NotFoundError
from brandtune.evaluation.statistics import wilson
from brandtune.scoring.edits import needs_revision

# Seen less often than this under an arm, nothing replaces what was measured or assumed.
FEWEST = 20
Counts = Mapping[str, tuple[int, int]]


def load_facts(path: Path) -> FactsFile:
    """Read a facts file (YAML or JSON).

    Raises:
        NotFoundError: No such file.
        ConfigError: Names every mistake with line, key and the nearest valid choice.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no facts file {path}.", where="--facts", fix="Name a YAML or JSON file.")
    document = read_yaml(path)
    document.data = document.raw
    return validate(FactsFile, document)


def published_usable(facts: FactsFile, *, folder: Path) -> dict[str, tuple[int, int]]:
    """Arm -> (drafts that people sent without a revision, drafts) from the file of edits; empty without one.

    Raises:
        NotFoundError: There is no such file.
        DataError: A row lacks a column; names file and line.
    """
    if not facts.edits:
        return {}
    path = folder / facts.edits
    if not path.is_file():
        raise NotFoundError("the file of edits does not exist.", where=str(path), fix="Mend `edits` in the facts file.")
    counts: dict[str, tuple[int, int]] = {}
    for line, row in _rows(path):
        draft, published, arm = (row.get(name) for name in ("draft", "published", "arm"))
        if not isinstance(draft, str) or not isinstance(published, str) or not isinstance(arm, str) or not arm:
            raise DataError(
                "the row needs the columns draft, published and arm.",
                where=f"{path}:{line}",
                fix="`arm` says how the draft was made, e.g. tuned or prompt.",
            )
        kept, total = counts.get(arm, (0, 0))
        usable = bool(draft.strip()) and not needs_revision(draft, published)
        counts[arm] = (kept + usable, total + 1)
    return counts


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if path.suffix.lower() == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                yield reader.line_num, row
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                found = msgspec.json.decode(line)
            except msgspec.DecodeError as error:
                raise DataError(f"not JSON ({error}).", where=f"{path}:{number}") from None
            yield number, found if isinstance(found, dict) else {}


def shown(facts: FactsFile, usable: Counts) -> tuple[FactShown, ...]:
    """Every share that was fed back, with Wilson's interval."""
    rows = [("published_unedited", arm, kept / total, total) for arm, (kept, total) in usable.items()]
    rows += [(one.metric, one.arm, one.share, one.n) for one in facts.outcomes]
    found = []
    for metric, arm, share, n in rows:
        low, high = wilson(round(share * n), n)
        found.append(FactShown(metric=metric, arm=arm, share=share, low=low, high=high, n=n))
    return tuple(found)


def usable_fact(usable: Counts, *, arm: str) -> tuple[float, float, float] | None:
    """(share, low, high) of drafts sent without revision under one arm, where it was really used often enough."""
    kept, total = usable.get(arm, (0, 0))
    return (kept / total, *wilson(kept, total)) if total >= FEWEST else None


def quality_fact(seen: Counts, *, arm: str, baseline: str) -> tuple[float, float, float] | None:
    """(gain, low, high) of a share, e.g. of drafts sent without revision, where both arms were used often enough.

    Newcombe's interval for a difference of two independent shares (Statistics in Medicine 1998, method 10).
    """
    pairs = [seen.get(name, (0, 0)) for name in (arm, baseline)]
    if min(total for _, total in pairs) < FEWEST:
        return None
    (p1, (low1, high1)), (p2, (low2, high2)) = [(kept / total, wilson(kept, total)) for kept, total in pairs]
    gain = p1 - p2
    low = gain - ((p1 - low1) ** 2 + (high2 - p2) ** 2) ** 0.5
    high = gain + ((high1 - p1) ** 2 + (p2 - low2) ** 2) ** 0.5
    return gain, low, high
