"""Attention of one more token with the compiled kernels, beside one softmax over everything in double precision."""

import pytest
import torch

from brandtune.models import step_attention
from brandtune.models.cache import new_room
from brandtune.models.compiled import kernels
from brandtune.models.step_attention import Beginning, StepAttention, step_kernels

HEADS, KEY_HEADS, SIZE, SCALE = 6, 2, 16, 0.25
TOLERANCE = {torch.float32: 2e-6, torch.bfloat16: 1.2e-2}
CAPACITY, FILLED = 13, 9


@pytest.fixture(params=[torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
def dtype(request):
    if kernels(torch.zeros(1, dtype=request.param)) is None:
        pytest.skip("no C compiler, or a system where its OpenMP is not PyTorch's")
    torch.manual_seed(0)
    return request.param


def attention(dtype):
    return StepAttention(kernels(torch.zeros(1, dtype=dtype)), (HEADS, KEY_HEADS, SIZE), SCALE)


def filled_layer(rows, dtype):
    keys, values = torch.randn(2, rows, KEY_HEADS, FILLED, SIZE).to(dtype)
    return new_room(keys, values, capacity=CAPACITY)


def token(rows, dtype):
    """Query, key and value before rotation, and the rotation as the library gives it: both halves alike."""
    angle = torch.rand(rows, SIZE // 2).repeat(1, 2)
    return torch.randn(rows, (HEADS + 2 * KEY_HEADS) * SIZE).to(dtype), angle.cos().to(dtype), angle.sin().to(dtype)


def exact(every, cosine, sine, keys, values, *, hidden):
    """One sequence alone in double precision: [H · D], over keys and values [K, N, D] and the token itself."""
    heads = every.double().view(-1, SIZE)
    one, other = heads[: HEADS + KEY_HEADS].chunk(2, dim=-1)
    c, s = (turn.double()[: SIZE // 2] for turn in (cosine, sine))
    turned = torch.cat([one * c - other * s, other * c + one * s], dim=-1)
    keys = torch.cat([keys.double(), turned[HEADS:, None]], dim=1)
    values = torch.cat([values.double(), heads[HEADS + KEY_HEADS :, None]], dim=1)
    seen = ~torch.cat([hidden, torch.tensor([False])])
    return torch.nn.functional.scaled_dot_product_attention(
        turned[None, :HEADS, None], keys[None, :, seen], values[None, :, seen], scale=SCALE, enable_gqa=True
    ).flatten()


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("counts", [(), (5,), (2, 3)], ids=["alone", "one beginning", "two beginnings"])
def test_it_is_one_softmax_over_all_that_a_sequence_sees(dtype, counts, padded):
    """What is padding holds not-a-number, and a beginning's columns of the cache something else than the beginning."""
    rows, skipped = 5, 4 if counts else 0
    layer = filled_layer(rows, dtype)
    beginnings = [
        Beginning([(torch.randn(KEY_HEADS, size, SIZE).to(dtype), torch.randn(KEY_HEADS, size, SIZE).to(dtype))], count)
        for count, size in zip(counts, (7, 3), strict=False)
    ]
    hidden = torch.zeros(rows, FILLED - skipped, dtype=torch.bool)
    if padded:
        for row in range(rows):
            hidden[row, :row] = True
        for room in layer.room:
            room[:, :, skipped:FILLED][hidden[:, None].expand(-1, KEY_HEADS, -1)] = torch.nan
    every, cosine, sine = token(rows, dtype)
    own = torch.cat([hidden, hidden.new_zeros(rows, 1)], dim=1) if padded else None
    found = attention(dtype)(every, cosine, sine, layer, beginnings=beginnings, skipped=skipped, hidden=own)
    owners = [beginning for beginning in beginnings for _ in range(beginning.count)] or [None] * rows
    for row, owner in enumerate(owners):
        keys, values = (room[row, :, skipped:FILLED] for room in layer.room)
        before = hidden[row]
        if owner:
            keys, values = (torch.cat(pair, dim=1) for pair in zip(owner.layers[0], (keys, values), strict=True))
            before = torch.cat([torch.zeros(len(owner), dtype=torch.bool), before])
        wanted = exact(every[row], cosine[row], sine[row], keys, values, hidden=before)
        assert (found[row].double() - wanted).norm() <= TOLERANCE[dtype] * wanted.norm()
    assert layer.filled == FILLED + 1 and layer.keys.shape == (rows, KEY_HEADS, FILLED + 1, SIZE)


def test_not_a_number_stays_one(dtype):
    layer, (every, cosine, sine) = filled_layer(2, dtype), token(2, dtype)
    layer.room[0][1, :, 2] = torch.nan
    found = attention(dtype)(every, cosine, sine, layer)
    assert found[1].isnan().all() and not found[0].isnan().any()


def test_nothing_is_written_past_the_end(dtype):
    layer = filled_layer(2, dtype)
    for _ in range(CAPACITY - FILLED):
        attention(dtype)(*token(2, dtype), layer)
    before = layer.room[0].clone()
    with pytest.raises(ValueError, match=f"column {CAPACITY} of .* does not fit"):
        attention(dtype)(*token(2, dtype), layer)
    assert torch.equal(layer.room[0], before)


def test_other_sequences_and_other_types_are_refused(dtype):
    layer = filled_layer(2, dtype)
    with pytest.raises(ValueError, match="does not fit"):
        attention(dtype)(*token(3, dtype), layer)
    other = torch.float32 if dtype == torch.bfloat16 else torch.bfloat16
    with pytest.raises(ValueError, match="does not fit"):
        attention(other)(*token(2, other), layer)
    assert layer.filled == FILLED


@pytest.mark.parametrize("broken", ["", "rms_norm", "gated", "step_attend", "step_lay_out"])
def test_kernels_that_a_compiler_got_wrong_are_not_used(dtype, broken, monkeypatch, caplog):
    found = kernels(torch.zeros(1, dtype=dtype))
    if broken:
        monkeypatch.setattr(found, broken, lambda *arguments: [a.zero_() for a in arguments if torch.is_tensor(a)])
    step_attention._agree.cache_clear()
    used = step_kernels(torch.zeros(1, dtype=dtype))
    step_attention._agree.cache_clear()
    assert used is (None if broken else found)
    assert ("kernels=off reason=wrong_results" in caplog.text) == bool(broken)
