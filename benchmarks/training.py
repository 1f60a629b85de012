"""Training beside TRL: tokens a second and peak memory on the same rows, model and machine, each in its own process.

Workloads: `w1` brand-shaped (one 200-token system prompt in every row), `w2` plain, `w3` preferences with 150-token
prompts, `w4` all weights of the bundled base, `w5` GRPO with 8 samples to each 150-token prompt, rewards and sampling
included. `w1_gemm_fraction` and `w2_gemm_fraction` are the FLOPs that the work needs at least, a second, as a share of the
product's peak measured in the same process. `linearity` is the time a token of 1M tokens (quick: 100k) over that of
10k, from rows to the last update, on a tiny shape. Tokens are counted as each row's own, repeated beginnings included, on both
sides. TRL runs with its defaults (its loss is chunked by default) in the precision that both are given: `--precision auto`
is bf16, which is TRL's default, where the processor multiplies it, and fp32 where it does not and bf16 would be several
times slower on both sides; fp32's figures are a result of their own. `best` computes DPO's reference beforehand and
untimed, while `w3_speed_vs_trl_best` times ours; `w3_update_speed_vs_trl_best` leaves it out on both sides, and
`w3_update_speed_vs_trl_default` on ours, which has it from the second epoch on, while TRL computes it anew.
TRL's packing needs flash attention and lets conversations see each other without, so it is left out. TRL's preprocessing
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
from brandtune.models.loading import cpu_multiplies_bf16
from brandtune.models.references import STARTER

VOCABULARY = 49_152
BATCH = {"w1": 8, "w2": 8, "w3": 4, "w4": 8, "w5": 4}
TINY, LINEARITY_BATCH = {"hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 2}, 16
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
    parser.add_argument("--precision", choices=["auto", "bf16", "fp32"], default="auto", help="of both sides")
    arguments = parser.parse_args()
    precision = arguments.precision
    if precision == "auto":
        precision = "bf16" if cpu_multiplies_bf16() else "fp32"
    kinds = arguments.only or (["w1", "w3", "linearity"] if arguments.quick else [*BATCH, "linearity"])
    steps = 3 if arguments.quick else 5
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        large = write_model(Path(folder) / "model")
        for kind in kinds:
            if kind == "linearity":
                figures |= linearity(Path(folder), most=100_000 if arguments.quick else 1_000_000, precision=precision)
                continue
            base = str(STARTER) if kind == "w4" else str(large)
            figures |= compared(kind, base, Path(folder), steps=steps, precision=precision)
    name = "training" if precision == "bf16" else "training_fp32"
    record(name, figures, peers={"trl": version("trl"), "peft": version("peft")})


def compared(kind: str, base: str, folder: Path, *, steps: int, precision: str) -> dict[str, float]:
    """Ratios of one workload: ours to TRL's tokens a second, and to its memory."""
    rows = made_rows(kind, steps * BATCH[kind])
    path = folder / f"{kind}.json"
    path.write_text(json.dumps(rows))
    names = ["trl_default", "ours", *(["trl_best"] if kind == "w3" else [])]
    sides = {side: run(side, kind, base, path, precision=precision) for side in names}
    speed = {side: found["tokens"] / found["seconds"] for side, found in sides.items()}
    figures = {f"{kind}_tokens_per_s_{side}": round(value) for side, value in speed.items()}
    figures |= {f"{kind}_peak_gb_{side}": round(found["peak_gb"], 2) for side, found in sides.items()}
    best = max(value for side, value in speed.items() if side != "ours")
    figures[f"{kind}_speed_vs_trl_default"] = round(speed["ours"] / speed["trl_default"], 2)
    figures[f"{kind}_speed_vs_trl_best"] = round(speed["ours"] / best, 2)
    figures[f"{kind}_memory_vs_trl_default"] = round(sides["ours"]["peak_gb"] / sides["trl_default"]["peak_gb"], 2)
    if kind == "w3":  # TRL's best computes its reference before the clock starts: the same without ours
        updates = sides["ours"]["tokens"] / (sides["ours"]["seconds"] - sides["ours"]["reference_seconds"])
        figures["w3_update_speed_vs_trl_best"] = round(updates / speed["trl_best"], 2)
        # What every step after the first epoch gains, and every resumed run: TRL's default computes its reference again.
        figures["w3_update_speed_vs_trl_default"] = round(updates / speed["trl_default"], 2)
    if kind in ("w1", "w2"):
        figures[f"{kind}_gemm_gflops"] = round(sides["ours"]["gemm_flops_per_s"] / 1e9)
        fraction = sides["ours"]["flops_per_s"] / sides["ours"]["gemm_flops_per_s"]
        figures[f"{kind}_gemm_fraction"] = round(fraction, 3)
    print(kind, figures, file=sys.stderr)
    return figures


def linearity(folder: Path, *, most: int, precision: str) -> dict[str, float]:
    """Time a token at each size, over that at 10k tokens."""
    base = write_model(folder / "tiny", **TINY)
    path = folder / "linearity.json"
    path.write_text(json.dumps(made_rows("w2", most // 260)))
    found = run("linearity", "w2", str(base), path, precision=precision, batch=LINEARITY_BATCH)
    figures = {f"linearity_us_a_token_{size}": round(1e6 * found[size], 2) for size in found if size.isdigit()}
    largest = max((size for size in found if size.isdigit()), key=int)
    figures["linearity"] = round(found[largest] / found["10000"], 3)
    return figures


def run(side: str, kind: str, base: str, rows: Path, *, precision: str, batch: int | None = None) -> dict[str, float]:
    size = str(batch or BATCH[kind])
    command = [sys.executable, "-m", "benchmarks.peers.training_sides", side, kind, base, str(rows), size, precision]
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
        if kind == "w5":
            rows.append({"prompt": [turn("user", 150)]})
            continue
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


def write_model(folder: Path, **shape: Any) -> Path:
    """A random Llama, of 135 million parameters if `shape` says nothing else, with a tokenizer of one word a token."""
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
    sizes = {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1} if shape else {}
    config = LlamaConfig(
        vocab_size=VOCABULARY, max_position_embeddings=2048, tie_word_embeddings=True, eos_token_id=3, pad_token_id=4,
        bos_token_id=None, **(sizes | {"num_attention_heads": 9, "num_key_value_heads": 3} | shape | heads),
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.generation_config.eos_token_id = 3
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


if __name__ == "__main__":
    main()
