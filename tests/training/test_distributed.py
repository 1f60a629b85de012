"""Processes that train together train the same model as one process does."""

import random
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from killed_progress import KillAt, Killed
from safetensors.torch import load_file
from teams import run_team
from tiny_models import write_tiny_model

from brandtune.core.errors import BrandtuneError
from brandtune.core.examples import Example, Message, Preference, Rated
from brandtune.models import load_model
from brandtune.training import LoRAConfig, TrainingConfig, train
from brandtune.training.config import OnlineConfig
from brandtune.training.distributed import joined, team
from brandtune.training.learner import Learner
from brandtune.training.packing import Tokens, pack
from brandtune.training.sharding import whole
from brandtune.training.sharing import shares

FAST = TrainingConfig(
    epochs=1, batch_size=5, precision="fp32", validations=2, learning_rate=1e-3, lora=LoRAConfig(rank=4, alpha=8)
)
SYSTEM = Message(role="system", content="You write for the House. Be brief and kind, and sign with the House.")


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def prompt(number: int) -> tuple[Message, ...]:
    return (SYSTEM, Message(role="user", content=f"Where is order {number}?" + " please" * (number % 7)))


def rows(objective: str, count: int, *, start: int = 0) -> list:
    """Something to learn from, of the kind that the objective takes."""
    if objective == "kto":
        return [
            Rated(rated_id=f"r{i}", task="support_reply", prompt=prompt(i), completion=f"Soon, in {i} days.", good=i % 3 > 0,
                  evidence="rating")
            for i in range(start, start + count)
        ]  # fmt: skip
    if objective == "dpo":
        return [
            Preference(
                preference_id=f"p{i}",
                task="support_reply",
                prompt=prompt(i),
                chosen=f"In {i} days.",
                rejected="No.",
                evidence="comparison",
            )
            for i in range(start, start + count)
        ]
    return [
        Example(
            example_id=f"e{i}", task="support_reply", target=2, weight=1.0 + i % 3,
            messages=(*prompt(i), Message(role="assistant", content=f"In {i} days." + " Promised." * (i % 4))),
        )
        for i in range(start, start + count)
    ]  # fmt: skip


def trained(base: str, folder: Path, config: TrainingConfig, work: Path | None = None) -> list[dict[str, float]]:
    """Train in this process, together with those that were started with it; returns the curve without times."""
    torch.manual_seed(team().rank)  # nothing may hang on what was drawn before
    checkpoint = train(
        rows(config.objective, 13), model=load_model(base, precision="fp32"), config=config, output=folder,
        validation=rows(config.objective, 5, start=100), work=work, reward=reward,
    )  # fmt: skip
    assert folder.is_dir()
    own = ("seconds", "tokens_per_s", "peak_memory", "gradient_norm")
    return [{k: v for k, v in point.items() if k not in own} for point in checkpoint.curve]


def reward(prompt, answer: str) -> float:
    return float(len(answer) % 7)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(next(folder.glob("*.safetensors")))


def assert_same_curve(ours, theirs) -> None:
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one == pytest.approx(other, rel=1e-5)


CASES = {
    "sft": {},
    "full": {"method": "full"},
    "fewer": {"batch_size": 1, "objective": "dpo"},  # than processes
    "grpo": {"objective": "grpo", "online": OnlineConfig(samples=2, max_new_tokens=4), "validations": 1, "epochs": 0.5},
    "divided": {"method": "full", "parallel": "fsdp", "micro_batch_tokens": 200},
}
MORE = {
    "padded": {"packing": "none"},
    "kto": {"objective": "kto"},
    "freeze": {"method": "freeze", "trainable_layers": 1},
    "divided_lora": {"parallel": "fsdp"},
    "divided_fewer": {"parallel": "fsdp", "batch_size": 1, "objective": "dpo", "packing": "none"},
    "divided_kto": {"parallel": "fsdp", "objective": "kto"},
}


@pytest.mark.parametrize("case", [*CASES, *(pytest.param(name, marks=pytest.mark.slow) for name in MORE)])
def test_two_processes_train_the_model_that_one_trains(case, base, tmp_path):
    config = FAST.model_copy(update=(CASES | MORE)[case])
    alone = trained(base, tmp_path / "alone", config)
    ours, theirs = run_team(trained, base, tmp_path / "together", config)
    assert ours == theirs  # everybody knows the same losses, so everybody stops and keeps the same
    assert_same_curve(ours, alone)
    expected = weights(tmp_path / "alone")
    found = weights(tmp_path / "together")
    assert found.keys() == expected.keys()
    for name, value in found.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=2e-5)
    if config.method == "full":
        load_model(str(tmp_path / "together"))


def gradients(base: str, config: TrainingConfig) -> dict[str, list]:
    """The gradients of one batch as the optimizer sees them."""
    from brandtune.core.progress import Silent

    with joined() as here:
        learner = Learner(load_model(base, precision="fp32"), config, progress=Silent())
        items, _ = learner.items(rows("sft", 7))
        learner.learn(items, rate=0.0)
        assert here.size == team().size
        return {name: whole(master.grad).tolist() for name, master in learner.weights.masters.items()}


