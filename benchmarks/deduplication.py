"""Near-duplicate removal beside datatrove and datasketch on the same records: rows a second, and pairs found.

Records are passages of real dialogues (STAR) and word-by-word edits of them. Truth is the exact Jaccard similarity of
word 3-shingles, worked out with scipy on a tenth of the families. Peers run in an environment of their own. Each side
reads the same file; seconds are seconds of one core, so that other work on the machine counts for nobody. A peer that
gives clusters is judged twice, against the exact pairs and against their chains, and the better figure counts.
"""

import argparse
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.record import record

HERE = Path(__file__).parent
DATA = Path(os.environ.get("BRANDTUNE_DATA", HERE.parent.parent / "shared" / "data"))
PEERS = Path(os.environ.get("BRANDTUNE_PEERS", HERE.parent / ".venv-peers")) / "bin" / "python"
THRESHOLD, SEED, FAMILIES_JUDGED = 0.8, 11, 10
WORD = re.compile(r"\w+")
Codes = np.ndarray[Any, np.dtype[np.int64]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 records instead of 200,000")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    rows = 20_000 if parser.parse_args().quick else 200_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts, families = variants(rows)
        source = folder / "records" / "records.jsonl"
        source.parent.mkdir()
        source.write_text("".join(json.dumps({"id": str(i), "text": t}) + "\n" for i, t in enumerate(texts)))
        judged = np.flatnonzero(np.array(families) % FAMILIES_JUDGED == 0)
        truth = exact_pairs([texts[index] for index in judged])
        figures: dict[str, Any] = {"rows": rows, "rows_judged": len(judged), "true_pairs": len(truth)}
        versions: dict[str, str] = {}
        for side in ("ours", "datatrove", "datasketch"):
            ran = run(side, source, folder / f"{side}.npy")
            found = np.load(folder / f"{side}.npy")
            figures[f"{side}_rows_per_s"] = round(rows / ran["seconds"])
            figures |= {f"{side}_{key}": value for key, value in judge(found, judged, truth, rows, ran["kind"]).items()}
            versions |= {side: ran["version"]} if "version" in ran else {}
            if side == "ours":
                figures["ours_keep_best_rows_per_s"] = round(rows / ran["keep_best_s"])
    for peer in ("datatrove", "datasketch"):
        figures[f"speed_vs_{peer}"] = round(figures["ours_rows_per_s"] / figures[f"{peer}_rows_per_s"], 1)
    figures["pair_f1"] = figures["ours_f1"]
    figures["peer_pair_f1"] = max(figures["datatrove_f1"], figures["datasketch_f1"])
    record("deduplication", figures, peers=versions)


def variants(rows: int) -> tuple[list[str], list[int]]:
    """Texts of 20 to 120 words in random order, and the family of each: a passage and edits of 0 to 30 % of its words."""
    rng = random.Random(SEED)
    dialogues = list(passages())
    vocabulary = sorted({word for words in dialogues[:500] for word in words})
    made: list[tuple[str, int]] = []
    family = 0
    while len(made) < rows:
        words = rng.choice(dialogues)
        size = rng.randint(20, 120)
        start = rng.randrange(max(1, len(words) - size))
        passage = words[start : start + size]
        made.append((" ".join(passage), family))
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 5))):
            made.append((" ".join(edited(passage, rng, vocabulary)), family))
        family += 1
    rng.shuffle(made)
    return [text for text, _ in made[:rows]], [number for _, number in made[:rows]]


def passages() -> Iterator[list[str]]:
    """The words of each real dialogue of some length."""
    with (DATA / "star_dialogues" / "star.jsonl").open(encoding="utf-8") as file:
        for line in file:
            turns = (
                turn.get("text") or "" for turn in json.loads(line)["turns"] if turn["role"] in ("customer", "agent")
            )
            words = " ".join(turns).split()
            if len(words) >= 30:
                yield words


