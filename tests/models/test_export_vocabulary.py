"""Tokenizers in llama.cpp: the same ids on rough text for each way of cutting it, and a refusal for every other way."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sharp_models import write_sharp_model
from tiny_models import PLAIN_CHATML
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from brandtune.core.errors import UsageError
from brandtune.models import load_model
from brandtune.models.export import gguf_file, llama_cpp
from brandtune.models.export.trials import ROUGH_TEXTS
from brandtune.models.export.vocabulary import _LLAMA3, plain_template, vocabulary_of
from brandtune.models.rendering import renderer_for

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>"]
QWEN2 = _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")


def byte_level(*steps: Any, plain: bool, normalizer: Any = None, whole_words: bool = False) -> PreTrainedTokenizerFast:
    """A tokenizer trained on the rough texts, cutting text by `steps` first."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=whole_words))
    tokenizer.normalizer = normalizer
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=plain)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*steps, last]) if steps else last
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(ROUGH_TEXTS * 3, trainer)
    return _wrapped(tokenizer)


def _wrapped(tokenizer: Tokenizer, **names: str) -> PreTrainedTokenizerFast:
    found = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|pad|>", **names)
    found.chat_template = PLAIN_CHATML
    return found


def sentencepiece() -> PreTrainedTokenizerFast:
    """Pairs over characters with bytes for the rest, as in Llama 2 and Gemma, pieces numbered by score."""
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Replace(" ", "▁")
    texts = [text for text in ROUGH_TEXTS if text.isascii()] * 3
    trained.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=200, show_progress=False))
    document = json.loads(trained.to_str())["model"]
    pairs = [tuple(pair) for pair in document["merges"]]
    merged = ["".join(pair) for pair in pairs]
    letters = [piece for piece in document["vocab"] if piece not in merged]
    pieces = ["<unk>", *SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *dict.fromkeys(merged), *letters]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(
        models.BPE(vocab=vocabulary, merges=pairs, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    )
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(SPECIAL)
    return _wrapped(tokenizer, unk_token="<unk>")


def split(pattern: str) -> Any:
    return pre_tokenizers.Split(Regex(pattern), behavior="isolated")


TOKENIZERS = {
    "gpt-2": lambda: byte_level(plain=True),
    "smollm": lambda: byte_level(pre_tokenizers.Digits(individual_digits=True), plain=True),
    "llama-bpe": lambda: byte_level(split(_LLAMA3), plain=False, whole_words=True),
    "qwen2": lambda: byte_level(split(QWEN2), plain=False, normalizer=normalizers.NFC()),
}


def vocabulary(tokenizer: PreTrainedTokenizerFast, *, rows: int = 1024) -> Any:
    return vocabulary_of(renderer_for(tokenizer, eos_token_ids=[tokenizer.eos_token_id]), num_rows=rows)


@pytest.fixture(scope="module")
def engine_for(tmp_path_factory):
    """Opens llama.cpp on a small network with a given tokenizer."""
    for package in ("gguf", "xllamacpp"):
        pytest.importorskip(package, reason="the GGUF tools are not installed")
    folder = write_sharp_model(tmp_path_factory.mktemp("models") / "base", vocab_size=1024)
    network = load_model(str(folder), precision="fp32").network

    def opened(tokenizer: PreTrainedTokenizerFast) -> Any:
        path = Path(tmp_path_factory.mktemp("files")) / "x.gguf"
        gguf_file.write_network(path, network, vocabulary=vocabulary(tokenizer), quantization="f16", name="x")
        return llama_cpp.running(path, context=512)

    return opened


@pytest.mark.parametrize("pre", sorted(TOKENIZERS))
def test_llama_cpp_cuts_rough_text_the_same(engine_for, pre):
    tokenizer = TOKENIZERS[pre]()
    assert vocabulary(tokenizer).pre == pre

    with engine_for(tokenizer) as engine:
        texts = (*ROUGH_TEXTS, "<|im_start|>user\nHi<|im_end|>\n", "a  b   c\n\n \n d 12 345 6789")
        for text in texts:
            assert engine.token_ids(text) == tokenizer.encode(text, add_special_tokens=False), text

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.text(alphabet="abcXYZ019 \n\t'.,!?-éß日本🙂", max_size=40))
        def any_text(text: str) -> None:
            if "\0" not in text:
                assert engine.token_ids(text) == tokenizer.encode(text, add_special_tokens=False)

        any_text()


def test_sentencepiece_pairs_are_cut_the_same(engine_for):
    tokenizer = sentencepiece()
    found = vocabulary(tokenizer)
    assert (found.model, found.add_space) == ("llama", True)
    with engine_for(tokenizer) as engine:
        for text in ROUGH_TEXTS:
            assert engine.token_ids(text) == tokenizer.encode(text, add_special_tokens=False), text


@pytest.mark.parametrize(
    ("tokenizer", "says"),
    [
        (lambda: byte_level(split(r"\d+|\D+"), plain=False), "text is cut by"),
        (lambda: byte_level(split(_LLAMA3), plain=False), "whole words"),
        (lambda: byte_level(plain=True, normalizer=normalizers.Lowercase()), "normalised by Lowercase"),
        (lambda: byte_level(split(QWEN2), plain=True), "text is cut by"),
    ],
)
def test_other_ways_of_cutting_are_refused_by_name(tokenizer, says):
    with pytest.raises(UsageError, match=says):
        vocabulary(tokenizer())


def test_a_vocabulary_larger_than_the_embedding_is_refused():
    with pytest.raises(UsageError, match="600 tokens and the embedding 512 rows"):
        vocabulary(byte_level(plain=True), rows=512)


def test_rows_without_a_token_are_marked_unused():
    found = vocabulary(byte_level(plain=True))
    assert len(found.tokens) == 1024 and found.tokens[-1] == "[PAD1023]" and found.kinds[-1] == 5
    assert found.kinds[found.tokens.index("<|im_end|>")] == 3


def test_training_marks_leave_the_template_and_nothing_else_does():
    from brandtune.models.references import STARTER

    tokenizer = AutoTokenizer.from_pretrained(STARTER)
    turns = [
        {"role": "user", "content": " a "},
        {"role": "assistant", "content": "b\n"},
        {"role": "user", "content": "c"},
    ]
    before = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    plain = plain_template(tokenizer.chat_template)
    assert "generation -%}" not in plain and "endgeneration" not in plain
    tokenizer.chat_template = plain
    assert tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True) == before
