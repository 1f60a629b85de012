"""Who is who: precision and recall on the sample company's truth, speed beside Splink, and the cost of a row at scale.

Splink runs as its own tutorial does it (names, e-mail, phone; blocked on each; trained by expectation maximisation;
clustered at 0.95) on the rows that describe people. Ours links the same rows, and then all records, which is its job.
Both are given rows in memory; reading files is not timed. Pairs are counted over identities (customer, help desk user,
browser, e-mail) that occur in the records; an e-mail that the truth gives to several people counts for nobody.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.record import record

SEEDS = (20, 4711)
"""The sample's own seed, on which rules were made, and one that nothing was ever looked at or tuned on."""
SCALE = 10.0
TYPES = {"customers": "user_id", "zendesk": "zendesk_id", "anonymous": "anonymous_id", "email": "email"}
CURVE = (10_000, 100_000, 1_000_000)
THRESHOLD = 0.95
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half the sample, and the curve up to 100,000 events")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    parser.add_argument("--events", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.events:
        print(json.dumps(events(arguments.events)))
        return
    scale = SCALE / 2 if arguments.quick else SCALE
    figures: dict[str, Any] = {"scale": scale}
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            figures |= _suffixed(company(Path(folder), seed=seed, scale=scale), "" if seed == SEEDS[0] else "_unseen")
    curve = [_in_own_process(count) for count in CURVE[: 2 if arguments.quick else 3]]
    figures["curve"] = curve
    figures["us_per_row_largest_vs_smallest"] = round(curve[-1]["us_per_row"] / curve[0]["us_per_row"], 2)
    record("identity", figures, peers={"splink": _version("splink"), "duckdb": _version("duckdb")})


