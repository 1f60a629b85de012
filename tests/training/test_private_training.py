"""Differential privacy: bounded, noised and accounted for as opacus does, drawn at random, and resumable."""

import builtins
import math

import pytest
import torch
from pydantic import ValidationError
from tiny_models import write_tiny_model

from brandtune.core.errors import ConfigError, MissingPartError
from brandtune.core.examples import Example, Message
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import LoRAConfig, TrainingConfig, preflight, train
from brandtune.training.config import PrivacyConfig
from brandtune.training.fit import batch_size
from brandtune.training.loop import Run
from brandtune.training.objectives import Item
from brandtune.training.privacy import PrivateRun, by_unit, epsilon_of, noise_for

pytest.importorskip("opacus")


def examples(count: int = 12, *, people: int = 0, start: int = 0) -> list[Example]:
    return [
        Example(
            example_id=f"e{i}", task="t", target=1, weight=1.0 + i % 2, subject=f"p{i % people}" if people else None,
            messages=(Message(role="user", content=f"Where is order {i}?" + " Please tell me." * (i % 3)),
                      Message(role="assistant", content=f"Hi there. Order {i} leaves in {i % 4} days.")),
        )
        for i in range(start, start + count)
    ]  # fmt: skip


def config(**changes) -> TrainingConfig:
    privacy = {"noise_multiplier": 1.0, "clip": 0.5} | changes.pop("privacy", {})
    settings = {"epochs": 3, "batch_size": 4, "precision": "fp32", "validations": 2, "learning_rate": 5e-3,
                "lora": LoRAConfig(rank=4, alpha=8)}  # fmt: skip
    return TrainingConfig(privacy=PrivacyConfig(**privacy), **(settings | changes))


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def private(base, settings) -> PrivateRun:
    return PrivateRun(load_model(base, precision="fp32"), settings, work=None, progress=Silent())


def planned(run: PrivateRun) -> list[Item]:
    """Items of a run that knows its units, rate and noise."""
    items, _ = run.items(examples())
    run.batch_size = batch_size(run, items)
    run._steps_per_epoch(items)
    return items


def test_the_clipped_sum_is_opacuss(base):
    """Independent reference: opacus's per-example gradients through its own hooks, and its own rule of clipping."""
    from opacus import GradSampleModule
    from opacus.optimizers import DPOptimizer

    run = private(base, config())
    torch.manual_seed(1)
    run.weights.restore({n: v + 0.02 * torch.randn_like(v) for n, v in run.weights.state().items()})
    items, _ = run.items(examples())
    ours, losses = run.clipped_sum(by_unit(items))

    theirs = private(base, config(packing="none"))  # the same weights, none of our layers
    theirs.weights.restore(run.weights.state())
    network = theirs.network.train()
    for parameter in network.parameters():
        parameter.grad = None
    hooked = GradSampleModule(network, loss_reduction="sum", strict=False)
    trained = [p for p in network.parameters() if p.requires_grad]
    for item in items:
        (one,) = item.sequences
        ids, mask = torch.tensor([one.token_ids]), torch.tensor(one.loss_mask[1:])
        log_probs = hooked(input_ids=ids).logits[0, :-1].log_softmax(dim=-1)
        picked = log_probs.gather(1, ids[0, 1:, None])[mask, 0]
        (-item.weight * picked.mean()).backward()
    for parameter in trained:  # one backward pass an example: opacus keeps them in a list
        parameter.grad_sample = torch.cat(parameter.grad_sample)
    optimizer = DPOptimizer(
        torch.optim.SGD(trained, lr=1.0), noise_multiplier=0.0, max_grad_norm=0.5, expected_batch_size=1, loss_reduction="sum",
    )  # fmt: skip
    optimizer.clip_and_accumulate()
    for mine, parameter in zip(ours, trained, strict=True):
        torch.testing.assert_close(mine, parameter.summed_grad, rtol=1e-4, atol=1e-6)
    norms = torch.stack([p.grad_sample.flatten(1).norm(dim=1) for p in trained]).norm(dim=0)
    assert (norms > 0.5).any()  # something was clipped
    assert all(math.isfinite(loss) for loss in losses)


def test_a_person_counts_once_however_much_there_is_about_them(base):
    run = private(base, config())
    items, _ = run.items(examples(12, people=3))
    units = by_unit(items)
    assert sorted(len(unit) for unit in units) == [4, 4, 4]
    for unit in units:
        total, _ = run.clipped_sum([unit])
        assert torch.stack([one.norm() for one in total]).norm() <= 0.5 + 1e-4
    alone, _ = private(base, config(privacy={"unit": "example"})).items(examples(12, people=3))
    assert len(by_unit(alone)) == 12


def test_who_is_not_drawn_changes_nothing_and_who_is_changes_no_more_than_the_bound(base):
    run = private(base, config())
    items, _ = run.items(examples())
    units = by_unit(items)
    without, _ = run.clipped_sum(units[:-1])
    whole, _ = run.clipped_sum(units)
    moved = torch.stack([(a - b).norm() for a, b in zip(whole, without, strict=True)]).norm()
    assert 0 < moved <= 0.5 + 1e-4


def test_the_noise_is_as_strong_as_is_said(base):
    run = private(base, config(privacy={"noise_multiplier": 3.0}, batch_size=6))
    run.state.secret = "for this test"
    planned(run)
    run.learn([], rate=0.0)  # nobody was drawn: noise alone
    values = torch.cat([master.grad.flatten() for master in run.weights.parameters()])
    assert run.sample_rate == 0.5
    expected = 3.0 * 0.5 / 6  # noise multiplier times clip over the expected draw
    assert values.std() == pytest.approx(expected, rel=0.05)
    assert abs(float(values.mean())) < 4 * expected / math.sqrt(len(values))


