"""One side of one training workload in a process of its own: prints seconds, tokens and the peak of memory as JSON."""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import torch


def ours(kind: str, base: str, rows: list[dict[str, Any]], batch: int) -> dict[str, float]:
    """Our loop's own learner; the first batch is not timed."""
    from brandtune.core.progress import Silent
    from brandtune.models import load_model
    from brandtune.training.config import LoRAConfig, TrainingConfig
    from brandtune.training.learner import Learner
    from brandtune.training.shapes import learnable

    method: dict[str, Any] = {"method": "full"} if kind == "w4" else {"lora": LoRAConfig(rank=16, alpha=32)}
    objective = "dpo" if kind == "w3" else "sft"
    config = TrainingConfig(objective=objective, batch_size=batch, precision="bf16", **method)
    learner = Learner(load_model(base, precision="bf16"), config, progress=Silent())
    items, _ = learner.items(learnable(rows))
    seconds, tokens = 0.0, 0
    for start in range(0, len(items), batch):
        members = items[start : start + batch]
        began = time.perf_counter()
        if learner.objective.needs_reference:
            members = learner.with_reference(members)  # once an epoch; timed with the one epoch that is run
        learner.learn(members, rate=1e-4)
        if start:
            seconds += time.perf_counter() - began
            tokens += sum(len(item) for item in members)
    return {"seconds": seconds, "tokens": tokens, "fast_layers": learner.num_fast_layers}


def trl(kind: str, base: str, rows: list[dict[str, Any]], batch: int, *, best: bool) -> dict[str, float]:
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
        "use_cpu": True, "bf16": True, "save_strategy": "no", "disable_tqdm": True, "logging_strategy": "no",
        "gradient_checkpointing": False, "learning_rate": 1e-4, "max_length": None,
    }  # fmt: skip
    peft = None if kind == "w4" else LoraConfig(r=16, lora_alpha=32, target_modules="all-linear")
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
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


def main() -> None:
    side, kind, base, rows_path, batch = sys.argv[1:6]
    rows = json.loads(Path(rows_path).read_text())
    if side == "ours":
        found = ours(kind, base, rows, int(batch))
    else:
        found = trl(kind, base, rows, int(batch), best=side == "trl_best")
    found["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps(found))


if __name__ == "__main__":
    main()
