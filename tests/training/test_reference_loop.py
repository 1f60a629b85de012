"""The loop against one that a reader can check: plain PyTorch and PEFT, one conversation at a time, sixty lines."""

import math

import pytest
import torch
from peft import LoraConfig, get_peft_model
from test_methods_and_objectives import base, config, examples  # noqa: F401 - base is a fixture

from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import train
from brandtune.training.data import epoch_batches
from brandtune.training.learner import Learner


def reference_curve(base, rows, settings) -> tuple[list[float], dict[str, torch.Tensor]]:  # noqa: F811
    """Loss of every step, and the adapter at the end."""
    model = load_model(base, precision="fp32")
    torch.manual_seed(settings.seed)
    lora = LoraConfig(
        r=settings.lora.rank, lora_alpha=settings.lora.alpha, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    network = get_peft_model(model.network, lora)
    parameters = {name: p for name, p in network.named_parameters() if p.requires_grad}
    optimizer = torch.optim.AdamW(parameters.values(), lr=1.0, weight_decay=0.0, betas=(0.9, 0.99))
    rendered = [model.renderer.render(row.messages) for row in rows]
    lengths = [len(one.token_ids) for one in rendered]
    num_steps = math.ceil(settings.epochs * math.ceil(len(rows) / settings.batch_size))
    warmup = max(1, round(num_steps * settings.warmup_share))
    curve: list[float] = []
    for epoch in range(math.ceil(settings.epochs)):
        for batch in epoch_batches(lengths, batch_size=settings.batch_size, seed=settings.seed, epoch=epoch):
            step = len(curve)
            total = sum(rows[i].weight * rendered[i].num_loss_tokens for i in batch)
            loss = 0.0
            for i in batch:
                ids = torch.tensor([rendered[i].token_ids])
                labels = torch.where(torch.tensor([rendered[i].loss_mask]), ids, -100)[:, 1:]
                logits = network(input_ids=ids).logits[:, :-1]
                value = torch.nn.functional.cross_entropy(logits[0], labels[0], ignore_index=-100, reduction="sum")
                (rows[i].weight * value / total).backward()
                loss += rows[i].weight * value.item() / total
            torch.nn.utils.clip_grad_norm_(parameters.values(), settings.max_grad_norm)
            share = (step + 1) / warmup if step < warmup else 1 - 0.9 * (step - warmup) / max(1, num_steps - warmup)
            optimizer.param_groups[0]["lr"] = settings.learning_rate * share
            optimizer.step()
            optimizer.zero_grad()
            curve.append(loss)
    return curve, parameters


@pytest.mark.parametrize("micro_batch_tokens", [64, 4096])
def test_the_same_curve_as_a_plain_loop(base, tmp_path, micro_batch_tokens):  # noqa: F811
    rows = [row.__class__(**{f: getattr(row, f) for f in row.__struct_fields__} | {"weight": 1.0 + i % 3})
            for i, row in enumerate(examples())]  # fmt: skip
    settings = config(
        learning_rate=2e-3, warmup_share=0.2, epochs=4, keep="last", micro_batch_tokens=micro_batch_tokens
    )
    theirs, _ = reference_curve(base, rows, settings)
    done = train(rows, model=load_model(base, precision="fp32"), config=settings, output=tmp_path / "out")
    ours = {int(point["step"]): point for point in done.curve if "train_loss" in point}
    assert len(theirs) == done.num_steps == 12
    marks = {4, 8, 12}  # there the point holds the mean since the one before
    for step, loss in enumerate(theirs, start=1):
        if step in marks:
            loss = sum(theirs[step - 4 : step]) / 4
        assert ours[step]["train_loss"] == pytest.approx(loss, rel=1e-4)
    assert theirs[-1] < theirs[0] - 0.05


@pytest.mark.parametrize("packing", ["auto", "none"])
def test_gradients_do_not_depend_on_the_parts(base, packing):  # noqa: F811
    found = []
    for tokens in (64, 4096):
        run = Learner(
            load_model(base, precision="fp32"), config(micro_batch_tokens=tokens, packing=packing), progress=Silent()
        )
        items, _ = run.items(examples())
        parts = list(run._parts(items, max_tokens=tokens))
        assert (len(parts) > 3) == (tokens == 64)
        loss = run._gradients(items, total=run.objective.total(items), divergence=torch.zeros(()))
        found.append((loss, {name: p.grad for name, p in run.weights.used.items()}))
    (loss, gradients), (other, others) = found
    assert loss == pytest.approx(other, rel=1e-6)
    for name, gradient in gradients.items():
        assert (gradient - others[name]).norm() <= 1e-5 * others[name].norm() + 1e-9, name
