"""Finding personal data, beside Presidio: F2 with presidio-research's own evaluator, and sentences a second.

Nothing is tuned on these sentences; the name model learnt from text that we generate (`starter/names`). Quality is the
evaluator's token-level score of "personal data or not", which is its headline; by kind it is in `by_entity`. Presidio
runs with a blank pipeline, because no spaCy model can be had from the package index: it finds no names then. Both sides
use one thread and are timed in processor seconds, so that other work on the machine does not count.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.record import record
from brandtune.scoring.personal.detector import SENSITIVE, detector

HERE = Path(__file__).parent
PEERS = Path(os.environ.get("BRANDTUNE_PEERS", HERE.parent / ".venv-peers")) / "bin" / "python"
DATA = HERE.parent.parent / "shared" / "data" / "pii_presidio_research" / "synth_v2.jsonl"
ROUNDS = 3
AS_IN_DATA = {
    "ADDRESS": "STREET_ADDRESS", "LOCATION": "GPE", "EMAIL": "EMAIL_ADDRESS", "PHONE": "PHONE_NUMBER",
    "CARD": "CREDIT_CARD", "IBAN": "IBAN_CODE", "IP": "IP_ADDRESS", "URL": "DOMAIN_NAME", "DOMAIN": "DOMAIN_NAME",
    "ONLINE": "DOMAIN_NAME", "SSN": "US_SSN", "DRIVER_LICENSE": "US_DRIVER_LICENSE", "ZIP": "ZIP_CODE", "ID": "ID",
}  # fmt: skip
WARM_UP = 260  # generated sentences before the clock starts, on both sides; none of them is timed
Spans = list[list[tuple[int, int, str, float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round instead of three")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    parser.add_argument("--data", type=Path, default=DATA, help="sentences in the shape of synth_v2.jsonl")
    arguments = parser.parse_args()
    rows = [_row(line) for line in arguments.data.read_text(encoding="utf-8").splitlines()]
    texts = [row["full_text"] for row in rows]
    ours, theirs, rounds = [], [], 1 if arguments.quick else ROUNDS
    spans: Spans = []
    peer: dict[str, Any] = {}
    warm = _peer("texts")[:WARM_UP]
    for _ in range(rounds):
        seconds, spans = _ours(texts, warm)
        ours.append(seconds)
        peer = _peer("find", warm, texts)
        theirs.append(peer["seconds"])
    scored = _peer("score", rows, spans)
    stock = _peer("score", rows, peer["spans"])
    figures = {
        **{name: round(value, 4) for name, value in scored["token"].items()},
        "speed_vs_presidio": round(statistics.median(theirs) / statistics.median(ours), 2),
        "sentences_per_s": round(len(texts) / statistics.median(ours)),
        "presidio_sentences_per_s": round(len(texts) / statistics.median(theirs)),
        "presidio_pipeline": "blank",
        "presidio_f2": round(stock["token"]["f2"], 4),
        "span": {name: round(value, 4) for name, value in scored["span"].items()},
        "by_entity": {n: {k: round(v, 3) for k, v in m.items()} for n, m in scored["by_entity"].items()},
        "presidio_patterns_matched": _matched(),
        "sentences": len(texts),
    }
    record("personal_data", figures, peers=peer["versions"])


def _row(line: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(line)
    if isinstance(row["spans"], str):
        row["spans"] = json.loads(row["spans"])
    return row


def _ours(texts: list[str], warm: list[str]) -> tuple[float, Spans]:
    """A fresh process each time, so that no word or number is remembered from the round before."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "texts.json", Path(folder) / "spans.json"
        source.write_text(json.dumps([warm, texts]), encoding="utf-8")
        code = f"from benchmarks.personal_data import find; find({str(source)!r}, {str(target)!r})"
        subprocess.run([sys.executable, "-c", code], check=True, env=_one_thread(), cwd=HERE.parent)
        result = json.loads(target.read_text(encoding="utf-8"))
    return result["seconds"], result["spans"]


def find(source: str, target: str) -> None:
    """Our side, in its own process."""
    warm, texts = json.loads(Path(source).read_text(encoding="utf-8"))
    ours = detector(threshold=SENSITIVE)
    ours.find_each(warm)
    started = time.process_time()
    found = ours.find_each(texts)
    seconds = time.process_time() - started
    spans = [[(f.start, f.end, AS_IN_DATA.get(f.entity, f.entity), f.score) for f in each] for each in found]
    Path(target).write_text(json.dumps({"seconds": seconds, "spans": spans}), encoding="utf-8")


def _peer(what: str, *inputs: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{index}.json" for index in range(max(1, len(inputs)))]
        for path, value in zip(paths, inputs, strict=False):
            path.write_text(json.dumps(value), encoding="utf-8")
        script = str(HERE / "peers" / "presidio.py")
        done = subprocess.run(
            [str(PEERS), script, what, *map(str, paths)], env=_one_thread(), capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"the peer failed at `{what}`: {done.stderr[-2000:]}")
        return json.loads(paths[-1].with_suffix(".out.json").read_text(encoding="utf-8"))


def _matched() -> dict[str, float]:
    """Of what stock Presidio finds by pattern in generated sentences, the share that we find too, by its kinds."""
    texts = _peer("texts")
    theirs, ours = _peer("find", texts[:20], texts)["spans"], _ours(texts, texts[:20])[1]
    total: dict[str, list[int]] = {}
    for mine, their in zip(ours, theirs, strict=True):
        for start, end, kind, _ in their:
            covered = sum(max(0, min(end, e) - max(start, s)) for s, e, *_ in mine)
            total.setdefault(kind, []).append(covered >= 0.9 * (end - start))
    return {kind: round(sum(hits) / len(hits), 3) for kind, hits in sorted(total.items())}


def _one_thread() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


if __name__ == "__main__":
    main()
