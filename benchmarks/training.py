"""Training beside TRL: tokens a second and peak memory on the same rows, model and machine, each in its own process.

Workloads: `w1` brand-shaped (one 200-token system prompt in every row), `w2` plain, `w3` preferences with 150-token
prompts, `w4` all weights of the bundled base. Tokens are counted as each row's own, repeated beginnings included, on both
sides. TRL runs in bf16 with its defaults (its loss is chunked by default); `best` computes DPO's reference beforehand.
Its packing needs flash attention and lets conversations see each other without, so it is left out. TRL's preprocessing
and both sides' first step are not timed.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from benchmarks.record import record
from brandtune.models.references import STARTER

VOCABULARY = 49_152
BATCH = {"w1": 8, "w2": 8, "w3": 4, "w4": 8}
TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|> {% if m['role'] == 'assistant' %}{% generation %}{{ m['content'] }} <|end|>"
    "{% endgeneration %} {% else %}{{ m['content'] }} <|end|> {% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|> {% endif %}"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two timed steps a workload, w1 and w3 only")
    parser.add_argument("--only", nargs="*", default=None, help="workloads to run")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    arguments = parser.parse_args()
    kinds = arguments.only or (["w1", "w3"] if arguments.quick else list(BATCH))
    steps = 3 if arguments.quick else 5
    figures: dict[str, Any] = {"gemm_gflops": round(gemm_peak())}
    with tempfile.TemporaryDirectory() as folder:
        large = write_model(Path(folder) / "model")
        for kind in kinds:
            base = str(STARTER) if kind == "w4" else str(large)
            figures |= compared(kind, base, Path(folder), steps=steps)
    record("training", figures, peers={"trl": version("trl"), "peft": version("peft")})


def compared(kind: str, base: str, folder: Path, *, steps: int) -> dict[str, float]:
    """Ratios of one workload: ours to TRL's tokens a second, and to its memory."""
    rows = made_rows(kind, steps * BATCH[kind])
    path = folder / f"{kind}.json"
    path.write_text(json.dumps(rows))
    names = ["trl_default", "ours", *(["trl_best"] if kind == "w3" else [])]
    sides = {side: run(side, kind, base, path) for side in names}
    speed = {side: found["tokens"] / found["seconds"] for side, found in sides.items()}
    figures = {f"{kind}_tokens_per_s_{side}": round(value) for side, value in speed.items()}
    figures |= {f"{kind}_peak_gb_{side}": round(found["peak_gb"], 2) for side, found in sides.items()}
    best = max(value for side, value in speed.items() if side != "ours")
    figures[f"{kind}_speed_vs_trl_default"] = round(speed["ours"] / speed["trl_default"], 2)
    figures[f"{kind}_speed_vs_trl_best"] = round(speed["ours"] / best, 2)
    figures[f"{kind}_memory_vs_trl_default"] = round(sides["ours"]["peak_gb"] / sides["trl_default"]["peak_gb"], 2)
    print(kind, figures, file=sys.stderr)
    return figures


def run(side: str, kind: str, base: str, rows: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.peers.training_sides", side, kind, base, str(rows), str(BATCH[kind])]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{side} failed on {kind}:\n{result.stderr[-2000:]}")
    found: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    return found


def made_rows(kind: str, count: int) -> list[dict[str, Any]]:
    """Rows of random words, one token each; the same for every side."""
    numbers = random.Random(kind)

    def words(size: int) -> str:
        most = 4_000 if kind == "w4" else VOCABULARY - 100
        return " ".join(f"w{numbers.randrange(most)}" for _ in range(size))

    def turn(role: str, size: int) -> dict[str, str]:
        return {"role": role, "content": words(size)}

    system = turn("system", 200)
    rows: list[dict[str, Any]] = []
    for _ in range(count):
        if kind == "w3":
            prompt = [turn("user", 150)]
            rows.append(
                {"prompt": prompt, "chosen": [turn("assistant", numbers.randrange(30, 151))],
                 "rejected": [turn("assistant", numbers.randrange(30, 151))]}
            )  # fmt: skip
            continue
        if kind == "w2":
            total = numbers.randrange(64, 513)
            prompt, answer = [turn("user", total // 2)], turn("assistant", total - total // 2)
        else:
            prompt = [system, turn("user", numbers.randrange(30, 151))]
            answer = turn("assistant", numbers.randrange(30, 151))
        rows.append({"prompt": prompt, "completion": [answer]})
    return rows


def write_model(folder: Path) -> Path:
    """A random Llama of 135 million parameters with a tokenizer of one word a token."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast

    special = ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>"]
    names = [*special, *(f"w{n}" for n in range(VOCABULARY - len(special)))]
    tokenizer = Tokenizer(models.WordLevel({name: n for n, name in enumerate(names)}, unk_token="<|pad|>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|pad|>", chat_template=TEMPLATE
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, max_position_embeddings=2048, tie_word_embeddings=True, eos_token_id=3, pad_token_id=4,
        bos_token_id=None,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.generation_config.eos_token_id = 3
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def gemm_peak() -> float:
    """GFLOP/s of a bf16 product of this model's shape."""
    import time

    one, other = torch.randn(1640, 576, dtype=torch.bfloat16), torch.randn(576, 1536, dtype=torch.bfloat16)
    for _ in range(10):
        one @ other
    began = time.perf_counter()
    for _ in range(100):
        one @ other
    return 100 * 2 * 1640 * 576 * 1536 / (time.perf_counter() - began) / 1e9


if __name__ == "__main__":
    main()
