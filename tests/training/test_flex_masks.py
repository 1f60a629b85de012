"""FlexAttention's view of a pack is that of the dense mask. Forward only: its way back needs a GPU (tests/gpu)."""

import random

import pytest
import torch
from torch.nn.attention.flex_attention import create_block_mask, create_mask

from brandtune.training import flex
from brandtune.training.attention import Layout, _capped
from brandtune.training.packing import Tokens, pack, padded


@pytest.fixture(scope="module")
def layout() -> Layout:
    """Two levels of common beginnings, one that shares nothing, tokens at the end that nobody looks at."""
    numbers = random.Random(0)

    def some(count: int) -> tuple[int, ...]:
        return tuple(numbers.randrange(3, 97) for _ in range(count))

    system, guide = some(40), some(12)
    found = [system + (guide if i % 2 else ()) + some(numbers.randrange(8, 30)) for i in range(6)]
    rows = pack([Tokens(ids, (False,) * len(ids)) for ids in [*found, found[0], some(10)]], max_tokens=10**6)
    return Layout.of(padded(rows[0], multiple=32), device=torch.device("cpu"))


@pytest.mark.parametrize("window", [None, 7])
def test_the_same_is_seen(layout, window):
    dense = layout.mask(window)
    size = len(dense)
    found = create_mask(layout.block_mask(window).mask_mod, None, None, size, size, device="cpu")
    assert torch.equal(found[0, 0], dense)
    assert not dense.all()


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize(("window", "cap"), [(None, None), (7, None), (None, 2.0), (7, 2.0)])
def test_the_same_is_computed(layout, window, cap):
    torch.manual_seed(0)
    size = len(layout.position_ids)
    query, key, value = (torch.randn(1, heads, size, 16) for heads in (6, 2, 2))
    ours = flex.attend(query, key, value, layout.block_mask(window), scale=0.25, cap=cap)
    if cap is None:
        reference = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=layout.mask(window), scale=0.25, enable_gqa=True
        )
    else:
        reference = _capped(query, key, value, layout.mask(window), scale=0.25, cap=cap, dropout=0.0)
    assert (ours - reference).norm() <= 1e-5 * reference.norm()


def random_layout(seed: int) -> Layout:
    """Trees of a few levels whose nodes are shorter and longer than blocks."""
    numbers = random.Random(seed)

    def some(most: int) -> tuple[int, ...]:
        return tuple(numbers.randrange(3, 97) for _ in range(numbers.randrange(1, most)))

    stems = [()]
    for _ in range(numbers.randrange(4)):
        stems.append(numbers.choice(stems) + some(numbers.choice([20, 400])))
    leaves = [numbers.choice(stems) + some(numbers.choice([10, 150, 500])) for _ in range(numbers.randrange(1, 9))]
    (row,) = pack([Tokens(ids, (False,) * len(ids)) for ids in leaves], max_tokens=10**6)
    return Layout.of(padded(row, multiple=32), device=torch.device("cpu"))


@pytest.mark.parametrize("window", [None, 1, 2, 40, 128, 300])
@pytest.mark.parametrize(("block", "looked_at"), [(128, 1 << 22), (128, 1), (16, 5000)])
def test_blocks_are_those_that_looking_at_every_pair_finds(window, block, looked_at, monkeypatch):
    monkeypatch.setattr(flex, "BLOCK", block)
    monkeypatch.setattr(flex, "LOOKED_AT", looked_at)
    whole = 0
    for seed in range(12):
        layout = random_layout(seed)
        size = len(layout.position_ids)
        ours = flex.block_mask(flex.reach(layout.nodes, device=torch.device("cpu")), layout.position_ids, window=window)
        theirs = create_block_mask(ours.mask_mod, None, None, size, size, device="cpu", BLOCK_SIZE=block)
        ours, theirs = ours.as_tuple(), theirs.as_tuple()
        for mine, reference in zip(ours[:-1], theirs[:-1], strict=True):  # the last is what tells of each pair
            assert torch.equal(mine, reference) if isinstance(mine, torch.Tensor) else mine == reference
        whole += int(ours[4].sum())
    assert whole or (window is not None and window < 2 * block)


def test_no_mask_of_every_pair_is_made(monkeypatch):
    """65,536 positions: a mask of all pairs would take 4 GB."""
    size = 1 << 16
    largest = 0

    class Watched(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            nonlocal largest
            found = function(*args, **(kwargs or {}))
            for tensor in found if isinstance(found, tuple) else [found]:
                largest = max(largest, tensor.numel() if isinstance(tensor, torch.Tensor) else 0)
            return found

    ends, positions = torch.full((size,), size), torch.arange(size)
    for window in (None, 4096):
        with Watched():
            mask = flex.block_mask(ends, positions, window=window)
        assert mask.shape == (1, 1, size, size)
    assert largest <= flex.LOOKED_AT


def test_where_it_does_not_run_is_said(monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("no compiler")

    monkeypatch.setattr(flex, "_failures", {})
    monkeypatch.setattr(flex, "block_mask", broken)
    assert not flex.usable(torch.device("cuda"), torch.float32, 17)
    (sentence,) = flex.slower(torch.device("cuda", 0))
    assert "heads of 17" in sentence and "slower" in sentence
    assert flex.slower(torch.device("cpu")) == []


def test_it_is_for_gpus_only():
    assert not flex.usable(torch.device("cpu"), torch.float32, 16)


def test_masks_are_made_once_for_each_window(layout):
    assert layout.block_mask(7) is layout.block_mask(7)
    assert layout.block_mask(None) is layout.block_mask(10**6)
