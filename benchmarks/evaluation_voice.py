"""How well on-brand is told from off-brand: the sample company's planted replies, and real brands held out by page.

The style score learns the brand's texts against the base model's answers to the same prompts and never sees an off-brand
text; so does the fingerprint, which never sees any other text at all. `on_brand_auc` is the style score's on the sample's
planted replies. No peer does this.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.metrics import roc_auc_score

from benchmarks.record import record
from brandtune.core.examples import Message
from brandtune.models.generation import generate
from brandtune.models.loading import Model, load_model
from brandtune.models.settings import Decoding
from brandtune.sample import write
from brandtune.scoring import RuleSet, StyleModel, load_rules
from brandtune.scoring.fingerprint import Fingerprint

DATA = Path(__file__).parents[2] / "shared" / "data" / "brand_voice"
BRANDS = ("18f_blog", "gds_manual", "plausible_docs", "letsencrypt", "sourcegraph_handbook")
REPORTED = ("18f_blog", "gds_manual")
WORDS, PASSAGES_A_PAGE = 80, 2
Texts = list[tuple[str, str]]  # (group, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the sample company, fewer answers of the base")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    arguments = parser.parse_args()
    model = load_model("starter")
    figures = sample_figures(model, scale=0.2 if arguments.quick else 1.0, answers=32 if arguments.quick else 96)
    if DATA.is_dir():
        figures |= brand_figures(model, pages=60 if arguments.quick else 200, answers=24 if arguments.quick else 64)
    record("evaluation_voice", figures)


def sample_figures(model: Model, *, scale: float, answers: int) -> dict[str, Any]:
    """AUCs on the sample's replies; those that are neither off-brand nor copies are the brand's."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), scale=scale)
        tickets = json.loads((Path(folder) / "data" / "tickets.json").read_text(encoding="utf-8"))
        lines = (Path(folder) / "truth" / "tickets.jsonl").read_text(encoding="utf-8").splitlines()
        rules = load_rules(Path(folder) / "styles")
    truth = {str(row["ticket_id"]): row for row in map(json.loads, lines)}
    people = {user["id"]: user["role"] for user in tickets["users"]}
    on, off, prompts = [], [], {}
    for ticket in tickets["tickets"]:
        fact = truth[str(ticket["id"])]
        turns = [(people[comment["author_id"]], comment["body"]) for comment in ticket["comments"] if comment["public"]]
        replies = [text for role, text in turns if role != "end-user"]
        if not replies or fact["near_duplicate_of"]:
            continue
        (off if fact["off_brand"] else on).append((fact["person_id"], replies[0]))
        prompts[replies[0]] = turns[0][1]
    train, held_out = split(on, seed=1)
    negatives = answer(
        model, [prompts[text] for _, text in train[:answers]], system="You answer customers of Larkspur Outdoor."
    )
    style = StyleModel.fit([text for _, text in train[:1000]], negatives, seed=0)
    fingerprint = Fingerprint.fit([text for _, text in train[:300]], groups=[group for group, _ in train[:300]])
    kept, planted = [text for _, text in held_out], [text for _, text in off]
    return {
        "on_brand_auc": auc(style.score(kept), style.score(planted)),
        "on_brand_auc_by_fingerprint": auc(fingerprint.percentiles(kept), fingerprint.percentiles(planted)),
        "on_brand_auc_by_rules": auc(broken(rules, kept), broken(rules, planted)),
        "on_brand_texts": {
            "fitted": len(train),
            "held_out": len(kept),
            "off_brand": len(planted),
            "base": len(negatives),
        },
    }


def brand_figures(model: Model, *, pages: int, answers: int) -> dict[str, Any]:
    """AUCs on real brands, passages of held-out pages against other brands and against the base model's answers."""
    texts = {brand: passages(brand, pages=pages) for brand in BRANDS}
    figures: dict[str, Any] = {}
    for brand in REPORTED:
        train, held_out = split(texts[brand], seed=2)
        others = [split(texts[other], seed=2) for other in BRANDS if other != brand]
        known, unseen = [text for part, _ in others for text in part], [text for _, part in others for text in part]
        titles = page_titles(brand)
        asked = [f"Write a passage of a page called “{titles[group]}”." for group, _ in train[:answers]]
        base = answer(model, asked, system=f"You write texts for {brand}.")
        own, kept = [text for _, text in train], [text for _, text in held_out]
        held_asked = [f"Write a passage of a page called “{titles[group]}”." for group, _ in held_out[:answers]]
        held_base = answer(model, held_asked, system=f"You write texts for {brand}.")
        against_base = StyleModel.fit(own, base, seed=0)
        against_others = StyleModel.fit(own, [text for _, text in known], seed=0, groups=groups(train, known))
        far = [text for _, text in unseen]
        fingerprint = Fingerprint.fit(own, groups=[group for group, _ in train])
        figures[brand] = {
            "style_against_base": auc(against_base.score(kept), against_base.score(held_base)),
            "style_against_other_brands": auc(against_others.score(kept), against_others.score(far)),
            "fingerprint_against_other_brands": auc(fingerprint.percentiles(kept), fingerprint.percentiles(far)),
            "fingerprint_against_base": auc(fingerprint.percentiles(kept), fingerprint.percentiles(held_base)),
            "texts": {"fitted": len(own), "held_out": len(kept), "others": len(far), "base": len(held_base)},
        }
    return {"real_brands": figures}


def passages(brand: str, *, pages: int) -> Texts:
    """A few passages of 80 words or more of each page."""
    found: Texts = []
    rows = _rows(brand)
    random.Random(0).shuffle(rows)
    for row in rows[:pages]:
        piece, taken = "", 0
        for paragraph in row["text"].split("\n\n"):
            piece = f"{piece}\n\n{paragraph}".strip() if len(paragraph.split()) >= 12 else piece
            if len(piece.split()) >= WORDS and taken < PASSAGES_A_PAGE:
                found.append((row["path"], piece))
                piece, taken = "", taken + 1
    return found


def page_titles(brand: str) -> dict[str, str]:
    return {row["path"]: row["title"] or row["path"] for row in _rows(brand)}


def _rows(brand: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{brand}.jsonl").read_text(encoding="utf-8").splitlines()]


def split(texts: Texts, *, seed: int) -> tuple[Texts, Texts]:
    """Two thirds to learn from and one third held out; a group (person, page) is on one side only."""
    names = sorted({group for group, _ in texts})
    random.Random(seed).shuffle(names)
    held = set(names[: len(names) // 3])
    mixed = list(texts)
    random.Random(seed).shuffle(mixed)
    return [one for one in mixed if one[0] not in held], [one for one in mixed if one[0] in held]


def groups(*parts: Texts) -> list[str]:
    return [f"{number}/{group}" for number, part in enumerate(parts) for group, _ in part]


def answer(model: Model, questions: Sequence[str], *, system: str) -> list[str]:
    """What the base model says; empty answers are left out."""
    prompts = [
        [Message(role="system", content=system), Message(role="user", content=question[:1500])]
        for question in questions
    ]
    return [
        reply.text for reply in generate(model, prompts, decoding=Decoding(max_new_tokens=120)) if reply.text.strip()
    ]


def broken(rules: RuleSet, texts: Sequence[str]) -> list[float]:
    """Fewer broken rules of level error is better."""
    return [-float(sum(f.level == "error" for f in rules.check(text, task="support_reply"))) for text in texts]


def auc(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return round(float(roc_auc_score([1] * len(ours) + [0] * len(theirs), [*ours, *theirs])), 4)


if __name__ == "__main__":
    main()
