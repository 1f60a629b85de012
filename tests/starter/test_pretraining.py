"""The recipe's pre-training: batches are a pure function of the step, and a stopped run goes on where it was."""

import json
import os
import signal
import sys

import numpy as np
import pytest
import torch
from starter.base import pretrain
from starter.base.corpus import END_OF_DOCUMENT, Corpus, assistant_mask, batch, prepare
from tokenizers import Tokenizer

from brandtune.models.references import STARTER

TURN = "<|im_start|>{role}\n{text}<|im_end|>\n"


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer.from_file(str(STARTER / "tokenizer.json"))


def documents(count):
    for number in range(count):
        text = TURN.format(role="user", text=f"Where is parcel {number}?") + TURN.format(role="assistant", text="Here.")
        yield {"source": "test", "kind": ("dialogue", "context")[number % 2], "text": text}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tokenizer):
    found = tmp_path_factory.mktemp("corpus")
    assert prepare(documents(40), tokenizer=tokenizer, folder=found) > 400
    return found


def test_a_step_draws_the_same_documents_every_time(folder):
    corpus = Corpus(folder)
    one, again, next_one = (batch([corpus], step=step, seed=1, num_tokens=300, max_tokens=1024) for step in (5, 5, 6))
    assert one == again and one != next_one
    assert sum(len(ids) for _, ids in one) >= 300
    dialogue = sum(len(ids) for kind, ids in one if kind == "dialogue") / sum(len(ids) for _, ids in one)
    assert 0.6 < dialogue < 0.9  # shares 0.52 and 0.18 of the kinds that are there
    assert all(ids[-1] == END_OF_DOCUMENT for _, ids in one)


def test_long_documents_are_windows_of_them(tmp_path, tokenizer):
    prepare([{"source": "", "kind": "prose", "text": "One more word. " * 400}], tokenizer=tokenizer, folder=tmp_path)
    corpus, rng = Corpus(tmp_path), np.random.default_rng(0)
    windows = [corpus.window(0, max_tokens=64, rng=rng) for _ in range(20)]
    assert {len(ids) for ids in windows} <= {64, 65} and len(set(windows)) > 1


def test_only_answers_are_learnt_of_made_up_documents(tokenizer):
    text = next(documents(1))["text"]
    ids = tuple(tokenizer.encode(text).ids)
    (*begin, end) = tokenizer.encode("<|im_start|>assistant\n<|im_end|>").ids
    mask = assistant_mask(ids, begin=tuple(begin), end=end)
    learnt = [token for token, flag in zip(ids, mask, strict=True) if flag]
    assert tokenizer.decode(learnt, skip_special_tokens=False) == "Here.<|im_end|>"


@pytest.mark.slow
def test_a_stopped_run_goes_on_and_leaves_a_model(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pretrain, "TOKENS_A_STEP", 200)
    held_out = tmp_path / "held_out.jsonl"
    held_out.write_text("".join(json.dumps(document) + "\n" for document in documents(4)))

    def run(hours):
        arguments = ["--base", STARTER, "--corpus", folder, "--held-out", held_out, "--work", tmp_path / "work"]
        monkeypatch.setattr(sys, "argv", ["pretrain", *map(str, arguments), "--hours", str(hours)])
        pretrain.main()

    def one_corpus(self):
        if self.standing.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return 1

    monkeypatch.setattr(pretrain.Pretraining, "_there", one_corpus)
    # Not SIG_DFL: libraries that other tests of the same process use (Ray) leave handlers of their own.
    before = signal.getsignal(signal.SIGTERM)
    run(1.0)
    stopped = torch.load(tmp_path / "work" / "checkpoint.pt", weights_only=True)["standing"]
    assert signal.getsignal(signal.SIGTERM) is before
    assert stopped["step"] == 2 and not (tmp_path / "work" / "model").exists()
    monkeypatch.setattr(pretrain.Pretraining, "_there", lambda self: 1)
    run(stopped["seconds"] / 3600 + 0.0001)
    assert torch.load(tmp_path / "work" / "checkpoint.pt", weights_only=True)["standing"]["step"] > 2
    lines = [json.loads(line) for line in (tmp_path / "work" / "log.jsonl").read_text().splitlines()]
    assert lines[-1]["bits_per_byte_dialogue"] < lines[0]["bits_per_byte_dialogue"]
    assert (tmp_path / "work" / "model" / "model.safetensors").is_file()
