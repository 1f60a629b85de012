"""General data mixed in: so many items as asked for, every one in its turn, the same however often a run is resumed."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tiny_models import write_tiny_model

import brandtune as bt
from brandtune.core.errors import ConfigError, DataError, EmptyDatasetError, NotFoundError
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import TrainingConfig, preflight
from brandtune.training.config import MixConfig
from brandtune.training.data import epoch_batches
from brandtune.training.loop import Run
from brandtune.training.mixing import Mixture, drawn_for, general_rows
from brandtune.training.shapes import learnable


@settings(deadline=None)
@given(own=st.integers(1, 30), general=st.integers(1, 30), drawn=st.integers(1, 40), seed=st.integers(0, 5))
def test_an_epoch_meets_all_own_items_and_each_general_one_in_its_turn(own, general, drawn, seed):
    mixture = Mixture(own=own, seed=seed, general=general, drawn=drawn)
    met: Counter[int] = Counter()
    for epoch in range(4):
        found = mixture.epoch(epoch)
        assert found == mixture.epoch(epoch)
        assert found[:own] == list(range(own)) and len(found) == mixture.per_epoch == own + drawn
        met.update(found[own:])
    assert set(met) <= set(range(own, own + general))
    times = [met[index] for index in range(own, own + general)]
    assert max(times) - min(times) <= 1


@settings(deadline=None)
@given(own=st.integers(1, 40), batch_size=st.integers(1, 6), epoch=st.integers(0, 3))
def test_without_general_data_batches_are_as_ever(own, batch_size, epoch):
    lengths = [(index * 37) % 11 + 1 for index in range(own)]
    plain = epoch_batches(lengths, batch_size=batch_size, seed=3, epoch=epoch)
    assert Mixture(own=own, seed=3).batches(lengths, batch_size=batch_size, epoch=epoch) == plain


@settings(deadline=None)
@given(own=st.integers(1, 2000), share=st.floats(0.01, 0.9))
def test_the_share_is_that_of_the_epoch(own, share):
    drawn = drawn_for(own, share=share)
    assert drawn == 1 or abs(drawn / (own + drawn) - share) <= 1 / (own + drawn)


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def own_rows(count: int = 9) -> list[dict[str, object]]:
    return [{"prompt": f"Where is order {i}?", "completion": "Hi there. It is on its way."} for i in range(count)]


@pytest.fixture
def general(tmp_path):
    """General rows of several shapes, one of them too long for the tiny base."""
    rows = [
        {"instruction": "Name a colour.", "input": "", "output": "Blue."},
        {"messages": [{"role": "user", "content": "Count to 3."}, {"role": "assistant", "content": "1, 2, 3."}]},
        {"conversations": [{"from": "human", "value": "Hello"}, {"from": "gpt", "value": "Hello, how are you?"}]},
        {"prompt": "tent " * 700, "completion": "Yes."},
    ]
    path = tmp_path / "general.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


SETTINGS = {"epochs": 2, "batch_size": 3, "precision": "fp32", "learning_rate": 5e-3, "validations": 2}


def test_general_rows_of_any_shape_are_trained_on_and_counted(base, tmp_path, general):
    done = bt.train(
        own_rows(), base=base, method=bt.LoRA(rank=4), validation=own_rows(3), output=tmp_path / "out",
        mix={"path": str(general), "share": 0.25}, **SETTINGS,
    )  # fmt: skip
    assert (done.num_examples, done.num_mixed, done.num_steps) == (9, 3, 8)  # 12 an epoch, 3 a step
    assert [row.reason for row in done.left_out] == ["longer than the model's context"]
    assert done.loss_after < done.loss_before


def test_the_steps_meet_what_the_mixture_says(base, general):
    config = TrainingConfig(mix=MixConfig(path=general, share=0.25), **SETTINGS)
    run = Run(load_model(base, precision="fp32"), config, work=None, progress=Silent())
    met: list[list[str]] = []
    run._learnt = lambda batch: met.append([item.item_id for item in batch]) or 1.0  # type: ignore[method-assign]
    run._finish = lambda *args, **named: None  # type: ignore[method-assign]
    own = learnable(own_rows())
    run.train(own, (), general.parent / "out")
    ours = {row.example_id for row in own}
    for epoch in (met[:4], met[4:]):
        ids = [name for batch in epoch for name in batch]
        assert len(ids) == 12 and ours <= set(ids)
        assert len(set(ids) - ours) == 3  # all that fit


def test_a_killed_run_ends_with_the_same_weights(base, tmp_path, general, monkeypatch):
    settings = SETTINGS | {"checkpoint_every_s": 1e-9, "mix": {"path": str(general), "share": 0.4}}

    def run(name, work=None):
        if work:
            work.mkdir(exist_ok=True)
        bt.train(own_rows(), base=base, method=bt.LoRA(rank=4), output=tmp_path / name, work=work, **settings)
        return (tmp_path / name / "adapter_model.safetensors").read_bytes()

    whole, step, steps = run("whole"), Run._step, []

    def dying(self, items):
        steps.append(1)
        if len(steps) == 7:
            raise KeyboardInterrupt
        return step(self, items)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_step", dying)
        with pytest.raises(KeyboardInterrupt):
            run("resumed", tmp_path / "work")
    assert run("resumed", tmp_path / "work") == whole


def test_preferences_can_be_mixed_in_too(base, tmp_path):
    pairs = [{"prompt": f"Question {i}?", "chosen": "Yes, of course.", "rejected": "No."} for i in range(6)]
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps(pairs[4:]))
    done = bt.train(
        pairs[:4], base=base, method=bt.LoRA(rank=4), objective=bt.DPO(), output=tmp_path / "out",
        mix={"path": str(path), "share": 0.5}, **SETTINGS,
    )  # fmt: skip
    assert (done.num_examples, done.num_mixed) == (4, 4)  # two pairs, each twice an epoch
    assert done.curve[-1]["train_loss"] == pytest.approx(0.69, abs=0.1)


def mixed(path, **changes) -> TrainingConfig:
    return TrainingConfig(mix=MixConfig(path=path), **changes)


def test_bad_general_data_is_named(tmp_path, general):
    with pytest.raises(NotFoundError, match=r"none\.jsonl"):
        general_rows(mixed(tmp_path / "none.jsonl"))
    with general.open("a") as file:
        file.write('{"text": "no conversation"}\n')
    with pytest.raises(DataError, match=r"general\.jsonl:5.*no known shape"):
        general_rows(mixed(general))
    general.write_text("")
    with pytest.raises(EmptyDatasetError, match=r"training.mix.path: .*no rows"):
        general_rows(mixed(general))
    general.write_text(json.dumps(own_rows(1)[0]))
    with pytest.raises(ConfigError, match=r"training.mix.path: .*learns from preferences, and was given examples"):
        general_rows(mixed(general, objective="dpo"))
    with pytest.raises(ValidationError, match="not for grpo"):
        mixed(general, objective="grpo")


def test_general_data_that_never_fits_stops_the_run(base, tmp_path, general):
    lines = general.read_text().splitlines()
    general.write_text(lines[-1])
    with pytest.raises(EmptyDatasetError, match="no general example fits into 512 tokens"):
        bt.train(own_rows(), base=base, output=tmp_path / "out", mix={"path": str(general)}, **SETTINGS)
    assert not (tmp_path / "out").exists()


def test_a_path_is_read_from_the_folder_of_the_configuration(tmp_path):
    found = mixed("data/general.jsonl").located(tmp_path)
    assert found.mix is not None and found.mix.path == tmp_path / "data/general.jsonl"
    assert mixed(tmp_path / "x.jsonl").located(tmp_path / "other").mix.path == tmp_path / "x.jsonl"


def test_check_counts_general_data_in(base, general):
    config = TrainingConfig(mix=MixConfig(path=general, share=0.25), **SETTINGS)
    with_it = preflight(learnable(own_rows()), model=load_model(base, precision="fp32"), config=config)
    assert (with_it.num_examples, with_it.num_steps, with_it.num_too_long) == (9, 8, 1)
    without = preflight(
        learnable(own_rows()), model=load_model(base, precision="fp32"), config=config.model_copy(update={"mix": None})
    )
    assert (without.num_examples, without.num_steps, without.num_too_long) == (9, 6, 0)
