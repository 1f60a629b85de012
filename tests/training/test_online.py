"""Learning from rewards: the gradient is the closed form's, and a reward is in fact earned."""

import dataclasses

import msgspec
import pytest
import torch
from test_methods_and_objectives import base, config, examples  # noqa: F401 - base is a fixture

import brandtune as bt
from brandtune.core.errors import ConfigError
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.models.stepping import stepper_for
from brandtune.training import LoRAConfig, train
from brandtune.training.config import OnlineConfig
from brandtune.training.mixing import Mixture
from brandtune.training.objectives import losses
from brandtune.training.online import OnlineRun


def reward(prompt, answer: str) -> float:
    return float(answer.count("a")) - 0.1 * len(answer)


def online(base, *, updates: int = 1, **changes):  # noqa: F811
    settings = config(
        objective="grpo", online=OnlineConfig(samples=4, max_new_tokens=12, updates=updates), **changes
    )  # fmt: skip
    return OnlineRun(load_model(base, precision="fp32"), settings, reward=reward, work=None, progress=Silent())


def test_advantages_compare_siblings():
    rewards = torch.tensor([[1.0, 2.0, 3.0, 6.0], [0.0, 0.0, 0.0, 0.0]])
    found = losses.group_advantages(rewards)
    torch.testing.assert_close(found[0], (rewards[0] - 3) / (rewards[0].std() + 1e-4))
    assert found[1].tolist() == [0, 0, 0, 0]
    assert losses.group_advantages(rewards, scaled=False)[0].tolist() == [-2, -1, 0, 3]
    expected = [1 - 11 / 3, 2 - 10 / 3, 3 - 9 / 3, 6 - 6 / 3]
    assert losses.leave_one_out_advantages(rewards)[0].tolist() == pytest.approx(expected)


def test_what_was_sampled_is_what_is_scored(base):  # noqa: F811
    run = online(base, updates=2)
    items, _ = run.items(examples())
    answers = run._answered(items[:3])
    assert len(answers) == 12
    for item in answers:
        assert len(item.sampled) == item.num_loss_tokens > 0
    for start in (0, 4, 8):
        assert sum(item.advantage for item in answers[start : start + 4]) == pytest.approx(0, abs=1e-5)
    again = run._answered(items[:3])
    assert [item.sequences for item in again] == [item.sequences for item in answers]


@pytest.mark.parametrize("updates", [1, 2])
def test_the_first_gradient_is_the_policy_gradient(base, updates):  # noqa: F811
    """Whether the likelihood of each token when it was sampled is computed for itself, or is the update's own."""
    run = online(base, updates=updates)
    items, _ = run.items(examples())
    answers = run._answered(items[:2])
    assert all(bool(item.sampled) == (updates > 1) for item in answers)
    run.network.eval()
    run._gradients(answers, total=run.objective.total(answers), divergence=torch.tensor(0.0))
    ours = {name: p.grad.clone() for name, p in run.weights.used.items()}
    run.weights.drop_gradients()
    total = sum(item.num_loss_tokens for item in answers)
    for item in answers:
        log_probs, _ = run.forward.log_probs(item.sequences)
        (-item.advantage * log_probs.sum() / total).backward()
    for name, parameter in run.weights.used.items():
        torch.testing.assert_close(ours[name], parameter.grad, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["grpo", "rloo"])
def test_a_reward_is_earned(tmp_path, kind):
    settings = config(
        objective=kind, epochs=8, learning_rate=5e-3, batch_size=8,
        online=OnlineConfig(samples=8, max_new_tokens=6, updates=2),
    )  # fmt: skip
    done = train(
        examples()[:8], model=load_model("starter", precision="fp32"), config=settings, output=tmp_path / "out",
        reward=lambda prompt, answer: float(answer.count("e")),
    )  # fmt: skip
    rewards = [-point["train_loss"] for point in done.curve if "train_loss" in point]
    assert sum(rewards[-3:]) > 1.25 * sum(rewards[:3])


KL = OnlineConfig(samples=4, max_new_tokens=8, kl=0.1, updates=2)


