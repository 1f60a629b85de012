"""PiSSA: the network starts as the base, trains like PEFT's, and what is saved fits the base as it was."""

import copy

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tiny_models import write_tiny_model
from transformers import AutoModelForCausalLM

from brandtune.core.errors import ConfigError
from brandtune.core.examples import Example, Message
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import LoRAConfig, TrainingConfig, train
from brandtune.training.learner import Learner
from brandtune.training.loop import Run

IDS = torch.arange(10, 60).reshape(2, 25)


def examples(count: int = 10) -> list[Example]:
    return [
        Example(
            example_id=f"e{i}", task="t", target=1,
            messages=(Message(role="user", content=f"Where is order {i}?"),
                      Message(role="assistant", content=f"Hi there. Order {i} leaves today.")),
        )
        for i in range(count)
    ]  # fmt: skip


def config(**changes) -> TrainingConfig:
    lora = {"rank": 4, "alpha": 8, "init": "pissa"} | changes.pop("lora", {})
    settings = {"epochs": 2, "batch_size": 4, "precision": "fp32", "validations": 2, "learning_rate": 5e-3}
    return TrainingConfig(lora=LoRAConfig(**lora), **(settings | changes))


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def plain(base):
    return AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()


def logits(network):
    with torch.no_grad():
        return network.eval()(IDS).logits


def learner(base, settings) -> Learner:
    return Learner(load_model(base, precision=settings.precision), settings, progress=Silent())


def test_it_starts_as_the_base_with_other_values_in_it(base):
    run = learner(base, config())
    assert run.num_fast_layers == 2  # the hand-written layers take it
    torch.testing.assert_close(logits(run.network), logits(plain(base)), rtol=1e-4, atol=1e-5)
    before = plain(base).state_dict()["model.layers.0.mlp.up_proj.weight"]
    held = run.network.get_submodule("base_model.model.model.layers.0.mlp.up_proj").base_layer.weight
    singular = torch.linalg.svdvals(before)
    torch.testing.assert_close(torch.linalg.svdvals(held)[:4], singular[4:8], rtol=1e-3, atol=1e-5)


def test_large_layers_take_an_approximation_that_is_the_same_at_every_start(base, monkeypatch):
    exact = learner(base, config()).weights.state()
    monkeypatch.setattr("brandtune.training.pissa.LARGEST_EXACT", 8)
    one, two = learner(base, config()), learner(base, config())
    assert all(torch.equal(value, two.weights.state()[name]) for name, value in one.weights.state().items())
    torch.testing.assert_close(logits(one.network), logits(plain(base)), rtol=1e-4, atol=1e-5)
    for name, value in one.weights.state().items():  # vectors may point the other way
        torch.testing.assert_close(value.norm(), exact[name].norm(), rtol=1e-2, atol=0)


def test_it_starts_where_pefts_does(base):
    ours = learner(base, config()).network
    theirs = get_peft_model(
        plain(base),
        LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights="pissa"),
    )
    theirs = dict(theirs.named_parameters())
    assert set(theirs) == set(dict(ours.named_parameters()))
    for name, parameter in ours.named_parameters():
        torch.testing.assert_close(parameter, theirs[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("lora", [{}, {"rank_stabilized": True}, {"decomposed": True}], ids=["lora", "rslora", "dora"])
def test_what_is_saved_on_the_base_as_it_was_is_the_trained_network(base, tmp_path, lora):
    run = Run(load_model(base, precision="fp32"), config(lora=lora, keep="last"), work=None, progress=Silent())
    saved, trained = run.weights.save, []

    def saving(folder, **named):
        trained.append(logits(copy.deepcopy(run.network)))
        saved(folder, **named)

    run.weights.save = saving  # type: ignore[method-assign]
    run.train(examples(), (), tmp_path / "out")
    theirs = logits(PeftModel.from_pretrained(plain(base), str(tmp_path / "out")))
    torch.testing.assert_close(theirs, trained[0], rtol=1e-4, atol=1e-4)
    ours = logits(load_model(base, adapter=tmp_path / "out", precision="fp32").network)
    torch.testing.assert_close(ours, trained[0], rtol=1e-4, atol=1e-4)
    assert not torch.allclose(theirs, logits(plain(base)), atol=1e-2)


def test_the_saved_adapter_is_pefts_own_conversion(base, tmp_path):
    run = learner(base, config())
    start, trained = run.weights.state(), {}
    torch.manual_seed(0)
    for name, value in start.items():
        trained[name] = value + 0.05 * torch.randn_like(value)
    run.weights.restore(trained)
    run.weights.save(tmp_path / "ours", base=base)
    theirs = get_peft_model(
        plain(base),
        LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights="pissa"),
    )
    theirs.load_state_dict(start, strict=False)
    theirs.peft_config["default"].init_lora_weights = True
    theirs.save_pretrained(tmp_path / "start")
    theirs.peft_config["default"].init_lora_weights = "pissa"
    theirs.load_state_dict(trained, strict=False)
    theirs.save_pretrained(tmp_path / "theirs", path_initial_model_for_weight_conversion=str(tmp_path / "start"))
    one, other = (PeftModel.from_pretrained(plain(base), str(tmp_path / name)) for name in ("ours", "theirs"))
    assert one.peft_config["default"].r == other.peft_config["default"].r == 8
    torch.testing.assert_close(logits(one), logits(other), rtol=1e-4, atol=1e-5)


def test_in_bf16_network_and_saved_adapter_differ_by_rounding_only(base, tmp_path):
    run = learner(base, config(precision="bf16"))
    torch.manual_seed(0)
    run.weights.restore({n: v + 0.05 * torch.randn_like(v) for n, v in run.weights.state().items()})
    network = logits(run.network).float()
    run.weights.save(tmp_path / "out", base=base)
    exact = logits(PeftModel.from_pretrained(plain(base), str(tmp_path / "out")))
    rounding = logits(load_model(base, precision="bf16").network).float() - logits(plain(base))
    assert (network - exact).norm() <= 3 * rounding.norm()
    assert (exact - logits(plain(base))).norm() > 30 * rounding.norm()


def test_a_killed_run_ends_with_the_same_weights_bit_for_bit(base, tmp_path, monkeypatch):
    settings = config(checkpoint_every_s=1e-9)

    def run(name, work=None):
        model = load_model(base, precision="fp32")
        train(examples(), model=model, config=settings, output=tmp_path / name, validation=examples(3), work=work)
        return (tmp_path / name / "adapter_model.safetensors").read_bytes()

    whole, step, steps = run("whole"), Run._step, []

    def dying(self, items):
        steps.append(1)
        if len(steps) == 4:
            raise KeyboardInterrupt
        return step(self, items)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_step", dying)
        with pytest.raises(KeyboardInterrupt):
            run("resumed", tmp_path)
    assert run("resumed", tmp_path) == whole


def test_training_goes_on_from_what_was_saved(base, tmp_path):
    first = train(examples(), model=load_model(base, precision="fp32"), config=config(), output=tmp_path / "first")
    then = train(
        examples(), model=load_model(base, precision="fp32"), config=config(keep="last"), output=tmp_path / "then",
        start=first.adapter, validation=examples(3),
    )  # fmt: skip
    found = PeftModel.from_pretrained(plain(base), str(then.adapter))
    assert found.peft_config["default"].r == 8  # not doubled again
    assert not torch.allclose(logits(found), logits(load_model(base, adapter=first.adapter, precision="fp32").network))


def test_a_rank_beyond_the_layer_is_refused(base):
    with pytest.raises(ConfigError, match=r"rank 64 is more than .*_proj has"):
        learner(base, config(lora={"rank": 64}))
