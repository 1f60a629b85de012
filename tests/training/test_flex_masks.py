"""FlexAttention's view of a pack is that of the dense mask. Forward only: its way back needs a GPU (tests/gpu)."""

import random

import pytest
import torch
from torch.nn.attention.flex_attention import create_mask

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


def test_it_is_for_gpus_only():
    assert not flex.usable(torch.device("cpu"), torch.float32, 16)


def test_masks_are_made_once_for_each_window(layout):
    assert layout.block_mask(7) is layout.block_mask(7)
    assert layout.block_mask(None) is layout.block_mask(10**6)
