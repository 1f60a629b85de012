"""Our near-duplicate search on one JSONL file: `python dedup_ours.py RECORDS PAIRS.npy`; prints seconds as JSON."""

import json
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

from brandtune.scoring.similarity import find_duplicates, find_neighbours


def main(records: str, out: str) -> None:
    started = time.process_time()
    texts = [msgspec.json.decode(line)["text"] for line in Path(records).read_bytes().splitlines()]
    pairs = np.stack(find_neighbours(texts, threshold=0.8).pair_arrays(), axis=1)
    all_pairs_s = time.process_time() - started
    np.save(out, pairs)
    started = time.process_time()
    dropped = find_duplicates(texts, ranking=range(len(texts)), threshold=0.8)
    keep_best_s = time.process_time() - started
    print(json.dumps({"seconds": all_pairs_s, "keep_best_s": keep_best_s, "dropped": len(dropped), "kind": "pairs"}))


if __name__ == "__main__":
    main(*sys.argv[1:])
