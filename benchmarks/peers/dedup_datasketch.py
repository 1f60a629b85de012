"""datasketch's MinHash LSH as text-dedup uses it: 128 permutations, words in 3-shingles, insert all, query all.

`python dedup_datasketch.py RECORDS PAIRS.npy`; prints seconds as JSON.
"""

import json
import re
import sys
import time
from pathlib import Path

import datasketch
import numpy as np
import orjson
import xxhash

WORD = re.compile(r"\w+")


def shingles(text: str) -> set[bytes]:
    words = WORD.findall(text.lower())
    return {" ".join(words[start : start + 3]).encode() for start in range(max(1, len(words) - 2))}


def main(records: str, out: str) -> None:
    started = time.process_time()
    texts = [orjson.loads(line)["text"] for line in Path(records).read_bytes().splitlines()]
    # `bulk` is the library's vectorised way in, with the fastest of its usual hash functions.
    hashes = datasketch.MinHash.bulk(map(shingles, texts), num_perm=128, hashfunc=xxhash.xxh32_intdigest)
    index = datasketch.MinHashLSH(threshold=0.8, num_perm=128)
    with index.insertion_session() as session:
        for number, minhash in enumerate(hashes):
            session.insert(number, minhash, check_duplication=False)
    pairs = [(a, b) for a, minhash in enumerate(hashes) for b in index.query(minhash) if a < b]
    seconds = time.process_time() - started
    np.save(out, np.array(pairs, dtype=np.int64).reshape(-1, 2))
    print(json.dumps({"seconds": seconds, "kind": "pairs", "version": datasketch.__version__}))


if __name__ == "__main__":
    main(*sys.argv[1:])
