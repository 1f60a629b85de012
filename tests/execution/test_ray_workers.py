"""The loop under Ray: the model that one process trains, also when a worker is killed half-way."""

import builtins
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file
from tiny_models import write_tiny_model

from brandtune.core.errors import BrandtuneError, ConfigError, MissingPartError
from brandtune.execution import ray
from brandtune.training import library
from brandtune.training.library import LoRA

SETTINGS = {"epochs": 2, "batch_size": 4, "precision": "fp32", "validations": 2, "learning_rate": 1e-3}
ROWS = [{"prompt": f"Where is order {i}?" + " please" * (i % 5), "completion": f"In {i} days."} for i in range(14)]
HELD_OUT = [{"prompt": f"When does order {i} come?", "completion": f"In {i} days."} for i in range(4)]


def train(base: Path, output: Path, **settings):
    return library.train(
        ROWS, base=str(base), method=LoRA(rank=4, alpha=8), validation=HELD_OUT, output=output, **SETTINGS, **settings
    )


def losses(checkpoint) -> list[float]:
    return [point[name] for point in checkpoint.curve for name in ("train_loss", "validation_loss") if name in point]


def killed_once(rows, *, work: Path, **named):
    """Train; the first time, the second worker is killed after its third step."""
    marker = work / "killed"
    helper = os.environ["RANK"] == "1" and not marker.exists()
    if helper:
        from brandtune.training.distributed import Team

        add, calls = Team.add_gradients, []

        def add_and_die(self, masters):
            calls.append(1)
            if len(calls) == 4:
                marker.write_text("")
                os.kill(os.getpid(), signal.SIGKILL)
            add(self, masters)

        Team.add_gradients = add_and_die
    return library._trained(rows, work=work, **named)


@pytest.mark.slow
def test_two_workers_train_the_model_that_one_process_trains_though_one_is_killed(tmp_path, monkeypatch):
    pytest.importorskip("ray")
    from ray import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import a test
    base = write_tiny_model(tmp_path / "base")
    alone = train(base, tmp_path / "alone")
    monkeypatch.setattr(library, "_trained", killed_once)
    work = tmp_path / "work"
    work.mkdir()
    together = train(base, tmp_path / "together", workers=2, work=work, checkpoint_every_s=1e-9)
    assert (work / "killed").exists()
    assert losses(together) == pytest.approx(losses(alone), rel=1e-5)
    expected = load_file(tmp_path / "alone" / "adapter_model.safetensors")
    for name, value in load_file(tmp_path / "together" / "adapter_model.safetensors").items():
        assert (value - expected[name]).abs().max() < 2e-5


@pytest.mark.slow
def test_an_expected_failure_comes_back_as_it_is(tmp_path):
    pytest.importorskip("ray")
    base = write_tiny_model(tmp_path / "base")
    with pytest.raises(ConfigError, match="q_proj"):
        library.train(
            ROWS, base=str(base), method=LoRA(target_modules=("nothing",)), output=tmp_path / "out", workers=2,
            precision="fp32",
        )  # fmt: skip


def the_leader_fails(rows, *, work: Path, **named):
    """Train, but the leader finds its disk full after the first step, while the other worker waits for it."""
    if os.environ["RANK"] == "0":
        from brandtune.training.loop import Run

        def save(self):
            raise BrandtuneError("the disk is full", where=str(self.work), fix="Make room.")

        Run._save = save
    return library._trained(rows, work=work, **named)


@pytest.mark.slow
@pytest.mark.parametrize("restarts", [0, 3])
def test_what_fails_for_one_worker_alone_ends_all_of_them_and_is_told(tmp_path, monkeypatch, restarts):
    pytest.importorskip("ray")
    from ray import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    base = write_tiny_model(tmp_path / "base")
    monkeypatch.setattr(library, "_trained", the_leader_fails)
    work = tmp_path / "work"
    work.mkdir()
    started = time.monotonic()
    with pytest.raises(BrandtuneError, match=r"work: the disk is full Make room\."):
        train(base, tmp_path / "out", workers=2, work=work, checkpoint_every_s=1e-9, restarts=restarts)
    assert time.monotonic() - started < 600  # the other one would wait for half an hour
    assert not (tmp_path / "out").exists() and not (work / ray.FAILURE).exists()


def test_without_ray_it_says_how_to_get_it(tmp_path, monkeypatch):
    real = builtins.__import__

    def missing(name, *arguments, **named):
        if name.split(".")[0] == "ray":
            raise ImportError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingPartError, match=r"brandtune\[ray\]"):
        ray.call(print, workers=ray.Workers(2, 2), folder=tmp_path)
