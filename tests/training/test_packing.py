"""Packs hold every sequence whole, share what is common, and stay within their size."""

from hypothesis import given, settings
from hypothesis import strategies as st

from brandtune.training.packing import Pack, Tokens, pack

SMALL = st.lists(st.integers(0, 2), min_size=1, max_size=14).map(tuple)


def tokens(ids: tuple[int, ...], *, every: int = 1) -> Tokens:
    return Tokens(ids, tuple(i > 0 and i % every == 0 for i in range(len(ids))))


def unpacked(row: Pack, place: int, sequence: Tokens) -> tuple[int, ...]:
    """The sequence as attention sees it: up from the node that predicts its last token, plus that token."""
    last = max((r for r, owner in zip(row.rows, row.owners, strict=True) if owner == place), default=None)
    if last is None:
        return sequence.token_ids
    index = next(i for i, node in enumerate(row.nodes) if node.start <= last < node.end)
    found = list(row.token_ids[row.nodes[index].start : last + 1])
    while (index := row.nodes[index].parent) >= 0:
        found = [*row.token_ids[row.nodes[index].start : row.nodes[index].end], *found]
    return (*found, sequence.token_ids[-1])


@settings(max_examples=200, deadline=None)
@given(st.lists(SMALL, min_size=1, max_size=8), st.integers(1, 40), st.integers(1, 4))
def test_every_sequence_is_in_one_pack_and_can_be_read_back(ids, max_tokens, shortest):
    sequences = [tokens(one) for one in ids]
    packs = pack(sequences, max_tokens=max_tokens, shortest_shared=shortest)
    assert sorted(member for row in packs for member in row.sequences) == list(range(len(sequences)))
    for row in packs:
        assert len(row) <= max_tokens or len(row.sequences) == 1
        assert len(row.position_ids) == len(row.token_ids)
        assert row.num_tokens == sum(len(sequences[member]) for member in row.sequences)
        for place, member in enumerate(row.sequences):
            assert unpacked(row, place, sequences[member]) == sequences[member].token_ids
        wanted = [(place, t) for place, m in enumerate(row.sequences) for t in sequences[m].token_ids[1:]]
        assert list(zip(row.owners, row.targets, strict=True)) == wanted


@settings(max_examples=100, deadline=None)
@given(st.lists(SMALL, min_size=1, max_size=8), st.integers(1, 4))
def test_positions_count_from_the_beginning_of_the_sequence(ids, shortest):
    for row in pack([tokens(one) for one in ids], max_tokens=10**6, shortest_shared=shortest):
        for node in row.nodes:
            parent = row.nodes[node.parent] if node.parent >= 0 else None
            assert node.depth == (parent.depth + parent.end - parent.start if parent else 0)
            assert row.position_ids[node.start : node.end] == tuple(
                range(node.depth, node.depth + node.end - node.start)
            )


def test_common_beginnings_are_held_once():
    system, guide = tuple(range(100)), tuple(range(200, 230))
    sequences = [tokens((*system, *guide, 1, n)) for n in (5, 6)] + [tokens((*system, 2, n)) for n in (7, 8)]
    (row,) = pack(sequences, max_tokens=10**6)
    assert len(row) == 100 + 31 + 2 * 1 + 2 * 2
    assert row.num_tokens == 2 * 132 + 2 * 102
    (apart,) = pack(sequences, max_tokens=10**6, share=False)
    assert len(apart) == apart.num_tokens == row.num_tokens


def test_equal_sequences_cost_nothing_more():
    (row,) = pack([tokens(tuple(range(50)))] * 3, max_tokens=10**6)
    assert len(row) == 50
    assert sorted(row.owners) == [0] * 49 + [1] * 49 + [2] * 49


def test_a_beginning_too_short_is_repeated():
    (row,) = pack([tokens((1, 2, 3, 4)), tokens((1, 2, 3, 5))], max_tokens=100, shortest_shared=4)
    assert len(row) == 8


def test_only_loss_tokens_have_rows():
    (row,) = pack([Tokens((1, 2, 3, 4), (False, False, True, False))], max_tokens=100)
    assert (row.rows, row.targets, row.owners) == ((1,), (3,), (0,))
