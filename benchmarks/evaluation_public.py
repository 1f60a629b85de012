"""Public sets, honestly: Banking77's intents beside classic and published baselines, and a support-reply set's verdict.

Banking77 is split as its authors split it. The bundled base is tuned on (message, intent) turns and writes the intent;
anything but one of the 77 names is wrong. Beside it: TF-IDF with logistic regression, the nearest training message by
BM25, and what its paper reports of encoders on the same split. The support replies are STAR's dialogues, which the
bundled base has seen in pre-training, so tuning need not help there; the verdict says whether it does.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import record

DATA = Path(__file__).parents[2] / "shared" / "data"
SYSTEM = "You name the intent of a bank customer's message."
# Accuracy in percent with all training data, as reported by Casanueva et al. 2020 (arXiv 2003.04807); not measured here.
PUBLISHED = {"bert_tuned": 93.66, "use": 92.81, "convert": 93.01, "use_and_convert": 93.36}
# Three times the rate made the training loss rise again in the first epoch.
EPOCHS, BATCH, RATE = 1, 16, 1e-3
SHOWN = ("on_brand", "chrf", "loss")
Rows = list[tuple[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="8 messages an intent, 150 to test, 200 dialogues, one epoch"
    )
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    parser.add_argument("--quick-replies", action="store_true", help="as quick for the support replies alone")
    parser.add_argument("--only-banking77", action="store_true", help="the other figures stay as they were recorded")
    arguments = parser.parse_args()
    if arguments.only_banking77:
        record("evaluation_public", recorded() | banking77(quick=arguments.quick))
        return
    replies = arguments.quick or arguments.quick_replies
    record("evaluation_public", measure(quick=arguments.quick, quick_replies=replies))


def recorded() -> dict[str, Any]:
    """The figures of the last run."""
    path = Path(__file__).parent / "results" / "evaluation_public.json"
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return figures


def measure(*, quick: bool, quick_replies: bool) -> dict[str, Any]:
    """The figures of both sets; empty where the data is absent."""
    if not DATA.is_dir():
        print(f"no public data at {DATA}", file=sys.stderr)
        return {}
    return banking77(quick=quick) | support_replies(quick=quick_replies)


def banking77(*, quick: bool) -> dict[str, Any]:
    """Macro-F1 and accuracy of each way, on the official test set."""
    train, test = rows("train"), rows("test")
    if quick:
        train, test = few_of_each(train, 8), random.Random(0).sample(test, 150)
    ways = {
        "tuned": tuned(train, [text for text, _ in test], epochs=EPOCHS),
        "tfidf_logistic_regression": logistic_regression(train, [text for text, _ in test]),
        "nearest_by_bm25": nearest(train, [text for text, _ in test]),
    }
    scores = {name: score([label for _, label in test], given) for name, given in ways.items()}
    return {
        "banking77_macro_f1": scores["tuned"]["macro_f1"],
        "banking77": scores,
        "banking77_published_accuracy": PUBLISHED,
        "banking77_rows": {"train": len(train), "test": len(test)},
        "banking77_training": {"epochs": EPOCHS, "batch_size": BATCH, "learning_rate": RATE},
    }


def rows(part: str) -> Rows:
    lines = (DATA / "banking77" / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [(row["text"], row["category"].replace("_", " ").lower()) for row in map(json.loads, lines)]


def few_of_each(found: Rows, count: int) -> Rows:
    by_label: dict[str, Rows] = {}
    for row in random.Random(0).sample(found, len(found)):
        by_label.setdefault(row[1], []).append(row)
    return [row for own in by_label.values() for row in own[:count]]


def tuned(train: Rows, texts: Sequence[str], *, epochs: float) -> list[str]:
    """What the tuned base writes; a twentieth of the training rows choose the best weights."""
    from brandtune.core.examples import Message
    from brandtune.models import Decoding, generate, load_model
    from brandtune.training.library import train as fit

    mixed = random.Random(1).sample(train, len(train))
    held = len(mixed) // 20
    chats = [
        {"messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text},
                      {"role": "assistant", "content": label}]}
        for text, label in mixed
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        done = fit(
            chats[held:],
            validation=chats[:held],
            output=f"{folder}/model",
            epochs=epochs,
            batch_size=BATCH,
            learning_rate=RATE,
        )
        model = load_model("starter", adapter=Path(done.adapter))
        prompts = [[Message(role="system", content=SYSTEM), Message(role="user", content=text)] for text in texts]
        replies = generate(model, prompts, decoding=Decoding(max_new_tokens=24))
    return [" ".join(reply.text.lower().split()) for reply in replies]


def logistic_regression(train: Rows, texts: Sequence[str]) -> list[str]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
    )
    classifier = make_pipeline(features, LogisticRegression(C=20, max_iter=500))
    classifier.fit([text for text, _ in train], [label for _, label in train])
    return [str(label) for label in classifier.predict(list(texts))]


def nearest(train: Rows, texts: Sequence[str]) -> list[str]:
    from brandtune.models.retrieval import Passage, Retriever

    found = Retriever([Passage(label, text) for text, label in train])
    return [passages[0].key if (passages := found.search(text, k=1)) else "" for text in texts]


def score(wanted: Sequence[str], given: Sequence[str]) -> dict[str, float]:
    from sklearn.metrics import accuracy_score, f1_score

    labels = sorted(set(wanted))
    macro = f1_score(wanted, given, labels=labels, average="macro", zero_division=0)
    return {"macro_f1": round(float(macro), 4), "accuracy": round(float(accuracy_score(wanted, given)), 4)}


def support_replies(*, quick: bool) -> dict[str, Any]:
    """The product's own verdict on STAR's dialogues."""
    from brandtune.execution import RunDirectory

    settings = [f"tasks.0.max_examples={200 if quick else 2000}", f"evaluation.max_test={24 if quick else 150}"]
    settings += ["training.epochs=1", "evaluation.decoding.max_new_tokens=64"]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "star"
        basis = ["--lawful-basis", "not_personal", "--assessment", "public data set, see its SOURCE.md"]
        data = ["--data", str(DATA / "star_dialogues" / "star.jsonl")]
        command(["init", str(home), *data, *basis, "--name", "STAR"])
        overrides = [argument for setting in settings for argument in ("--set", setting)]
        command(["run", "--config", str(home / "brandtune.yaml"), "--until", "evaluate", "--quiet", *overrides])
        run = RunDirectory.latest(home / ".brandtune")
        assert run is not None
        report = json.loads((run.path / "evaluate" / "report.json").read_text(encoding="utf-8"))
    cells = {(c["arm"], c["metric"]): c["estimate"]["value"] for c in report["cells"] if c["task"] == "all"}
    primary = report["verdict"]["primary"]
    return {
        "support_replies": {
            "examples": {"limit": 200 if quick else 2000, "test": 24 if quick else 150},
            "verdict": report["verdict"]["outcome"],
            "best_other_arm": primary["baseline"],
            "gain": primary["difference"],
            "by_arm": {
                arm["name"]: {m: round(cells[arm["name"], m], 4) for m in SHOWN if (arm["name"], m) in cells}
                for arm in report["arms"]
            },
        }
    }  # fmt: skip


def command(arguments: Sequence[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "brandtune", *arguments], capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise SystemExit(f"brandtune {arguments[0]} ended with {result.returncode}:\n{result.stderr[-2000:]}")


if __name__ == "__main__":
    main()
