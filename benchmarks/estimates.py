"""What `check` estimates against what the run then takes: time and peak memory, each side in a process of its own.

Cases: LoRA on the bundled base, LoRA on a 135M Llama shape, all weights of the bundled base, DPO on the bundled base. An
error is |estimate ÷ actual − 1|. Nothing else should run meanwhile: time shared with others is nobody's estimate.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.record import record
from benchmarks.training import made_rows, write_model
from brandtune.models.references import STARTER

WORDS = (
    "the", "a", "our", "your", "order", "tent", "lamp", "jacket", "comes", "goes", "back", "today", "soon", "free",
    "warm", "dry", "large", "small", "with", "for", "and", "to",
)  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "starter_lora": {},
    "large_lora": {"lora": {"rank": 16, "alpha": 32}, "batch_size": 8},
    "starter_full": {"method": "full"},
    "starter_dpo": {"objective": "dpo"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few steps a case")
    parser.add_argument("--only", nargs="*", default=None, help="cases to run")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for case in arguments.only or CASES:
            figures |= compared(case, Path(folder), quick=arguments.quick)
    for what in ("seconds", "memory"):
        errors = [value for name, value in figures.items() if name.endswith(f"_{what}_error")]
        figures[f"largest_{what}_error"] = max(errors)
    record("estimates", figures)


def compared(case: str, folder: Path, *, quick: bool) -> dict[str, float]:
    """Estimate and actual of one case."""
    base = str(write_model(folder / "model")) if case == "large_lora" else str(STARTER)
    rows = folder / f"{case}.json"
    rows.write_text(json.dumps(rows_of(case, quick=quick)))
    estimate, actual = (side(name, case, base, rows, folder) for name in ("estimate", "run"))
    figures: dict[str, float] = {}
    for what in ("seconds", "memory"):
        figures[f"{case}_{what}_estimated"] = estimate[what]
        figures[f"{case}_{what}_actual"] = actual[what]
        figures[f"{case}_{what}_error"] = round(abs(estimate[what] / actual[what] - 1), 3)
        # What the run said itself: memory before its first step, time after its sixth.
        figures[f"{case}_{what}_error_of_the_run"] = round(abs(actual[f"expected_{what}"] / actual[what] - 1), 3)
    print(case, figures, file=sys.stderr)
    return figures


def rows_of(case: str, *, quick: bool) -> list[dict[str, Any]]:
    """Four in five to learn from, the last fifth to validate on."""
    if case == "large_lora":
        return made_rows("w1", 80 if quick else 320)
    numbers = random.Random(case)

    def turn(role: str, least: int, most: int) -> dict[str, str]:
        words = " ".join(numbers.choice(WORDS) for _ in range(numbers.randrange(least, most)))
        return {"role": role, "content": words}

    rows: list[dict[str, Any]] = []
    for _ in range(80 if quick else 600):
        prompt = [{"role": "system", "content": "You answer customers of a shop."}, turn("user", 20, 120)]
        if case == "starter_dpo":
            chosen, rejected = (turn("assistant", 20, 80) for _ in range(2))
            rows.append({"prompt": prompt, "chosen": [chosen], "rejected": [rejected]})
        else:
            rows.append({"prompt": prompt, "completion": [turn("assistant", 20, 120)]})
    return rows


def side(name: str, case: str, base: str, rows: Path, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.estimates_side", name, json.dumps(CASES[case]), base, str(rows)]
    result = subprocess.run([*command, str(folder / case)], capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{name} failed on {case}:\n{result.stderr[-2000:]}")
    found: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