@pytest.mark.parametrize("parallel", ["ddp", "fsdp"])
def test_gradients_are_those_of_the_whole_batch(parallel, base):
    config = FAST.model_copy(update={"method": "full", "max_grad_norm": 1e9, "parallel": parallel})
    expected = gradients(base, config)
    for found in run_team(gradients, base, config, size=3):
        for name, value in found.items():
            ours, theirs = torch.tensor(value), torch.tensor(expected[name])
            assert (ours - theirs).norm() <= 1e-5 * theirs.norm() + 1e-8, name


def half(base: str, folder: Path, config: TrainingConfig, work: Path) -> str:
    """Train until the leader is killed after its second step; the others notice."""
    try:
        train(
            rows("sft", 13), model=load_model(base, precision="fp32"), config=config, output=folder, work=work,
            validation=rows("sft", 5, start=100), progress=KillAt(2),
        )  # fmt: skip
    except Killed:
        return "killed"
    except RuntimeError:
        return "left alone"
    return "finished"


@pytest.mark.parametrize(
    ("parallel", "size"),
    [("ddp", 1), *(pytest.param(*case, marks=pytest.mark.slow) for case in (("ddp", 3), ("fsdp", 1), ("fsdp", 3)))],
)
def test_a_killed_run_goes_on_with_another_number_of_processes(parallel, size, base, tmp_path):
    settings = {"checkpoint_every_s": 1e-9, "epochs": 2, "method": "full", "parallel": parallel}
    config = FAST.model_copy(update=settings)
    alone = trained(base, tmp_path / "alone", config)
    assert run_team(half, base, tmp_path / "resumed", config, tmp_path / "work") == ["killed", "left alone"]
    assert (tmp_path / "work" / "checkpoint.pt").is_file()
    curves = run_team(trained, base, tmp_path / "resumed", config, tmp_path / "work", size=size)
    assert all(curve == curves[0] for curve in curves)
    assert_same_curve(curves[0], alone)


@pytest.mark.slow
def test_the_same_processes_resume_to_the_same_bits_with_dropout(base, tmp_path):
    lora = LoRAConfig(rank=4, alpha=8, dropout=0.2)
    config = FAST.model_copy(update={"checkpoint_every_s": 1e-9, "epochs": 2, "lora": lora})
    whole, _ = run_team(trained, base, tmp_path / "whole", config)
    run_team(half, base, tmp_path / "resumed", config, tmp_path / "work")
    resumed, _ = run_team(trained, base, tmp_path / "resumed", config, tmp_path / "work")
    assert resumed == whole
    expected = weights(tmp_path / "whole")
    assert all(torch.equal(value, expected[name]) for name, value in weights(tmp_path / "resumed").items())


def drifted(base: str) -> str:
    with joined() as here:
        masters = {"a": torch.full((3,), 1.0 + here.rank * 1e-6)}
        try:
            here.require_same(masters.values())
        except BrandtuneError as error:
            return str(error)
        return "same"


def test_processes_that_drift_apart_are_stopped(base):
    assert all("no longer hold the same weights" in found for found in run_team(drifted, base))


def unused() -> list[bool]:
    """A gradient that one process has, and one that nobody has."""
    with joined() as here:
        masters = {name: torch.zeros(2, requires_grad=True) for name in ("one", "nobody")}
        if here.rank == 1:
            masters["one"].grad = torch.ones(2)
        here.add_gradients(masters)
        return [master.grad is None for master in masters.values()]


def test_a_gradient_that_nobody_has_stays_absent():
    assert run_team(unused) == [[False, True]] * 2


@given(st.lists(st.integers(1, 60), max_size=24), st.integers(1, 5), st.integers(0, 30))
def test_shares_hold_everything_once_and_are_even(lengths, count, common):
    generator = random.Random(0)
    items = [
        [
            Tokens(
                (*range(common), *(generator.randrange(100, 999) for _ in range(length))), (False,) * (common + length)
            )
        ]
        for length in lengths
    ]
    found = shares(items, count=count)
    assert len(found) == count
    assert sorted(index for share in found for index in share) == list(range(len(items)))
    sizes = [len(pack([items[i][0] for i in share], max_tokens=10**6)[0]) if share else 0 for share in found]
    # No share is larger than an even one by more than the largest item and one more beginning.
    whole = len(pack([item[0] for item in items], max_tokens=10**6)[0]) if items else 0
    assert max(sizes) <= whole / count + max(lengths, default=0) + 2 * common + 8


def test_alone_nothing_is_asked_of_anybody():
    with joined() as here:
        assert (here.rank, here.size, here.leads) == (0, 1, True)
        assert here.total(2.5) == 2.5 and here.merged({1: "a"}) == {1: "a"} and here.decides(True)
