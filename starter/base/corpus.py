"""Documents as token ids on disk, and batches drawn from them by kind. `python -m starter.base.corpus` prepares them."""

import argparse
import json
import lzma
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

SHARES = {
    "dialogue": 0.52, "prose": 0.10, "instruction": 0.08, "retrieval": 0.05, "few_shot": 0.06, "lines": 0.01,
    "context": 0.18, "recall": 0.0,
}  # fmt: skip
"""Share of the tokens of a batch, by kind of document; kinds that are absent leave their share to the others."""
SHORTEST, END_OF_DOCUMENT = 8, 0


class Corpus:
    """Prepared documents: `tokens.npy` [N] uint16, `offsets.npy` [D + 1], `kinds.json` [D]."""

    def __init__(self, folder: Path) -> None:
        self.tokens = np.load(folder / "tokens.npy", mmap_mode="r")
        self.offsets = np.load(folder / "offsets.npy")
        kinds: dict[str, list[int]] = {}
        for index, kind in enumerate(json.loads((folder / "kinds.json").read_text("utf-8"))):
            if self.offsets[index + 1] - self.offsets[index] >= SHORTEST:
                kinds.setdefault(kind, []).append(index)
        self.kinds = {kind: np.array(members) for kind, members in kinds.items()}

    def window(self, document: int, *, max_tokens: int, rng: np.random.Generator) -> tuple[int, ...]:
        """A document, or where it is longer a window of it: its beginning every second time, so that turns stay whole.

        Where the window reaches the document's end, the token that says so follows.
        """
        start, end = int(self.offsets[document]), int(self.offsets[document + 1])
        if end - start > max_tokens and rng.random() < 0.5:
            start += int(rng.integers(0, end - start - max_tokens + 1))
        last = min(end, start + max_tokens)
        return (*self.tokens[start:last].tolist(), *((END_OF_DOCUMENT,) if last == end else ()))


def batch(
    corpora: Iterable[Corpus],
    *,
    step: int,
    seed: int,
    num_tokens: int,
    max_tokens: int,
    shares: Mapping[str, float] = SHARES,
) -> list[tuple[str, tuple[int, ...]]]:
    """The documents of one optimizer step, (kind, token ids) each: a pure function of seed and step."""
    rng = np.random.default_rng((seed, step))
    sources = [(kind, corpus) for corpus in corpora for kind in corpus.kinds if shares.get(kind)]
    weights = np.array([shares[kind] for kind, _ in sources])
    found: list[tuple[str, tuple[int, ...]]] = []
    spent = np.zeros(len(sources))
    while spent.sum() < num_tokens:
        # The kind that is furthest behind its share comes next; the first by chance, so that no kind is always first.
        behind = weights / weights.sum() * (spent.sum() + 1) - spent
        at = int(rng.choice(len(sources), p=weights / weights.sum())) if not found else int(behind.argmax())
        kind, corpus = sources[at]
        ids = corpus.window(int(rng.choice(corpus.kinds[kind])), max_tokens=max_tokens, rng=rng)
        found.append((kind, ids))
        spent[at] += len(ids)
    return found


def assistant_mask(ids: tuple[int, ...], *, begin: tuple[int, ...], end: int) -> tuple[bool, ...]:
    """Which tokens an assistant writes: from after `begin` (start of turn, role, line end) to `end`, which counts too.

    >>> assistant_mask((1, 7, 9, 5, 2, 1, 8, 9, 5, 2), begin=(1, 7, 9), end=2)
    (False, False, False, True, True, False, False, False, False, False)
    """
    mask, inside = [False] * len(ids), False
    for place, token in enumerate(ids):
        mask[place] = inside
        if inside and token == end:
            inside = False
        elif ids[place + 1 - len(begin) : place + 1] == begin and place + 1 >= len(begin):
            inside = True
    return tuple(mask)


def prepare(documents: Iterable[dict[str, str]], *, tokenizer: Tokenizer, folder: Path, kind: str = "") -> int:
    """Write documents ({kind, text}) as token ids, all of one `kind` where it is given; returns how many tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: list[np.ndarray] = []
    kinds: list[str] = []
    for some in _chunks(documents, 2000):
        encoded = tokenizer.encode_batch([document["text"] for document in some], add_special_tokens=False)
        arrays += [np.array(one.ids, dtype=np.uint16) for one in encoded]
        kinds += [kind or document["kind"] for document in some]
    offsets = np.cumsum([0, *(len(array) for array in arrays)])
    np.save(folder / "tokens.npy", np.concatenate(arrays))
    np.save(folder / "offsets.npy", offsets)
    (folder / "kinds.json").write_text(json.dumps(kinds), "utf-8")
    return int(offsets[-1])


def read_documents(path: Path) -> Iterator[dict[str, str]]:
    """Documents of a JSON Lines file, xz-compressed or not."""
    compressed = path.suffix == ".xz"
    with lzma.open(path, "rt", encoding="utf-8") if compressed else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _chunks(rows: Iterable[dict[str, str]], size: int) -> Iterator[list[dict[str, str]]]:
    chunk: list[dict[str, str]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=Path, help="JSON Lines, {source, kind, text} each, may be .xz")
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kind", choices=SHARES, default="", help="of all documents, instead of their own")
    given = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(given.tokenizer))
    count = prepare(read_documents(given.documents), tokenizer=tokenizer, folder=given.out, kind=given.kind)
    print(f"{count:,} tokens in {given.out}")


if __name__ == "__main__":
    main()
