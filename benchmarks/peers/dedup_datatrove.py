"""datatrove's MinHash pipeline (signatures, buckets, clusters) in one process on one JSONL file.

Its defaults, but for what would make it count other things than the benchmark does: words in 3-shingles and numbers
left alone; and words are cut by a regular expression, which is faster than its own English tokenizer.
`python dedup_datatrove.py RECORDS PAIRS.npy`; prints seconds as JSON. Its result is clusters: pairs are their links.
"""

import itertools
import json
import re
import struct
import sys
import tempfile
import time
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.utils.logging import logger
from datatrove.utils.text import TextNormConfig
from datatrove.utils.word_tokenizers import WordTokenizer

WORD = re.compile(r"\w+")


class Words(WordTokenizer):
    def word_tokenize(self, text: str) -> list[str]:
        return WORD.findall(text)

    def sent_tokenize(self, text: str) -> list[str]:
        return [text]

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        return [(0, len(text))]


def main(records: str, out: str) -> None:
    logger.remove()
    path = Path(records)
    with tempfile.TemporaryDirectory() as folder:
        norm = TextNormConfig(norm_numbers=False, norm_weekdays=False, norm_monthnames=False)
        config = MinhashConfig(n_grams=3, norm_config=norm)
        started = time.process_time()
        reader = JsonlReader(str(path.parent), glob_pattern=path.name)
        signature: Any = MinhashDedupSignature(f"{folder}/signatures", config=config, language=Words())
        signature.run(reader.run(), rank=0, world_size=1)
        buckets: Any = MinhashDedupBuckets(
            f"{folder}/signatures", f"{folder}/buckets", config=config, lines_to_buffer=-1
        )
        for rank in range(config.num_buckets):
            buckets.run(None, rank, config.num_buckets)
        MinhashDedupCluster(
            f"{folder}/buckets", f"{folder}/clusters", config=config, save_cluster_id=True, lines_to_buffer=-1
        ).run(None, 0, 1)
        seconds = time.process_time() - started
        members: dict[int, list[int]] = defaultdict(list)
        for document, cluster in struct.iter_unpack("<II", (Path(folder) / "clusters/000000.clusters").read_bytes()):
            members[cluster].append(document)
    pairs = [(one, other) for texts in members.values() for one, other in itertools.pairwise(texts)]
    np.save(out, np.array(pairs, dtype=np.int64).reshape(-1, 2))
    print(json.dumps({"seconds": seconds, "kind": "links", "version": version("datatrove")}))


if __name__ == "__main__":
    main(*sys.argv[1:])
