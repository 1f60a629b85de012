"""Training the tokenizer: byte-level BPE with the special tokens of the chat template.

    python -m starter.base.tokenizer OUT_FOLDER CORPUS.jsonl[.xz] [MORE.jsonl] [--size 8192]

The weights that are in the package were trained with the tokenizer beside them; another tokenizer needs other weights.
"""

import argparse
import json
import lzma
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>")  # ids 0 to 3
CONTEXT = 2048


def train(texts: Iterable[str], *, size: int = 8192) -> Tokenizer:
    """A tokenizer of at most `size` tokens: the four special ones, the 256 bytes, then merges by frequency.

    The special tokens' own text inside `texts` is cut out, so that no merge is spent on it.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((_plain(text) for text in texts), trainer=trainer)
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path, *, template: str) -> None:
    """Write the tokenizer with the chat template as the Hugging Face layout has it."""
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|pad|>",
        extra_special_tokens=["<|endoftext|>", "<|im_start|>"],
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    wrapped.chat_template = template
    wrapped.save_pretrained(folder)


def texts_of(paths: Iterable[Path]) -> Iterator[str]:
    """The `text` of every line of JSONL files, packed (.xz) or not."""
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["text"]


def _plain(text: str) -> str:
    for token in SPECIAL:
        text = text.replace(token, " ")
    return text


def main() -> None:
    from brandtune.models.references import STARTER

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("corpus", type=Path, nargs="+")
    parser.add_argument("--size", type=int, default=8192)
    arguments = parser.parse_args()
    trained = train(texts_of(arguments.corpus), size=arguments.size)
    save(trained, arguments.out, template=(Path(STARTER) / "chat_template.jinja").read_text(encoding="utf-8"))
    print(f"{trained.get_vocab_size()} tokens in {arguments.out}")


if __name__ == "__main__":
    main()
