"""A Hugging Face tokenizer as llama.cpp reads it: token list, merges, kind of pre-tokenization, special ids, template.

Only tokenizers that llama.cpp splits the same way are written; the others are refused with what is in the way.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from brandtune.core.errors import UsageError
from brandtune.models.rendering import Renderer

if TYPE_CHECKING:
    from gguf import GGUFWriter

_GENERATION_TAG = re.compile(r"\{%-?\s*(?:end)?generation\s*-?%\}")
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+"
)
# How text is cut before merging: the tokenizer's own pattern, and llama.cpp's name for it.
_PATTERNS = {_LLAMA3: "llama-bpe", _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}"): "qwen2"}
# llama.cpp takes a whole word that is a token as it stands, before merging, exactly under these names.
_WHOLE_WORDS_FIRST = {"llama-bpe"}
_NORMAL, _UNKNOWN, _CONTROL, _USER_DEFINED, _UNUSED, _BYTE = 1, 2, 3, 4, 5, 6


@dataclass(frozen=True)
class Vocabulary:
    """What goes into the file.

    Attributes:
        model: llama.cpp's kind of tokenizer: `gpt2` (byte-level pairs) or `llama` (sentencepiece pairs).
        pre: llama.cpp's name of the way text is cut first; empty for sentencepiece.
        kinds: llama.cpp's kind of each token.
        ids: Special ids by llama.cpp's name for them.
        unmatched: What llama.cpp does differently on rare text, in words.
    """

    model: str
    pre: str
    tokens: tuple[str, ...]
    kinds: tuple[int, ...]
    merges: tuple[str, ...]
    ids: Mapping[str, int]
    add_bos: bool
    add_eos: bool
    template: str
    add_space: bool | None = None
    scores: tuple[float, ...] = ()
    unmatched: tuple[str, ...] = field(default=())


def vocabulary_of(renderer: Renderer, *, num_rows: int) -> Vocabulary:
    """The vocabulary of a renderer's tokenizer, filled up to the embedding's `num_rows`.

    Raises:
        UsageError: llama.cpp would cut text differently.
    """
    tokenizer: Any = renderer.tokenizer
    document = json.loads(tokenizer.backend_tokenizer.to_str())
    if document["model"]["type"] != "BPE":
        raise _refusal(f"the tokenizer is a {document['model']['type']} model")
    for token in document["added_tokens"]:
        if any(token[flag] for flag in ("lstrip", "rstrip", "single_word")):
            raise _refusal(f"the token {token['content']!r} takes in spaces around it")
    tokens, kinds = _tokens(document, num_rows)
    sentencepiece = bool(document["model"].get("byte_fallback"))
    model, pre, add_space = (
        ("llama", "", _added_space(document)) if sentencepiece else ("gpt2", _cutting(document), None)
    )
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in document["model"]["merges"]]
    first, last = _added_around(tokenizer)
    return Vocabulary(
        model=model,
        pre=pre,
        tokens=tuple(tokens),
        kinds=tuple(kinds),
        merges=() if sentencepiece else tuple(merges),
        ids=_special_ids(renderer),
        add_bos=first,
        add_eos=last,
        template=plain_template(str(tokenizer.chat_template)),
        add_space=add_space,
        # Sentencepiece numbers its pieces in the order of their scores, and only that order counts.
        scores=tuple(-float(index) for index in range(len(tokens))) if sentencepiece else (),
        unmatched=_unmatched(document),
    )


def plain_template(template: str) -> str:
    """A chat template without `{% generation %}` marks, which training needs and other engines do not know.

    >>> plain_template("a{%- generation -%}b{%- endgeneration -%}c")
    'abc'
    """
    marks = list(_GENERATION_TAG.finditer(template))
    for mark in reversed(marks):
        before, after = template[: mark.start()], template[mark.end() :]
        before = before.rstrip() if mark.group().startswith("{%-") else before
        template = before + (after.lstrip() if mark.group().endswith("-%}") else after)
    return template


def _tokens(document: Mapping[str, Any], num_rows: int) -> tuple[list[str], list[int]]:
    by_id = {index: token for token, index in document["model"]["vocab"].items()}
    kinds = {}
    if document["model"].get("byte_fallback"):
        kinds = {index: _BYTE for index, token in by_id.items() if re.fullmatch(r"<0x[0-9A-F]{2}>", token)}
        unknown = document["model"].get("unk_token")
        kinds |= {index: _UNKNOWN for index, token in by_id.items() if token == unknown}
    for token in document["added_tokens"]:
        by_id[token["id"]] = token["content"]
        kinds.setdefault(token["id"], _CONTROL if token["special"] else _USER_DEFINED)
    if max(by_id) >= num_rows:
        raise UsageError(
            f"the tokenizer has {max(by_id) + 1} tokens and the embedding {num_rows} rows.", where="export"
        )
    tokens = [by_id.get(index, f"[PAD{index}]") for index in range(num_rows)]
    return tokens, [kinds.get(index, _NORMAL if index in by_id else _UNUSED) for index in range(num_rows)]


def _cutting(document: Mapping[str, Any]) -> str:
    """llama.cpp's name for the way this tokenizer cuts text.

    Raises:
        UsageError: It has none that is known here.
    """
    normalizer = document["normalizer"]
    if normalizer is not None and normalizer["type"] != "NFC":
        raise _refusal(f"text is normalised by {normalizer['type']} first")
    cut = document["pre_tokenizer"] or {}
    steps = cut["pretokenizers"] if cut.get("type") == "Sequence" else [cut]
    if steps[-1].get("type") != "ByteLevel" or steps[-1].get("add_prefix_space"):
        raise _refusal("its pairs are not byte-level, or a space is put in front of text")
    name = _name_of_steps(steps[:-1], plain=bool(steps[-1].get("use_regex", True)))
    if name is None:
        raise _refusal(f"text is cut by {[step.get('pattern', step.get('type')) for step in steps]}")
    if bool(document["model"].get("ignore_merges")) != (name in _WHOLE_WORDS_FIRST):
        raise _refusal("whole words are looked up in another way than llama.cpp does under this pattern")
    return name


def _name_of_steps(steps: Sequence[Mapping[str, Any]], *, plain: bool) -> str | None:
    if not steps:
        return "gpt-2" if plain else None
    if len(steps) > 1:
        return None
    step = steps[0]
    if step["type"] == "Digits" and step["individual_digits"] and plain:
        return "smollm"
    if step["type"] == "Split" and step["behavior"] == "Isolated" and not step.get("invert") and not plain:
        return _PATTERNS.get(step["pattern"].get("Regex", ""))
    return None


def _added_space(document: Mapping[str, Any]) -> bool:
    """Whether a sentencepiece tokenizer puts a space before the first word.

    Raises:
        UsageError: It treats spaces in a way that is not known here.
    """
    cut, normalizer = document["pre_tokenizer"], document["normalizer"]
    if cut and cut["type"] == "Metaspace":
        return bool(cut["prepend_scheme"] != "never")
    parts = normalizer["normalizers"] if normalizer and normalizer["type"] == "Sequence" else [normalizer or {}]
    if {part.get("type") for part in parts} <= {"Prepend", "Replace"} and parts[-1].get("content") == "▁":
        return bool(parts[0]["type"] == "Prepend")
    raise _refusal("spaces are treated in a way that is not known here")


def _unmatched(document: Mapping[str, Any]) -> tuple[str, ...]:
    if (document["normalizer"] or {}).get("type") != "NFC":
        return ()
    return ("llama.cpp does not join separate accents (Unicode NFC) before it cuts text; send text in NFC.",)


def _added_around(tokenizer: Any) -> tuple[bool, bool]:
    """Whether plain encoding puts the start token before a text, and the end token after it."""
    ids = tokenizer("a")["input_ids"]
    first = tokenizer.bos_token_id is not None and ids[0] == tokenizer.bos_token_id
    return bool(first), bool(len(ids) > 1 and ids[-1] == tokenizer.eos_token_id)


def _special_ids(renderer: Renderer) -> dict[str, int]:
    """`eos` is the tokenizer's own end; `eot` the one that ends an assistant's turn in the chat template."""
    from brandtune.core.examples import Message

    tokenizer: Any = renderer.tokenizer
    rendered = renderer.render([Message(role="user", content="a"), Message(role="assistant", content="b")])
    learnt = [i for i, loss in zip(rendered.token_ids, rendered.loss_mask, strict=True) if loss]
    ends = [token for token in learnt if token in renderer.eos_token_ids]
    found = {
        "bos": tokenizer.bos_token_id,
        "eos": tokenizer.eos_token_id if tokenizer.eos_token_id is not None else renderer.eos_token_ids[0],
        "eot": ends[-1],
        "pad": tokenizer.pad_token_id,
    }
    return {name: int(value) for name, value in found.items() if value is not None}


def write_vocabulary(writer: "GGUFWriter", vocabulary: Vocabulary) -> None:
    """Put a vocabulary into a file."""
    writer.add_tokenizer_model(vocabulary.model)
    if vocabulary.pre:
        writer.add_tokenizer_pre(vocabulary.pre)
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.kinds)
    if vocabulary.scores:
        writer.add_token_scores(vocabulary.scores)
    if vocabulary.merges:
        writer.add_token_merges(vocabulary.merges)
    if vocabulary.add_space is not None:
        writer.add_add_space_prefix(vocabulary.add_space)
    put = {"bos": writer.add_bos_token_id, "eos": writer.add_eos_token_id, "eot": writer.add_eot_token_id,
           "pad": writer.add_pad_token_id}  # fmt: skip
    for name, index in vocabulary.ids.items():
        put[name](index)
    writer.add_add_bos_token(vocabulary.add_bos)
    writer.add_add_eos_token(vocabulary.add_eos)
    writer.add_chat_template(vocabulary.template)


def _refusal(what: str) -> UsageError:
    return UsageError(
        f"{what}; llama.cpp would cut text differently.", where="export: tokenizer", fix="Use --format safetensors."
    )
