"""A checkpoint is gone on from by the run that wrote it, and by no other; what cannot be read is said."""

import shutil

import pytest
import torch
from killed_progress import KillAt, Killed
from safetensors.torch import load_file
from tiny_models import write_tiny_model

import brandtune as bt
from brandtune.core.errors import ConfigError, DataError
from brandtune.training.identity import identity_of_reward

COMMON = {"epochs": 2, "learning_rate": 5e-3, "precision": "fp32", "checkpoint_every_s": 1e-9}


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def rows(said: str = "It is on its way to you.", count: int = 8) -> list[dict[str, object]]:
    return [{"prompt": f"Where is order {i}?", "completion": said} for i in range(count)]


def pairs() -> list[dict[str, object]]:
    return [{"prompt": f"Where is order {i}?", "chosen": "It is on its way.", "rejected": "No."} for i in range(8)]


def trained(base, folder, *, data=None, name="out", progress=None, **changes):
    settings = {"base": base, "method": bt.LoRA(rank=4, alpha=8), "work": folder / "work", **COMMON} | changes
    return bt.train(data or rows(), output=folder / name, progress=progress, **settings)


@pytest.fixture(scope="module")
def left(base, tmp_path_factory):
    """A run that was killed after its second step."""
    folder = tmp_path_factory.mktemp("left")
    with pytest.raises(Killed):
        trained(base, folder, progress=KillAt(2))
    return folder / "work"


@pytest.fixture
def folder(left, tmp_path):
    shutil.copytree(left, tmp_path / "work")
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"data": rows("We cannot say.")}, "the rows"),
        ({"data": rows(count=7)}, "the rows"),
        ({"validation": rows(count=2)}, "the validation rows"),
        ({"method": bt.LoRA(rank=8, alpha=8)}, r"training\.lora\.rank"),
        ({"method": bt.Full()}, r"training\.method"),
        ({"objective": bt.DPO(), "data": pairs()}, r"the rows, training\.objective"),
        ({"learning_rate": 1e-3}, r"training\.learning_rate"),
        ({"epochs": 3}, r"training\.epochs"),
    ],
    ids=["rows", "fewer", "validation", "rank", "method", "objective", "rate", "epochs"],
)
def test_another_run_is_refused(base, folder, changes, differs):
    with pytest.raises(ConfigError, match=rf"belongs to another run, which differs in {differs}") as caught:
        trained(base, folder, **changes)
    assert str(folder / "work") in str(caught.value) and "another work folder, or delete this one" in str(caught.value)
    assert not (folder / "out").exists()


def test_another_base_is_refused(folder):
    with pytest.raises(ConfigError, match="differs in the base"):
        trained("starter", folder)


def test_an_earlier_adapter_that_is_another_one_is_refused(base, tmp_path):
    first = trained(base, tmp_path, name="first", work=None)
    second = trained(base, tmp_path, name="second", work=None, seed=3)
    with pytest.raises(Killed):
        trained(base, tmp_path, adapter=first.adapter, progress=KillAt(2))
    with pytest.raises(ConfigError, match="differs in the adapter it starts from"):
        trained(base, tmp_path, adapter=second.adapter)
    assert trained(base, tmp_path, adapter=first.adapter).num_steps == 4


def test_what_decides_nothing_may_change(base, folder):
    whole = trained(base, folder, name="whole", work=None)
    done = trained(base, folder, checkpoint_every_s=1000.0, restarts=1, track=("tensorboard",))
    ours, theirs = (load_file(one.adapter / "adapter_model.safetensors") for one in (whole, done))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("size", [0, 100, 20_000])
def test_a_checkpoint_that_is_cut_off_is_said(base, folder, size):
    path = folder / "work" / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError, match=r"checkpoint\.pt: the checkpoint cannot be read .* damaged or cut off"):
        trained(base, folder)


@pytest.mark.parametrize("change", [{"colour": 1}, None], ids=["a field more", "no identity"])
def test_a_checkpoint_of_another_version_is_said(base, folder, change):
    path = folder / "work" / "checkpoint.pt"
    content = torch.load(path, weights_only=True)
    if change:
        content["state"] |= change
    else:
        del content["identity"]
    torch.save(content, path)
    with pytest.raises(DataError, match="written by another version of Brandtune"):
        trained(base, folder)


def test_another_reward_is_refused(base, tmp_path):
    settings = {"samples": 2, "max_new_tokens": 4}
    with pytest.raises(Killed):
        trained(base, tmp_path, objective=bt.GRPO(lambda prompt, answer: len(answer), **settings), progress=KillAt(2))
    with pytest.raises(ConfigError, match="differs in the reward"):
        trained(base, tmp_path, objective=bt.GRPO(lambda prompt, answer: -len(answer), **settings))
    done = trained(base, tmp_path, objective=bt.GRPO(lambda prompt, answer: len(answer), **settings))
    assert done.num_steps == 4


def test_the_identity_of_a_function_is_what_it_does():
    def calm(prompt, answer):
        return float(answer[-1:] in {"!", "?", "."}) if answer else 0.0

    def quiet(prompt, answer):
        return float(answer[-1:] in {"!", "?", "."}) if answer else 0.0

    def loud(prompt, answer):
        return float(answer[-1:] in {"!", "?"}) if answer else 0.0

    assert identity_of_reward(calm) == identity_of_reward(quiet) != identity_of_reward(loud)
