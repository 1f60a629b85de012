"""Experiment trackers: TensorBoard's own files read back; MLflow and Weights & Biases as they would be called (fakes)."""

import sys

import pytest
from fake_trackers import FakeMlflow, FakeWandb
from killed_progress import KillAt, Killed
from test_callbacks import Listening
from test_methods_and_objectives import base, config, examples  # noqa: F401 - base is a fixture

from brandtune.core.errors import BrandtuneError, ConfigError, Interrupted
from brandtune.models import load_model
from brandtune.training import train
from brandtune.training.callbacks.trackers import trackers
from brandtune.training.loop import Run

POINTS = [
    {"step": 0, "validation_loss": 3.0, "learning_rate": 1e-4},
    {"step": 7, "train_loss": 2.5, "gradient_norm": 0.5, "tokens_per_s": 900.0, "peak_memory": 2.0**30},
    {"step": 9, "train_loss": 2.0},
]


@pytest.fixture
def mlflow(monkeypatch) -> FakeMlflow:
    fake = FakeMlflow()
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    return fake


@pytest.fixture
def wandb(monkeypatch) -> FakeWandb:
    fake = FakeWandb()
    monkeypatch.setitem(sys.modules, "wandb", fake)
    return fake


def opened(name: str, work, *, curve=(), identity="this one", warned=None):
    warn = (lambda text: None) if warned is None else warned.append
    (tracker,) = trackers([name], work=work, identity=identity, curve=curve, warn=warn)
    return tracker


def told(name: str, work, *, outcome="finished") -> None:
    tracker = opened(name, work, curve=POINTS[:1])
    tracker.logged(POINTS[1])
    assert tracker.wants_to_stop() == ""
    tracker.finished(outcome)


def scalars(work) -> dict[str, list[tuple[int, float]]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(work / "tensorboard")).Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_tensorboard_reads_what_was_written(tmp_path):
    pytest.importorskip("tensorboard")
    told("tensorboard", tmp_path)
    found = scalars(tmp_path)
    assert found["validation_loss"] == [(0, 3.0)]
    assert found["train_loss"] == [(7, 2.5)] and found["peak_memory"] == [(7, 2.0**30)]
    assert set(found) == {name for point in POINTS[:2] for name in point} - {"step"}


def test_tensorboard_has_each_point_once_when_a_killed_run_goes_on(tmp_path):
    pytest.importorskip("tensorboard")
    opened("tensorboard", tmp_path, curve=POINTS[:2])  # killed: nothing is closed
    tracker = opened("tensorboard", tmp_path, curve=POINTS[:1])
    for point in POINTS[1:]:
        tracker.logged(point)
    tracker.finished("finished")
    assert scalars(tmp_path)["train_loss"] == [(7, 2.5), (9, 2.0)]


@pytest.mark.parametrize(("outcome", "status"), [("finished", "FINISHED"), ("failed", "FAILED"), ("killed", "KILLED")])
def test_mlflow_is_given_every_number_and_how_it_ended(tmp_path, mlflow, outcome, status):
    told("mlflow", tmp_path / "house" / "work", outcome=outcome)
    (run,) = mlflow.runs.values()
    assert (run.name, run.status) == ("house", status) and mlflow.active_run() is None
    assert ("gradient_norm", 0.5, 7) in run.metrics and ("validation_loss", 3.0, 0) in run.metrics


@pytest.mark.parametrize(("outcome", "code"), [("finished", 0), ("failed", 1), ("killed", 1)])
def test_weights_and_biases_is_given_every_number_and_how_it_ended(tmp_path, wandb, outcome, code):
    told("wandb", tmp_path / "house" / "work", outcome=outcome)
    (run,) = wandb.runs.values()
    assert run.name == "house" and run.exit_codes == [code] and wandb.run is None
    assert [step for _, step in run.logged] == [0, 7] and run.logged[1][0]["tokens_per_s"] == 900.0


@pytest.mark.parametrize("killed", [False, True])
def test_it_goes_on_in_the_same_run_and_repeats_nothing(tmp_path, mlflow, wandb, killed):
    for name, fake in (("mlflow", mlflow), ("wandb", wandb)):
        first = opened(name, tmp_path, curve=POINTS[:2])
        if killed:  # the process is gone, the run still open on the server
            fake._active, fake.run = [], None
        else:
            first.finished("killed")
        tracker = opened(name, tmp_path, curve=POINTS[:1])  # the checkpoint is older than what was told
        for point in POINTS[1:]:
            tracker.logged(point)
        tracker.finished("finished")
        assert len(fake.runs) == 1
    (run,), (other,) = mlflow.runs.values(), wandb.runs.values()
    assert run.status == "FINISHED" and [m for m in run.metrics if m[0] == "train_loss"] == [
        ("train_loss", 2.5, 7),
        ("train_loss", 2.0, 9),
    ]
    assert [step for _, step in other.logged] == [0, 7, 9] and other.exit_codes[-1] == 0


