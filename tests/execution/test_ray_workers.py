"""The loop under Ray: the model that one process trains, also when a worker is killed half-way."""

import builtins
import os
import signal
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file
from tiny_models import write_tiny_model

from brandtune.core.errors import ConfigError, MissingPartError
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


def test_without_ray_it_says_how_to_get_it(tmp_path, monkeypatch):
    real = builtins.__import__

    def missing(name, *arguments, **named):
        if name.split(".")[0] == "ray":
            raise ImportError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingPartError, match=r"brandtune\[ray\]"):
        ray.call(print, workers=ray.Workers(2, 2), folder=tmp_path)
