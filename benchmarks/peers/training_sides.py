"""One side of one training workload in a process of its own: prints seconds, tokens and the peak of memory as JSON."""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import torch

DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def ours(kind: str, base: str, rows: list[dict[str, Any]], batch: int, precision: str) -> dict[str, float]:
    """Our loop's own learner; the first batch is not timed."""
    from brandtune.core.progress import Silent
    from brandtune.models import load_model
    from brandtune.training.config import LoRAConfig, TrainingConfig
    from brandtune.training.learner import Learner
    from brandtune.training.shapes import learnable

    method: dict[str, Any] = {"method": "full"} if kind == "w4" else {"lora": LoRAConfig(rank=16, alpha=32)}
    objective = "dpo" if kind == "w3" else "sft"
    config = TrainingConfig(objective=objective, batch_size=batch, precision=precision, **method)
    learner = Learner(load_model(base, precision=precision), config, progress=Silent())
    items, _ = learner.items(learnable(rows))
    seconds, reference, tokens, flops = 0.0, 0.0, 0, 0.0
    for start in range(0, len(items), batch):
        members = items[start : start + batch]
        began = time.perf_counter()
        if learner.objective.needs_reference:
            members = learner.with_reference(members)  # once a run; timed with the one epoch that is run
        met = time.perf_counter()
        learner.learn(members, rate=1e-4)
        if start:
            seconds += time.perf_counter() - began
            reference += met - began
            tokens += sum(len(item) for item in members)
            flops += useful_flops(learner, members)
    found = {"seconds": seconds, "tokens": tokens, "fast_layers": learner.num_fast_layers}
    found |= {"reference_seconds": reference}
    return found | {"flops_per_s": flops / seconds, "gemm_flops_per_s": gemm_peak(learner)}


def ours_online(
    base: str, rows: list[dict[str, Any]], batch: int, precision: str, *, samples: int, answer: int
) -> dict[str, float]:
    """Sampling, rewards and the update of our own loop; the first batch is not timed."""
    from brandtune.core.examples import Example, Message
    from brandtune.core.progress import Silent
    from brandtune.models import load_model
    from brandtune.training.config import LoRAConfig, OnlineConfig, TrainingConfig
    from brandtune.training.online import OnlineRun

    config = TrainingConfig(
        objective="grpo", batch_size=batch, precision=precision, lora=LoRAConfig(rank=16, alpha=32), learning_rate=1e-4,
        online=OnlineConfig(samples=samples, max_new_tokens=answer),
    )  # fmt: skip
    run = OnlineRun(
        load_model(base, precision=precision), config, reward=lambda _, text: reward(text), work=None,
        progress=Silent(),
    )  # fmt: skip
    written = Message(role="assistant", content="w1")
    examples = [
        Example(example_id=str(n), task="t", messages=(Message(**row["prompt"][0]), written), target=1)
        for n, row in enumerate(rows)
    ]
    items, _ = run.items(examples)
    seconds, tokens = 0.0, 0
    for start in range(0, len(items), batch):
        began = time.perf_counter()
        answers = run._answered(items[start : start + batch])
        run.learn(answers, rate=1e-4)
        if start:
            seconds += time.perf_counter() - began
            tokens += sum(len(item) for item in answers)
    return {"seconds": seconds, "tokens": tokens, "fast_layers": run.num_fast_layers}


def reward(text: str) -> float:
    """Differs between answers, so that advantages are not all nothing."""
    return float(len(set(text.split())) % 7)


def useful_flops(learner: Any, members: list[Any]) -> float:
    """What one update needs at least: tokens that begin alike once, the head where there is loss, attention within sight.

    A frozen weight costs a product there and one for the gradient of its input; a trained one a third.
    """
    from brandtune.training.packing import pack
    from brandtune.training.tree_attention import blocks_of

    config = learner.model.network.config
    network = learner.model.network
    full = learner.config.method == "full"
    embedding = config.vocab_size * config.hidden_size
    body = sum(p.numel() for name, p in network.named_parameters() if "embed" not in name and "lm_head" not in name)
    body -= sum(p.numel() for name, p in network.named_parameters() if "lora_" in name)
    products = 6 if full else 4
    flops = 0.0
    for part in learner._parts(members, max_tokens=learner.micro_batch_tokens):
        sequences = [one for index in part for one in members[index].sequences]
        (row,) = pack(sequences, max_tokens=sum(len(one) for one in sequences))
        seen = sum(block.area / 2 if block.causal else block.area for block in blocks_of(row.nodes))
        width = config.num_attention_heads * config.hidden_size // config.num_attention_heads
        flops += products * body * len(row) + products * embedding * len(row.targets)
        flops += 3 * 4 * seen * width * config.num_hidden_layers
    return flops


def gemm_peak(learner: Any) -> float:
    """FLOP/s of a product of the model's inner shape and precision, in this process and on its threads."""
    config = learner.model.network.config
    rows, width, inner = 1664, config.hidden_size, config.intermediate_size
    dtype = learner.model.network.dtype
    one = torch.randn(rows, width).to(dtype)
    other = torch.randn(inner, width).to(dtype).t()
    best = float("inf")
    for _ in range(8):
        began = time.perf_counter()
        for _ in range(20):
            one @ other
        best = min(best, time.perf_counter() - began)
    return 20 * 2 * rows * width * inner / best


