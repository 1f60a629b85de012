"""Writes the model card beside the weights, from what was measured and from the manifest.

    python -m starter.base.card EVALUATION.json [--training TRAINING.json] [--out src/brandtune/models/starter/README.md]

`TRAINING.json` says how the weights came about: any flat object; its keys and values are listed as they are.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starter.base.manifest import manifest

from brandtune.models.references import STARTER

SKILLS = {
    "copy": "copying a fact from passages",
    "instruction": "following an order on tone or form",
    "few_shot": "labelling from examples, made-up labels",
}
KINDS = ("dialogue", "instruction", "retrieval", "few_shot", "prose", "lines", "all")

HEAD = """# The bundled base model

Llama architecture, {parameters:.1f} million parameters, context {context:,} tokens, byte-level BPE, bf16. It is in the
package so that Brandtune can be tried without a download; it is small, and for texts that you would send a larger base
is the better choice. The recipe is in `starter/base/`; this card is written from its measurements.

Template: `<|im_start|>role\\ncontent<|im_end|>\\n`, roles system, user, assistant; `{{% generation %}}` markers are in the
chat template; end of turn `<|im_end|>`, end of document `<|endoftext|>`, padding `<|pad|>`.
"""
LIMITS = """## Limits

- It knows next to nothing of the world. What it should say must stand in its context or in what it is tuned on.
- English only. It has seen no other language, no code and no mathematics to speak of.
- It was trained on the public data sets named below, among them dialogues about restaurants, hotels and bookings, and it
  drifts there when it is unsure.
- It was not trained to refuse anything or to be safe. Do not put it in front of people without tuning and guardrails.
- The probes are ours and simple: one fact among a few, orders that a short check can tell, two examples a label. A high
  score there does not mean that longer passages or finer orders work.
"""


def card(found: Mapping[str, Any], *, training: Mapping[str, Any] | None = None) -> str:
    """The card as Markdown."""
    model, seed = found["model"], found.get("seed")
    parts = [HEAD.format(parameters=model["parameters"] / 1e6, context=model["context"])]
    if training:
        parts.append("## Training\n\n" + "\n".join(f"- {key}: {value}" for key, value in training.items()) + "\n")
    parts += [_heldout(model, seed, found["documents"]), _probes(model, seed), _speed(model), LIMITS, _licences()]
    return "\n".join(parts)


def _heldout(model: Mapping[str, Any], seed: Mapping[str, Any] | None, documents: int) -> str:
    lines = [
        "## Held-out text",
        "",
        f"Bits per byte on {documents} documents of the same sources that were kept from training, first 1,024 tokens "
        "of each.",
        "",
        "| kind | this model | seed | change |" if seed else "| kind | this model |",
        "|---|---|---|---|" if seed else "|---|---|",
    ]
    for kind in KINDS:
        if kind in model["heldout"]:
            ours = model["heldout"][kind]["bits_per_byte"]
            theirs = seed["heldout"][kind]["bits_per_byte"] if seed else None
            lines.append(
                f"| {kind} | {ours:.3f} | {theirs:.3f} | {(ours / theirs - 1) * 100:+.1f} % |"
                if theirs
                else f"| {kind} | {ours:.3f} |"
            )
    return "\n".join(lines) + "\n"


def _probes(model: Mapping[str, Any], seed: Mapping[str, Any] | None) -> str:
    lines = [
        "## Use of the context",
        "",
        "Probes that we wrote; their templates, names, labels and kinds of facts are not in the text that `context.py` "
        "generates (one of their values, a material, was in the version that the first continuation learnt from); the public "
        "texts were not searched for them. *Written* is what the model says with the likeliest token each time; "
        "*likelier* is which answer it gives the highest probability, which favours short answers whatever was asked; "
        "*calibrated* takes away what each answer has when nothing is asked (arXiv 2102.09690). Intervals are 95 % "
        "(Wilson); p is one-sided against chance (exact binomial).",
        "",
        "| skill | measure | n | this model | chance | p |" + (" seed |" if seed else ""),
        "|---|---|---|---|---|---|" + ("---|" if seed else ""),
    ]
    for skill, title in SKILLS.items():
        for measure in ("written", "likelier", "calibrated"):
            score = model["probes"][skill].get(measure)
            if score:
                theirs = f" {seed['probes'][skill][measure]['share']:.0%} |" if seed else ""
                lines.append(f"| {title} | {measure} | {_score_cells(score)} |{theirs}")
    lines += [
        "",
        "For orders, chance of *written* is how often replies under the other order of a pair pass the check.",
    ]
    return "\n".join(lines) + "\n\n" + _sorts(model)


def _sorts(model: Mapping[str, Any]) -> str:
    """The sorts of each skill, so that no mean hides what does not work."""
    lines = ["| sort | written | likelier | calibrated | chance |", "|---|---|---|---|---|"]
    for name, scores in model["probes"].items():
        if name not in SKILLS:
            shares = " | ".join(
                f"{scores[measure]['share']:.0%}" if measure in scores else ""
                for measure in ("written", "likelier", "calibrated")
            )
            lines.append(f"| {name} | {shares} | {scores['likelier']['chance']:.0%} |")
    return "\n".join(lines) + "\n"


def _score_cells(score: Mapping[str, Any]) -> str:
    p_value = "< 0.001" if score["p_value"] < 0.001 else f"{score['p_value']:.3f}"
    interval = f"{score['share']:.0%} ({score['low']:.0%} to {score['high']:.0%})"
    return f"{score['n']} | {interval} | {score['chance']:.0%} | {p_value}"


def _speed(model: Mapping[str, Any]) -> str:
    return (
        f"## Speed\n\n{model['tokens_per_s']:.0f} tokens a second for one prompt at a time, where this was measured.\n"
    )


def _licences() -> str:
    found = manifest()
    by_licence: dict[str, list[str]] = defaultdict(list)
    for entry in found["corpus"]:
        by_licence[entry["licence"]].append(
            f"{entry['name']} ({entry['share']:.1%})" if entry["share"] else entry["name"]
        )
    rows = "\n".join(f"| {licence} | {', '.join(names)} |" for licence, names in sorted(by_licence.items()))
    table = f"| licence | sources, with their share of the corpus |\n|---|---|\n{rows}"
    return f"## Sources and licences\n\n{table}\n\n{found['weights_licence']}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("--training", type=Path)
    parser.add_argument("--out", type=Path, default=Path(STARTER) / "README.md")
    arguments = parser.parse_args()
    training = json.loads(arguments.training.read_text(encoding="utf-8")) if arguments.training else None
    text = card(json.loads(arguments.evaluation.read_text(encoding="utf-8")), training=training)
    arguments.out.write_text(text, encoding="utf-8")
    print(arguments.out)


if __name__ == "__main__":
    main()