@pytest.mark.parametrize("kind", ["grpo", "rloo"])
def test_answers_count_as_much_as_their_prompts(base, kind):  # noqa: F811
    """A prompt of weight 3 adds what three of the same would."""
    rows = examples()[:2]
    settings = config(objective=kind, online=OnlineConfig(samples=3, max_new_tokens=8))
    run = OnlineRun(load_model(base, precision="fp32"), settings, reward=reward, work=None, progress=Silent())
    one, other = run.items([msgspec.structs.replace(rows[0], weight=3.0), rows[1]])[0]
    weighted = run._answered([one, other])
    assert [item.weight for item in weighted] == [3.0] * 3 + [1.0] * 3
    plain = [dataclasses.replace(item, weight=1.0) for item in weighted]
    repeated = [*plain[:3] * 3, *plain[3:]]
    found = []
    for batch in (weighted, repeated, plain):
        run._gradients(batch, total=run.objective.total(batch), divergence=torch.zeros(()))
        found.append(torch.cat([p.grad.flatten() for p in run.weights.used.values()]))
        run.weights.drop_gradients()
    torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-6)
    assert (found[0] - found[2]).norm() > 0.1 * found[2].norm()


def test_answers_are_kept_near_the_start_by_either_objective(base):  # noqa: F811
    """What it costs to move away changes the gradient, under `rloo` through the rewards."""
    for kind in ("grpo", "rloo"):
        gradients = []
        for kl in (0.0, 5.0):
            settings = config(objective=kind, online=OnlineConfig(samples=4, max_new_tokens=8, kl=kl))
            run = OnlineRun(load_model(base, precision="fp32"), settings, reward=reward, work=None, progress=Silent())
            torch.manual_seed(0)
            start = run.weights.state()
            run.weights.restore({name: value + 0.1 * torch.randn_like(value) for name, value in start.items()})
            answers = run._answered(run.items(examples())[0][:2])
            run._gradients(answers, total=run.objective.total(answers), divergence=torch.zeros(()))
            gradients.append(torch.cat([p.grad.flatten() for p in run.weights.used.values()]))
        assert (gradients[1] - gradients[0]).norm() > 0.1 * gradients[0].norm()


@pytest.mark.parametrize("init", ["default", "pissa"])
def test_staying_near_where_training_started(base, init):  # noqa: F811
    settings = config(objective="grpo", online=KL, lora=LoRAConfig(rank=4, alpha=8, init=init))
    run = OnlineRun(load_model(base, precision="fp32"), settings, reward=reward, work=None, progress=Silent())
    items, _ = run.items(examples())
    run.mixture, run.batch_size = Mixture(own=len(items), seed=0, general=0, drawn=0), 2
    run.schedule = run._scheduled(items)
    before = run._answered(items[:2])
    for item in before:  # nothing was learnt yet
        assert item.referred == pytest.approx(item.sampled, abs=1e-5)
    run._learnt(before)
    after = run._answered(items[:2])
    assert any(item.referred != pytest.approx(item.sampled, abs=1e-5) for item in after)
    moved = {name: parameter.detach().clone() for name, parameter in run.weights.used.items()}
    with run.weights.held_at(run.before):
        known = run._token_log_probs(after)
    for index, item in enumerate(after):
        assert item.referred == pytest.approx(known[index], abs=1e-6)
    assert all(torch.equal(moved[name], parameter) for name, parameter in run.weights.used.items())


@pytest.mark.parametrize("changes", [{"method": "full"}, {"method": "freeze", "trainable_layers": 1}])
def test_staying_near_it_needs_no_adapter(base, tmp_path, changes):  # noqa: F811
    settings = config(objective="grpo", epochs=1, online=KL, learning_rate=1e-3, **changes)
    done = train(
        examples()[:4],
        model=load_model(base, precision="fp32"),
        config=settings,
        output=tmp_path / "out",
        reward=reward,
    )
    assert done.num_steps == 1


def test_answers_are_sampled_through_the_short_way_while_the_adapter_is_trained(base):  # noqa: F811
    run = online(base, precision="fp32")
    assert run.num_fast_layers and stepper_for(run.network.eval()) is not None
    run.recompute(1)
    assert stepper_for(run.network.eval()) is not None


def test_without_a_reward_it_is_refused(base, tmp_path):  # noqa: F811
    with pytest.raises(ConfigError, match="needs a reward"):
        train(
            examples(), model=load_model(base, precision="fp32"), config=config(objective="grpo"),
            output=tmp_path / "out",
        )  # fmt: skip


def test_prompts_that_leave_no_room_are_left_out(base, tmp_path):  # noqa: F811
    rows = [{"messages": [{"role": "user", "content": "tent " * size}, {"role": "assistant", "content": "x"}]}
            for size in (3, 600)]  # fmt: skip
    done = bt.train(
        rows, base=base, output=tmp_path / "out", epochs=1, precision="fp32", batch_size=1,
        objective=bt.GRPO(reward, samples=2, max_new_tokens=8),
    )  # fmt: skip
    assert done.num_examples == 1
    assert [row.reason for row in done.left_out] == ["longer than the model's context"]
