"""What needs a GPU: packs through FlexAttention there and back, training on one, several GPUs together."""

import random

import pytest
import torch
from teams import run_team
from tiny_models import write_tiny_model

from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import LoRAConfig, TrainingConfig, flex
from brandtune.training.attention import Layout
from brandtune.training.distributed import joined
from brandtune.training.learner import Learner
from brandtune.training.objectives import Item
from brandtune.training.packing import Tokens, pack

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and there is none here")


def sequences() -> list[Tokens]:
    numbers = random.Random(0)
    system = tuple(numbers.randrange(3, 8000) for _ in range(150))
    found = [system + tuple(numbers.randrange(3, 8000) for _ in range(40 + 9 * i)) for i in range(8)]
    return [Tokens(ids, tuple(j > 150 for j in range(len(ids)))) for ids in found]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("window", [None, 64])
def test_flex_attention_equals_the_mask(dtype, window):
    device = torch.device("cuda")
    assert flex.usable(device, dtype, 64)
    (row,) = pack(sequences(), max_tokens=10**6)
    layout = Layout.of(row, device=device)
    torch.manual_seed(0)
    shapes = [(1, 6, len(row), 64), (1, 2, len(row), 64), (1, 2, len(row), 64)]
    inputs = [torch.randn(shape, device=device, dtype=dtype, requires_grad=True) for shape in shapes]
    wanted = torch.randn(shapes[0], device=device, dtype=dtype)
    results = []
    for way in ("flex", "mask"):
        if way == "flex":
            out = flex.attend(*inputs, layout.block_mask(window), scale=0.125, cap=None)
        else:
            out = torch.nn.functional.scaled_dot_product_attention(
                *inputs, attn_mask=layout.mask(window), scale=0.125, enable_gqa=True
            )
        results.append([out, *torch.autograd.grad(out, inputs, wanted)])
    tolerance = 2e-3 if dtype == torch.float32 else 2e-2  # products may be in TF32
    for ours, reference in zip(*results, strict=True):
        assert (ours - reference).norm() <= tolerance * reference.norm()


def losses(base: str) -> list[float]:
    config = TrainingConfig(batch_size=8, precision="bf16", learning_rate=1e-3, lora=LoRAConfig(rank=8, alpha=16))
    with joined():
        learner = Learner(load_model(base, precision="bf16", device="cuda"), config, progress=Silent())
        assert learner.forward.packed
        items = [Item(str(index), (one,)) for index, one in enumerate(sequences())]
        return [learner.learn(items, rate=1e-3) for _ in range(5)]


def test_training_on_a_gpu_lowers_the_loss(tmp_path):
    found = losses(str(write_tiny_model(tmp_path / "base")))
    assert found[-1] < found[0]


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
def test_two_gpus_train_as_one(tmp_path):
    base = str(write_tiny_model(tmp_path / "base"))
    alone = losses(base)
    for together in run_team(losses, base):
        assert together == pytest.approx(alone, rel=1e-2)
