"""A TRL script, and the five lines that do the same here. Run it: python examples/port_from_trl.py OUTPUT_FOLDER

The rows are TRL's own shape (conversational prompt and completion) and stay as they are; so do the numbers. With TRL:

    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    args = SFTConfig(output_dir=out, num_train_epochs=3, learning_rate=1e-3, per_device_train_batch_size=4, warmup_ratio=0.1)
    peft = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear")
    trainer = SFTTrainer(model=base, args=args, train_dataset=rows, eval_dataset=held_out, peft_config=peft)
    trainer.train()
    trainer.save_model(out)

What comes out is the same: a folder that `peft` loads. Preferences and rewards go the same way: `bt.DPO(beta=0.1)` for
`DPOTrainer`, `bt.KTO()` for `KTOTrainer`, `bt.RewardModel()` for `RewardTrainer`, `bt.GRPO(reward)` for `GRPOTrainer`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import brandtune as bt

ORDERS = {
    1041: "tent",
    1042: "stove",
    1043: "rope",
    1044: "lamp",
    1045: "map",
    1046: "boots",
    1047: "flask",
    1048: "mat",
}
ROWS = [
    {
        "prompt": [{"role": "user", "content": f"Where is my {thing}? The order is {number}."}],
        "completion": [
            {"role": "assistant", "content": f"Good news: your {thing} left us this morning. Happy trails!"}
        ],
    }
    for number, thing in ORDERS.items()
]


def supervised(out: Path) -> Path:
    """The five lines."""
    done = bt.train(
        ROWS[:6], base="starter", validation=ROWS[6:], output=out, method=bt.LoRA(rank=16, alpha=32),
        epochs=3, learning_rate=1e-3, batch_size=4, warmup_share=0.1,
    )  # fmt: skip
    print(f"SFT: held-out loss {done.loss_before:.2f} to {done.loss_after:.2f} nats per token; adapter in {out}")
    return done.adapter


def preferred(out: Path, *, adapter: Path) -> Path:
    """`DPOTrainer` on top of it: TRL's preference rows, going on from the adapter, which is also the reference."""
    pairs = [
        {**row, "chosen": row["completion"], "rejected": [{"role": "assistant", "content": "We do not know."}]}
        for row in ROWS
    ]
    done = bt.train(
        pairs[:6],
        base="starter",
        validation=pairs[6:],
        adapter=adapter,
        objective=bt.DPO(beta=0.1),
        output=out,
        epochs=1,
    )
    right = done.curve[-1]["accuracy"]
    print(
        f"DPO: held-out loss {done.loss_before:.2f} to {done.loss_after:.2f}, {right:.0%} of pairs right; adapter in {out}"
    )
    return done.adapter


def happy(_prompt: Sequence[bt.Message], answer: str) -> float:
    """What an answer is worth; TRL hands over lists, here it is one prompt and one answer."""
    return float("Happy trails!" in answer)


def rewarded(out: Path, *, adapter: Path) -> Path:
    """`GRPOTrainer` on top of that: answers are sampled to the prompts of the rows."""
    objective = bt.GRPO(happy, samples=4, max_new_tokens=24)
    done = bt.train(ROWS[:4], base="starter", adapter=adapter, objective=objective, output=out, epochs=1)
    print(f"GRPO: mean reward {done.curve[-1]['reward']:.2f}; adapter in {out}")
    return done.adapter


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "ported")
    first = supervised(folder / "sft")
    second = preferred(folder / "dpo", adapter=first)
    rewarded(folder / "grpo", adapter=second)
