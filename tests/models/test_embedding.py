"""Dense retrieval: vectors agree with one text at a time without padding, and search is by cosine."""

from pathlib import Path

import pytest
import tiny_models
import torch

from brandtune.core.errors import ConfigError
from brandtune.models.embedding import DenseRetriever, Embedder, load_embedder
from brandtune.models.retrieval import Passage

TEXTS = ["Returns take 45 days.", "Shipping is free above fifty euros, and takes three days.", "", "Hi"]


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return load_embedder(tiny_models.write_tiny_model(tmp_path_factory.mktemp("embedder")))


def test_vectors_are_the_mean_of_each_texts_own_tokens(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.norm(dim=-1) == pytest.approx(torch.ones(4))
    for text, vector in zip(TEXTS, vectors, strict=True):
        inputs = embedder.tokenizer(text or " ", return_tensors="pt")
        with torch.inference_mode():
            hidden = embedder.network(input_ids=inputs["input_ids"]).last_hidden_state[0]
        mean = hidden.mean(dim=0)
        assert torch.allclose(vector, mean / mean.norm(), atol=1e-5)


def test_the_nearest_passages_come_first_whatever_their_words(embedder: Embedder) -> None:
    passages = [Passage(str(index), text) for index, text in enumerate(TEXTS)]
    retriever = DenseRetriever(passages, embedder=embedder)
    likeness = embedder.embed(TEXTS) @ embedder.embed(["Shipping takes three days"])[0]
    expected = [str(int(index)) for index in torch.argsort(likeness, descending=True)]
    assert [one.key for one in retriever.search("Shipping takes three days", k=4)] == expected
    assert [one.key for one in retriever.search(TEXTS[0], k=1)] == ["0"]
    assert retriever.search("  ", k=3) == [] == retriever.search("Hi", k=0)
    assert DenseRetriever([], embedder=embedder).search("Hi", k=3) == []


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no embedding model can be loaded") as caught:
        load_embedder(tmp_path)
    assert caught.value.where == str(tmp_path)
