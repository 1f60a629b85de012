"""The loop: learns, stops at nothing it should not, and gives the same weights however it is cut up or interrupted."""

import json
from pathlib import Path

import pytest
import torch
from killed_progress import KillAt, Killed
from peft import PeftModel
from safetensors.torch import load_file
from tiny_models import write_tiny_model
from transformers import AutoModelForCausalLM

from brandtune.core.errors import BrandtuneError, ConfigError, EmptyDatasetError
from brandtune.core.examples import Example, Message
from brandtune.models import load_model
from brandtune.training import LoRAConfig, TrainingConfig, search, train
from brandtune.training.config import PrivacyConfig
from brandtune.training.meter import MEASURED_ANEW
from brandtune.training.objectives.items import Item, items_of
from brandtune.training.packing import Tokens
from brandtune.training.rates import TOKENS_AT_RATE, noise_share, peak_learning_rate

FAST = TrainingConfig(
    epochs=2, batch_size=4, precision="fp32", validations=2, lora=LoRAConfig(rank=4, alpha=8), learning_rate=5e-3
)


def examples(count: int, *, start: int = 0, words: int = 3) -> list[Example]:
    return [
        Example(
            example_id=f"e{i}",
            task="support_reply",
            messages=(
                Message(role="user", content=f"Where is order {i}?" + " please" * (i % words)),
                Message(role="assistant", content=f"Hi there. Order {i} leaves in {i % 4} days."),
            ),
            target=1,
            weight=1.0 + (i % 3),
        )
        for i in range(start, start + count)
    ]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def run(base, tmp_path, *, config=FAST, name="adapter", work=None, progress=None):
    return train(
        examples(18), model=load_model(base, precision="fp32"), config=config, output=tmp_path / name,
        validation=examples(6, start=100), work=work, progress=progress,
    )  # fmt: skip


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter_model.safetensors")


def assert_same(a: Path, b: Path, *, exactly: bool) -> None:
    ours, theirs = weights(a), weights(b)
    assert ours.keys() == theirs.keys()
    for name in ours:
        if exactly:
            assert torch.equal(ours[name], theirs[name]), name
        else:
            torch.testing.assert_close(ours[name], theirs[name], rtol=1e-3, atol=1e-5)


def test_training_lowers_the_held_out_loss(base, tmp_path):
    checkpoint = run(base, tmp_path)
    assert checkpoint.loss_after < checkpoint.loss_before
    assert checkpoint.num_steps == 10
    assert checkpoint.num_examples == 18


def test_the_same_seed_gives_the_same_weights_and_another_does_not(base, tmp_path):
    run(base, tmp_path, name="a")
    run(base, tmp_path, name="b")
    run(base, tmp_path, name="c", config=FAST.model_copy(update={"seed": 1}))
    assert_same(tmp_path / "a", tmp_path / "b", exactly=True)
    with pytest.raises(AssertionError):
        assert_same(tmp_path / "a", tmp_path / "c", exactly=False)


def test_cutting_a_batch_into_pieces_does_not_change_the_loss(base, tmp_path):
    """Losses, not weights: Adam turns gradients that round to either side of 0 into whole steps."""
    whole = run(base, tmp_path, name="whole")
    pieces = run(base, tmp_path, name="pieces", config=FAST.model_copy(update={"micro_batch_tokens": 1}))
    for name in ("train_loss", "validation_loss"):
        ours = [point[name] for point in whole.curve if name in point]
        assert ours == pytest.approx([point[name] for point in pieces.curve if name in point], rel=1e-4)


@pytest.mark.parametrize("step", [1, 5, 9])
def test_a_killed_run_resumes_to_bit_identical_weights_and_curve(base, tmp_path, step):
    config = FAST.model_copy(update={"checkpoint_every_s": 1e-9, "lora": LoRAConfig(rank=4, alpha=8, dropout=0.1)})
    uninterrupted = run(base, tmp_path, name="uninterrupted", config=config)
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(Killed):
        run(base, tmp_path, name="resumed", config=config, work=work, progress=KillAt(step))
    assert not (tmp_path / "resumed").exists()
    resumed = run(base, tmp_path, name="resumed", config=config, work=work)
    assert_same(tmp_path / "uninterrupted", tmp_path / "resumed", exactly=True)
    without_time = [
        [{k: v for k, v in point.items() if k not in MEASURED_ANEW} for point in c.curve]
        for c in (uninterrupted, resumed)
    ]
    assert without_time[0] == without_time[1]


def test_the_adapter_loads_in_peft_and_equals_our_merged_model(base, tmp_path):
    run(base, tmp_path)
    ours = load_model(base, adapter=tmp_path / "adapter", precision="fp32").network
    theirs = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), str(tmp_path / "adapter")
    ).eval()
    ids = torch.arange(10, 60).reshape(2, 25)
    with torch.no_grad():
        torch.testing.assert_close(ours(input_ids=ids).logits, theirs(input_ids=ids).logits, rtol=1e-4, atol=1e-4)


