"""Packing: several sequences in one row, what they begin with in common held once. A pure function of token ids.

A pack is a forest of *nodes* in depth-first order. A node is a run of tokens; a sequence is the path from a root to one
node. A token sees its own node up to itself, and the whole of every ancestor: exactly what it sees when its sequence is
computed alone. `attention` makes the network see it that way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

SHORTEST_SHARED = 8
"""Beginnings shorter than this are repeated: a block of attention costs more than so few tokens."""


@dataclass(frozen=True)
class Tokens:
    """One sequence to be computed.

    Attributes:
        token_ids: All its tokens.
        loss_mask: For each token, whether predicting *it* carries loss; the first can carry none.
        weight: Multiplies the loss of its tokens.
    """

    token_ids: tuple[int, ...]
    loss_mask: tuple[bool, ...]
    weight: float = 1.0

    def __len__(self) -> int:
        return len(self.token_ids)


@dataclass(frozen=True)
class Node:
    """A run of tokens in the row.

    Attributes:
        start: First position in the row.
        end: One past its last position.
        subtree_end: One past the last position of everything that begins with it; descendants follow it directly.
        parent: Index of the node it continues; -1 for a root.
        depth: Tokens before it in its sequences, which is the position id of its first token.
    """

    start: int
    end: int
    subtree_end: int
    parent: int
    depth: int


@dataclass(frozen=True)
class Pack:
    """One row for the network.

    Attributes:
        token_ids: Tokens in row order, [S].
        position_ids: Position of each token within its own sequence, [S].
        nodes: The forest, in row order.
        sequences: Which of the given sequences are in this pack.
        rows: Row position that predicts a loss token, one entry for each loss token of each sequence, [P].
        targets: The token to predict there, [P].
        owners: Index into `sequences` of the sequence that the loss token belongs to, [P].
        num_tokens: Tokens of all sequences counted one by one, as if nothing were shared.
    """

    token_ids: tuple[int, ...]
    position_ids: tuple[int, ...]
    nodes: tuple[Node, ...]
    sequences: tuple[int, ...]
    rows: tuple[int, ...]
    targets: tuple[int, ...]
    owners: tuple[int, ...]
    num_tokens: int

    def __len__(self) -> int:
        return len(self.token_ids)


def padded(row: Pack, *, multiple: int) -> Pack:
    """The same row with tokens at its end that nothing looks at, so that its length is a multiple of `multiple`.

    Matrix kernels are prepared for every new shape; few distinct lengths keep that cost small.
    """
    missing = -len(row) % multiple
    if not missing:
        return row
    end = len(row) + missing
    return replace(
        row,
        token_ids=(*row.token_ids, *(0,) * missing),
        position_ids=(*row.position_ids, *range(missing)),
        nodes=(*row.nodes, Node(start=len(row), end=end, subtree_end=end, parent=-1, depth=0)),
    )


def pack(
    sequences: Sequence[Tokens], *, max_tokens: int, share: bool = True, shortest_shared: int = SHORTEST_SHARED
) -> list[Pack]:
    """Put sequences into as few rows of at most `max_tokens` tokens as their sorted order allows.

    Sequences with common beginnings lie side by side, so a beginning is repeated only where a row ends.

    Args:
        max_tokens: Tokens of a row, shared ones counted once. A longer single sequence gets a row of its own.
        share: Hold common beginnings once; without it sequences are only set side by side.

    >>> one, other = (Tokens((1, 2, 3, n), (False, False, True, True)) for n in (7, 8))
    >>> row, = pack([one, other], max_tokens=99, shortest_shared=2)
    >>> row.token_ids, row.position_ids
    ((1, 2, 3, 7, 8), (0, 1, 2, 3, 3))
    >>> row.rows, row.targets
    ((1, 2, 1, 2), (3, 7, 3, 8))
    """
    order = sorted(range(len(sequences)), key=lambda index: (sequences[index].token_ids, index))
    common = [0] * len(order)
    if share:
        for place in range(1, len(order)):
            common[place] = common_beginning(sequences[order[place - 1]].token_ids, sequences[order[place]].token_ids)
    packs: list[Pack] = []
    start = 0
    while start < len(order):
        end = _fitting(sequences, order, common, start, max_tokens=max_tokens, shortest=shortest_shared)
        row = _Row(sequences, order[start:end], [0, *common[start + 1 : end]], shortest_shared).pack()
        while len(row) > max_tokens and end - start > 1:  # short beginnings that only some share are repeated
            end -= 1
            row = _Row(sequences, order[start:end], [0, *common[start + 1 : end]], shortest_shared).pack()
        packs.append(row)
        start = end
    return packs


def common_beginning(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many tokens two sequences begin with in common."""
    least, most = 0, min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    while most - least > 1:  # equal slices are compared in C; halving needs few of them
        middle = (least + most) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle
    return least