def test_another_training_in_the_same_folder_is_another_run(tmp_path, mlflow):
    opened("mlflow", tmp_path, curve=POINTS).finished("failed")
    opened("mlflow", tmp_path, curve=POINTS, identity="another").finished("finished")
    opened("mlflow", tmp_path, curve=POINTS, identity="another").finished("finished")  # done, and done again
    assert [len(run.metrics) for run in mlflow.runs.values()] == 3 * [len(mlflow.runs["run0"].metrics)]


def test_a_run_that_the_caller_has_active_is_used_and_left_open(tmp_path, mlflow, wandb):
    mine, theirs = mlflow.start_run(run_name="mine"), wandb.init(name="mine")
    told("mlflow", tmp_path, outcome="failed")
    told("wandb", tmp_path, outcome="failed")
    assert mlflow.active_run() is mine and mine.status == "RUNNING" and ("train_loss", 2.5, 7) in mine.metrics
    assert wandb.run is theirs and not theirs.exit_codes
    assert theirs.logged[1] == ({**POINTS[1]}, None)  # its steps are its own


def test_a_tracker_that_fails_is_dropped_and_said_once(tmp_path, mlflow):
    mlflow.broken, warned = 1, []
    tracker = opened("mlflow", tmp_path, curve=POINTS[:1], warned=warned)
    tracker.logged(POINTS[1])
    tracker.logged(POINTS[2])
    tracker.finished("finished")
    assert warned == ["mlflow failed with ConnectionError and is told nothing more of this run; training goes on"]
    assert mlflow.active_run() is None


def test_one_that_cannot_begin_is_dropped_too(tmp_path, mlflow, monkeypatch):
    def refuse(**named):
        raise ConnectionError("no")

    warned: list[str] = []
    monkeypatch.setattr(mlflow, "start_run", refuse)
    tracker = opened("mlflow", tmp_path, curve=POINTS, warned=warned)
    tracker.finished("finished")
    assert len(warned) == 1


def trained(base, folder, *, name="out", progress=None, **changes):  # noqa: F811
    rows = examples()
    return train(
        rows[:8], model=load_model(base, precision="fp32"), validation=rows[8:], output=folder / name,
        config=config(track=("mlflow", "wandb"), **changes), work=folder / "work", progress=progress,
    )  # fmt: skip


def test_training_outlives_its_tracker(base, tmp_path, mlflow, wandb):  # noqa: F811
    mlflow.broken, progress = 2, Listening()
    done = trained(base, tmp_path, progress=progress)
    assert done.num_steps == 6 and (tmp_path / "out").is_dir()
    assert (
        len(done.warnings) == 1 and done.warnings[0].startswith("mlflow failed") and progress.said == [*done.warnings]
    )
    assert [step for _, step in wandb.runs["run0"].logged] == [point["step"] for point in done.curve]


def test_runs_that_end_otherwise_say_so(base, tmp_path, mlflow, wandb, monkeypatch):  # noqa: F811
    def stopped(self):
        raise Interrupted("stopped")

    with pytest.raises(Killed):
        trained(base, tmp_path, progress=KillAt(2), checkpoint_every_s=1e-9)
    assert mlflow.runs["run0"].status == "FAILED"
    with monkeypatch.context() as patched:
        patched.setattr(Run, "_save", stopped)
        with pytest.raises(Interrupted):
            trained(base, tmp_path, checkpoint_every_s=1e-9)
    assert mlflow.runs["run0"].status == "KILLED"
    with monkeypatch.context() as patched:
        patched.setattr(Run, "_gradients", lambda self, batch, **options: float("nan"))
        with pytest.raises(BrandtuneError, match="became nan"):
            trained(base, tmp_path)
    assert mlflow.runs["run0"].status == "FAILED"
    done = trained(base, tmp_path)
    assert mlflow.runs["run0"].status == "FINISHED" and wandb.runs["run0"].exit_codes == [1, 1, 1, 0]
    assert len(mlflow.runs) == len(wandb.runs) == 1
    assert [step for _, step in wandb.runs["run0"].logged] == [point["step"] for point in done.curve]


def test_a_tracker_without_a_work_folder_is_refused(base, tmp_path):  # noqa: F811
    with pytest.raises(ConfigError, match="wandb cannot be told of a run without a work folder"):
        train(
            examples(),
            model=load_model(base, precision="fp32"),
            output=tmp_path / "out",
            config=config(track=("wandb",)),
        )
