"""What is known about the run around the believable evaluation of `sample_data`."""

import math
import random
from collections.abc import Iterator

from sample_texts import ARABIC, BAD, HOSTILE

from brandtune.evaluation.results import CurvePoint, DropExample, FunnelStep, RunContext, StageFact

_STEPS = (
    ("read", 9412, {}),
    ("clean", 9380, {"no text left": 32}),
    ("consent", 6204, {"no consent": 2611, "consent revoked": 341, "consent missing": 224}),
    ("language", 6120, {"other language": 84}),
    ("personal_data", 6106, {"too much personal data": 14}),
    ("automatic_replies", 5744, {"automatic reply": 362}),
    ("exact_duplicates", 5391, {"same text": 353}),
    ("near_duplicates", 4873, {"nearly the same text": 518}),
    ("quality", 4302, {"broken rules of the brand": 402, "too short": 127, "answer does not answer": 42}),
    ("outcomes", 3518, {"customer was unhappy": 611, "ticket was reopened": 173}),
    ("format", 3477, {"parts missing": 41}),
    ("tasks", 2844, {"not for any task": 633}),
)


def _funnel() -> Iterator[FunnelStep]:
    entered = _STEPS[0][1]
    for step, left, reasons in _STEPS:
        yield FunnelStep(step=step, entered=entered, left=left, reasons=reasons)
        entered = left


def _curve() -> Iterator[CurvePoint]:
    noise = random.Random(7)
    for index in range(30):
        step, decay = 10 * (index + 1), math.exp(-index / 7)
        yield CurvePoint(
            step=step,
            epoch=step / 100,
            train_loss=1.31 - 0.006 * index + 1.5 * decay + noise.uniform(-0.05, 0.05),
            validation_loss=1.40 + 1.38 * decay + 0.0005 * max(0, index - 18) ** 2 if index % 3 == 2 else None,
            learning_rate=2e-4 * min(1.0, (index + 1) / 3) * (0.5 + 0.5 * math.cos(math.pi * index / 29)),
            seconds=12.4 * (index + 1),
        )


SETTINGS = """\
brand:
  name: Larkspur Outdoor
  voice: voice.md
sources:
  - {kind: csv, path: data/customers.csv, maps_to: profile}
  - {kind: zendesk, path: data/tickets.json}
governance: {purpose: model_training, on_missing: exclude, pseudonymize: true}
tasks:
  - kind: support_reply
  - {kind: campaign_copy, channel: email_subject, outcome: open_rate}
  - kind: product_description
base: starter
training: {method: lora, rank: 16, objective: sft, epochs: 3, learning_rate: 2.0e-4, seed: 7}
evaluation: {primary: on_brand, arms: [base, prompt, few_shot, rag, tuned, tuned_rag]}
"""


def context(**changes: object) -> RunContext:
    """The whole context; `changes` replace its fields."""
    fields: dict[str, object] = {
        "run_id": "run_20260211_7f3c",
        "title": "Larkspur Outdoor, February run",
        "created_at": "2026-02-11 14:03 UTC",
        "funnel": tuple(_funnel()),
        "dropped": (
            DropExample(
                step="consent",
                reason="no consent",
                detail="Consent for model_training is denied.",
                excerpt="",
                where="data/customers.csv:118",
            ),
            DropExample(
                step="outcomes",
                reason="customer was unhappy",
                detail="Rated 1 of 5.",
                excerpt="Hi [CUSTOMER_NAME],\n\nWe can't take the pack back after 60 days.",
                where="data/tickets.json:2207",
            ),
            DropExample(
                step="outcomes",
                reason="customer was unhappy",
                detail="Rated 2 of 5.",
                excerpt=HOSTILE,
                where="data/tickets.json:3119",
            ),
            DropExample(step="language", reason="other language", detail="Arabic, 0.99.", excerpt=ARABIC),
            DropExample(
                step="quality",
                reason="broken rules of the brand",
                detail="4 findings.",
                excerpt=BAD,
                where="data/tickets.json:874",
            ),
        ),
        "curve": tuple(_curve()),
        "losses": {
            "base": 2.914,
            "tuned": 1.402,
            "support_reply/base": 2.811,
            "support_reply/tuned": 1.298,
            "campaign_copy/base": 3.402,
            "campaign_copy/tuned": 1.911,
            "product_description/base": 2.706,
            "product_description/tuned": 1.355,
        },
        "stages": (
            StageFact(name="ingest", seconds=4.2, summary="9,412 records from 8 sources.", fingerprint="a91c04e2"),
            StageFact(
                name="link", seconds=1.9, summary="1,204 customers from 3,377 identifiers.", fingerprint="5be0d17c"
            ),
            StageFact(name="curate", seconds=38.6, summary="2,844 examples kept.", fingerprint="c7740f19"),
            StageFact(name="freeze", seconds=0.8, summary="2,464 to train, 96 to validate, 284 held out."),
            StageFact(name="train", seconds=372, summary="300 steps, best at 200.", fingerprint="e12d88ab"),
            StageFact(name="evaluate", seconds=4441, summary="6 arms, 1,704 texts."),
        ),
        "lineage": (
            ("Sources", "8 files", "Larkspur exports of 2026-02-10"),
            ("Records", "a91c04e2", "9,412 records"),
            ("Dataset", "larkspur@v3", "2,844 examples, split by customer, conversation and near-duplicate"),
            ("Run", "run_20260211_7f3c", "LoRA, rank 16"),
            ("Model", "mdl_e12d88ab", "Adapter, 11 MB"),
            ("Release", "challenger", "Waits for the facts gate"),
        ),
        "facts": (
            ("Base model", "brandtune-starter, 52 M parameters"),
            ("Method", "LoRA, rank 16, all linear layers"),
            ("Seed", "7"),
            ("Machine", "16 cores, 128 GiB, one H200"),
            ("Brandtune", "0.1.0"),
            ("torch", "2.13.0"),
        ),
        "settings": SETTINGS,
        "next_steps": (
            "Release it as a challenger beside the prompt, not as the champion: the facts gate failed.",
            "Switch on look-up (tuned_rag): it passes the facts gate at 93 %.",
            "Rate 50 pairs in the studio, so that the style threshold is calibrated.",
        ),
    }
    return RunContext(**{**fields, **changes})  # type: ignore[arg-type]


def bare_context() -> RunContext:
    """A context that knows nothing but its name."""
    return RunContext(run_id="run_0", title="Empty", created_at="2026-02-11")