def test_one_step_equals_a_plain_peft_and_adamw_step(base, tmp_path):
    """Independent reference: the same batch through PEFT and torch's AdamW, written out."""
    config = FAST.model_copy(update={"epochs": 0.2, "batch_size": 18, "keep": "last", "warmup_share": 0.0})
    data = examples(18)
    model = load_model(base, precision="fp32")
    train(data, model=model, config=config, output=tmp_path / "ours")

    from peft import LoraConfig, get_peft_model

    reference = load_model(base, precision="fp32")
    torch.manual_seed(config.seed)
    network = get_peft_model(
        reference.network, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    parameters = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=config.learning_rate, weight_decay=0.0, betas=(0.9, 0.99))
    total, count = 0.0, 0.0
    for example in data:
        item = reference.renderer.render(example.messages)
        ids = torch.tensor([item.token_ids])
        labels = torch.where(torch.tensor([item.loss_mask]), ids, -100)
        logits = network(input_ids=ids).logits[:, :-1].flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(logits, labels[:, 1:].flatten(), ignore_index=-100, reduction="sum")
        total = total + example.weight * loss
        count += example.weight * item.num_loss_tokens
    (total / count).backward()
    torch.nn.utils.clip_grad_norm_(parameters, config.max_grad_norm)
    optimizer.step()
    network.save_pretrained(str(tmp_path / "reference"), save_embedding_layers=False)
    assert_same(tmp_path / "ours", tmp_path / "reference", exactly=False)


def test_examples_longer_than_the_context_are_left_out_and_counted(base, tmp_path):
    long = Example(
        example_id="long", task="support_reply", target=1,
        messages=(Message(role="user", content="tent " * 700), Message(role="assistant", content="Yes.")),
    )  # fmt: skip
    checkpoint = train(
        [*examples(6), long], model=load_model(base, precision="fp32"), config=FAST, output=tmp_path / "a"
    )
    assert checkpoint.num_examples == 6
    assert [row.id for row in checkpoint.left_out] == ["long"]
    assert "tokens, the limit is 512" in checkpoint.left_out[0].detail


def test_nothing_that_fits_is_an_error(base, tmp_path):
    config = FAST.model_copy(update={"max_tokens": 8})
    with pytest.raises(EmptyDatasetError, match="no training example fits"):
        run(base, tmp_path, config=config)


def test_a_diverging_run_stops_with_a_message_and_leaves_nothing(base, tmp_path):
    config = FAST.model_copy(update={"learning_rate": 1e30, "epochs": 6})
    with pytest.raises(BrandtuneError, match="the loss became nan"):
        run(base, tmp_path, config=config)
    assert not (tmp_path / "adapter").exists()


@pytest.mark.parametrize(("hidden", "rate"), [(32, 3e-3), (256, 3e-3), (576, 1.33e-3), (4096, 1.875e-4)])
def test_the_automatic_learning_rate_falls_with_the_width(base, hidden, rate):
    model = load_model(base, precision="fp32")
    model.network.config.hidden_size = hidden
    assert peak_learning_rate(TrainingConfig(), model) == pytest.approx(rate, rel=0.01)
    assert peak_learning_rate(FAST, model) == FAST.learning_rate
    assert peak_learning_rate(TrainingConfig(objective="dpo"), model) == pytest.approx(rate / 30, rel=0.01)


@pytest.mark.parametrize(("objective", "size", "share"), [
    ("sft", 4, 1.0), ("sft", 1, 0.5), ("orpo", 1, 0.5), ("dpo", 1, 1.0), ("grpo", 1, 1.0),
])  # fmt: skip
def test_the_automatic_learning_rate_falls_where_a_step_has_few_tokens(objective, size, share):
    """By the root of their number; what is a mean over pairs or answers is not asked."""
    item = Item("a", (Tokens((0,) * (TOKENS_AT_RATE // 2), (False, *(True,) * (TOKENS_AT_RATE // 4), *(False,) * 99)),))
    config = TrainingConfig(objective=objective)
    assert noise_share(config, [item] * 3, batch_size=size) == pytest.approx(share, rel=0.01)
    chosen = config.model_copy(update={"learning_rate": 1e-3})
    private = config.model_copy(update={"privacy": PrivacyConfig(epsilon=3)})
    assert {noise_share(other, [item], batch_size=1) for other in (chosen, private)} == {1.0}


def test_a_run_has_the_rate_that_its_tokens_ask_for(base, tmp_path):
    rates = []
    for rate in ("auto", 3e-3):
        config = FAST.model_copy(update={"learning_rate": rate})
        rates.append([p["learning_rate"] for p in run(base, tmp_path, config=config, name=str(rate)).curve])
    renderer = load_model(base).renderer
    counts = [
        sum(item.num_loss_tokens for item in items_of([row], renderer=renderer, max_tokens=99)[0])
        for row in examples(18)
    ]
    share = (4 * sum(counts) / len(counts) / TOKENS_AT_RATE) ** 0.5
    assert share < 0.6 and rates[0] == pytest.approx([share * rate for rate in rates[1]])
    auto, chosen = (FAST.model_copy(update={"learning_rate": rate}) for rate in ("auto", 1e-3))
    model = load_model(base)
    assert search._rate(auto, model, examples(18)) == pytest.approx(share * 3e-3)  # where a search begins
    assert search._rate(chosen, model, []) == 1e-3


def test_unknown_target_modules_name_the_layers_there_are(base, tmp_path):
    config = FAST.model_copy(update={"lora": LoRAConfig(target_modules=("query_key_value",))})
    with pytest.raises(ConfigError, match="q_proj"):
        run(base, tmp_path, config=config)


def test_the_adapter_records_its_base(base, tmp_path):
    run(base, tmp_path)
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == base
    assert config["peft_type"] == "LORA"
