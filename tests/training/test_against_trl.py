"""Our losses against TRL's own trainers, on the same tokens, the same policy and the same reference."""

import copy

import pytest
import torch
from tiny_models import PLAIN_CHATML, write_tiny_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from brandtune.training.config import PreferenceConfig, TrainingConfig
from brandtune.training.forward import Forward
from brandtune.training.objectives import Item, Part, objective_of
from brandtune.training.objectives import losses as formulas
from brandtune.training.packing import Tokens

trl = pytest.importorskip("trl")
datasets = pytest.importorskip("datasets")

QUESTIONS = [
    "Where is my order?",
    "Can I return a tent?",
    "Is the jacket warm enough for winter?",
    "Do you ship to Norway?",
]
PAIRS = [
    {
        "prompt": [{"role": "user", "content": question}],
        "chosen": [{"role": "assistant", "content": f"Hi there. {question[:-1]}: yes, of course." + " Enjoy." * i}],
        "rejected": [{"role": "assistant", "content": "No." + " Sorry." * (i + 1)}],
    }
    for i, question in enumerate(QUESTIONS)
]
RATED = [
    {"prompt": row["prompt"], "completion": row["chosen"] if i % 2 else row["rejected"], "label": bool(i % 2)}
    for i, row in enumerate(PAIRS)
]
COMMON = {"per_device_train_batch_size": 4, "report_to": "none", "use_cpu": True, "bf16": False, "fp16": False,
          "gradient_checkpointing": False, "max_steps": 1, "disable_tqdm": True, "seed": 0}  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = write_tiny_model(tmp_path_factory.mktemp("base"), template=PLAIN_CHATML)
    reference = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    policy = copy.deepcopy(reference)
    torch.manual_seed(1)
    for parameter in policy.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.03)
    return policy, reference, AutoTokenizer.from_pretrained(folder)


def tokens(batch, row: int, *, prefix: str = "") -> Tokens:
    size = int(batch[f"{prefix}attention_mask"][row].sum())
    ids = tuple(batch[f"{prefix}input_ids"][row, :size].tolist())
    return Tokens(ids, tuple(bool(flag) for flag in batch[f"{prefix}completion_mask"][row, :size].tolist()))


@torch.no_grad()
def sums(model, sequences) -> list[float]:
    log_probs, owners = Forward(model, packed=True).log_probs(sequences)
    return torch.zeros(len(sequences)).index_add(0, owners, log_probs).tolist()


def ours(config: TrainingConfig, policy, items, *, divergence: float = 0.0) -> float:
    forward, objective = Forward(policy, packed=True), objective_of(config)
    total, loss = objective.total(items), 0.0
    with torch.no_grad():
        for members in forward.parts([item.sequences for item in items], max_tokens=120):
            chosen = [items[i] for i in members]
            part = Part(chosen, *forward.log_probs([one for item in chosen for one in item.sequences]))
            loss += float(objective.loss(part, total=total, divergence=torch.tensor(divergence)))
    return loss


@pytest.mark.parametrize(("kind", "trl_kind"), [("dpo", "sigmoid"), ("ipo", "ipo")])
def test_dpo_and_ipo(models, tmp_path, kind, trl_kind):
    policy, reference, tokenizer = models
    args = trl.DPOConfig(output_dir=str(tmp_path), loss_type=[trl_kind], beta=0.3, **COMMON)
    trainer = trl.DPOTrainer(
        copy.deepcopy(policy), ref_model=copy.deepcopy(reference), args=args, processing_class=tokenizer,
        train_dataset=datasets.Dataset.from_list(PAIRS),
    )  # fmt: skip
    batch = next(iter(trainer.get_train_dataloader()))
    theirs = float(trainer.compute_loss(trainer.model.eval(), dict(batch)).detach())
    items = []
    for i in range(len(PAIRS)):
        pair = (tokens(batch, i), tokens(batch, i + len(PAIRS)))
        items.append(Item(str(i), pair, reference=tuple(sums(reference, pair))))
    config = TrainingConfig(objective=kind, preference=PreferenceConfig(beta=0.3))
    assert ours(config, policy, items) == pytest.approx(theirs, rel=1e-5)


def test_kto(models, tmp_path):
    policy, reference, tokenizer = models
    args = trl.KTOConfig(output_dir=str(tmp_path), beta=0.3, desirable_weight=1.5, undesirable_weight=0.7, **COMMON)
    trainer = trl.KTOTrainer(
        copy.deepcopy(policy), ref_model=copy.deepcopy(reference), args=args, processing_class=tokenizer,
        train_dataset=datasets.Dataset.from_list(RATED),
    )  # fmt: skip
    batch = next(iter(trainer.get_train_dataloader()))
    theirs = float(trainer.compute_loss(trainer.model.eval(), dict(batch)).detach())
    items, probes = [], []
    for i in range(len(RATED)):
        one = (tokens(batch, i),)
        items.append(Item(str(i), one, good=bool(batch["label"][i]), reference=tuple(sums(reference, one))))
        probes.append(tokens(batch, i, prefix="KL_"))
    moved = [a - b for a, b in zip(sums(policy, probes), sums(reference, probes), strict=True)]
    settings = PreferenceConfig(beta=0.3, desirable_weight=1.5, undesirable_weight=0.7)
    # TRL takes the mean over the answers, as we do over all items of the batch.
    got = ours(TrainingConfig(objective="kto", preference=settings), policy, items, divergence=max(0.0, sum(moved) / 4))
    assert got == pytest.approx(theirs, rel=1e-5)


