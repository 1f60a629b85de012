"""Forgetting: loss of base and tuned on texts apart from the brand, against a computation by hand; the gate; own texts."""

import math
from pathlib import Path

import pytest
import torch
from tiny_models import write_tiny_model

from brandtune.core.errors import DataError, NotFoundError
from brandtune.core.examples import Message
from brandtune.evaluation.forgetting import compared, forgetting_gate, measure
from brandtune.evaluation.general_texts import GeneralTexts, load_general_texts
from brandtune.models.loading import load_model


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(str(write_tiny_model(tmp_path_factory.mktemp("llama"))), precision="fp32")


def test_the_shipped_texts_are_there_small_and_well_formed() -> None:
    sets = load_general_texts().sets
    assert len(set(sets["general"])) == len(sets["general"]) >= 40
    assert len(sets["dialogues"]) >= 30
    for dialogue in sets["dialogues"]:
        assert [message.role for message in dialogue] == ["user", "assistant"] * (len(dialogue) // 2)
        assert all(message.content.strip() for message in dialogue)


def test_loss_of_a_text_is_that_of_all_its_tokens_but_the_first(model) -> None:
    text = "The bridge was closed for most of the winter."
    ((nats, tokens, size),) = measure(model, GeneralTexts({"own": (text,)}))["own"]
    ids = model.renderer.tokenizer.encode(text, add_special_tokens=False)
    with torch.no_grad():
        scores = model.network(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
    by_hand = -sum(float(scores[i - 1, ids[i]]) for i in range(1, len(ids)))
    assert nats == pytest.approx(by_hand, rel=1e-4)
    assert tokens == len(ids) - 1
    assert size == len(text.encode()) - len(model.renderer.tokenizer.decode(ids[:1]).encode())


def test_a_text_longer_than_the_context_is_read_in_pieces_and_nothing_is_lost(model) -> None:
    text = "one two three four " * 300
    ids = model.renderer.tokenizer.encode(text.strip(), add_special_tokens=False)
    assert len(ids) > 2 * model.context
    ((_, tokens, _),) = measure(model, GeneralTexts({"own": (text.strip(),)}))["own"]
    assert tokens == len(ids) - math.ceil(len(ids) / model.context)


def test_of_dialogues_only_the_assistant_counts_and_one_too_long_is_refused(model) -> None:
    asked = Message(role="user", content="Hi there, where is my lamp?")
    told = (asked, Message(role="assistant", content="Here."))
    ((_, tokens, size),) = measure(model, GeneralTexts({"dialogues": (told,)}))["dialogues"]
    assert (tokens, size) == (model.renderer.render(told).num_loss_tokens, len("Here."))
    endless = (asked, Message(role="assistant", content="word " * 600))
    with pytest.raises(DataError, match="longer than the model's context"):
        measure(model, GeneralTexts({"dialogues": (endless,)}))


def losses(*values: float) -> dict[str, list[tuple[float, int, int]]]:
    return {"general": [(value, 10, 40) for value in values]}


def test_the_rise_is_a_share_with_an_interval_and_the_gate_looks_at_its_upper_end() -> None:
    base, tuned = losses(*[20.0] * 30), losses(*[21.0, 23.0] * 15)
    (row,) = compared(base, tuned, resamples=500, seed=0)
    assert (row.base, row.tuned) == (2.0, 2.2)
    assert row.base_bits == pytest.approx(20.0 / 40 / math.log(2))
    assert row.rise.value == pytest.approx(0.1)
    assert row.rise.low is not None and row.rise.high is not None
    assert 0.06 < row.rise.low < 0.1 < row.rise.high < 0.14
    assert not forgetting_gate([row], margin=0.1).passed
    gate = forgetting_gate([row], margin=row.rise.high)
    assert gate.passed
    assert "+10.0 %" in gate.sentence and "2.000 to 2.200" in gate.sentence


def test_a_model_that_forgot_nothing_passes_a_margin_of_nothing() -> None:
    rows = compared(losses(5.0, 7.0), losses(5.0, 7.0), resamples=200, seed=0)
    assert forgetting_gate(rows, margin=0.0).passed


def test_own_texts_are_read_from_txt_and_jsonl(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One text\r\nof two lines.\r\n\r\nAnother.\n", encoding="utf-8")
    assert load_general_texts(Path("a.txt"), base_dir=tmp_path).sets["own"] == ("One text\nof two lines.", "Another.")
    rows = '{"text": "Plain."}\n\n{"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]}\n'
    (tmp_path / "b.jsonl").write_text(rows, encoding="utf-8")
    plain, dialogue = load_general_texts(Path("b.jsonl"), base_dir=tmp_path).sets["own"]
    assert plain == "Plain." and dialogue[1] == Message(role="assistant", content="A")


@pytest.mark.parametrize("name, content, says", [
    ("a.txt", b"  \n\n ", "no text"), ("b.txt", b"\xff\xfe\x00", "not UTF-8"), ("c.jsonl", b'{"text": 3}\n', "line 1"),
    ("d.jsonl", b'{"text": "x"}\nnot json\n', "line 2"), ("e.jsonl", b"[1]\n", "line 1"),
    ("f.jsonl", b'{"messages": [{"role": "user", "content": "Q"}]}\n', "no assistant turn"),
])  # fmt: skip
def test_texts_that_cannot_be_read_are_named_by_file_and_line(tmp_path: Path, name, content, says) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=says) as caught:
        load_general_texts(Path(name), base_dir=tmp_path)
    assert name in str(caught.value)


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(NotFoundError, match=r"nothing\.txt"):
        load_general_texts(Path("nothing.txt"))
