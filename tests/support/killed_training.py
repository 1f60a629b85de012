"""A training run in a process of its own, to be killed: `python killed_training.py METHOD OBJECTIVE BASE OUTPUT WORK`."""

import sys
from pathlib import Path

from brandtune.core.examples import Example, Message, Preference


def prompt(number: int) -> tuple[Message, ...]:
    return (Message(role="user", content=f"Where is order {number}?"),)


def rows(objective: str) -> list[Example] | list[Preference]:
    """Enough for some dozens of steps."""
    good, bad = "Hi there. It leaves today.", "We cannot say."
    if objective == "dpo":
        return [
            Preference(preference_id=f"p{n}", task="t", prompt=prompt(n), chosen=good, rejected=bad, evidence="edit")
            for n in range(48)
        ]
    answer = Message(role="assistant", content=good)
    return [Example(example_id=f"e{n}", task="t", messages=(*prompt(n), answer), target=1) for n in range(48)]


def reward(prompt: object, answer: str) -> float:
    return float(answer.count("e")) - 0.01 * len(answer)


def run(method: str, objective: str, base: str, output: Path, work: Path | None) -> Path:
    """Train as a run of its own would; returns the folder of what came out."""
    from brandtune.models import load_model
    from brandtune.training import LoRAConfig, TrainingConfig, train
    from brandtune.training.config import OnlineConfig

    config = TrainingConfig(
        method=method, objective=objective, epochs=3, batch_size=4, precision="fp32", validations=4, learning_rate=1e-3,
        lora=LoRAConfig(rank=4, alpha=8, dropout=0.1), checkpoint_every_s=1e-9,
        online=OnlineConfig(samples=2, max_new_tokens=6),
    )  # fmt: skip
    found = rows(objective)
    done = train(
        found[:40], model=load_model(base, precision="fp32"), config=config, validation=found[40:], output=output,
        work=work, reward=reward if objective == "grpo" else None,
    )  # fmt: skip
    return done.adapter


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), Path(sys.argv[5]))