def pairs_of(batch) -> list[Item]:
    """What TRL's CPO and ORPO trainers are given, whose labels say which tokens are the reply's."""
    items = []
    for row in range(len(PAIRS)):
        pair = []
        for side in ("chosen", "rejected"):
            size = int(batch[f"{side}_attention_mask"][row].sum())
            labels = batch[f"{side}_labels"][row, :size].tolist()
            pair.append(
                Tokens(tuple(batch[f"{side}_input_ids"][row, :size].tolist()), tuple(x != -100 for x in labels))
            )
        items.append(Item(str(row), tuple(pair)))
    return items


def experimental(kind: str, policy, tokenizer, tmp_path, **settings):
    """One of TRL's experimental trainers, and the batch of all pairs as it makes it."""
    from trl.experimental import cpo, orpo

    trainer_of, config_of = {
        "cpo": (cpo.CPOTrainer, cpo.CPOConfig), "orpo": (orpo.ORPOTrainer, orpo.ORPOConfig)
    }[kind]  # fmt: skip
    trainer = trainer_of(
        copy.deepcopy(policy), args=config_of(output_dir=str(tmp_path), **settings, **COMMON),
        processing_class=tokenizer, train_dataset=datasets.Dataset.from_list(PAIRS),
    )  # fmt: skip
    trainer.model.eval()
    return trainer, next(iter(trainer.get_train_dataloader()))


def test_simpo(models, tmp_path):
    policy, _, tokenizer = models
    trainer, batch = experimental(
        "cpo", policy, tokenizer, tmp_path, loss_type="simpo", cpo_alpha=0.0, beta=2.0, simpo_gamma=1.2
    )
    theirs = float(trainer.compute_loss(trainer.model, dict(batch)).detach())
    config = TrainingConfig(objective="simpo", preference=PreferenceConfig(simpo_beta=2.0, simpo_gamma=1.2))
    assert ours(config, policy, pairs_of(batch)) == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize("beta", [0.1, 1.0])
def test_orpo_is_trls_but_for_the_prompt(models, tmp_path, beta):
    """TRL adds the cross-entropy of prompt and reply, we that of the reply: its CPO trainer computes this one, too."""
    policy, _, tokenizer = models
    trainer, batch = experimental("orpo", policy, tokenizer, tmp_path, beta=beta)
    theirs = float(trainer.compute_loss(trainer.model, dict(batch)).detach())
    items = pairs_of(batch)
    got = ours(TrainingConfig(objective="orpo", preference=PreferenceConfig(beta=beta)), policy, items)
    masked, _ = experimental("cpo", policy, tokenizer, tmp_path, cpo_alpha=1.0)
    with torch.no_grad():
        *_, of_all = trainer.concatenated_forward(trainer.model, dict(batch))
        *_, of_replies = masked.concatenated_forward(masked.model, dict(batch))
    assert got == pytest.approx(theirs - float(of_all) + float(of_replies), rel=1e-5)
    # The very same number, where the whole chosen sequence is given as what `sft` learns from.
    whole = [Item(item.item_id, (everything(item.sequences[0]),)) for item in items]
    chosen = [Item(item.item_id, item.sequences[:1]) for item in items]
    sft = TrainingConfig(objective="sft")
    assert got - ours(sft, policy, chosen) + ours(sft, policy, whole) == pytest.approx(theirs, rel=1e-5)


def everything(sequence: Tokens) -> Tokens:
    return Tokens(sequence.token_ids, (False,) + (True,) * (len(sequence) - 1))


def test_reward(models, tmp_path):
    _, _, tokenizer = models
    from transformers import LlamaForSequenceClassification

    config = copy.deepcopy(models[0].config)
    config.num_labels = 1
    torch.manual_seed(0)
    model = LlamaForSequenceClassification(config).eval()
    args = trl.RewardConfig(output_dir=str(tmp_path), center_rewards_coefficient=0.01, **COMMON)
    trainer = trl.RewardTrainer(
        model, args=args, processing_class=tokenizer, train_dataset=datasets.Dataset.from_list(PAIRS)
    )
    batch = next(iter(trainer.get_train_dataloader()))
    theirs = float(trainer.compute_loss(trainer.model.eval(), dict(batch)).detach())
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
    chosen, rejected = model(**inputs).logits.squeeze(-1).detach().chunk(2)
    got = formulas.bradley_terry(chosen, rejected, centering=0.01).mean()
    assert float(got) == pytest.approx(theirs, rel=1e-5)
