"""Methods with objectives, as people would put them together: a few steps, and what comes out loads."""

import math

import pytest
import torch
from peft import PeftModel
from test_methods_and_objectives import base, config, examples, preferences, rated  # noqa: F401 - base is a fixture
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from brandtune.models import load_model
from brandtune.training import LoRAConfig, train
from brandtune.training.config import OnlineConfig
from brandtune.training.rewards.reward_model import load_reward_model

ONLINE = OnlineConfig(samples=2, max_new_tokens=6, kl=0.1, updates=2)
ADAPTER = {"rank": 4, "alpha": 8}
DORA, PISSA = LoRAConfig(**ADAPTER, decomposed=True), LoRAConfig(**ADAPTER, init="pissa")
BOTH = LoRAConfig(**ADAPTER, decomposed=True, init="pissa")
ROWS = {
    "grpo": examples,
    "rloo": examples,
    "kto": rated,
    "reward": preferences,
    "orpo": preferences,
    "dpo": preferences,
}
COMBINATIONS = {
    "grpo-dora-nf4": {"objective": "grpo", "lora": DORA, "base_precision": "nf4"},
    "rloo-pissa-int8": {"objective": "rloo", "lora": PISSA, "base_precision": "int8"},
    "kto-dora-pissa-nf4": {"objective": "kto", "lora": BOTH, "base_precision": "nf4"},
    "dpo-pissa-nf4": {"objective": "dpo", "lora": PISSA, "base_precision": "nf4"},
    "reward-dora-nf4": {"objective": "reward", "lora": DORA, "base_precision": "nf4"},
    "orpo-freeze": {"objective": "orpo", "method": "freeze", "trainable_layers": 1},
    "grpo-freeze": {"objective": "grpo", "method": "freeze", "trainable_layers": 1},
    "kto-full": {"objective": "kto", "method": "full"},
}


def reward(prompt, answer: str) -> float:
    return float(answer.count("e")) - 0.1 * len(answer)


@pytest.mark.slow
@pytest.mark.parametrize("changes", COMBINATIONS.values(), ids=COMBINATIONS)
def test_two_steps_and_what_comes_out_loads(base, tmp_path, changes):  # noqa: F811
    settings = config(**changes, epochs=1, validations=1, online=ONLINE, learning_rate=1e-2, keep="last")
    kind = settings.objective
    rows = ROWS[kind]()
    done = train(
        rows[:8], model=load_model(base, precision="fp32"), config=settings, output=tmp_path / "out",
        validation=rows[8:], reward=reward if kind in ("grpo", "rloo") else None,
    )  # fmt: skip
    assert done.num_steps == 2 and math.isfinite(done.loss_after)
    ids = torch.tensor([[5, 6, 7, 8, 9]])
    theirs = loaded(base, done.adapter, kind)
    found = theirs(ids).logits
    assert torch.isfinite(found).all()
    if kind == "reward":
        assert load_reward_model(done.adapter, base=base).score([rows[0].prompt], [rows[0].chosen])
        return
    adapted = settings.method == "lora"
    ours = load_model(
        base if adapted else str(done.adapter), adapter=done.adapter if adapted else None, precision="fp32"
    )
    torch.testing.assert_close(ours.network(ids).logits, found, rtol=1e-4, atol=1e-4)
    before = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    assert not torch.allclose(before(ids).logits, found, atol=1e-3)


def loaded(base, folder, kind: str):  # noqa: F811
    """With `peft` and `transformers` alone."""
    named = AutoModelForSequenceClassification if kind == "reward" else AutoModelForCausalLM
    more = {"num_labels": 1} if kind == "reward" else {}
    if not (folder / "adapter_config.json").is_file():
        return named.from_pretrained(folder, dtype=torch.float32).eval()
    network = named.from_pretrained(base, dtype=torch.float32, **more)
    network.config.pad_token_id = 0
    return PeftModel.from_pretrained(network, folder).eval()
