"""Who computes what of a batch, when several processes train one model. A pure function of token ids.

Items with a common beginning stay side by side, so that each process computes it once.
"""

from collections.abc import Sequence
from itertools import pairwise

from brandtune.training.packing import SHORTEST_SHARED, Tokens, common_beginning


def shares(items: Sequence[Sequence[Tokens]], *, count: int) -> list[list[int]]:
    """Divide items (each with its sequences) among `count` processes so that the largest share is as small as can be.

    Every item is in exactly one share, some shares may be empty, and shares are runs of the items' sorted order.

    >>> item = lambda *ids: [Tokens(ids, (False,) * len(ids))]
    >>> shares([item(1, 2), item(5, 6), item(3, 4, 5, 6)], count=2)
    [[0], [2, 1]]
    """
    order = sorted(range(len(items)), key=lambda index: (items[index][0].token_ids, index))
    alone = [_size(items[index]) for index in order]
    after = [alone[place] - _shared(items, order, place) for place in range(len(order))]
    least, most = max(alone, default=0), sum(alone)
    while least < most:
        middle = (least + most) // 2
        if len(_runs(alone, after, limit=middle)) <= count:
            most = middle
        else:
            least = middle + 1
    found = [[order[place] for place in run] for run in _runs(alone, after, limit=least)]
    return found + [[] for _ in range(count - len(found))]


def _runs(alone: Sequence[int], after: Sequence[int], *, limit: int) -> list[range]:
    """Runs of places of at most `limit` tokens; the first of a run repeats the beginning that it shares."""
    runs: list[range] = []
    start = used = 0
    for place in range(len(alone)):
        if place > start and used + after[place] > limit:
            runs.append(range(start, place))
            start = place
        used = alone[place] if place == start else used + after[place]
    return [*runs, range(start, len(alone))] if alone else runs


def _size(sequences: Sequence[Tokens]) -> int:
    """Tokens of one item, what its sequences begin with in common counted once."""
    return sum(map(len, sequences)) - sum(_common(one, other) for one, other in pairwise(sequences))


def _shared(items: Sequence[Sequence[Tokens]], order: Sequence[int], place: int) -> int:
    return _common(items[order[place - 1]][0], items[order[place]][0]) if place else 0


def _common(one: Tokens, other: Tokens) -> int:
    found = common_beginning(one.token_ids, other.token_ids)
    return found if found >= SHORTEST_SHARED else 0