def edited(passage: list[str], rng: random.Random, vocabulary: list[str]) -> list[str]:
    words = list(passage)
    for _ in range(rng.randint(0, max(1, int(0.1 * len(words))))):
        place = rng.randrange(len(words))
        words[place : place + rng.randint(0, 1)] = rng.choice(([], [rng.choice(vocabulary)]))
    return words


def exact_pairs(texts: list[str]) -> Codes:
    """Codes (i * n + j, i < j) of all pairs at or over the threshold, by multiplying the incidence matrix by itself."""
    numbers: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    for row, text in enumerate(texts):
        words = WORD.findall(text.lower())
        runs = {" ".join(words[start : start + 3]) for start in range(max(1, len(words) - 2))}
        columns += [numbers.setdefault(run, len(numbers)) for run in sorted(runs)]
        rows += [row] * len(runs)
    ones = np.ones(len(rows), dtype=np.int32)
    matrix: Any = csr_matrix((ones, (rows, columns)), shape=(len(texts), len(numbers)))
    sizes = np.diff(matrix.indptr)
    found = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(texts), 500):
        shared = (matrix[start : start + 500] @ matrix.T).tocoo()
        one, other = shared.row.astype(np.int64) + start, shared.col.astype(np.int64)
        alike = shared.data / (sizes[one] + sizes[other] - shared.data) >= THRESHOLD
        found.append((one * len(texts) + other)[alike & (one < other)])
    return np.concatenate(found)


def run(side: str, source: Path, out: Path) -> dict[str, Any]:
    """One side in a process of its own; its last line of output is JSON."""
    python = sys.executable if side == "ours" else str(PEERS)
    script = str(HERE / "peers" / f"dedup_{side}.py")
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run(
        [python, script, str(source), str(out)], capture_output=True, text=True, check=False, env=env
    )
    if result.returncode:
        raise SystemExit(f"{side} failed:\n{result.stderr[-2000:]}")
    return dict(json.loads(result.stdout.strip().splitlines()[-1]))


def judge(found: Codes, judged: Codes, truth: Codes, rows: int, kind: str) -> dict[str, float]:
    """Precision, recall and F1 over pairs within the judged records."""
    num = len(judged)
    chains = chained(np.stack([truth // num, truth % num], axis=1), num)
    if kind == "pairs":
        return scores(within(found, judged, rows), truth)
    closed = within_clusters(found, judged, rows)
    return max((scores(closed, truth), scores(closed, chains)), key=lambda score: score["f1"])


def scores(found: Codes, truth: Codes) -> dict[str, float]:
    right = len(np.intersect1d(found, truth))
    precision, recall = right / max(1, len(found)), right / max(1, len(truth))
    f1 = 2 * precision * recall / max(1e-12, precision + recall)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def within(pairs: Codes, judged: Codes, rows: int) -> Codes:
    place = np.full(rows, -1)
    place[judged] = np.arange(len(judged))
    ends = np.sort(place[pairs], axis=1)
    ends = ends[ends[:, 0] >= 0]
    return np.unique(ends[:, 0] * len(judged) + ends[:, 1])


def within_clusters(links: Codes, judged: Codes, rows: int) -> Codes:
    """Every pair of judged records in one cluster of all records."""
    graph = coo_matrix((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(rows, rows))
    labels = connected_components(graph, directed=False)[1][judged]
    order = np.argsort(labels, kind="stable")
    followed = [(a, b) for a, b in itertools.pairwise(order) if labels[a] == labels[b]]
    return chained(np.array(followed, dtype=np.int64).reshape(-1, 2), len(judged))


def chained(links: Codes, num: int) -> Codes:
    """All pairs that a chain of links connects."""
    graph = coo_matrix((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(num, num))
    labels = connected_components(graph, directed=False)[1]
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    pairs = [
        np.array([(min(a, b), max(a, b)) for n, a in enumerate(g) for b in g[n + 1 :]]) for g in groups if len(g) > 1
    ]
    ends = np.concatenate(pairs) if pairs else np.zeros((0, 2), dtype=np.int64)
    return np.unique(ends[:, 0] * num + ends[:, 1])


if __name__ == "__main__":
    main()
