"""GRPO and RLOO against TRL's own trainers: their methods run on our sampled answers, with a network that PEFT loaded."""

from collections import defaultdict
from dataclasses import replace
from types import MethodType, SimpleNamespace

import pytest
import torch
from peft import PeftModel
from test_methods_and_objectives import base, config, examples  # noqa: F401 - base is a fixture
from transformers import AutoModelForCausalLM

from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training.config import OnlineConfig
from brandtune.training.objectives import Item
from brandtune.training.online import OnlineRun

trl = pytest.importorskip("trl")
SAMPLES, CLIP, KL = 4, 0.02, 0.3


def reward(prompt, answer: str) -> float:
    return float(answer.count("a")) - 0.1 * len(answer)


def moved(run: OnlineRun, *, by: float, seed: int) -> None:
    """Change what is trained a little, as updates would."""
    torch.manual_seed(seed)
    run.weights.restore({name: value + by * torch.randn_like(value) for name, value in run.weights.state().items()})


def begun(base, kind: str, *, kl: float, updates: int) -> tuple[OnlineRun, list[Item], list[Item]]:  # noqa: F811
    """A run whose weights have left where they started, what it asks, and its answers."""
    settings = OnlineConfig(samples=SAMPLES, max_new_tokens=12, kl=kl, clip=CLIP, updates=updates)
    run = OnlineRun(
        load_model(base, precision="fp32"), config(objective=kind, online=settings), reward=reward, work=None,
        progress=Silent(),
    )  # fmt: skip
    moved(run, by=0.1, seed=1)
    asked = run.items(examples())[0][:3]
    return run, asked, run._answered(asked)


def loaded_by_peft(run: OnlineRun, base, folder):  # noqa: F811
    run.save(folder)
    network = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    return PeftModel.from_pretrained(network, folder, is_trainable=True).eval()


def padded(rows, *, left: bool = False, fill: float = 0) -> torch.Tensor:
    tensors = [torch.tensor(row) for row in rows]
    return torch.nn.utils.rnn.pad_sequence(
        tensors, batch_first=True, padding_value=fill, padding_side="left" if left else "right"
    )


def split(items) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The prompts and what was answered, as token ids."""
    starts = [item.sequences[0].loss_mask.index(True) for item in items]
    ids = [item.sequences[0].token_ids for item in items]
    return [one[:at] for one, at in zip(ids, starts, strict=True)], [
        one[at:] for one, at in zip(ids, starts, strict=True)
    ]


def inputs_of(items) -> dict[str, torch.Tensor]:
    """The batch as TRL's trainers pass it on: prompts padded on the left, answers on the right."""
    prompts, answers = split(items)
    return {
        "prompt_ids": padded(prompts, left=True), "prompt_mask": padded([(1,) * len(row) for row in prompts], left=True),
        "completion_ids": padded(answers), "completion_mask": padded([(1,) * len(row) for row in answers]),
        "advantages": torch.tensor([item.advantage for item in items]),
        "num_items_in_batch": torch.tensor(sum(map(len, answers))),
    }  # fmt: skip


def trainer_like(kind: str, tmp_path, *, model, reference=None, **more) -> SimpleNamespace:
    """What the methods of TRL's trainer read of it, with TRL's own defaults."""
    named = {"grpo": trl.GRPOConfig, "rloo": trl.RLOOConfig}[kind]
    args = named(
        output_dir=str(tmp_path), beta=KL if reference else 0.0, epsilon=CLIP, num_generations=SAMPLES,
        per_device_train_batch_size=12, report_to="none", use_cpu=True, bf16=False, gradient_checkpointing=False,
        disable_tqdm=True,
    )  # fmt: skip
    alone = SimpleNamespace(
        device=torch.device("cpu"), num_processes=1, process_index=0, gather=lambda value: value,
        reduce=lambda value, reduction: value,
    )  # fmt: skip
    return SimpleNamespace(
        **vars(args)
        | {"args": args, "accelerator": alone, "model": model, "ref_model": reference, "epsilon_low": CLIP,
           "epsilon_high": CLIP, "aux_loss_enabled": False, "_entropy_bonus_enabled": False,
           "current_gradient_accumulation_steps": args.gradient_accumulation_steps,
           "_metrics": defaultdict(lambda: defaultdict(list)),
           "_logs": {"prompt": [], "completion": [], "advantages": [], "rewards": defaultdict(list)},
           "_get_per_token_logps_and_entropies": _log_probs}
        | more
    )  # fmt: skip


