"""The compiled kernels give what PyTorch's operations give, and everything still runs where there are none."""

import subprocess

import pytest
import torch
from test_exact_packs import network
from test_fast_layers import adapted, computed

from brandtune.models import compiled
from brandtune.training import head_blocks, memory, tree_attention
from brandtune.training.fast import accelerate, operations
from brandtune.training.packing import Tokens, pack
from brandtune.training.tree_attention import blocks_of

TOLERANCE = {torch.float32: 2e-6, torch.bfloat16: 1.2e-2}
HEADS = operations.HeadSizes(queries=6, keys=2, width=16)


def near(ours: torch.Tensor, exact: torch.Tensor) -> bool:
    return bool((ours.double() - exact).norm() <= TOLERANCE[ours.dtype] * exact.norm())


@pytest.fixture(params=[torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
def both(request):
    """A type and its compiled operations."""
    found = compiled.kernels(torch.zeros(1, dtype=request.param))
    if found is None:
        pytest.skip("no C compiler, or a system where its OpenMP is not PyTorch's")
    torch.manual_seed(0)
    return request.param, operations.Compiled(found)


def test_normalisation_there_and_back(both):
    dtype, ops = both
    x, past, g = (torch.randn(7, 37).to(dtype) for _ in range(3))
    weight = torch.randn(37).to(dtype)
    leaf = x.double().requires_grad_()
    exact = leaf * (leaf.square().mean(-1, keepdim=True) + 1e-5).rsqrt() * weight.double()
    out, inverse = ops.norm(x, weight, eps=1e-5)
    assert near(out, exact.detach())
    exact.backward(g.double())
    assert near(ops.norm_back(g, x, weight, inverse, past), leaf.grad + past.double())


def test_gate_there_and_back_also_far_out(both):
    dtype, ops = both
    gate_up = torch.randn(5, 2 * 37).to(dtype)
    gate_up[0, :4] = torch.tensor([-200.0, 200.0, -88.5, 0.0])
    leaf, g = gate_up.double().requires_grad_(), torch.randn(5, 37).to(dtype)
    exact = torch.nn.functional.silu(leaf[:, :37]) * leaf[:, 37:]
    assert near(ops.gated(gate_up), exact.detach())
    exact.backward(g.double())
    assert near(ops.gated_back(g, gate_up), leaf.grad)


def test_not_a_number_stays_one(both):
    dtype, ops = both
    x = torch.ones(2, 8, dtype=dtype)
    x[1, 3] = torch.nan
    assert ops.gated(x).isnan().any() and ops.norm(x, x[0], eps=1e-5)[0][1].isnan().all()
    raw, top = x.clone(), torch.full((2, 1), -torch.inf)
    total, factor = torch.zeros(2, 1), torch.empty(2, 1)
    ops.kernels.head_block(raw, top, total, factor, 2, 8)
    assert total[1].isnan() and not total[0].isnan()
    scores, lse = x.clone()[None], torch.empty(1, 2)
    ops.kernels.weigh(scores, lse, 2, 1, 2, 8, 1, 0.5, False)
    assert scores[0, 1].isnan().any() and lse[0, 1].isnan() and not lse[0, 0].isnan()


def sequences() -> list[Tokens]:
    shared = tuple(range(40))
    return [Tokens((*shared, *range(50 * n, 50 * n + 9 + 8 * n)), (False,) * (49 + 8 * n)) for n in range(1, 5)]


@pytest.mark.parametrize("apart", [1, 16 * 3, 10**6], ids=["apart", "mixed", "batched"])
@pytest.mark.parametrize("keep", [True, False], ids=["kept", "anew"])
def test_attention_is_that_of_the_mask(both, keep, apart, monkeypatch):
    """In tiles of 16 positions of 3 heads each, so that there are several of each kind."""
    dtype, ops = both
    monkeypatch.setattr("brandtune.training.fast.attention.APART_ROWS", apart)
    monkeypatch.setattr("brandtune.training.fast.attention.TILE_SCORES", {torch.bfloat16: 1, torch.float32: 1})
    monkeypatch.setattr("brandtune.training.fast.attention.FEWEST_QUERIES", 16)
    (row,) = pack(sequences(), max_tokens=10**6)
    angle, size = torch.rand(len(row), 8), len(row)
    cos, sin = angle.cos().to(dtype), angle.sin().to(dtype)
    qkv, g = torch.randn(size, 10 * 16).to(dtype), torch.randn(size, 6 * 16).to(dtype)
    leaf = qkv.double().requires_grad_()
    one, other = HEADS.rotated(leaf).chunk(2, dim=-1)
    c, s = cos.double()[:, None], sin.double()[:, None]
    turned = torch.cat([one * c - other * s, other * c + one * s], dim=-1).reshape(size, -1)
    query, key, value = HEADS.split(torch.cat([turned, leaf[:, 8 * 16 :]], dim=1))
    mask = tree_attention.tree_mask(row.nodes, torch.tensor(row.position_ids))
    exact = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, scale=0.25, enable_gqa=True
    )[0].transpose(0, 1).reshape(size, -1)  # fmt: skip
    blocks = blocks_of(row.nodes)
    out, saved, more = ops.attend(qkv.clone(), cos, sin, heads=HEADS, blocks=blocks, scale=0.25, keep=keep)
    assert near(out, exact.detach()) and (more.weights is not None) == keep
    exact.backward(g.double())
    assert near(ops.attend_back(g, out, saved, more, cos, sin, heads=HEADS, blocks=blocks, scale=0.25), leaf.grad)


def test_the_head_is_the_same_with_and_without(both, monkeypatch):
    dtype, _ = both
    hidden, weight, bias = torch.randn(13, 8).to(dtype), torch.randn(700, 8).to(dtype), torch.randn(700).to(dtype)
    targets = torch.randint(0, 700, (13,))
    monkeypatch.setattr("brandtune.training.head_blocks.BLOCK_LOGITS", 13 * 128)
    monkeypatch.setattr("brandtune.training.head_blocks.FEWEST_WORDS", 128)
    ours = head_blocks.there(hidden, weight, bias, targets, gradient=True)
    monkeypatch.setattr(head_blocks, "kernels", lambda _: None)
    plain = head_blocks.there(hidden, weight, bias, targets, gradient=True)
    for mine, reference in zip(ours, plain, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-5 if dtype == torch.float32 else 1e-2, atol=1e-4)


def test_layers_give_the_same_without_kernels(monkeypatch):
    model = adapted(network("llama"))
    accelerate(model)
    values, gradients = computed(model)
    monkeypatch.setenv(compiled.OFF, "0")
    assert compiled.kernels(values) is None
    plain, plain_gradients = computed(model)
    torch.testing.assert_close(plain, values, rtol=1e-5, atol=1e-5)
    for name, reference in plain_gradients.items():
        assert (gradients[name] - reference).norm() <= 1e-5 * reference.norm() + 1e-7, name


@pytest.fixture
def unbuilt():
    """Nothing of what other tests found out about the compiler is known, here or afterwards."""
    compiled._kernels.cache_clear()
    yield
    compiled._kernels.cache_clear()


def test_no_compiler_is_said_and_survived(unbuilt, monkeypatch, caplog):
    caplog.set_level("INFO", logger=compiled.__name__)
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("sys.platform", "linux")
    assert compiled.kernels(torch.zeros(1)) is None
    assert "kernels=off reason=no_c_compiler" in caplog.text


def test_a_compiler_that_fails_is_said_and_survived(unbuilt, monkeypatch, caplog, tmp_path):
    caplog.set_level("INFO", logger=compiled.__name__)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")

    def broken(*_, **settings):
        if settings["check"]:
            raise subprocess.CalledProcessError(1, "cc")
        return subprocess.CompletedProcess("cc", 1)

    monkeypatch.setattr("subprocess.run", broken)
    assert compiled.kernels(torch.zeros(1)) is None
    assert "kernels=off reason=CalledProcessError" in caplog.text
    assert list((tmp_path / "brandtune").iterdir()) == []


def test_what_was_built_is_used_again(unbuilt, both, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled._kernels.cache_clear()
    assert compiled.kernels(torch.zeros(1)) is not None
    (library,) = (tmp_path / "brandtune").iterdir()
    compiled._kernels.cache_clear()
    monkeypatch.setattr("subprocess.run", None)  # would fail if it were called
    assert compiled.kernels(torch.zeros(1)) is not None
    assert list((tmp_path / "brandtune").iterdir()) == [library]


def test_memory_options_can_be_set_twice_and_taken_back():
    memory.hold_freed()
    memory.hold_freed()
    before = memory.present(torch.device("cpu"))
    held = torch.ones(16 * 2**20)
    del held
    memory.give_back()
    assert memory.present(torch.device("cpu")) < before + 32 * 2**20
