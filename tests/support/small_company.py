"""A company of a few hundred invented conversations as a plain CSV, written by the test itself."""

import csv
import random
from pathlib import Path

TOPICS = {
    "delivery": (
        "Where is my {item}? I ordered it {days} days ago.",
        "Your {item} left us. It needs {days} more days.",
    ),
    "return": ("Can I send my {item} back? I bought it {days} days ago.", "Send the {item} back. The label is free."),
    "price": ("Is the {item} cheaper next week, in {days} days?", "The {item} keeps its price for {days} days."),
}
ITEMS = ["kettle", "lamp", "desk", "chair", "shelf", "rug", "clock", "mirror", "vase", "stool"]


def write_company(folder: Path, *, count: int = 240, extra: str = "", seed: int = 1) -> Path:
    """Write conversations.csv and a brandtune.yaml whose run takes seconds; returns the configuration's path."""
    generator = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules" / "House").mkdir(parents=True)
    rule = "extends: existence\nmessage: \"No exclamation marks.\"\nlevel: error\nnonword: true\ntokens: ['!']\n"
    (folder / "rules" / "House" / "Exclamation.yml").write_text(rule, encoding="utf-8")
    with (folder / "conversations.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ticket_id", "customer_id", "customer_text", "agent_text"])
        for number in range(count):
            question, answer = TOPICS[generator.choice(sorted(TOPICS))]
            values = {"item": generator.choice(ITEMS), "days": generator.randint(2, 99)}
            mood = generator.choice(["Hello.", "Hi there.", "Please help.", "Good morning.", ""])
            tail = " ".join(generator.sample(["today", "again", "soon", "kindly", "quickly", "this week", "for me"], 3))
            writer.writerow(
                [
                    f"t{number}",
                    f"c{number % (count * 2 // 3)}",
                    f"{mood} {question.format(**values)} {tail}".strip(),
                    f"Dear friend, {answer.format(**values)} {tail.capitalize()}. Yours, the House.",
                ]
            )
    config = folder / "brandtune.yaml"
    config.write_text(
        f"""brand: {{name: House Goods, rules: rules/}}
sources:
  - {{kind: csv, path: conversations.csv, maps_to: conversation}}
governance: {{lawful_basis: legitimate_interest, assessment: LIA-1}}
tasks: [{{kind: support_reply}}]
training: {{epochs: 1, batch_size: 8, validations: 2, checkpoint_every_s: 0.001, lora: {{rank: 8, alpha: 16}}}}
evaluation:
  max_test: 16
  max_validation: 8
  style_negatives: 24
  resamples: 200
  arms: [base, few_shot, tuned]
  decoding: {{max_new_tokens: 24, batch_size: 8}}
  gates: {{primary: false, format_margin: null, safety_margin: null, heldout_loss: 0.05}}
{extra}""",
        encoding="utf-8",
    )
    return config
