"""A base held in few bits: bytes held, memory of the process while it trains, and tokens a second, beside bf16.

Workload `w1` of `benchmarks.training` (135M Llama shape, shared 200-token system prompt, LoRA r=16, batch 8), each way of
holding the base in its own process. Memory is what the process holds during the steps, after loading: the peak of
loading itself is the same for all, because the whole base is read before it is rounded.
"""

import argparse
import gc
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.record import record
from benchmarks.training import made_rows, write_model

WAYS = ("auto", "int8", "nf4")
BATCH = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two timed steps instead of six")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    parser.add_argument("--side", nargs=3, metavar=("WAY", "BASE", "ROWS"), help="one way, in this process")
    arguments = parser.parse_args()
    if arguments.side:
        way, base, rows = arguments.side
        print(json.dumps(trained(way, base, json.loads(Path(rows).read_text()))))
        return
    with tempfile.TemporaryDirectory() as folder:
        base, rows = write_model(Path(folder) / "model"), Path(folder) / "rows.json"
        rows.write_text(json.dumps(made_rows("w1", BATCH * (3 if arguments.quick else 7))))
        sides = {way: in_its_own_process(way, base, rows) for way in WAYS}
    figures: dict[str, Any] = {f"{name}_{way}": value for way, side in sides.items() for name, value in side.items()}
    for way in WAYS[1:]:
        for name in ("linear_mb", "resident_mb", "peak_mb", "tokens_per_s"):
            figures[f"{name}_{way}_vs_bf16"] = round(sides[way][name] / sides["auto"][name], 2)
    record("quantized_base", figures)


def in_its_own_process(way: str, base: Path, rows: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.quantized_base", "--side", way, str(base), str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way} failed:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def trained(way: Any, base: str, rows: list[dict[str, Any]]) -> dict[str, float]:
    """A few steps; the first is not timed."""
    from brandtune.core.progress import Silent
    from brandtune.models import load_model
    from brandtune.training.config import LoRAConfig, TrainingConfig
    from brandtune.training.learner import Learner
    from brandtune.training.quantized import frozen_bytes
    from brandtune.training.shapes import learnable

    config = TrainingConfig(
        lora=LoRAConfig(rank=16, alpha=32), precision="bf16", base_precision=way, batch_size=BATCH, device="cpu"
    )
    learner = Learner(load_model(base, precision="bf16", device="cpu"), config, progress=Silent())
    items, _ = learner.items(learnable(rows))
    gc.collect()
    resident = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew here
    seconds, tokens, loss = 0.0, 0, math.nan
    for start in range(0, len(items), BATCH):
        members = items[start : start + BATCH]
        began = time.perf_counter()
        loss = learner.learn(members, rate=1e-4)
        if start:
            seconds += time.perf_counter() - began
            tokens += sum(len(item) for item in members)
    tables = sum(p.numel() * p.element_size() for p in learner.model.network.get_input_embeddings().parameters())
    return {
        "linear_mb": round((frozen_bytes(learner.network) - tables) / 2**20, 1),
        "resident_mb": round(resident / 2**20),
        "peak_mb": round(_status("VmHWM") / 2**20),
        "tokens_per_s": round(tokens / seconds, 1),
        "last_loss": round(loss, 4),
    }


def _status(name: str) -> int:
    """Bytes that the system counts for this process."""
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith(name))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
