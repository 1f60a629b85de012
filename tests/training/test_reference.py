"""What the model before training makes of each sequence is computed once for a run, and once for all trials of a search."""

import math

import pytest
from test_guarded_runs import At
from test_methods_and_objectives import base, config, preferences, rated  # noqa: F401 - base is a fixture
from tiny_models import write_tiny_model

from brandtune.models import load_model
from brandtune.training import LoRAConfig, train
from brandtune.training.learner import Learner
from brandtune.training.loop import Run
from brandtune.training.reference import REFERENCE, packed, unpacked, weights_before
from brandtune.training.search import search
from brandtune.training.search_config import SearchConfig


@pytest.fixture
def computed(monkeypatch):
    """How many items the reference was computed for, one number a pass."""
    counts: list[int] = []
    before = Learner.with_reference

    def counted(self, items):
        counts.append(len(items))
        return before(self, items)

    monkeypatch.setattr(Learner, "with_reference", counted)
    return counts


def run(base, folder, *, name="out", work=None, rows=None, progress=None, **changes):  # noqa: F811
    settings = config(**{"objective": "dpo", "checkpoint_every_s": 1e-9} | changes)
    rows = (rated() if settings.objective == "kto" else preferences()) if rows is None else rows
    return train(
        rows[:8], model=load_model(base, precision="fp32"), config=settings, output=folder / name,
        validation=rows[8:], work=work, progress=progress,
    )  # fmt: skip


def killed(monkeypatch, base, folder, *, after: int, **changes) -> None:  # noqa: F811
    step, steps = Run._step, []

    def dying(self, items):
        steps.append(1)
        if len(steps) > after:
            raise KeyboardInterrupt
        return step(self, items)

    with monkeypatch.context() as changed:
        changed.setattr(Run, "_step", dying)
        with pytest.raises(KeyboardInterrupt):
            run(base, folder, work=folder / "work", **changes)


def assert_same(one, other) -> None:
    for path in sorted(one.adapter.glob("*.safetensors")):
        assert path.read_bytes() == (other.adapter / path.name).read_bytes()


@pytest.mark.parametrize("objective", ["dpo", "kto"])
def test_a_run_that_goes_on_reads_it(base, tmp_path, monkeypatch, computed, objective):  # noqa: F811
    whole = run(base, tmp_path, name="whole", objective=objective)
    killed(monkeypatch, base, tmp_path, after=3, objective=objective)
    assert computed == [8, 4, 8, 4]
    assert_same(whole, run(base, tmp_path, work=tmp_path / "work", objective=objective))
    assert computed == [8, 4, 8, 4]


@pytest.mark.parametrize("damage", ["cut", "flipped", "nonsense"])
def test_a_damaged_file_is_computed_anew_and_said(base, tmp_path, monkeypatch, computed, damage):  # noqa: F811
    whole = run(base, tmp_path, name="whole")
    killed(monkeypatch, base, tmp_path, after=3)
    path = tmp_path / "work" / REFERENCE
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes({"cut": data[:-9], "flipped": data, "nonsense": b"{}"}[damage])
    progress = At(0, lambda: None)
    assert_same(whole, run(base, tmp_path, work=tmp_path / "work", progress=progress))
    assert computed == [8, 4, 8, 4, 8, 4]
    assert any("is damaged" in text and "computed anew" in text for text in progress.said)
    assert len(unpacked(path.read_bytes())) == 24


def test_that_of_another_base_is_not_used_and_new_rows_are_added(base, tmp_path, computed):  # noqa: F811
    rows = preferences()
    run(base, tmp_path, name="first", work=tmp_path / "work", rows=rows[:8])
    (tmp_path / "work" / "checkpoint.pt").unlink()
    run(base, tmp_path, name="second", work=tmp_path / "work", rows=rows)
    assert computed == [8, 4]  # no held-out rows the first time
    (tmp_path / "work" / "checkpoint.pt").unlink()
    other, progress = write_tiny_model(tmp_path / "other", tied=True), At(0, lambda: None)
    run(str(other), tmp_path, name="third", work=tmp_path / "work", progress=progress)
    assert computed == [8, 4, 8, 4]
    assert any("of other weights or rows" in text for text in progress.said)


def test_trials_of_a_search_share_it(base, tmp_path, computed):  # noqa: F811
    rows = preferences()
    wanted = SearchConfig(trials=3, budget=50, learning_rate=(0.1, 10), ranks=(2, 4), epochs=(1, 1))
    found = search(
        rows[:8], validation=rows[8:], config=config(objective="dpo", epochs=1, search=wanted), dataset="d",
        work=tmp_path / "work", load=lambda: load_model(base, precision="fp32"),
        database=f"sqlite:///{tmp_path / 'search.db'}",
    )  # fmt: skip
    assert len(found.trials) == 3
    assert computed == [8, 4]


def test_what_starts_otherwise_has_another_reference(tmp_path):
    def named(**changes) -> str:
        return weights_before(base="b/float32", config=config(**changes), start=None)

    assert named() == named(lora=LoRAConfig(rank=8)) == named(learning_rate=1e-4, objective="ipo")
    pissa = [named(lora=LoRAConfig(rank=rank, init="pissa")) for rank in (4, 8)]
    assert len({named(), named(base_precision="nf4"), *pissa}) == 4


def test_sums_come_back_bit_for_bit():
    known = {bytes([n]) * 16: value for n, value in enumerate((-1 / 3, -math.inf, -0.0, 5e-324, math.nan))}
    found = unpacked(packed(known))
    assert list(found) == list(known)
    assert [value.hex() for value in found.values()] == [value.hex() for value in known.values()]
