"""The rest of the recipe: manifest, tokenizer, evaluation and card."""

import json
import math
from pathlib import Path

import pytest

manifest = pytest.importorskip("starter.base.manifest", reason="tests run outside the project's folder")

from starter.base import card  # noqa: E402
from starter.base.chat import written  # noqa: E402


def test_the_manifest_names_place_licence_and_share_of_every_source() -> None:
    entries = manifest.manifest()["corpus"]
    assert all(entry["what"] and entry["place"] and entry["licence"] and entry["kinds"] for entry in entries)
    assert len({entry["name"] for entry in entries}) == len(entries)
    assert math.isclose(sum(entry["share"] for entry in entries), 1.0, abs_tol=0.002)
    sharing = {entry["name"] for entry in entries if "SA" in entry["licence"] or "Sharing" in entry["licence"]}
    assert sharing == set(manifest.sources()) - set(manifest.sources(share_alike=False))


def test_a_tokenizer_has_the_special_tokens_first_and_gives_every_text_back(tmp_path: Path) -> None:
    from starter.base import tokenizer
    from transformers import AutoTokenizer

    from brandtune.models.references import STARTER

    texts = [
        written([("user", f"Where is parcel {n}?"), ("assistant", "It is on its way, naïve friend.")])
        for n in range(90)
    ]
    file = tmp_path / "corpus.jsonl"
    file.write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    trained = tokenizer.train(tokenizer.texts_of([file]), size=400)
    template = (Path(STARTER) / "chat_template.jinja").read_text(encoding="utf-8")
    tokenizer.save(trained, tmp_path / "out", template=template)
    loaded = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert [loaded.convert_tokens_to_ids(token) for token in tokenizer.SPECIAL] == [0, 1, 2, 3]
    assert loaded.eos_token_id == 2 and loaded.pad_token_id == 3
    for text in (*texts[:3], "Zürich — 東京 🙂\n\n  two  spaces", ""):
        assert loaded.decode(loaded.encode(text, add_special_tokens=False)) == text
    ids = loaded.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=True, return_dict=True)["input_ids"]
    assert ids[0] == 1 and 2 in ids
    words = [token for token in loaded.get_vocab() if token not in tokenizer.SPECIAL]
    assert not [token for token in words if "im_start" in token or "|>" in token]


def test_bits_per_byte_are_those_computed_by_hand_whatever_the_kind(tmp_path: Path) -> None:
    import torch
    from starter.base.evaluate import END_OF_DOCUMENT, FIRST_TOKENS, bits_per_byte, tokens_per_s
    from tiny_models import write_tiny_model

    from brandtune.models import load_model

    model = load_model(str(write_tiny_model(tmp_path)), precision="fp32")
    documents = [{"kind": "prose", "text": "A short text."}, {"kind": "lines", "text": "Another\none."}]
    found = bits_per_byte(model, documents)
    total = 0.0
    for document in documents:
        ids = [*model.renderer.tokenizer.encode(document["text"], add_special_tokens=False), END_OF_DOCUMENT]
        assert len(ids) < FIRST_TOKENS
        with torch.no_grad():
            scores = model.network(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
        bits = -sum(float(scores[i - 1, ids[i]]) for i in range(1, len(ids))) / math.log(2)
        assert found[document["kind"]]["bits_per_byte"] == pytest.approx(
            bits / len(document["text"].encode()), rel=1e-4
        )
        total += bits
    size = sum(len(document["text"].encode()) for document in documents)
    assert found["all"]["bits_per_byte"] == pytest.approx(total / size, rel=1e-4)
    assert tokens_per_s(model, runs=1, length=8) > 0


def evaluation(share: float) -> dict:
    score = {"n": 200, "right": int(200 * share), "share": share, "low": share - 0.05, "high": share + 0.05, "chance": 0.25,
             "p_value": 0.0}  # fmt: skip
    sorts = ("copy", "instruction", "few_shot", "copy: one house")
    return {
        "parameters": 8_500_000, "context": 2048, "tokens_per_s": 180.0,
        "heldout": {"dialogue": {"bits_per_byte": share}, "all": {"bits_per_byte": 2 * share}},
        "probes": {name: {"written": score, "likelier": score} for name in sorts},
    }  # fmt: skip


def test_the_card_holds_the_figures_against_the_seed_and_every_licence() -> None:
    text = card.card(
        {"documents": 900, "model": evaluation(0.6), "seed": evaluation(0.8)}, training={"tokens": "9 million"}
    )
    assert "| dialogue | 0.600 | 0.800 | -25.0 % |" in text
    assert "60% (55% to 65%)" in text and "| 80% |" in text and "tokens: 9 million" in text
    for entry in manifest.manifest()["corpus"]:
        assert entry["name"] in text and entry["licence"] in text
    alone = card.card({"documents": 900, "model": evaluation(0.6)})
    assert "seed" not in alone.split("## Limits")[0]
