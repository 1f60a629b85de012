"""The bundled base model: bits per byte against the seed, use of its context, speed.

    python -m benchmarks.starter [--quick] --json [--heldout FILE] [--seed FOLDER]

The held-out documents and the seed are public data beside the checkout; without them their figures are left out.
"""

import argparse
from pathlib import Path
from typing import Any

from starter.base.evaluate import bits_per_byte, evaluate, read_documents

from benchmarks.record import record
from brandtune.models import load_model

SHARED = Path(__file__).parents[2] / "shared" / "data"


def figures(*, heldout: Path, seed: Path, quick: bool) -> dict[str, Any]:
    """The figures by the names that the project gave them."""
    documents = read_documents(heldout, limit=8 if quick else None) if heldout.is_file() else []
    found = evaluate(load_model("starter"), documents, num_probes=30 if quick else 200)
    result = {
        f"probe_{skill}": found["probes"][skill]["written"]["share"] for skill in ("copy", "instruction", "few_shot")
    }
    result |= {f"{name}_chance": found["probes"][name[6:]]["written"]["chance"] for name in list(result)}
    result |= {"tokens_per_s": found["tokens_per_s"]}
    if documents:
        result["bits_per_byte_dialogue"] = found["heldout"]["dialogue"]["bits_per_byte"]
        result["bits_per_byte_general"] = found["heldout"]["prose"]["bits_per_byte"]
    if documents and seed.is_dir():
        dialogues = [document for document in documents if document["kind"] == "dialogue"]
        before = bits_per_byte(load_model(str(seed)), dialogues)["dialogue"]["bits_per_byte"]
        result["seed_bits_per_byte_dialogue"] = before
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output always is JSON")
    parser.add_argument("--heldout", type=Path, default=SHARED / "pretrain" / "heldout.jsonl")
    parser.add_argument("--seed", type=Path, default=SHARED / "starter-base")
    arguments = parser.parse_args()
    record("starter", figures(heldout=arguments.heldout, seed=arguments.seed, quick=arguments.quick))


if __name__ == "__main__":
    main()
