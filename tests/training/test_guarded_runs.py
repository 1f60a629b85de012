"""What can happen to a run: a loss that runs away, a request to stop, a full disk. Nothing is lost, and it is said."""

import os
import random
import resource
import signal
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from itertools import islice, pairwise

import pytest
from safetensors.torch import load_file
from test_methods_and_objectives import base, config, examples, preferences  # noqa: F401 - base is a fixture

from brandtune.core.errors import BrandtuneError, Interrupted
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import train
from brandtune.training.checkpoints import State
from brandtune.training.health import UNSTEADY_WINDOW, WINDOW, Diverged, overfits, runaway, unsteady
from brandtune.training.learner import Learner
from brandtune.training.loop import LAST_GOOD


class At(Silent):
    """Progress that does something when a step is done, and remembers what was said."""

    def __init__(self, step: int, act: Callable[[], object]) -> None:
        self.left, self.act, self.said = step, act, []

    def task(self, title, *, total=None):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None

    def say(self, text):
        self.said.append(text)

    def advance(self, amount=1.0, *, note=""):
        if note:
            self.left -= 1
            if self.left == 0:
                self.act()


def run(base, folder, settings, *, name="out", work=None, progress=None):  # noqa: F811
    rows = preferences() if settings.objective == "dpo" else examples()
    return train(
        rows[:8], model=load_model(base, precision="fp32"), config=settings, output=folder / name,
        validation=rows[8:], work=work, progress=progress,
    )  # fmt: skip


def assert_same(one, other) -> None:
    ours, theirs = (load_file(folder / "adapter_model.safetensors") for folder in (one, other))
    assert ours.keys() == theirs.keys()
    assert all(ours[name].equal(theirs[name]) for name in ours)


def test_a_loss_that_runs_away_is_noticed_and_noise_is_not():
    numbers = random.Random(0)
    for seed in range(20):
        numbers.seed(seed)
        state = State()
        for step in range(200):  # learning from 4 to 2 nats, batches that differ by half
            assert runaway(state, (2 + 2 * 0.98**step) * numbers.uniform(0.5, 1.5)) is None
            state.step += 1
        found = []
        for _ in range(WINDOW):
            found.append(runaway(state, 12 * numbers.uniform(0.5, 1.5)))
            state.step += 1
        assert found[-1] is not None and found[0] is None


def told(state: State, losses: Iterable[float], norms: Iterable[float]) -> list[str]:
    """What is said of steps with these losses and gradients."""
    found = []
    for loss, norm in zip(losses, norms, strict=False):
        assert runaway(state, loss) is None
        found.append(unsteady(state, norm))
        state.step += 1
    return found


def test_a_loss_that_begins_to_rise_is_noticed_once_and_noise_is_not():
    """The measured means of the bundled base on 77 intents, at a rate that is too high: 6.5, then 0.57, then 0.95."""
    for seed in range(10):
        numbers, state = random.Random(seed), State()

        def noisy(value: float) -> Iterator[float]:
            while True:
                yield value * numbers.lognormvariate(0, 0.5)  # noqa: B023

        learnt = ((0.57 + 6 * 0.97**step) * numbers.lognormvariate(0, 0.5) for step in range(2000))
        assert not any(told(state, learnt, noisy(1.6)))
        assert not any(told(deepcopy(state), islice(noisy(0.95), 200), noisy(1.6)))  # harder examples, perhaps
        risen = told(state, islice(noisy(0.95), 2 * UNSTEADY_WINDOW), noisy(6.0))
        (sentence,) = filter(None, risen)
        assert sentence.startswith(f"training is not steady: at step {risen.index(sentence) + 2001} the mean loss of")


@pytest.mark.parametrize("rate", ["auto", 3e-3])
def test_a_rate_that_nobody_chose_is_halved_where_the_loss_rises(base, tmp_path, monkeypatch, rate):  # noqa: F811
    learn, rates = Learner.learn, []

    def rising(self, batch, *, rate):
        rates.append(rate)
        learn(self, batch, rate=rate)
        self.gradient_norm = 1.0 if len(rates) < 70 else 4.0
        return 8.0 if len(rates) < 10 else 1.0 if len(rates) < 70 else 2.0

    monkeypatch.setattr(Learner, "learn", rising)
    done = run(base, tmp_path, config(learning_rate=rate, epochs=60, warmup_share=0.0), work=tmp_path / "work")
    assert done.num_steps == len(rates) == 120
    (sentence,) = (text for text in done.warnings if "not steady" in text)
    falls = [after / before for before, after in pairwise(rates)]
    if rate == "auto":
        assert sentence.endswith("; the learning rate is halved from here on")
        assert sum(fall < 0.6 for fall in falls) == 1
        assert done.curve[-1]["learning_rate"] == pytest.approx(rates[0] / 2 / 10, rel=0.05)
    else:
        assert sentence.endswith("; training.learning_rate may be too high")
        assert min(falls) > 0.9


