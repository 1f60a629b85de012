"""Retrieval by meaning: texts as mean-pooled vectors of an embedding model, compared by cosine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer

from brandtune.core.errors import ConfigError
from brandtune.models.retrieval import Passage

BATCH, LONGEST_TOKENS = 32, 512


@dataclass(frozen=True)
class Embedder:
    """Turns texts into unit vectors."""

    network: Any
    tokenizer: Any

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> torch.Tensor:
        """Unit vectors [texts, width]: the mean of the last layer over each text's own tokens, at most 512 of them.

        Batches hold texts of like length, and padding has no part in the mean.
        """
        longest = min(LONGEST_TOKENS, getattr(self.network.config, "max_position_embeddings", LONGEST_TOKENS))
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        found = torch.zeros(len(texts), self.network.config.hidden_size)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            inputs = self.tokenizer(
                [texts[row] or " " for row in rows], padding=True, truncation=True, max_length=longest,
                return_tensors="pt",
            )  # fmt: skip
            mask = inputs["attention_mask"]
            hidden = self.network(input_ids=inputs["input_ids"], attention_mask=mask).last_hidden_state.float()
            weights = mask.unsqueeze(-1).float()
            found[rows] = (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
        return torch.nn.functional.normalize(found, dim=-1)


def load_embedder(folder: Path) -> Embedder:
    """Load an embedding model from a local folder; nothing is fetched.

    Raises:
        ConfigError: The folder does not hold a model and a tokenizer.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        network = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(
            f"no embedding model can be loaded: {str(error).splitlines()[0][:200] if str(error) else error!r}.",
            where=str(folder),
            fix="Name a folder with config.json, weights and a tokenizer, or leave evaluation.embedding_model out.",
        ) from None
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    # Left padding would move the positions of models that count them from the first column.
    tokenizer.padding_side = "right"
    return Embedder(network, tokenizer)


class DenseRetriever:
    """Cosine search over a fixed list of passages; the counterpart of `Retriever`.

    Args:
        passages: What can be found, by title and text together.
    """

    def __init__(self, passages: Sequence[Passage], *, embedder: Embedder) -> None:
        self.passages, self._embedder = tuple(passages), embedder
        texts = [f"{one.title}\n{one.text}".strip() for one in self.passages]
        self._vectors = embedder.embed(texts) if texts else None
        self._known: dict[str, torch.Tensor] = {}

    def search(self, query: str, *, k: int) -> list[Passage]:
        """The `k` nearest passages, best first; of equals the earlier one."""
        if self._vectors is None or k <= 0 or not query.strip():
            return []
        if query not in self._known:
            self._known[query] = self._embedder.embed([query])[0]
        likeness = self._vectors @ self._known[query]
        order = torch.argsort(likeness, descending=True, stable=True)[:k]
        return [self.passages[int(index)] for index in order]
