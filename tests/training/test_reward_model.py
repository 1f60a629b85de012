"""The reward model: TRL's loss on the same batch, transformers' score from the same folder, and it learns the order."""

import copy
import json

import pytest
import torch
from peft import PeftModel
from test_methods_and_objectives import BAD, GOOD, QUESTIONS, config, examples, preferences, prompt
from tiny_models import write_tiny_model
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import brandtune as bt
from brandtune.core.errors import ConfigError, DataError
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import LoRAConfig, train
from brandtune.training.config import PreferenceConfig
from brandtune.training.learner import Learner
from brandtune.training.objectives import Item, Part
from brandtune.training.packing import Tokens
from brandtune.training.rewards.reward_model import load_reward_model, scored


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def trained(base, folder, **changes):
    settings = config(objective="reward", **changes)
    model = load_model(base, precision="fp32")
    rows = preferences()
    return train(rows[:8], model=model, config=settings, output=folder, validation=rows[8:])


def theirs(base, folder):
    """The same folder as transformers and PEFT load it, without anything of ours."""
    if (folder / "adapter_config.json").is_file():
        network = AutoModelForSequenceClassification.from_pretrained(base, num_labels=1, dtype=torch.float32)
        return PeftModel.from_pretrained(network, str(folder)).eval()
    return AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()


METHODS = {
    "lora": {},
    "rslora": {"lora": LoRAConfig(rank=4, alpha=8, rank_stabilized=True)},
    "full": {"method": "full", "learning_rate": 1e-3},
    "freeze": {"method": "freeze", "trainable_layers": 1, "learning_rate": 1e-3},
    "padded": {"packing": "none"},
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in ("rslora", "padded") else ()) for name in METHODS]
)
def test_transformers_gives_the_same_scores(base, tmp_path, name):
    done = trained(base, tmp_path / "judge", **METHODS[name])
    assert done.loss_after < done.loss_before
    network = theirs(base, done.adapter)
    ours = load_reward_model(done.adapter, precision="fp32")
    tokenizer = AutoTokenizer.from_pretrained(base)
    texts = [GOOD, BAD, "Yes.", GOOD * 3]
    found = ours.score([prompt(QUESTIONS[0])] * 4, texts)
    chats = [
        [{"role": m.role, "content": m.content} for m in prompt(QUESTIONS[0])] + [{"role": "assistant", "content": t}]
        for t in texts
    ]
    with torch.no_grad():
        for score, chat in zip(found, chats, strict=True):
            ids = tokenizer.apply_chat_template(chat, return_tensors="pt", return_dict=True)["input_ids"]
            assert score == pytest.approx(float(network(input_ids=ids).logits), abs=1e-5)
        together = tokenizer.apply_chat_template(chats, return_tensors="pt", return_dict=True, padding=True)
        assert network(**together).logits[:, 0].tolist() == pytest.approx(found, abs=1e-4)
    assert found[0] > found[1]


def test_its_loss_is_trls(base, tmp_path):
    trl, datasets = pytest.importorskip("trl"), pytest.importorskip("datasets")
    settings = config(objective="reward", preference=PreferenceConfig(reward_centering=0.01))
    ours = Learner(load_model(base, precision="fp32"), settings, progress=Silent())
    tokenizer = AutoTokenizer.from_pretrained(base)
    network = AutoModelForSequenceClassification.from_pretrained(base, num_labels=1, dtype=torch.float32)
    head = ours.forward.model.score.weight
    network.score.weight.data.copy_(head * 40)
    head.data.mul_(40)  # away from the loss of a coin, where all formulas agree
    rows = [
        {"prompt": [{"role": m.role, "content": m.content} for m in row.prompt],
         "chosen": [{"role": "assistant", "content": row.chosen + " Enjoy." * index}],
         "rejected": [{"role": "assistant", "content": row.rejected}]}
        for index, row in enumerate(preferences()[:4])
    ]  # fmt: skip
    args = trl.RewardConfig(
        output_dir=str(tmp_path), center_rewards_coefficient=0.01, per_device_train_batch_size=4, report_to="none",
        use_cpu=True, bf16=False, fp16=False, gradient_checkpointing=False, disable_tqdm=True,
    )  # fmt: skip
    trainer = trl.RewardTrainer(
        network, args=args, processing_class=tokenizer, train_dataset=datasets.Dataset.from_list(rows)
    )
    batch = next(iter(trainer.get_train_dataloader()))
    expected = float(trainer.compute_loss(trainer.model.eval(), dict(batch)).detach())
    pad_id = network.config.pad_token_id
    size = batch["attention_mask"].sum(dim=1).tolist()
    ids = [tuple(row[:n].tolist()) for row, n in zip(batch["input_ids"], size, strict=True)]
    sequences = [scored(Tokens(one, (False,) * len(one)), pad_id=pad_id) for one in ids]
    items = [Item(str(i), (sequences[i], sequences[i + 4])) for i in range(4)]
    ours.network.eval()
    with torch.no_grad():
        part = Part(items, *ours.forward.log_probs([one for item in items for one in item.sequences]))
        loss = ours.objective.loss(part, total=ours.objective.total(items), divergence=torch.tensor(0.0))
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    assert abs(expected - 0.6931) > 1e-3