def test_overfitting_needs_both_losses():
    def points(*losses: tuple[float, float]) -> list[dict[str, float]]:
        return [{"step": i, "train_loss": a, "validation_loss": b} for i, (a, b) in enumerate(losses)]

    assert overfits(points((3, 2.0), (2, 1.8), (1, 2.1))).startswith(
        "overfitting: held-out loss 2.100 at step 2, after"
    )
    assert not overfits(points((3, 2.0), (2, 1.8), (2.5, 2.1)))  # both rise: something else is wrong
    assert not overfits(points((3, 2.0), (2, 1.8), (1, 1.81)))  # within what measurements differ by
    assert not overfits([])


WILD = {"method": "full", "learning_rate": 10.0, "epochs": 30, "validations": 30, "warmup_share": 0.5}


def test_a_run_that_diverges_names_its_last_good_weights(base, tmp_path):  # noqa: F811
    with pytest.raises(Diverged, match=r"has run away: its mean over 20 steps .*best weights so far are those of step"):
        run(base, tmp_path, config(**WILD), work=tmp_path / "work")
    assert not (tmp_path / "out").exists()
    assert load_model(str(tmp_path / "work" / LAST_GOOD), precision="fp32").num_parameters > 0


def test_it_can_end_with_its_last_good_weights_instead(base, tmp_path):  # noqa: F811
    progress = At(0, lambda: None)
    done = run(base, tmp_path, config(**WILD, keep="last_good"), progress=progress)
    assert done.best_step < done.num_steps < 60
    assert done.loss_after < done.loss_before
    assert any("last good weights are kept" in text for text in done.warnings) and done.warnings[-1] in progress.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("objective", ["sft", "dpo"])
def test_a_run_that_is_told_to_stop_goes_on_to_the_same_weights(base, tmp_path, number, objective):  # noqa: F811
    settings = config(objective=objective)
    whole = run(base, tmp_path, settings, name="whole")
    stopping = At(2, lambda: os.kill(os.getpid(), number))
    before = signal.getsignal(number)
    with pytest.raises(Interrupted, match=rf"stopped at step 3 of 6 by {number.name}") as caught:
        run(base, tmp_path, settings, work=tmp_path / "work", progress=stopping)
    assert caught.value.exit_code == 130
    assert signal.getsignal(number) is before
    done = run(base, tmp_path, settings, work=tmp_path / "work")
    assert_same(whole.adapter, done.adapter)


def test_a_second_signal_stops_at_once(base, tmp_path):  # noqa: F811
    def twice():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(base, tmp_path, config(), work=tmp_path / "work", progress=At(2, twice))


@pytest.fixture
def small_disk():
    """A function that limits the size of files from then on: writing more fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("step", "size"), [(3, 20_000), (6, 4_000)], ids=["checkpoint", "output"])
def test_a_full_disk_leaves_the_last_checkpoint_whole(base, tmp_path, small_disk, step, size):  # noqa: F811
    settings = config(checkpoint_every_s=1e-9 if step == 3 else 1e9)
    whole = run(base, tmp_path, settings, name="whole")
    work = tmp_path / "work"
    with pytest.raises(BrandtuneError, match=r"the disk is full, so this could not be written\. What was saved before"):
        run(base, tmp_path, settings, work=work, progress=At(step, lambda: small_disk(size)))
    small_disk(resource.RLIM_INFINITY)
    assert sorted(path.name for path in work.iterdir()) == ["checkpoint.pt", "events.jsonl"][step == 6 :]
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []
    done = run(base, tmp_path, settings, work=work)
    assert_same(whole.adapter, done.adapter)


def test_events_on_a_full_disk_are_said(base, tmp_path):  # noqa: F811
    work = tmp_path / "work"
    work.mkdir()
    (work / "events.jsonl").symlink_to("/dev/full")
    with pytest.raises(BrandtuneError, match="the disk is full"):
        run(base, tmp_path, config(), work=work)


def test_points_tell_how_fast_and_how_much(base, tmp_path):  # noqa: F811
    done = run(base, tmp_path, config(epochs=5))
    first, *rest = done.curve
    assert "gradient_norm" not in first
    for point in rest:
        assert point["gradient_norm"] > 0 and point["tokens_per_s"] > 0 and point["learning_rate"] > 0
        assert 50e6 < point["peak_memory"] <= done.peak_memory
    assert done.expected_memory > 50e6
    assert done.expected_seconds > 0
