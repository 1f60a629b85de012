"""Reading events: rows a second, the cost of a row from 10,000 to 1,000,000, memory, and what reading again costs.

The peer is Python's own `json.loads` over the same lines, without making records of them. Processor time of one
process each, so that other work on the machine does not count.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.record import record
from brandtune.sources import Kept, SegmentSource
from brandtune.sources.base import Reading

SIZES = (10_000, 100_000, 1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 100,000 events")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        sys.stdout.write(json.dumps(JOBS[chosen.one[0]](Path(chosen.one[1]))))
        return
    figures: dict[str, Any] = {}
    for size in SIZES[:2] if chosen.quick else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            write_events(Path(folder) / "events.jsonl", count=size)
            figures[f"{size}"] = {name: run(name, folder) for name in JOBS}
    sizes = list(figures)
    cost = [figures[size]["stream"]["seconds"] / int(size) for size in sizes]
    last = figures[sizes[-1]]
    figures |= {
        "rows": int(sizes[-1]),
        "rows_per_s": round(int(sizes[-1]) / last["stream"]["seconds"]),
        "cost_per_row_growth": round(cost[-1] / cost[0], 3),
        "speed_vs_json": round(last["json"]["seconds"] / last["stream"]["seconds"], 3),
        "stream_peak_gb": last["stream"]["peak_gb"],
        "again_vs_first": round(last["again"]["seconds"] / last["kept"]["seconds"], 3),
    }
    record("sources", figures, peers={"json": sys.version.split()[0]})


def run(job: str, folder: str) -> dict[str, float]:
    """One job in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.sources", "--one", job, folder]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def write_events(path: Path, *, count: int) -> None:
    with path.open("w") as file:
        for number in range(count):
            event = {
                "type": "track", "event": "Order Completed", "messageId": f"m-{number:09d}", "userId": f"u{number % 9973}",
                "anonymousId": f"a{number % 20011}", "originalTimestamp": "2026-01-01T10:00:00.000Z",
                "sentAt": "2026-01-01T10:00:05.000Z", "receivedAt": "2026-01-01T10:00:06.000Z",
                "properties": {"order_id": f"o{number}", "total": number % 300 + 0.5, "currency": "EUR", "coupon": None},
                "context": {"locale": "en-GB", "page": {"path": "/cart"}, "traits": {"email": f"p{number % 997}@example.com"}},
            }  # fmt: skip
            file.write(json.dumps(event) + "\n")


def measured(work: Callable[[], int]) -> dict[str, float]:
    started = time.process_time()
    count = work()
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"rows": count, "seconds": round(seconds, 3), "peak_gb": round(peak, 3)}


def plain(folder: Path) -> dict[str, float]:
    """Every line through json.loads."""
    with (folder / "events.jsonl").open("rb") as file:
        return measured(lambda: sum(1 for line in file if json.loads(line)))


def stream(folder: Path) -> dict[str, float]:
    """Every event as a record, one at a time."""
    source = SegmentSource(path="events.jsonl")
    return measured(lambda: sum(1 for _ in source.records(Reading(name="e", files=source.files(folder)))))


def kept(folder: Path) -> dict[str, float]:
    """All records at once, through an empty workspace."""
    memory = Kept(folder / "records", database=f"sqlite:///{folder}/state.db")
    return measured(lambda: len(memory.read([SegmentSource(path="events.jsonl")], base_dir=folder).records))


JOBS: dict[str, Callable[[Path], dict[str, float]]] = {"json": plain, "stream": stream, "kept": kept, "again": kept}

if __name__ == "__main__":
    main()
