"""Trains the bundled name model on generated text and writes it as package data.

    python -m starter.names.train --train train.jsonl --held-out dev.jsonl --out names.npz

The network: hashed letter features of each word, three small convolutions over the words around it, one tag a word.
`brandtune.scoring.personal.names` computes the same in numpy.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from brandtune.scoring.personal.words import MAX_FEATURES, ROWS, feature_rows, word_places

TAGS = ("O", "PERSON", "ADDRESS", "LOCATION", "ORGANIZATION", "NRP", "TITLE", "AGE", "DATE_TIME", "PHONE", "CARD", "ID",
        "ONLINE", "ZIP")  # fmt: skip
GAP = 6
EMBEDDING, HIDDEN = 64, 96


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(ROWS, EMBEDDING)
        nn.init.normal_(self.table.weight, std=0.1)
        self.first = nn.Conv1d(EMBEDDING, HIDDEN, 5, padding=2)
        self.second = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=1)
        self.third = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=2, dilation=2)
        self.tags = nn.Linear(HIDDEN, len(TAGS))
        self.drop = nn.Dropout(0.15)

    def forward(self, ids: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """ids [batch, words] into features [vocabulary, MAX_FEATURES]; returns [batch, words, tags]."""
        used, places = ids.unique(return_inverse=True)
        rows = features[used]
        mask = (rows > 0).float()
        if self.training:
            mask[:, 0] *= (torch.rand(len(used)) > 0.25).float()
            mask *= (torch.rand_like(mask) > 0.08).float()
        vectors = (self.table(rows) * mask.unsqueeze(-1)).sum(1)
        hidden = self.drop(vectors)[places].transpose(1, 2)
        h1 = self.drop(torch.relu(self.first(hidden)))
        h2 = self.drop(torch.relu(self.second(h1))) + h1
        h3 = self.drop(torch.relu(self.third(h2))) + h2
        return self.tags(h3.transpose(1, 2))


class Stream:
    """Texts laid end to end with gaps of nothing between them."""

    def __init__(self, path: Path, words: dict[str, int]) -> None:
        self.texts: list[tuple[np.ndarray, np.ndarray]] = []
        for line in path.open(encoding="utf-8"):
            row = json.loads(line)
            self.texts.append(_encoded(row["text"], row["spans"], words))

    def rows(self, *, length: int, seed: int | None) -> tuple[torch.Tensor, torch.Tensor]:
        order = np.arange(len(self.texts)) if seed is None else np.random.default_rng(seed).permutation(len(self.texts))
        gap_ids, gap_tags = np.zeros(GAP, np.int64), np.full(GAP, -100, np.int64)
        ids = np.concatenate([part for i in order for part in (gap_ids, self.texts[i][0])])
        tags = np.concatenate([part for i in order for part in (gap_tags, self.texts[i][1])])
        count = len(ids) // length
        return (
            torch.from_numpy(ids[: count * length].reshape(count, length)),
            torch.from_numpy(tags[: count * length].reshape(count, length)),
        )


def _encoded(text: str, spans: list[tuple[int, int, str]], words: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    places = word_places(text)
    tags = np.zeros(len(places), np.int64)
    for start, end, tag in spans:
        for index, (a, b) in enumerate(places):
            if a < end and start < b:
                tags[index] = TAGS.index(tag)
    ids = [words.setdefault(text[a:b], len(words) + 1) for a, b in places]
    return np.array(ids, np.int64), tags


def _features(words: dict[str, int]) -> torch.Tensor:
    table = np.zeros((len(words) + 1, MAX_FEATURES), np.int64)
    for word, index in words.items():
        rows = feature_rows(word)
        table[index, : len(rows)] = rows
    return torch.from_numpy(table)


def train(network: Network, stream: Stream, features: torch.Tensor, *, epochs: int, batch: int = 48) -> None:
    dense = [p for name, p in network.named_parameters() if not name.startswith("table")]
    optimizer = torch.optim.AdamW(
        [{"params": dense, "weight_decay": 0.01}, {"params": [network.table.weight], "weight_decay": 0.0}], lr=3e-3
    )
    steps = epochs * math.ceil(len(stream.rows(length=128, seed=0)[0]) / batch)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps, pct_start=0.1)
    weight = torch.ones(len(TAGS))
    for epoch in range(epochs):
        ids, tags = stream.rows(length=128, seed=epoch)
        total, started = 0.0, time.perf_counter()
        for at in range(0, len(ids), batch):
            scores = network(ids[at : at + batch], features)
            loss = nn.functional.cross_entropy(scores.flatten(0, 1), tags[at : at + batch].flatten(), weight=weight)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            plan.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / math.ceil(len(ids) / batch):.4f}, "
              f"{time.perf_counter() - started:.0f} s", flush=True)  # fmt: skip


@torch.inference_mode()
def judge(network: Network, stream: Stream, features: torch.Tensor) -> dict[str, tuple[float, float]]:
    """Word-level precision and recall of each tag on held-out text."""
    network.eval()
    ids, tags = stream.rows(length=128, seed=None)
    guesses = torch.cat([network(part, features).argmax(-1) for part in ids.split(64)])
    known = tags >= 0
    result = {}
    for number, tag in enumerate(TAGS):
        right = ((guesses == number) & (tags == number) & known).sum().item()
        said, is_so = ((guesses == number) & known).sum().item(), ((tags == number) & known).sum().item()
        result[tag] = (right / max(said, 1), right / max(is_so, 1))
    any_right = ((guesses > 0) & (tags > 0)).sum().item()
    result["any"] = (any_right / ((guesses > 0) & known).sum().item(), any_right / (tags > 0).sum().item())
    return result


def save(network: Network, path: Path) -> None:
    """The table as int8 with one scale a row, the rest as float16."""
    table = network.table.weight.detach().numpy()
    scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-8) / 127
    layers = {}
    for name in ("first", "second", "third"):
        conv = getattr(network, name)
        layers[f"{name}_weight"] = conv.weight.detach().permute(2, 1, 0).numpy().astype(np.float16)
        layers[f"{name}_bias"] = conv.bias.detach().numpy().astype(np.float16)
    np.savez_compressed(
        path, tags=np.array(TAGS), table=np.round(table / scale).astype(np.int8), scale=scale[:, 0].astype(np.float16),
        tags_weight=network.tags.weight.detach().numpy().T.astype(np.float16),
        tags_bias=network.tags.bias.detach().numpy().astype(np.float16), **layers,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    words: dict[str, int] = {}
    stream, held_out = Stream(arguments.train, words), Stream(arguments.held_out, words)
    features = _features(words)
    print(
        f"{len(words)} different words, {sum(len(ids) for ids, _ in stream.texts)} words in training text", flush=True
    )
    network = Network()
    train(network, stream, features, epochs=arguments.epochs)
    for tag, (precision, recall) in judge(network, held_out, features).items():
        print(f"{tag:14} precision {precision:.3f} recall {recall:.3f}")
    save(network, arguments.out)


if __name__ == "__main__":
    main()
