"""How a benchmark reports: one JSON document on stdout, the same under benchmarks/results/."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from brandtune.execution import describe_machine

RESULTS = Path(__file__).parent / "results"


def record(name: str, figures: dict[str, Any], *, peers: dict[str, str] | None = None) -> None:
    """Write and print one result."""
    machine = describe_machine(Path())
    facts = {"system": machine.system, "cores": machine.cores, "memory_gb": round(machine.memory / 2**30, 1)}
    document = {
        "figures": figures,
        "peers": peers or {},
        "machine": {**facts, "libraries": msgspec.to_builtins(machine.libraries)},
        "commit": _commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(document, indent=2)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


def _commit() -> str:
    result = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"
