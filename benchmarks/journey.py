"""The main job from an installed environment: how long `brandtune demo` takes, how much memory, what it finds.

No peer does this job, so nothing here is a ratio of speed; the comparison of arms is the one the product itself makes.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.record import record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the same run; it ends within five minutes anyway")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    parser.parse_args()
    figures: dict[str, Any] = {"help_s": min(timed(["--help"])[0] for _ in range(5))}
    with tempfile.TemporaryDirectory() as folder:
        seconds, out = timed(["demo", "--dir", str(Path(folder) / "demo"), "--json", "--quiet"])
    document = json.loads(out)
    cells = {(c["arm"], c["metric"], c["task"]): c["estimate"] for c in document["cells"]}
    primary = document["verdict"]["primary"]
    figures |= {
        "demo_s": round(seconds, 1),
        "demo_peak_gb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20, 2),
        "verdict": document["verdict"]["outcome"],
        "best_other_arm": primary["baseline"],
        "on_brand_gain": primary["difference"],
        "on_brand": {
            arm: cells[arm, metric, task]["value"]
            for arm, metric, task in cells
            if (metric, task) == ("on_brand", "all")
        },
        "heldout_loss_base": cells["base", "loss", "all"]["value"],
        "heldout_loss_tuned": cells["tuned", "loss", "all"]["value"],
        "heldout_loss_reduction": 1 - cells["tuned", "loss", "all"]["value"] / cells["base", "loss", "all"]["value"],
        "stages_s": {stage["name"]: stage["seconds"] for stage in document["stages"]},
    }  # fmt: skip
    record("journey", figures)


def timed(arguments: list[str]) -> tuple[float, str]:
    """Seconds and stdout of one call of the command line in a process of its own."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "brandtune", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})
    return time.perf_counter() - started, result.stdout


if __name__ == "__main__":
    main()