def test_each_unit_is_drawn_on_its_own_at_the_rate_that_is_accounted_for(base, monkeypatch):
    run = private(base, config())
    items = planned(run)
    sizes = []
    monkeypatch.setattr(run, "_learnt", lambda batch: sizes.append(len(batch)) or 0.0)
    for step in range(400):
        run.state.step = step
        run._step(items)
    sizes = torch.tensor(sizes, dtype=torch.float32)
    assert sizes.mean() == pytest.approx(4, abs=0.35)
    assert sizes.var() == pytest.approx(12 * (1 / 3) * (2 / 3), rel=0.3)  # binomial, as independent draws are


def test_what_is_guaranteed_is_opacuss_and_is_written_down(base, tmp_path):
    from opacus.accountants import PRVAccountant, RDPAccountant

    done = train(
        examples(), model=load_model(base, precision="fp32"), config=config(), output=tmp_path / "out",
        validation=examples(3, start=50),
    )  # fmt: skip
    assert done.privacy is not None
    found = done.privacy
    assert (found.steps, found.num_units, found.sample_rate) == (9, 12, pytest.approx(1 / 3))
    assert found.delta == pytest.approx(0.1 / 12)
    tight, loose = PRVAccountant(), RDPAccountant()
    for accountant in (tight, loose):
        for _ in range(9):
            accountant.step(noise_multiplier=1.0, sample_rate=1 / 3)
    assert found.epsilon == pytest.approx(tight.get_epsilon(delta=found.delta), rel=1e-6)
    assert found.epsilon <= loose.get_epsilon(delta=found.delta)
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()


@pytest.mark.parametrize("epsilon", [0.5, 3.0])
def test_the_noise_for_an_epsilon_keeps_to_it(epsilon):
    noise = noise_for(epsilon, delta=1e-4, sample_rate=0.05, steps=60)
    assert 0.95 * epsilon <= epsilon_of(noise, delta=1e-4, sample_rate=0.05, steps=60) <= epsilon


def test_it_learns_where_there_is_little_noise(base, tmp_path):
    settings = config(epochs=8, privacy={"noise_multiplier": 0.2, "delta": 0.05}, learning_rate=1e-2)
    done = train(
        examples(), model=load_model(base, precision="fp32"), config=settings, output=tmp_path / "out",
        validation=examples(3, start=50),
    )  # fmt: skip
    assert done.loss_after < done.loss_before - 0.05


def test_the_seed_does_not_settle_the_noise(base, tmp_path):
    for name in ("one", "two"):
        train(examples(), model=load_model(base, precision="fp32"), config=config(epochs=1), output=tmp_path / name)
    one, two = ((tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("one", "two"))
    assert one != two


def test_a_killed_run_goes_on_with_the_same_draws_and_noise(base, tmp_path, monkeypatch):
    settings = config(checkpoint_every_s=1e-9)
    monkeypatch.setattr("brandtune.training.privacy.secrets.token_hex", lambda size: "the same for both runs")

    def run(name, work=None):
        model = load_model(base, precision="fp32")
        train(examples(), model=model, config=settings, output=tmp_path / name, validation=examples(3), work=work)
        return (tmp_path / name / "adapter_model.safetensors").read_bytes()

    whole, step, steps = run("whole"), PrivateRun._step, []

    def dying(self, items):
        steps.append(1)
        if len(steps) == 5:
            raise KeyboardInterrupt
        return step(self, items)

    with monkeypatch.context() as patch:
        patch.setattr(PrivateRun, "_step", dying)
        with pytest.raises(KeyboardInterrupt):
            run("resumed", tmp_path)
    monkeypatch.setattr("brandtune.training.privacy.secrets.token_hex", lambda size: "another: the kept one counts")
    assert run("resumed", tmp_path) == whole


def test_a_draw_of_nobody_tells_the_last_loss(base):
    run = private(base, config())
    assert run._last_loss() == 0.0
    run.state.curve = [{"step": 0, "validation_loss": 3.0}]
    assert run._last_loss() == 3.0
    run.state.recent = [2.0]
    assert run._last_loss() == 2.0


def test_settings_that_promise_nothing_are_refused(base):
    with pytest.raises(ValidationError, match="give either epsilon or noise_multiplier"):
        PrivacyConfig()
    with pytest.raises(ValidationError, match="objective sft only"):
        config(objective="dpo")
    with pytest.raises(ValidationError, match="privacy and mix"):
        config(mix={"path": "general.jsonl"})
    run = private(base, config(privacy={"delta": 0.5}))
    with pytest.raises(ConfigError, match="giving away one of 12 in full"):
        planned(run)
    with pytest.raises(ConfigError, match=r"no noise keeps 60 steps within epsilon 0\.001"):
        noise_for(0.001, delta=1e-4, sample_rate=0.05, steps=60)


def test_without_opacus_it_says_so_before_anything_is_computed(base, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **named):
        if name.startswith("opacus"):
            raise ImportError(name)
        return real(name, *args, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingPartError, match=r"brandtune\[privacy\]"):
        private(base, config())


def test_without_privacy_nothing_is_guaranteed(base, tmp_path):
    settings = config().model_copy(update={"privacy": None, "epochs": 1})
    done = Run(load_model(base, precision="fp32"), settings, work=None, progress=Silent()).train(
        examples(), (), tmp_path / "o"
    )
    assert done.privacy is None and done.num_mixed == 0


def test_check_counts_steps_in_people(base):
    found = preflight(examples(12, people=6), model=load_model(base, precision="fp32"), config=config(epochs=2))
    assert (found.num_examples, found.num_steps) == (12, 4)
    assert found.seconds > 0