def trl(
    kind: str, base: str, rows: list[dict[str, Any]], batch: int, precision: str, *, best: bool
) -> dict[str, float]:
    """TRL's trainer; the first step is not timed."""
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

    import datasets

    class Clock(TrainerCallback):  # type: ignore[misc]
        marks: list[float] = []

        def on_step_end(self, *_: Any, **__: Any) -> None:
            self.marks.append(time.perf_counter())

    tokenizer = AutoTokenizer.from_pretrained(base)
    common = {
        "output_dir": f"{base}/out", "per_device_train_batch_size": batch, "num_train_epochs": 1, "report_to": "none",
        "use_cpu": True, "bf16": precision == "bf16", "save_strategy": "no", "disable_tqdm": True, "logging_strategy": "no",
        "gradient_checkpointing": False, "learning_rate": 1e-4, "max_length": None,
    }  # fmt: skip
    peft = None if kind == "w4" else LoraConfig(r=16, lora_alpha=32, target_modules="all-linear")
    model = AutoModelForCausalLM.from_pretrained(base, dtype=DTYPES[precision])
    data, clock = datasets.Dataset.from_list(rows), Clock()
    settings: dict[str, Any] = {
        "model": model,
        "processing_class": tokenizer,
        "train_dataset": data,
        "peft_config": peft,
    }
    if kind == "w3":
        extra = {"precompute_ref_log_probs": True} if best else {}
        trainer: Any = DPOTrainer(args=DPOConfig(**common, **extra), callbacks=[clock], **settings)
    else:
        trainer = SFTTrainer(args=SFTConfig(**common, completion_only_loss=True), callbacks=[clock], **settings)
    batches = list(trainer.get_train_dataloader())
    tokens = sum(int(one["attention_mask"].sum()) for one in batches[1:])
    trainer.train()
    return {"seconds": clock.marks[-1] - clock.marks[0], "tokens": tokens}


def trl_online(
    base: str, rows: list[dict[str, Any]], batch: int, precision: str, *, samples: int, answer: int
) -> dict[str, float]:
    """TRL's GRPO trainer with its defaults; the first step is not timed."""
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    import datasets

    marks: list[float] = []
    written: list[int] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *_: Any, **__: Any) -> None:
            marks.append(time.perf_counter())

    def worth(completions: Any, completion_ids: Any, **_: Any) -> list[float]:
        written.append(sum(len(ids) for ids in completion_ids))
        return [reward(one[0]["content"]) for one in completions]

    tokenizer = AutoTokenizer.from_pretrained(base)
    trainer: Any = GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype=DTYPES[precision]), reward_funcs=worth,
        args=GRPOConfig(
            output_dir=f"{base}/out", per_device_train_batch_size=batch * samples, num_generations=samples,
            max_completion_length=answer, num_train_epochs=1, report_to="none", use_cpu=True, bf16=precision == "bf16",
            save_strategy="no", disable_tqdm=True, logging_strategy="no", gradient_checkpointing=False,
            learning_rate=1e-4,
        ),
        train_dataset=datasets.Dataset.from_list(rows), processing_class=tokenizer, callbacks=[Clock()],
        peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear"),
    )  # fmt: skip
    trainer.train()
    asked = tokenizer.apply_chat_template(rows[0]["prompt"], add_generation_prompt=True, return_dict=True)["input_ids"]
    tokens = sum(written[1:]) + len(asked) * batch * samples * (len(written) - 1)
    return {"seconds": marks[-1] - marks[0], "tokens": tokens}


def linearity(base: str, rows: list[dict[str, Any]], batch: int, precision: str) -> dict[str, float]:
    """Seconds of one epoch of our loop's work, from rows to the last update, for ever more tokens."""
    from brandtune.core.progress import Silent
    from brandtune.models import load_model
    from brandtune.training.config import LoRAConfig, TrainingConfig
    from brandtune.training.data import epoch_batches
    from brandtune.training.learner import Learner
    from brandtune.training.shapes import learnable

    config = TrainingConfig(batch_size=batch, precision=precision, lora=LoRAConfig(rank=8, alpha=16))
    learner = Learner(load_model(base, precision=precision), config, progress=Silent())
    warm, _ = learner.items(learnable(rows[: 4 * batch]))
    learner.learn(warm, rate=1e-4)
    found: dict[str, float] = {}
    size = 10_000
    while True:
        began, tokens, number = time.perf_counter(), 0, 0
        while number < len(rows) and tokens < size:
            tokens += sum(len(m["content"].split()) + 2 for key in ("prompt", "completion") for m in rows[number][key])
            number += 1
        if tokens < size:
            return found
        items, _ = learner.items(learnable(rows[:number]))
        for members in epoch_batches([len(item) for item in items], batch_size=batch, seed=0, epoch=0):
            learner.learn([items[index] for index in members], rate=1e-4)
        found[str(size)] = (time.perf_counter() - began) / sum(len(item) for item in items)
        size *= 10


def main() -> None:
    side, kind, base, rows_path, size, precision = sys.argv[1:7]
    batch = int(size)
    rows = json.loads(Path(rows_path).read_text())
    if kind == "w5":
        online = ours_online if side == "ours" else trl_online
        found = online(base, rows, batch, precision, samples=8, answer=64)
    elif side == "linearity":
        found = linearity(base, rows, batch, precision)
    elif side == "ours":
        found = ours(kind, base, rows, batch, precision)
    else:
        found = trl(kind, base, rows, batch, precision, best=side == "trl_best")
    found["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps(found))


if __name__ == "__main__":
    main()