def test_what_stands_behind_the_last_real_token_does_not_count():
    sequence = Tokens((5, 6, 7, 3, 3), (False, False, True, True, True))
    assert scored(sequence, pad_id=3).token_ids == (5, 6, 7, 7)
    assert scored(sequence, pad_id=None).token_ids == (5, 6, 7, 3, 3, 3)
    assert scored(sequence, pad_id=3).loss_mask == (False, False, False, True)


def test_accuracy_on_held_out_pairs_is_in_the_curve(base, tmp_path):
    done = trained(base, tmp_path / "judge")
    measured = [point["accuracy"] for point in done.curve if "validation_loss" in point]
    assert len(measured) == 4
    assert measured[-1] == 1.0
    assert all("accuracy" not in point for point in done.curve if "validation_loss" not in point)


def test_accuracy_counts_pairs_by_the_margin_over_the_reference(base):
    learner = Learner(load_model(base, precision="fp32"), config(objective="dpo"), progress=Silent())
    items = learner.items(preferences())[0]
    learner.network.eval()
    with torch.no_grad():
        part = learner._part(learner.with_reference(items))
        exact = part.references()
        higher = [copy.copy(item) for item in part.items]
    assert not learner.objective.right(Part(part.items, part.log_probs, part.owners)).all()  # a tie is not right
    worse = [
        Item(i.item_id, i.sequences, reference=(exact[2 * n].item() - 1, exact[2 * n + 1].item()))
        for n, i in enumerate(higher)
    ]
    assert learner.objective.right(Part(worse, part.log_probs, part.owners)).all()


def test_an_earlier_reward_model_is_gone_on_with_and_takes_no_other_objective(base, tmp_path):
    first = trained(base, tmp_path / "first")
    rows = preferences()
    again = train(
        rows[:8], model=load_model(base, precision="fp32"), config=config(objective="reward", learning_rate=1e-6),
        output=tmp_path / "again", validation=rows[8:], start=first.adapter,
    )  # fmt: skip
    assert again.loss_before == pytest.approx(first.loss_after, rel=1e-3)
    with pytest.raises(ConfigError, match="is a reward model, which does not write"):
        train(
            examples(), model=load_model(base, precision="fp32"), config=config(), output=tmp_path / "no",
            start=first.adapter,
        )  # fmt: skip


def test_a_reward_model_rewards(base, tmp_path):
    done = trained(base, tmp_path / "judge")
    rows = [{"prompt": question, "completion": "x"} for question in QUESTIONS[:4]]
    tuned = bt.train(
        rows, base=base, output=tmp_path / "tuned", epochs=1, precision="fp32", batch_size=2,
        objective=bt.GRPO(done.adapter, samples=2, max_new_tokens=4),
    )  # fmt: skip
    assert all("reward/model" in point for point in tuned.curve if "train_loss" in point)


def test_what_is_no_reward_model_says_so(base, tmp_path):
    with pytest.raises(ConfigError, match="holds no reward model"):
        load_reward_model(train(
            examples()[:4], model=load_model(base, precision="fp32"), config=config(epochs=1), output=tmp_path / "sft"
        ).adapter)  # fmt: skip


def test_a_reward_model_for_other_layers_says_so(base, tmp_path):
    done = trained(base, tmp_path / "judge")
    path = done.adapter / "adapter_config.json"
    deeper = tmp_path / "deeper"
    write_tiny_model(deeper)
    facts = json.loads((deeper / "config.json").read_text())
    facts["num_hidden_layers"] = 1
    (deeper / "config.json").write_text(json.dumps(facts))
    path.write_text(json.dumps({**json.loads(path.read_text()), "base_model_name_or_path": str(deeper)}))
    with pytest.raises(ConfigError, match="have no place in it"):
        load_reward_model(done.adapter)


def test_an_answer_too_long_for_the_reward_model_says_so(base, tmp_path):
    judge = load_reward_model(trained(base, tmp_path / "judge", epochs=0.5).adapter, precision="fp32")
    with pytest.raises(DataError, match="too many for the reward model's 511"):
        judge.score([prompt("Why?")], ["tent " * 600])
