"""How long it takes to evaluate six arms on 200 examples each on the bundled base: `six_arms_s`.

The sample company, trained for a moment; the time is that of the whole evaluation stage, choices on validation, the style
score's reference texts and the report included. Nothing is tuned away: settings are the product's defaults but for the
sample's own length limit.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.record import record
from brandtune.execution import RunDirectory
from brandtune.sample import write

SETTINGS = ("training.epochs=0.1", "training.validations=1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the sample company and 40 examples")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    record("evaluation_arms", measure(quick=parser.parse_args().quick))


def measure(*, quick: bool) -> dict[str, Any]:
    """Seconds of the stage, and what it did in them."""
    settings = [*SETTINGS, f"evaluation.max_test={40 if quick else 200}"]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), scale=0.2 if quick else 1.0)
        overrides = [argument for setting in settings for argument in ("--set", setting)]
        command = [sys.executable, "-m", "brandtune", "run", "--config", f"{folder}/brandtune.yaml", "--quiet"]
        result = subprocess.run(
            [*command, "--until", "evaluate", *overrides], capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise SystemExit(f"the run ended with {result.returncode}:\n{result.stderr[-2000:]}")
        run = RunDirectory.latest(Path(folder) / ".brandtune")
        assert run is not None
        seconds = json.loads((run.path / "evaluate" / "stage.json").read_text(encoding="utf-8"))["seconds"]
        report = json.loads((run.path / "evaluate" / "report.json").read_text(encoding="utf-8"))
    arms = [arm for arm in report["arms"] if arm["name"] != "human"]
    return {
        "six_arms_s": seconds,
        "six_arms_examples": report["num_test"],
        "six_arms_validation": report["num_validation"],
        "six_arms_chosen": {arm["name"]: arm.get("chosen", "") for arm in arms},
        "six_arms_seconds_a_reply": {arm["name"]: round(arm["mean_seconds"], 3) for arm in arms},
    }


if __name__ == "__main__":
    main()
