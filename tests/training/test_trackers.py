"""Experiment trackers: TensorBoard's own files read back; MLflow and Weights & Biases as they would be called."""

import sys
from types import SimpleNamespace

import pytest

from brandtune.training.callbacks.trackers import trackers

POINTS = [
    {"step": 0, "validation_loss": 3.0, "learning_rate": 1e-4},
    {"step": 7, "train_loss": 2.5, "gradient_norm": 0.5, "tokens_per_s": 900.0, "peak_memory": 2.0**30},
]


def told(name: str, work) -> None:
    (tracker,) = trackers([name], work=work, curve=POINTS[:1])
    tracker.logged(POINTS[1])
    assert tracker.wants_to_stop() == ""
    tracker.finished()


def test_tensorboard_reads_what_was_written(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    told("tensorboard", tmp_path)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    found = {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    assert found["validation_loss"] == [(0, 3.0)]
    assert found["train_loss"] == [(7, 2.5)] and found["peak_memory"] == [(7, 2.0**30)]
    assert set(found) == {name for point in POINTS for name in point} - {"step"}


def test_mlflow_is_given_every_number(tmp_path, monkeypatch):
    calls: list[tuple] = []
    fake = SimpleNamespace(
        start_run=lambda run_name: calls.append(("start", run_name)),
        log_metric=lambda name, value, step: calls.append((name, value, step)),
        end_run=lambda: calls.append(("end",)),
    )
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    told("mlflow", tmp_path / "run" / "work")
    assert calls[0] == ("start", "run") and calls[-1] == ("end",)
    assert ("gradient_norm", 0.5, 7) in calls and ("validation_loss", 3.0, 0) in calls


def test_weights_and_biases_is_given_every_number(tmp_path, monkeypatch):
    calls: list[tuple] = []
    run = SimpleNamespace(log=lambda values, step: calls.append((values, step)), finish=lambda: calls.append(("end",)))
    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=lambda dir, name: run))
    told("wandb", tmp_path / "run" / "work")
    assert ({"tokens_per_s": 900.0}, 7) in calls and calls[-1] == ("end",)
