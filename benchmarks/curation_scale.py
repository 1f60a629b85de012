"""Curation at size: rows a second and memory from 10,000 to 1,000,000 events, with a fifth as many conversations.

Records come from the sample company, linked once; further ones are reworded copies about further customers, so that
they are no duplicates. Each size runs in a process of its own. `rows` are all records that enter; seconds are those of
`brandtune.curation.curate` alone; `peak_gb` is the whole process, the records themselves included. No peer does this
job, so the figure is a curve, not a ratio: `cost_growth` is the cost of a row at the largest size over the smallest.
"""

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.record import RESULTS, record
from brandtune import curation, profiles, sample, sources
from brandtune.core.brand import load_brand
from brandtune.core.records import Conversation, Event, Record, Subject
from brandtune.workflows.plan import Plan, load_plan

EVENTS, QUICK_EVENTS, CONVERSATIONS_SHARE = (10_000, 100_000, 1_000_000), (10_000, 50_000), 5
KEPT_WHOLE = frozenset({"CampaignVariant", "Product"})
WORD = re.compile(r"\b[a-z]{5,12}\b")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 50,000 events")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    parser.add_argument("--one", nargs=2, metavar=("FOLDER", "EVENTS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(Path(options.one[0]), int(options.one[1]))))
        return
    with tempfile.TemporaryDirectory() as name:
        sample.write(Path(name), scale=1.0)
        points = [one(name, size) for size in (QUICK_EVENTS if options.quick else EVENTS)]
    for point in points:
        point["us_per_row"] = round(1e6 * point["seconds"] / point["rows"], 1)
        point["ms_per_conversation"] = round(1e3 * point["seconds"] / point["conversations"], 3)
    last = points[-1]
    figures: dict[str, Any] = {
        "rows": last["rows"], "rows_per_s": round(last["rows"] / last["seconds"]), "peak_gb": last["peak_gb"],
        "cost_growth": round(last["us_per_row"] / points[0]["us_per_row"], 2), "curve": points,
    }  # fmt: skip
    record("curation_scale", figures)
    (RESULTS / "curation_scale.svg").write_text(plot(points), encoding="utf-8")


def one(folder: str, events: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.curation_scale", "--one", folder, str(events)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    if result.returncode:
        raise SystemExit(result.stderr[-2000:])
    return dict(json.loads(result.stdout.strip().splitlines()[-1]))


def measure(folder: Path, events: int) -> dict[str, Any]:
    """Build records of one size and curate them."""
    plan = load_plan(folder / "brandtune.yaml")
    records, subjects = enlarged(plan, events)
    started, started_cpu = time.perf_counter(), time.process_time()
    result = curated(plan, records, subjects)
    return {
        "rows": len(records),
        "events": sum(isinstance(row.payload, Event) for row in records),
        "conversations": sum(isinstance(row.payload, Conversation) for row in records),
        "kept": len(result.kept),
        "dropped": len(result.dropped),
        "seconds": round(time.process_time() - started_cpu, 2),
        "wall_seconds": round(time.perf_counter() - started, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


def curated(plan: Plan, records: Sequence[Record], subjects: Sequence[Subject]) -> curation.Curated:
    return curation.curate(
        records, subjects=subjects, tasks=list(plan.tasks), brand=load_brand(plan.brand, base_dir=plan.directory),
        governance=plan.governance, config=plan.curation, key="benchmark",
    )  # fmt: skip


def enlarged(plan: Plan, events: int) -> tuple[list[Record], list[Subject]]:
    """The sample's catalogue and campaigns, and reworded copies of its customers and what they did and wrote."""
    read = sources.read(plan.sources, base_dir=plan.directory)
    linked = profiles.link(read.records, config=plan.identity, purpose=plan.governance.purpose, key="benchmark")
    talks = [row for row in linked.records if isinstance(row.payload, Conversation)]
    clicks = [row for row in linked.records if isinstance(row.payload, Event)]
    kept = curated(plan, linked.records, linked.subjects).kept
    # Words of kept answers only, so that no brand rule is broken by chance.
    words = sorted({word for example in kept for word in WORD.findall(example.reference)})
    made = [row for row in linked.records if row.kind in KEPT_WHOLE]
    made += copies(talks, events // CONVERSATIONS_SHARE, words)
    made += copies(clicks, events, words)
    people = {row.subject for row in made}
    by_id = {subject.subject_id: subject for subject in linked.subjects}
    subjects = [
        msgspec.structs.replace(by_id[name.partition("/")[0]], subject_id=name)
        for name in sorted(people - {None})
        if name and name.partition("/")[0] in by_id
    ]
    return made, subjects


def copies(rows: Sequence[Record], num: int, words: Sequence[str]) -> Iterator[Record]:
    """`num` records: the given ones, then copies about other customers, a third of their longer words exchanged."""
    for number in range(num):
        copy, place = divmod(number, len(rows))
        row = rows[place]
        if not copy:
            yield row
            continue
        rng = random.Random(number)
        yield msgspec.structs.replace(
            row, record_id=f"{row.record_id}/{copy}", subject=f"{row.subject}/{copy}" if row.subject else None,
            payload=reworded(row.payload, rng, words),
        )  # fmt: skip


def reworded(payload: Any, rng: random.Random, words: Sequence[str]) -> Any:
    if not isinstance(payload, Conversation):
        return payload

    def other(match: re.Match[str]) -> str:
        return rng.choice(words) if rng.random() < 1 / 3 else match[0]

    turns = tuple(msgspec.structs.replace(turn, text=WORD.sub(other, turn.text)) for turn in payload.turns)
    return msgspec.structs.replace(payload, turns=turns, conversation_id=f"{payload.conversation_id}/{rng.random()}")


def plot(points: Sequence[dict[str, Any]]) -> str:
    """Cost of a row by number of rows, as a picture: flat is good."""
    most = 1.25 * max(point["us_per_row"] for point in points)
    places = [(90 + 480 * index / max(1, len(points) - 1), point) for index, point in enumerate(points)]
    marks = "".join(
        f'<circle cx="{x:.0f}" cy="{250 - 200 * p["us_per_row"] / most:.0f}" r="5" fill="#0d5c49"/>'
        f'<text x="{x:.0f}" y="{236 - 200 * p["us_per_row"] / most:.0f}" text-anchor="middle">{p["us_per_row"]:.0f} µs</text>'
        f'<text x="{x:.0f}" y="275" text-anchor="middle">{p["rows"]:,} rows, {p["peak_gb"]} GB</text>'
        for x, p in places
    )
    line = " ".join(f"{x:.0f},{250 - 200 * p['us_per_row'] / most:.0f}" for x, p in places)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 290" font-family="sans-serif" font-size="13">'
        '<rect width="660" height="290" fill="#fff"/><path d="M50 250H640" stroke="#999"/>'
        '<text x="50" y="24">Curation: microseconds a row, by number of rows</text>'
        f'<polyline points="{line}" fill="none" stroke="#0d5c49" stroke-width="2"/>{marks}</svg>\n'
    )


if __name__ == "__main__":
    main()
