"""Proof that the held-out parts are held out: what, if anything, stands on both sides."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from brandtune.core.errors import DataError
from brandtune.core.examples import Example
from brandtune.core.records import Struct
from brandtune.datasets.components import NEAR_DUPLICATE, comparable, tie_keys
from brandtune.datasets.config import Tie
from brandtune.datasets.splitting import Split
from brandtune.scoring.similarity import find_neighbours, normalised


class LeakReport(Struct, frozen=True, kw_only=True):
    """How many customers, groups and texts are on more than one side; all zero in a frozen version.

    Attributes:
        near_duplicates: Pairs with a Jaccard similarity of word 3-shingles of 0.8 or more.
    """

    shared_subjects: int = 0
    shared_groups: int = 0
    same_text: int = 0
    near_duplicates: int = 0

    @property
    def clean(self) -> bool:
        return not (self.shared_subjects or self.shared_groups or self.same_text or self.near_duplicates)


def require_no_leaks(by_split: Mapping[Split, Sequence[Example]], *, by: Sequence[Tie]) -> LeakReport:
    """Check every pair of splits.

    Raises:
        DataError: Something is on both sides; names example ids.
    """
    placed = [(split, example) for split, examples in by_split.items() for example in examples]
    pairs = [*_near_pairs(placed)]
    same = [pair for pair in pairs if normalised(comparable(pair[0])) == normalised(comparable(pair[1]))]
    report = LeakReport(
        shared_subjects=_shared(placed, by=by, subjects=True),
        shared_groups=_shared(placed, by=by, subjects=False),
        same_text=len(same),
        near_duplicates=len(pairs) - len(same),
    )
    if not report.clean:
        raise DataError(_sentence(report, pairs), where="split", fix=_FIX)
    return report


_FIX = "Write all of `by: [subject, conversation, near_duplicate, template]`, or run curation first."


def _sentence(report: LeakReport, pairs: Sequence[tuple[Example, Example]]) -> str:
    named = ", ".join(f"{one.example_id} and {other.example_id}" for one, other in pairs[:3])
    more = f" and {len(pairs) - 3} more pairs" if len(pairs) > 3 else ""
    texts = f" The same or nearly the same text is in {named}{more}." if pairs else ""
    return (
        f"the splits share {report.shared_subjects} customers, {report.shared_groups} groups and "
        f"{len(pairs)} pairs of texts.{texts}"
    )


def _shared(placed: Sequence[tuple[str, Example]], *, by: Sequence[Tie], subjects: bool) -> int:
    sides: dict[str, set[str]] = defaultdict(set)
    for split, example in placed:
        for key in tie_keys(example, by=by):
            if key.startswith("subject:") == subjects:
                sides[key].add(split)
    return sum(len(splits) > 1 for splits in sides.values())


def _near_pairs(placed: Sequence[tuple[str, Example]]) -> Iterator[tuple[Example, Example]]:
    by_task: dict[str, list[tuple[str, Example]]] = defaultdict(list)
    for split, example in placed:
        by_task[example.task].append((split, example))
    for rows in by_task.values():
        texts = [comparable(example) for _, example in rows]
        for one, other in find_neighbours(texts, threshold=NEAR_DUPLICATE).pairs():
            if rows[one][0] != rows[other][0]:
                yield rows[one][1], rows[other][1]