def _suffixed(figures: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    return {name + suffix: value for name, value in figures.items()}


def _version(name: str) -> str:
    from importlib.metadata import version

    return version(name)


def company(folder: Path, *, seed: int, scale: float) -> dict[str, Any]:
    """One sample company: all records against the truth, then only rows about people, by us and by Splink in turn."""
    from brandtune import load_plan, sample, sources
    from brandtune.core.records import Profile
    from brandtune.profiles import IdentityConfig, link

    sample.write(folder, seed=seed, scale=scale)
    plan = load_plan(folder / "brandtune.yaml")
    records = sources.read(plan.sources, base_dir=plan.directory).records
    truth = truth_of(folder / "truth" / "identities.csv")
    seconds, linked = timed(lambda: link(records, config=plan.identity, key="benchmark"))
    precision, recall, num = pair_scores(persons(linked.subjects), truth)

    rows = [item for item in records if isinstance(item.payload, Profile)]
    ours = [timed(lambda: link(rows, config=IdentityConfig(), key="benchmark"))]
    splink_seconds, clusters = timed(lambda: splink_clusters(rows))
    ours.append(timed(lambda: link(rows, config=IdentityConfig(), key="benchmark")))
    our_seconds, of_rows = min(ours, key=lambda one: one[0])
    accounts = {key: person for key, person in truth.items() if key[0] in ("user_id", "zendesk_id")}
    our_scores = pair_scores(persons(of_rows.subjects), accounts)
    splink_scores = pair_scores(by_account(rows, clusters), accounts)
    return {
        "precision": round(precision, 5), "recall": round(recall, 5), "pairs": num, "records": len(records),
        "people": linked.report.num_subjects, "records_per_min": round(len(records) / seconds * 60),
        "rows_about_people": len(rows), "rows_per_min": round(len(rows) / our_seconds * 60),
        "splink_rows_per_min": round(len(rows) / splink_seconds * 60),
        "speed_vs_splink": round(splink_seconds / our_seconds, 2),
        "rows_precision": round(our_scores[0], 5), "rows_recall": round(our_scores[1], 5),
        "splink_rows_precision": round(splink_scores[0], 5), "splink_rows_recall": round(splink_scores[1], 5),
    }  # fmt: skip


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Seconds and result of one call."""
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def peak_gb() -> float:
    """Most memory of this process so far; Linux's own count, as `getrusage` starts from the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 2**20


def truth_of(path: Path) -> dict[tuple[str, str], str]:
    """Identity to person; identities that several people share are left out."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            found[(TYPES[row["source"]], row["source_id"].lower())].add(row["person_id"])
    return {key: next(iter(people)) for key, people in found.items() if len(people) == 1}


def persons(subjects: Iterable[Any]) -> dict[tuple[str, str], Hashable]:
    return {(i.type, i.value.lower()): s.subject_id for s in subjects for i in s.identifiers}


def pair_scores(found: Mapping[Any, Hashable], truth: Mapping[Any, str]) -> tuple[float, float, int]:
    """Precision and recall over pairs of identities that both know, and how many true pairs there are."""
    both = [(found[key], truth[key]) for key in truth if key in found]
    right = _pairs(Counter(both))
    claimed, true = _pairs(Counter(a for a, _ in both)), _pairs(Counter(b for _, b in both))
    return right / max(claimed, 1), right / max(true, 1), true


def _pairs(counts: Counter[Any]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


def splink_clusters(rows: list[Any]) -> dict[str, str]:
    """Record id to cluster, by a plain Splink run."""
    import pyarrow as pa
    import splink
    import splink.comparison_library as cl
    from splink.backends.duckdb import DuckDBAPI

    columns: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        ids = {identifier.type: identifier.value for identifier in row.identifiers}
        traits = row.payload.traits
        first, _, last = str(traits.get("name") or "").partition(" ")
        columns["unique_id"].append(row.record_id)
        columns["first_name"].append(str(traits.get("first_name") or first).lower() or None)
        columns["last_name"].append(str(traits.get("last_name") or last).lower() or None)
        columns["email"].append(ids.get("email", "").lower() or None)
        columns["phone"].append("".join(c for c in ids.get("phone", "") if c.isdigit())[-9:] or None)
        columns["city"].append(traits.get("city") or None)
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("first_name"), cl.NameComparison("last_name"), cl.EmailComparison("email"),
            cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            splink.block_on("first_name", "last_name"), splink.block_on("email"), splink.block_on("phone"),
        ],
    )  # fmt: skip
    linker = splink.Linker(DuckDBAPI().register(pa.table(dict(columns))), settings, log_level=40)
    linker.training.estimate_probability_two_random_records_match(
        [splink.block_on("email"), splink.block_on("phone", "last_name")], recall=0.8
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(splink.block_on("first_name", "last_name"))
    linker.training.estimate_parameters_using_expectation_maximisation(splink.block_on("phone"))
    predictions = linker.inference.predict(threshold_match_probability=0.5)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predictions, threshold_match_probability=THRESHOLD
    )
    return {row["unique_id"]: row["cluster_id"] for row in found.as_record_list()}


def by_account(rows: list[Any], clusters: Mapping[str, str]) -> dict[tuple[str, str], str]:
    return {
        (identifier.type, identifier.value.lower()): clusters[row.record_id]
        for row in rows
        for identifier in row.identifiers
        if identifier.type in ("user_id", "zendesk_id")
    }


def events(count: int) -> dict[str, Any]:
    """Link `count` generated events, 20 a person on three browsers; what a row costs, and the memory of this process."""
    import random
    from datetime import UTC, datetime, timedelta

    from brandtune.core.records import Event, Identifier, Origin, Record
    from brandtune.profiles import IdentityConfig, link

    draw, start, rows = random.Random(1), datetime(2025, 1, 1, tzinfo=UTC), []
    track = {"product_id": "tent", "price": 99.0}
    for number in range(count):
        person, chance = draw.randrange(count // 20), draw.random()
        user = Identifier(type="user_id", value=f"C{person}")
        browser = Identifier(type="anonymous_id", value=f"{person * 7919:08x}-{draw.randrange(3)}")
        email = Identifier(type="email", value=f"p{person}@example.org")
        ids = (user, browser, email) if chance < 0.08 else (user, browser) if chance < 0.5 else (browser,)
        payload = Event(type="identify", properties={"email": email.value, "city": "Oslo"}) if chance < 0.08 else None
        rows.append(
            Record(
                record_id=f"events:{number:09}",
                payload=payload or Event(type="track", name="Product Viewed", properties=dict(track)),
                origin=Origin(source="events", file="events.jsonl", line=number),
                identifiers=ids,
                occurred_at=start + timedelta(seconds=draw.randrange(31_000_000)),
            )
        )
    before, cpu = peak_gb(), time.process_time()
    seconds, linked = timed(lambda: link(rows, config=IdentityConfig(), key="benchmark"))
    cpu = time.process_time() - cpu
    return {
        "rows": count, "people": linked.report.num_subjects, "rows_per_s": round(count / seconds),
        "us_per_row": round(cpu / count * 1e6, 1), "records_gb": round(before, 2),
        "peak_gb": round(peak_gb(), 2),
    }  # fmt: skip


def _in_own_process(count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.identity", "--events", str(count)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(result.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