def _fitting(
    sequences: Sequence[Tokens], order: list[int], common: list[int], start: int, *, max_tokens: int, shortest: int
) -> int:
    """One past the last place of `order` that fits in a row beginning at `start`; at least one sequence."""
    used, place = 0, start
    while place < len(order):
        shared = common[place] if place > start and common[place] >= shortest else 0
        used += len(sequences[order[place]]) - shared
        if used > max_tokens and place > start:
            return place
        place += 1
    return place


@dataclass
class _Draft:
    """A node while its row is being laid out."""

    start: int
    end: int
    parent: int
    depth: int
    subtree_end: int = 0


@dataclass
class _Row:
    """Lays one row out; `common[i]` tokens are shared by sequences `i - 1` and `i` of the row."""

    sequences: Sequence[Tokens]
    members: list[int]
    common: list[int]
    shortest: int
    token_ids: list[int] = field(default_factory=list)
    position_ids: list[int] = field(default_factory=list)
    nodes: list[_Draft] = field(default_factory=list)
    paths: dict[int, list[int]] = field(default_factory=dict)

    def pack(self) -> Pack:
        self._lay(0, len(self.members), depth=0, parent=-1, path=[])
        rows: list[int] = []
        targets: list[int] = []
        owners: list[int] = []
        for place, member in enumerate(self.members):
            self._losses(member, place, rows, targets, owners)
        return Pack(
            token_ids=tuple(self.token_ids),
            position_ids=tuple(self.position_ids),
            nodes=tuple(Node(n.start, n.end, n.subtree_end, n.parent, n.depth) for n in self.nodes),
            sequences=tuple(self.members),
            rows=tuple(rows),
            targets=tuple(targets),
            owners=tuple(owners),
            num_tokens=sum(len(self.sequences[member]) for member in self.members),
        )

    def _lay(self, first: int, last: int, *, depth: int, parent: int, path: list[int]) -> None:
        """Lay the sequences `first..last` out, which have their first `depth` tokens in common and laid out already."""
        if last - first == 1:
            member = self.members[first]
            tokens = self.sequences[member].token_ids[depth:]
            self.paths[member] = [*path, self._node(tokens, depth=depth, parent=parent)] if tokens else path
            return
        place = first
        while place < last:
            end = place + 1
            while end < last and self.common[end] - depth >= self.shortest:
                end += 1
            if end - place == 1:
                self._lay(place, end, depth=depth, parent=parent, path=path)
            else:
                shared = min(self.common[place + 1 : end])
                tokens = self.sequences[self.members[place]].token_ids[depth:shared]
                node = self._node(tokens, depth=depth, parent=parent)
                self._lay(place, end, depth=shared, parent=node, path=[*path, node])
                self.nodes[node].subtree_end = len(self.token_ids)
            place = end

    def _node(self, tokens: tuple[int, ...], *, depth: int, parent: int) -> int:
        start = len(self.token_ids)
        self.token_ids += tokens
        self.position_ids += range(depth, depth + len(tokens))
        end = len(self.token_ids)
        self.nodes.append(_Draft(start=start, end=end, parent=parent, depth=depth, subtree_end=end))
        return len(self.nodes) - 1

    def _losses(self, member: int, place: int, rows: list[int], targets: list[int], owners: list[int]) -> None:
        """The token at position t is predicted from wherever the row holds position t - 1 of this sequence."""
        sequence = self.sequences[member]
        where: list[int] = []
        for index in self.paths[member]:
            where += range(self.nodes[index].start, self.nodes[index].end)
        for position in range(1, len(sequence)):
            if sequence.loss_mask[position]:
                rows.append(where[position - 1])
                targets.append(sequence.token_ids[position])
                owners.append(place)