def _log_probs(model, input_ids, attention_mask, logits_to_keep, *_sizes, **_more):
    """Log-probability of each token of the answers, from the logits of an unmodified network."""
    positions = (attention_mask.cumsum(1) - 1).clamp(min=0)
    logits = model(input_ids=input_ids, attention_mask=attention_mask, position_ids=positions).logits
    found = logits[:, :-1].log_softmax(-1).gather(2, input_ids[:, 1:, None])[:, -logits_to_keep:, 0]
    return found, torch.zeros_like(found), None


@pytest.mark.parametrize("updates", [1, 2])
@pytest.mark.parametrize("kl", [0.0, KL])
@pytest.mark.parametrize("kind", ["grpo", "rloo"])
def test_loss_and_gradients_are_trls(base, tmp_path, kind, kl, updates):  # noqa: F811
    run, _, answers = begun(base, kind, kl=kl, updates=updates)
    if updates > 1:  # between two updates on the same answers, where ratios are clipped
        moved(run, by=0.01, seed=2)
    run.network.eval()
    ours = run._gradients(answers, total=run.objective.total(answers), divergence=torch.zeros(()))
    model = loaded_by_peft(run, base, tmp_path / "now")
    trainer = trainer_like(kind, tmp_path, model=model.train(False), reference=model if kl else None)
    model.training = True  # what the trainer asks to know how batches are accumulated; there is no dropout
    inputs = inputs_of(answers)
    if updates > 1:
        before = padded([item.sampled for item in answers])
    else:
        before = _log_probs(model, *_joined(inputs), inputs["completion_ids"].size(1))[0].detach()
    if kind == "grpo":
        inputs |= {"old_per_token_logps": before} if updates > 1 else {}
        inputs |= {"ref_per_token_logps": padded([item.referred for item in answers])} if kl else {}
    else:
        inputs["old_logps"] = (before * inputs["completion_mask"]).sum(1)
    named = {"grpo": trl.GRPOTrainer, "rloo": trl.RLOOTrainer}[kind]
    theirs = named._compute_loss(trainer, model, inputs)
    scale = float(inputs["advantages"].abs().mean())  # advantages of siblings cancel, so the loss is far smaller
    assert ours == pytest.approx(float(theirs.detach()), abs=1e-5 * scale)
    theirs.backward()
    wanted = dict(model.named_parameters())
    for name, parameter in run.weights.used.items():
        torch.testing.assert_close(parameter.grad, wanted[name].grad, rtol=1e-4, atol=2e-6)
    if updates > 1:
        low, high = (trainer._metrics["train"][f"clip_ratio/{end}_mean"][0] for end in ("low", "high"))
        assert low + high > 0


def _joined(inputs) -> tuple[torch.Tensor, torch.Tensor]:
    names = (("prompt_ids", "completion_ids"), ("prompt_mask", "completion_mask"))
    ids, mask = (torch.cat([inputs[one], inputs[other]], dim=1) for one, other in names)
    return ids, mask


def test_rloo_takes_what_it_costs_to_move_off_the_reward_as_trl_does(base, tmp_path):  # noqa: F811
    """TRL's own method scores the answers that we sampled; its advantages are ours."""
    run, asked, answers = begun(base, "rloo", kl=KL, updates=1)
    prompts, replies = split(answers)
    rewards = [one.total for one in run._worth([item for item in asked for _ in range(SAMPLES)], replies)]
    reference = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    trainer = trainer_like(
        "rloo", tmp_path, model=loaded_by_peft(run, base, tmp_path / "now"), reference=reference,
        pad_to_multiple_of=None, _tokenizer=SimpleNamespace(pad_token_id=0), num_generations_eval=SAMPLES,
        reward_weights=torch.ones(1), reward_func_names=["reward"], _pending_extra_logs={}, _pending_metrics={},
        _generate=lambda given: (prompts, replies, replies),
        _calculate_rewards=lambda *given: torch.tensor(rewards)[:, None],
    )  # fmt: skip
    score = MethodType(trl.RLOOTrainer._generate_and_score_completions, trainer)
    theirs = score([{"prompt": index} for index in range(len(answers))])["advantages"]
    ours = torch.tensor([item.advantage for item in answers])
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    free = run._with_advantages([replace(item, sampled=(0.0,), referred=(0.0,)) for item in answers],
                                torch.tensor(rewards).view(-1, SAMPLES))  # fmt: skip
    assert max(abs(one.advantage - item.advantage) for one, item in zip(free, answers, strict=True)) > 0.01
