"""LoRA, its variants and LoRA+ give what plain PEFT gives: loss, gradients and one step of AdamW, in fp32.

The reference is `transformers`' forward pass, one example at a time, with `torch`'s cross-entropy and no code of ours.
"""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from tiny_models import write_tiny_model
from transformers import AutoModelForCausalLM

from brandtune.core.examples import Example, Message
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import LoRAConfig, TrainingConfig
from brandtune.training.learner import Learner

VARIANTS = {
    "lora": ({}, {}),
    "rslora": ({"rank_stabilized": True}, {"use_rslora": True}),
    "dora": ({"decomposed": True}, {"use_dora": True}),
    "pissa": ({"init": "pissa"}, {"init_lora_weights": "pissa"}),
    "some": ({"target_modules": ("q_proj", "down_proj")}, {"target_modules": ["q_proj", "down_proj"]}),
}


def examples(count: int = 6) -> list[Example]:
    return [
        Example(
            example_id=f"e{i}", task="t", target=2, weight=1.0 + i % 3,
            messages=(Message(role="system", content="You answer customers of a shop that sells tents."),
                      Message(role="user", content=f"Where is order {i}?" + " Please tell me." * (i % 3)),
                      Message(role="assistant", content=f"Hi there. Order {i} leaves in {i % 4} days.")),
        )
        for i in range(count)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def ours(base, lora, **changes) -> Learner:
    settings = {"precision": "fp32", "learning_rate": 1e-3, "max_grad_norm": 1e9, "weight_decay": 0.01} | changes
    config = TrainingConfig(lora=LoRAConfig(rank=4, alpha=8, **lora), **settings)
    return Learner(load_model(base, precision="fp32"), config, progress=Silent())


def theirs(base, lora):
    settings = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear", "task_type": "CAUSAL_LM"} | lora
    network = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    return get_peft_model(network, LoraConfig(**settings)).train()


def same_values(network, learner: Learner) -> None:
    """Values that are not at the start, where B is 0 and half of the gradients are, too."""
    torch.manual_seed(5)
    state = {name: value + 0.05 * torch.randn_like(value) for name, value in learner.weights.state().items()}
    learner.weights.restore(state)
    missing = network.load_state_dict(state, strict=False)
    assert not missing.unexpected_keys


def reference_loss(network, learner: Learner) -> torch.Tensor:
    total, count = 0.0, 0.0
    for example in examples():
        rendered = learner.model.renderer.render(example.messages)
        ids = torch.tensor([rendered.token_ids])
        labels = torch.where(torch.tensor([rendered.loss_mask]), ids, -100)[0, 1:]
        logits = network(input_ids=ids).logits[0, :-1]
        total = total + example.weight * torch.nn.functional.cross_entropy(logits, labels, reduction="sum")
        count += example.weight * int((labels != -100).sum())
    return total / count


@pytest.mark.parametrize("packing", ["auto", "none"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_loss_gradients_and_one_step_are_pefts(base, variant, packing):
    mine, their = VARIANTS[variant]
    learner, network = ours(base, mine, packing=packing), theirs(base, their)
    same_values(network, learner)
    items, _ = learner.items(examples())
    expected = reference_loss(network, learner)
    expected.backward()
    total, nothing = learner.objective.total(items), torch.zeros(())
    assert learner._gradients(items, total=total, divergence=nothing) == pytest.approx(expected.item(), rel=1e-5)
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    gradients = {name: p.grad for name, p in learner.network.named_parameters() if p.requires_grad}
    assert gradients.keys() == trained.keys()
    for name, parameter in trained.items():
        assert (gradients[name] - parameter.grad).norm() <= 1e-4 * parameter.grad.norm() + 1e-9, name
    learner.weights.drop_gradients()
    learner.learn(items, rate=1e-3)
    torch.optim.AdamW(trained.values(), lr=1e-3, weight_decay=0.01, betas=(0.9, 0.99)).step()
    for name, parameter in trained.items():
        moved = learner.weights.masters[name] - parameter
        # Where a gradient is 0 but for rounding, AdamW takes a whole step to either side.
        clear = parameter.grad.abs() > 1e-3 * parameter.grad.abs().max()
        assert moved[clear].abs().max() <= 1e-5, name


@pytest.mark.parametrize("variant", ["lora", "dora"])
def test_the_faster_group_of_lora_plus_is_pefts(base, variant):
    mine, their = VARIANTS[variant]
    learner, network = ours(base, mine | {"b_rate_ratio": 16}), theirs(base, their)
    optimizer = create_loraplus_optimizer(network, torch.optim.AdamW, lr=1e-3, loraplus_lr_ratio=16)
    names = {id(p): name for name, p in network.named_parameters()}
    expected = {names[id(p)]: group["lr"] for group in optimizer.param_groups for p in group["params"]}
    items, _ = learner.items(examples())
    learner.learn(items, rate=1e-3)
    names = {id(master): name for name, master in learner.weights.masters.items()}
    found = {names[id(p)]: group["lr"] for group in learner.optimizer.param_groups for p in group["params"]}
    assert found == {name: pytest.approx(rate) for name, rate in expected.items()}
    assert set(expected.values()) == {1e-3, 16e-3}
