"""Events, stopping early, and going on in smaller parts when memory runs out."""

import json
import traceback

import pytest
import torch
from safetensors.torch import load_file
from test_methods_and_objectives import base, config, examples, run  # noqa: F401 - base is a fixture

from brandtune.core.errors import BrandtuneError, MissingPartError
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import train
from brandtune.training.callbacks import EarlyStopping
from brandtune.training.forward import Forward
from brandtune.training.loop import Run
from brandtune.training.methods import MasterWeights


class Listening(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def test_every_point_is_a_line(base, tmp_path):  # noqa: F811
    found = run(base, tmp_path, config(), work=tmp_path / "work")
    lines = (tmp_path / "work" / "events.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == list(found.curve)


def test_a_resumed_run_writes_each_point_once(base, tmp_path, monkeypatch):  # noqa: F811
    settings, step = config(checkpoint_every_s=1e-9), Run._step

    def dying(self, items):
        if self.state.step == 4:
            raise KeyboardInterrupt
        return step(self, items)

    monkeypatch.setattr(Run, "_step", dying)
    with pytest.raises(KeyboardInterrupt):
        run(base, tmp_path, settings, work=tmp_path / "work")
    monkeypatch.setattr(Run, "_step", step)
    found = run(base, tmp_path, settings, work=tmp_path / "work")
    points = [json.loads(line) for line in (tmp_path / "work" / "events.jsonl").read_text().splitlines()]
    assert [point["step"] for point in points] == [point["step"] for point in found.curve]
    assert len({point["step"] for point in points}) == len(points)


def test_it_stops_early_and_says_so(base, tmp_path, monkeypatch):  # noqa: F811
    progress, rows, losses = Listening(), examples(), iter([9.0, 5.0, 6.0, 5.5, 4.0])
    monkeypatch.setattr(Run, "held_out_loss", lambda self, held_out: next(losses))
    found = train(
        rows[:8], model=load_model(base, precision="fp32"), validation=rows[8:], output=tmp_path / "out",
        config=config(epochs=20, validations=20, patience=2), progress=progress,
    )  # fmt: skip
    assert (found.num_steps, found.best_step, found.loss_after) == (6, 2, 5.0)
    overfitting, stopping = progress.said
    assert stopping == "training stops at step 6 of 40: no better held-out loss in 2 measurements"
    assert overfitting.startswith("overfitting: held-out loss 6.000 at step 4, after 5.000 at step 2, while training")
    assert found.warnings == (overfitting,)
    assert [point["step"] for point in found.curve if "overfitting" in point] == [4]


def test_patience_counts_measurements_without_a_new_best():
    stopping = EarlyStopping(2, [])
    for step, loss in enumerate([9.0, 5.0, 6.0, 5.5]):
        assert not stopping.wants_to_stop()
        stopping.logged({"step": step, "validation_loss": loss})
    assert stopping.wants_to_stop()


def test_out_of_memory_goes_on_in_smaller_parts(base, tmp_path, monkeypatch):  # noqa: F811
    progress, backward, failed = Listening(), torch.Tensor.backward, []
    rows = examples()

    def failing(self, *args, **kwargs):
        if not failed:
            backward(self, *args, **kwargs)  # gradients are there already when the next part fails
            failed.append(1)
            raise torch.OutOfMemoryError("no")
        return backward(self, *args, **kwargs)

    def trained(name: str):
        return train(
            rows[:8], model=load_model(base, precision="fp32"), validation=rows[8:], output=tmp_path / name,
            config=config(epochs=1), progress=progress,
        )  # fmt: skip

    whole = trained("whole")
    monkeypatch.setattr(torch.Tensor, "backward", failing)
    found = trained("out")
    assert progress.said == ["out of memory; going on with parts of 2048 tokens"]
    assert found.loss_after == pytest.approx(whole.loss_after, rel=1e-5)


PLACES = ["_loss_and_right", "_reference", "_moved"]


@pytest.mark.parametrize(("objective", "places"), [("sft", 1), ("dpo", 2), ("kto", 3)])
def test_out_of_memory_away_from_the_steps_goes_on_in_smaller_parts(base, tmp_path, monkeypatch, objective, places):  # noqa: F811
    """Reference, KTO's probes and validation compute parts twice as large, without gradients."""
    whole = run(base, tmp_path / "whole", config(objective=objective, epochs=1))
    log_probs, failed = Forward.log_probs, set()

    def failing(self, sequences):
        place = {call.name for call in traceback.extract_stack()} & set(PLACES)
        if place - failed:
            failed.update(place)
            raise torch.OutOfMemoryError("no")
        return log_probs(self, sequences)

    monkeypatch.setattr(Forward, "log_probs", failing)
    found = run(base, tmp_path / "out", config(objective=objective, epochs=1))
    assert failed == set(PLACES[:places])
    assert found.warnings[0] == "out of memory; going on with parts of 2048 tokens"
    assert found.loss_after == pytest.approx(whole.loss_after, rel=1e-5)


def test_not_even_the_smallest_part_fits(base, tmp_path, monkeypatch):  # noqa: F811
    def failing(self, *args, **kwargs):
        raise torch.OutOfMemoryError("no")

    monkeypatch.setattr(torch.Tensor, "backward", failing)
    with pytest.raises(BrandtuneError, match=r"memory ran out at step 0, and there is no smaller part.*Lower training"):
        run(base, tmp_path, config())
    assert not (tmp_path / "out").exists()


def test_other_errors_are_not_taken_for_it(base, tmp_path, monkeypatch):  # noqa: F811
    def failing(self, *args, **kwargs):
        raise RuntimeError("something else")

    monkeypatch.setattr(torch.Tensor, "backward", failing)
    with pytest.raises(RuntimeError, match="something else"):
        run(base, tmp_path, config())


def test_not_a_number_names_the_step_and_the_best_weights(base, tmp_path, monkeypatch):  # noqa: F811
    step = Run._gradients

    def broken(self, batch, **options):
        return float("nan") if self.state.step == 5 else step(self, batch, **options)

    monkeypatch.setattr(Run, "_gradients", broken)
    with pytest.raises(BrandtuneError, match=r"became nan at step 5\. The best weights so far are those of step"):
        run(base, tmp_path, config())


@pytest.mark.parametrize("settings", [{}, {"keep": "last_good"}], ids=["best", "last_good"])
@pytest.mark.parametrize("held_out", [True, False])
def test_a_gradient_that_is_not_finite_reaches_no_weight(base, tmp_path, monkeypatch, settings, held_out):  # noqa: F811
    take = MasterWeights.take_gradients
    taken = []

    def poisoned(self):
        take(self)
        taken.append(1)
        if len(taken) == 6:  # the last step, which no validation would have noticed
            next(iter(self.masters.values())).grad.view(-1)[0] = float("inf")

    monkeypatch.setattr(MasterWeights, "take_gradients", poisoned)
    rows = examples()
    arguments = {
        "model": load_model(base, precision="fp32"), "output": tmp_path / "out", "config": config(**settings),
        "validation": rows[8:] if held_out else [], "work": tmp_path / "work",
    }  # fmt: skip
    if settings:
        done = train(rows[:8], **arguments)
        assert any("but its gradient became" in text for text in done.warnings)
        assert all(torch.isfinite(one).all() for one in load_file(done.adapter / "adapter_model.safetensors").values())
    else:
        with pytest.raises(BrandtuneError, match=r"the loss is [\d.]+, but its gradient became (inf|nan) at step 5"):
            train(rows[:8], **arguments)
        assert not (tmp_path / "out").exists()


def test_a_tracker_that_is_not_installed_is_named(base, tmp_path):  # noqa: F811
    try:
        import wandb  # noqa: F401
    except ImportError:
        with pytest.raises(MissingPartError, match="wandb"):
            run(base, tmp_path, config(track=("wandb",)), work=tmp_path / "work")
    else:
        pytest.skip("wandb is installed here")
