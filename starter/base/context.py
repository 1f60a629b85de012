"""Documents that teach a small model to use what stands in front of it; read `passages.py` and `orders.py` next.

    python -m starter.base.context OUT.jsonl [--count 60000] [--seed 1]

Facts to copy from passages, orders on tone and form to obey, labels to infer from examples, patterns to go on with. All
text is made here from templates and word lists of our own. Values that `reserved.is_reserved` keeps for the probes, and
the probes' own templates, never occur.
"""

import argparse
import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from starter.base.labelling import Labeller
from starter.base.orders import Orderly
from starter.base.passages import Reader
from starter.base.patterns import Patterns
from starter.base.recall import Recall
from starter.base.slots import Slots

SHARES = {"retrieval": 0.30, "recall": 0.28, "few_shot": 0.20, "instruction": 0.14, "pattern": 0.08}


def documents(count: int, seed: int, *, shares: Mapping[str, float] = SHARES) -> Iterator[dict[str, str]]:
    """`count` documents `{source, kind, text}`; the same seed gives the same documents.

    >>> [document["kind"] for document in documents(3, seed=1)]
    ['retrieval', 'few_shot', 'few_shot']
    """
    chance = random.Random(seed)
    slots = Slots(chance, held_out=False)
    makers: dict[str, Callable[[], str]] = {
        "retrieval": Reader(slots).document, "instruction": Orderly(slots).document,
        "few_shot": Labeller(slots).document, "pattern": Patterns(slots).document,
        "recall": Recall(slots).document,
    }  # fmt: skip
    for kind in chance.choices(list(shares), weights=list(shares.values()), k=count):
        yield {"source": "context", "kind": kind, "text": makers[kind]()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=SHARES, action="append", help="these kinds alone")
    arguments = parser.parse_args()
    shares = {kind: share for kind, share in SHARES.items() if kind in (arguments.only or SHARES)}
    with arguments.out.open("w", encoding="utf-8") as lines:
        for document in documents(arguments.count, arguments.seed, shares=shares):
            lines.write(json.dumps(document, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
