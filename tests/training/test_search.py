"""The search for settings: finds better ones, begins with the known, gives up what lags, goes on where it was."""

import math

import pytest
from tiny_models import write_tiny_model

from brandtune.core.errors import BrandtuneError, EmptyDatasetError, MissingPartError
from brandtune.core.examples import Example, Message
from brandtune.models import load_model
from brandtune.training import LoRAConfig, TrainingConfig, train
from brandtune.training.health import Diverged
from brandtune.training.search import search
from brandtune.training.search_config import SearchConfig
from brandtune.training.search_space import Space, with_settings

pytest.importorskip("optuna")

# Far too slow a rate: nearly anything that is tried does better.
SLOW = TrainingConfig(
    epochs=1, batch_size=4, precision="fp32", learning_rate=1e-5, lora=LoRAConfig(rank=4, alpha=8),
    search=SearchConfig(trials=5, budget=50, learning_rate=(1, 1000), ranks=(2, 4), epochs=(1, 2)),
)  # fmt: skip


def examples(count: int, *, start: int = 0) -> list[Example]:
    return [
        Example(
            example_id=f"e{i}", task="support_reply", target=1,
            messages=(Message(role="user", content=f"Order {i}?"), Message(role="assistant", content="It leaves soon.")),
        )
        for i in range(start, start + count)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def searched(base, folder, *, config=SLOW, held_out=4):
    return search(
        examples(12), validation=examples(held_out, start=50), config=config, dataset="d1", work=folder / "work",
        load=lambda: load_model(base, precision="fp32"), database=f"sqlite:///{folder / 'search.db'}",
    )  # fmt: skip


def changed(**settings) -> TrainingConfig:
    return SLOW.model_copy(update={"search": SLOW.search.model_copy(update=settings)})


class Imagined:
    """Stands in for training: a held-out loss that falls with the passes and is least at a rate of 0.003.

    Attributes:
        kill_at: Which training is killed before it ends.
        fail_at: Which training finds the disk full.
        diverge: Which trainings have no end but NaN.
    """

    def __init__(self, *, kill_at: int = 0, fail_at: int = 0, diverge: tuple[int, ...] = ()) -> None:
        self.kill_at, self.fail_at, self.diverge = kill_at, fail_at, diverge
        self.folders, self.sizes = [], []

    def __call__(self, rows, *, config, work, callbacks, validation, **named):
        self.sizes.append(len(rows))
        self.folders.append(work.name)
        work.mkdir(parents=True, exist_ok=True)
        (watch,) = callbacks
        watch.logged({"step": 0, "epoch": 0.0, "validation_loss": 9.0})
        for look in range(1, config.validations + 1):
            epoch = look * config.epochs / config.validations
            loss = abs(math.log10(config.learning_rate / 3e-3)) + 1 / epoch
            watch.logged({"step": look, "epoch": epoch, "validation_loss": loss})
            if len(self.folders) == self.kill_at:
                raise KeyboardInterrupt
            if len(self.folders) in self.diverge:
                raise Diverged("the loss became nan")
            if len(self.folders) == self.fail_at:
                raise BrandtuneError("the disk is full")
            if watch.wants_to_stop():
                return


def imagined(base, folder, monkeypatch, *, config=SLOW, **how):
    model = load_model(base, precision="fp32")
    stand_in = Imagined(**how)
    monkeypatch.setitem(search.__globals__, "train", stand_in)
    found = search(
        examples(12), validation=examples(4, start=50), config=config, load=lambda: model, dataset="d1",
        database=f"sqlite:///{folder / 'search.db'}", work=folder / "work",
    )  # fmt: skip
    return found, stand_in


def test_it_finds_better_settings_than_the_configured_ones_which_it_tries_first(base, tmp_path):
    found = searched(base, tmp_path, config=changed(trials=3))
    assert len(found.trials) == 3
    assert found.trials[0].settings == {"learning_rate": 1e-5, "epochs": 1.0, "lora.rank": 4}
    best = next(trial for trial in found.trials if trial.number == found.best)
    assert best.loss == min(trial.loss for trial in found.trials)
    assert found.gain == pytest.approx(found.trials[0].loss - best.loss) and found.gain > 0
    assert all(len(trial.curve) == round(2 * trial.settings["epochs"]) for trial in found.trials)
    assert not any((tmp_path / "work").iterdir())  # trials leave nothing but their numbers

    config = with_settings(SLOW, found.settings).model_copy(update={"validations": len(best.curve)})
    again = train(
        examples(12), model=load_model(base, precision="fp32"), config=config, output=tmp_path / "out",
        validation=examples(4, start=50),
    )  # fmt: skip
    assert again.loss_after == pytest.approx(best.loss, rel=1e-6)


def test_many_trials_come_close_to_the_optimum(base, tmp_path, monkeypatch):
    found, _ = imagined(base, tmp_path, monkeypatch, config=changed(trials=12, pruning="none"))
    assert 1e-3 < found.settings["learning_rate"] < 9e-3 and found.gain > 2
    assert {trial.state for trial in found.trials} == {"finished"}


def test_it_goes_on_where_it_was_killed(base, tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        imagined(base, tmp_path, monkeypatch, kill_at=3)
    found, stand_in = imagined(base, tmp_path, monkeypatch)
    assert stand_in.folders == ["trial-2", "trial-4", "trial-5"]  # the first of them goes on from its checkpoint
    assert [trial.number for trial in found.trials] == [0, 1, 3, 4, 5]
    assert len({tuple(trial.settings.items()) for trial in found.trials}) == 5
    again, stand_in = imagined(base, tmp_path, monkeypatch)
    assert again == found and stand_in.folders == []
    more, stand_in = imagined(base, tmp_path, monkeypatch, config=changed(trials=6))
    assert len(more.trials) == 6 and len(stand_in.folders) == 1


@pytest.mark.parametrize("pruning", ["median", "halving"])
def test_what_lags_behind_is_given_up_early(base, tmp_path, monkeypatch, pruning):
    config = changed(trials=10, pruning=pruning, epochs=(2, 3))
    found, _ = imagined(base, tmp_path, monkeypatch, config=config)
    pruned = [trial for trial in found.trials if trial.state == "pruned"]
    assert pruned
    assert all(len(trial.curve) < 2 * trial.settings["epochs"] for trial in pruned)
    rest = [trial for trial in found.trials if trial.state == "finished"]
    assert all(len(trial.curve) == 2 * trial.settings["epochs"] for trial in rest)
    assert found.best in [trial.number for trial in rest]


def test_the_budget_ends_it(base, tmp_path, monkeypatch):
    found, _ = imagined(base, tmp_path, monkeypatch, config=changed(budget=1.5, epochs=(1, 1)))
    assert len(found.trials) == 2


def test_a_share_of_the_examples(base, tmp_path, monkeypatch):
    _, stand_in = imagined(base, tmp_path, monkeypatch, config=changed(trials=2, share=0.5))
    assert stand_in.sizes == [6, 6]


def test_settings_that_diverge_are_only_a_bad_try(base, tmp_path, monkeypatch):
    found, _ = imagined(base, tmp_path, monkeypatch, config=changed(trials=3), diverge=(2,))
    assert [trial.state for trial in found.trials] == ["finished", "failed", "finished"]
    assert not any((tmp_path / "work").iterdir())
    with pytest.raises(BrandtuneError, match="their losses diverged"):
        imagined(base, tmp_path, monkeypatch, config=changed(trials=2, seed=9), diverge=(1, 2))


def test_what_is_not_the_settings_fault_ends_the_search_and_the_trial_is_taken_up_again(base, tmp_path, monkeypatch):
    with pytest.raises(BrandtuneError, match="the disk is full"):
        imagined(base, tmp_path, monkeypatch, config=changed(trials=3), fail_at=2)
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["trial-1"]
    found, stand_in = imagined(base, tmp_path, monkeypatch, config=changed(trials=3))
    assert stand_in.folders[0] == "trial-1" and {trial.state for trial in found.trials} <= {"finished", "pruned"}
    assert not any((tmp_path / "work").iterdir())


def test_an_earlier_adapter_keeps_its_rank(base, tmp_path):
    train(examples(8), model=load_model(base, precision="fp32"), config=SLOW, output=tmp_path / "first")
    found = search(
        examples(8), validation=examples(2, start=50), config=changed(trials=2), dataset="d1", work=tmp_path / "work",
        load=lambda: load_model(base, precision="fp32"), database=f"sqlite:///{tmp_path / 'search.db'}",
        start=tmp_path / "first",
    )  # fmt: skip
    assert all(set(trial.settings) == {"learning_rate", "epochs"} for trial in found.trials)


def test_without_validation_there_is_nothing_to_compare_by(base, tmp_path):
    with pytest.raises(EmptyDatasetError, match="no validation examples"):
        searched(base, tmp_path, held_out=0)


def test_without_optuna_it_says_how_to_get_it(base, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(MissingPartError, match=r"brandtune\[search\]"):
        searched(base, tmp_path)


def test_the_space_holds_the_configured_settings():
    config = TrainingConfig(epochs=7, search=SearchConfig(learning_rate=(2, 4), ranks=(8,), batch_sizes=(16,)))
    space = Space.around(config, rate=1e-3)
    assert space.rates == (1e-3, 4e-3)
    assert space.choices["epochs"][-1] == 7 and 64 in space.choices["lora.rank"] and 4 in space.choices["batch_size"]
    full = Space.around(config.model_copy(update={"method": "full"}), rate=1e-3)
    assert "lora.rank" not in full.choices
    fixed = Space.around(TrainingConfig(search=SearchConfig(learning_rate=(1, 1), ranks=(), epochs=(2, 2))), rate=1e-3)
    assert (fixed.rates, fixed.choices) == (None, {})


@pytest.mark.parametrize(
    "wrong", [{"learning_rate": (3, 1)}, {"epochs": (0, 1)}, {"ranks": (0,)}, {"dropouts": (1.0,)}]
)
def test_a_space_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        SearchConfig(**wrong)
