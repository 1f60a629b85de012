"""Log-likelihoods of a multiple-choice suite whose contexts share a few-shot header: ours beside lm-eval's `hf` model.

A random Llama of 135 million parameters in float32, the same requests as text for both sides, each side in a process of
its own, in turn, twice. lm-eval runs with its default batch size of 1 and with 16; the ratio is to the faster. Loading is
not timed, tokenizing is. `lm_eval_largest_difference` is how far any two log-likelihoods lie apart, in nats.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import record
from benchmarks.training import write_model

HERE = Path(__file__).parent
PEERS = Path(os.environ.get("BRANDTUNE_PEERS", HERE.parent / ".venv-peers")) / "bin" / "python"
HEADER, CHOICES, BATCHES = 320, 4, (1, 16)
Request = tuple[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 questions once instead of 50 twice")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    parser.add_argument("--side", nargs=2, metavar=("MODEL", "REQUESTS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps(ours(Path(arguments.side[0]), Path(arguments.side[1]))))
        return
    figures, peer = measure(quick=arguments.quick)
    record("evaluation_lm_eval", figures, peers={"lm-eval": peer})


def measure(*, quick: bool) -> tuple[dict[str, Any], str]:
    """The figures, and the peer's version."""
    with tempfile.TemporaryDirectory() as folder:
        model = write_model(Path(folder) / "model")
        path = Path(folder) / "requests.json"
        path.write_text(json.dumps(requests(3 if quick else 50)), encoding="utf-8")
        mine = [sys.executable, "-m", "benchmarks.evaluation_lm_eval", "--side", str(model), str(path)]
        theirs = [str(PEERS), str(HERE / "peers" / "lm_eval_side.py"), str(model), str(path)]
        seconds: dict[str, float] = {}
        answers: dict[str, list[float]] = {}
        version = ""
        for _ in range(1 if quick else 2):
            for name, command in [("ours", mine), *((f"batch_{size}", [*theirs, str(size)]) for size in BATCHES)]:
                found = run(command)
                seconds[name] = min(found["seconds"], seconds.get(name, float("inf")))
                answers[name] = found["nats"]
                version = found.get("version", version)
    best = min(seconds[f"batch_{size}"] for size in BATCHES)
    apart = max(abs(one - other) for name in seconds for one, other in zip(answers["ours"], answers[name], strict=True))
    figures = {
        "speed_vs_lm_eval": round(best / seconds["ours"], 2),
        "lm_eval_seconds": {name: round(value, 2) for name, value in seconds.items()},
        "lm_eval_largest_difference": round(apart, 5),
    }
    return figures, version


def requests(questions: int) -> list[Request]:
    """(context, continuation) of each choice of each question, in random words."""
    numbers = random.Random(0)

    def words(size: int) -> str:
        return " ".join(f"w{numbers.randrange(40_000)}" for _ in range(size))

    header, found = words(HEADER), []
    for _ in range(questions):
        context = f"{header} {words(numbers.randrange(20, 60))}"
        found += [(context, f" {words(numbers.randrange(1, 8))}") for _ in range(CHOICES)]
    return found


def run(command: Sequence[str]) -> dict[str, Any]:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{command[-1]} of {Path(command[0])} failed:\n{result.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def ours(model: Path, path: Path) -> dict[str, Any]:
    from brandtune.models.continuations import score_continuations
    from brandtune.models.loading import load_model

    asked: list[Request] = [(context, choice) for context, choice in json.loads(path.read_text(encoding="utf-8"))]
    loaded = load_model(str(model), precision="fp32")
    started = time.perf_counter()
    tokenizer = loaded.renderer.tokenizer
    rows = [(tokenizer.encode(context), tokenizer.encode(choice)) for context, choice in asked]
    found = score_continuations(loaded.network, rows)
    return {"seconds": time.perf_counter() - started, "nats": [one.nats for one in found]}


if __name__ == "__main__":
    main()
