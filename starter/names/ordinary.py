"""Ordinary sentences about nobody, written by the bundled base model: the background that names stand out from.

    python -m starter.names.ordinary OUT.txt [--sentences 30000]

Kept are sentences of everyday words only: no digit, no capital inside the sentence but `I`, no day or month.
"""

import argparse
import random
import re
from pathlib import Path

from brandtune.core.examples import Message
from brandtune.models import load_model
from brandtune.models.generation import generate
from brandtune.models.settings import Decoding

TOPICS = (
    """
a late parcel|a refund|a tent|walking boots|a hotel room|a train ticket|a bank transfer|a lost card|a restaurant|a film
a recipe|the weather|a garden|a school|a doctor's visit|a meeting|a new job|a broken phone|a laptop|an invoice|a birthday
a holiday|a football match|a song|a book|a dog|a car repair|an insurance claim|a mortgage|a password|a subscription|a coat
a bicycle|coffee|a wedding|a museum|a newspaper|a contract|a survey|the news|a hospital|a delivery address|a gift voucher
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
ASKS = (
    "Tell me about {}.", "I have a question about {}.", "Write a short note about {}.", "What should I know about {}?",
    "I am not happy with {}.", "Can you help me with {}?", "Describe {}.", "Write to a friend about {}.",
)  # fmt: skip
_SENTENCE = re.compile(r"[^.!?\n]{12,160}[.!?]")
_ORDINARY = re.compile(r"[A-Z][a-z']*(?:,? (?:I|I'm|I'll|I've|I'd|[a-z][a-z'-]*))+[.!?]")
_CALENDAR = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:today|tomorrow|tonight|yesterday|week|month|year|day|old|hour"
    r"|noon|morning|evening|night|mr|mrs|sir|king|queen)", re.I
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--sentences", type=int, default=30_000)
    arguments = parser.parse_args()
    model, chance = load_model("starter"), random.Random(0)
    found: dict[str, None] = {}
    seed = 0
    while len(found) < arguments.sentences and seed < 60:
        prompts = [
            [Message(role="user", content=chance.choice(ASKS).format(chance.choice(TOPICS)))] for _ in range(512)
        ]
        decoding = Decoding(max_new_tokens=120, temperature=1.1, batch_size=256, seed=seed)
        for reply in generate(model, prompts, decoding=decoding):
            for sentence in _SENTENCE.findall(reply.text):
                sentence = sentence.strip()
                if _ORDINARY.fullmatch(sentence) and not _CALENDAR.search(sentence):
                    found.setdefault(sentence)
        seed += 1
        print(f"round {seed}: {len(found)} sentences", flush=True)
    arguments.out.write_text("\n".join(sorted(found)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
