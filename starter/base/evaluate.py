"""Measures a base model: bits per byte on held-out documents, probes of its context, speed.

    python -m starter.base.evaluate OUT.json --model FOLDER [--seed FOLDER] --heldout heldout.jsonl [--quick]

The JSON is what `card.py` writes the model card from.
"""

import argparse
import json
import math
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from starter.base.probes import probes
from starter.base.scoring import score_probes

from brandtune.core.examples import Message
from brandtune.models import Decoding, Model, Rendered, load_model
from brandtune.models.generation import generate_batch_tokens
from brandtune.models.likelihood import reply_losses

FIRST_TOKENS = 1024
END_OF_DOCUMENT = 0
SPOKEN = "Tell me what a good reply to a customer looks like."


def evaluate(model: Model, documents: Sequence[dict[str, str]], *, num_probes: int = 200) -> dict[str, Any]:
    """Every figure of one model."""
    return {
        "parameters": model.num_parameters,
        "context": model.context,
        "heldout": bits_per_byte(model, documents),
        "probes": score_probes(model, probes(num_probes)),
        "tokens_per_s": tokens_per_s(model),
    }


def bits_per_byte(model: Model, documents: Iterable[dict[str, str]]) -> dict[str, dict[str, float]]:
    """By kind of document, and `all`: bits per byte and nats per token over the first 1,024 tokens of each.

    Every token but the first is predicted; the document end counts where it lies within those tokens. Bytes are those
    of the text that was read.
    """
    tokenizer = model.renderer.tokenizer
    rendered: list[Rendered] = []
    sizes: list[tuple[str, int]] = []
    for document in documents:
        ids = [*tokenizer.encode(document["text"], add_special_tokens=False), END_OF_DOCUMENT][:FIRST_TOKENS]
        if len(ids) > 1:
            rendered.append(Rendered(tuple(ids), (False, *(True for _ in ids[1:]))))
            sizes.append((document["kind"], len(tokenizer.decode([i for i in ids if i != END_OF_DOCUMENT]).encode())))
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for (kind, size), (nats, tokens) in zip(
        sizes, reply_losses(model.network, rendered, device=model.device), strict=True
    ):
        for name in (kind, "all"):
            sums[name] = [a + b for a, b in zip(sums[name], (nats, tokens, size, 1), strict=True)]
    return {
        name: {"bits_per_byte": nats / math.log(2) / size, "nats_per_token": nats / tokens, "documents": count}
        for name, (nats, tokens, size, count) in sorted(sums.items())
    }


def tokens_per_s(model: Model, *, runs: int = 3, length: int = 128) -> float:
    """Tokens written per second for one prompt at a time; the median of a few runs after one that is not counted."""
    prompt = model.renderer.prompt([Message(role="user", content=SPOKEN)])
    decoding = Decoding(max_new_tokens=length)
    seconds = []
    for _ in range(runs + 1):
        started, written = time.perf_counter(), 0
        while written < length:
            written += len(generate_batch_tokens(model, [prompt], decoding=decoding)[0])
        seconds.append((time.perf_counter() - started) / written)
    return 1 / statistics.median(seconds[1:])


def read_documents(path: Path, *, limit: int | None = None) -> list[dict[str, str]]:
    """Held-out documents; with `limit`, that many of each kind, the same ones every time."""
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if limit is None:
        return found
    by_kind: dict[str, list[dict[str, str]]] = defaultdict(list)
    for document in found:
        by_kind[document["kind"]].append(document)
    chance = random.Random(0)
    return [document for own in by_kind.values() for document in chance.sample(own, min(limit, len(own)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", default="starter")
    parser.add_argument("--seed", default=None, help="another model, measured in the same way beside it")
    parser.add_argument("--heldout", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the documents, 30 probes of a skill")
    arguments = parser.parse_args()
    documents = read_documents(arguments.heldout, limit=8 if arguments.quick else None)
    found: dict[str, Any] = {"documents": len(documents)}
    for name, reference in (("model", arguments.model), ("seed", arguments.seed)):
        if reference:
            found[name] = evaluate(load_model(reference), documents, num_probes=30 if arguments.quick else 200)
    arguments.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: found[name]["heldout"] for name in ("model", "seed") if name in found}, indent=1))


if __name__ == "__main__":
    main()
