"""Proof that the held-out parts are held out: what, if anything, stands on both sides."""

from collections import defaultdict
from collections.abc import Container, Sequence

from brandtune.core.errors import DataError
from brandtune.core.records import Struct
from brandtune.datasets.components import near_pairs, passage_pairs, tie_keys
from brandtune.datasets.config import Tie
from brandtune.datasets.items import Item, views
from brandtune.datasets.splitting import Split
from brandtune.scoring.similarity import normalised


class LeakReport(Struct, frozen=True, kw_only=True):
    """What is on more than one side, over examples, preferences and rated answers; all zero in a frozen version.

    Attributes:
        shared_groups: Templates (campaigns, products), near-duplicate groups and source records.
        near_duplicates: Pairs with a Jaccard similarity of word 3-shingles of 0.8 or more, across tasks.
        shared_passages: Pairs in which runs of twelve words that are not boilerplate make up half of one text.
        common_phrases: Runs of twelve words on more than one side that are boilerplate or short. For information:
            the house's own phrases, not a leak.
    """

    shared_subjects: int = 0
    shared_conversations: int = 0
    shared_groups: int = 0
    same_text: int = 0
    near_duplicates: int = 0
    shared_passages: int = 0
    common_phrases: int = 0

    @property
    def clean(self) -> bool:
        return not any(
            (self.shared_subjects, self.shared_conversations, self.shared_groups,
             self.same_text, self.near_duplicates, self.shared_passages)
        )  # fmt: skip


def require_no_leaks(
    items: Sequence[Item], sides: Sequence[Split], *, by: Sequence[Tie], settled: Container[str] = frozenset()
) -> LeakReport:
    """Check every pair of splits.

    Args:
        sides: The split of each item.
        by: The ties that were to be kept; texts are compared in any case.
        settled: Names of items that an earlier version divided already.

    Raises:
        DataError: Something is on both sides; names ids.
    """
    shared = _shared(items, sides, by=by)
    near = near_pairs(items, sides)
    same = [pair for pair in near if _equal(items[pair[0]], items[pair[1]])]
    passages, common = passage_pairs(items, settled=settled, sides=sides)
    passages = sorted(set(passages) - set(near))
    report = LeakReport(
        shared_subjects=len(shared["subject"]),
        shared_conversations=len(shared["conversation"]),
        shared_groups=len(shared["group"]),
        same_text=len(same),
        near_duplicates=len(near) - len(same),
        shared_passages=len(passages),
        common_phrases=common,
    )
    if not report.clean:
        named = [pair for pairs in shared.values() for pair in pairs]
        raise DataError(_sentence(report, items, named, [*near, *passages]), where="split", fix=_FIX)
    return report


_FIX = "Write all of `by: [subject, conversation, near_duplicate, template]`, or run curation first."


def _sentence(
    report: LeakReport,
    items: Sequence[Item],
    shared: Sequence[tuple[int, int]],
    texts: Sequence[tuple[int, int]],
) -> str:
    groups = report.shared_groups + report.shared_conversations
    what = f"the splits share {report.shared_subjects} customers, {groups} groups and {len(texts)} pairs of texts."
    told = [("A customer, conversation or group is shared by", shared)]
    told.append(("The same or nearly the same text is in", texts))
    return " ".join([what, *(f"{words} {_ids(items, pairs)}." for words, pairs in told if pairs)])


def _ids(items: Sequence[Item], pairs: Sequence[tuple[int, int]]) -> str:
    named = ", ".join(f"{items[one].item_id} and {items[other].item_id}" for one, other in pairs[:3])
    return named + (f" and {len(pairs) - 3} more pairs" if len(pairs) > 3 else "")


def _shared(items: Sequence[Item], sides: Sequence[Split], *, by: Sequence[Tie]) -> dict[str, list[tuple[int, int]]]:
    """Ties on more than one side, by kind, each as two items that it joins."""
    first: dict[str, dict[Split, int]] = defaultdict(dict)
    for index, item in enumerate(items):
        for tie in tie_keys(item, by=by):
            first[tie].setdefault(sides[index], index)
    found: dict[str, list[tuple[int, int]]] = {"subject": [], "conversation": [], "group": []}
    for tie, members in first.items():
        if len(members) > 1:
            kind = tie.partition(":")[0]
            one, other = sorted(members.values())[:2]
            found[kind if kind in found else "group"].append((one, other))
    return found


def _equal(one: Item, other: Item) -> bool:
    ours = {normalised(text) for text in views(one.content)}
    return any(normalised(text) in ours for text in views(other.content))
