"""The name model in numpy: the same as the network it came from, whatever stands around a text."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandtune.scoring.personal.names import NameModel, bundled_names
from brandtune.scoring.personal.words import feature_rows, word_places


def test_numpy_agrees_with_torch_convolutions() -> None:
    torch = pytest.importorskip("torch")
    model = bundled_names()
    text = "Hello Zelda Marsh, call 212-555-0143 before noon"
    words = [text[a:b] for a, b in word_places(text)]
    model.tag([text])
    scores = model._scores(np.array([model._numbers[word] for word in words]))
    vectors = np.stack([model._table[feature_rows(word)].sum(0) for word in words])
    sizes = ((vectors.shape[1], 5), (model._second.shape[0], 3), (model._third.shape[0], 3))
    first, second, third = (
        torch.tensor(w).reshape(size, width, -1).permute(2, 0, 1)
        for w, (size, width) in zip((model._first, model._second, model._third), sizes, strict=True)
    )
    one_b, two_b, three_b = (torch.tensor(b) for b in model._biases)
    x = torch.tensor(vectors).T[None]
    one = torch.relu(torch.nn.functional.conv1d(x, first, one_b, padding=2))
    two = torch.relu(torch.nn.functional.conv1d(one, second, two_b, padding=1)) + one
    three = torch.relu(torch.nn.functional.conv1d(two, third, three_b, padding=2, dilation=2)) + two
    expected = three[0].T @ torch.tensor(model._out) + torch.tensor(model._out_bias)
    assert np.allclose(scores, expected.numpy(), atol=1e-3)


def test_texts_do_not_see_each_other() -> None:
    texts = [
        "My friend Zelda Marsh called.",
        "",
        "😀",
        "ask john smith from leeds",
        "Thanks,\nPriya Nair\nAcme Ltd",
        "Zelda",
    ]
    model = bundled_names()
    alone = [model.tag([text])[0] for text in texts]
    for seed in range(5):
        order = random.Random(seed).sample(range(len(texts)), len(texts))
        together = model.tag([texts[i] for i in order])
        for place, i in enumerate(order):
            assert [(t.start, t.end, t.tag) for t in together[place]] == [(t.start, t.end, t.tag) for t in alone[i]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_is_tagged_inside_its_bounds(texts: list[str]) -> None:
    for text, runs in zip(texts, bundled_names().tag(texts), strict=True):
        assert all(0 <= run.start < run.end <= len(text) for run in runs)
        assert all(a.end <= b.start for a, b in itertools.pairwise(runs))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brandtune.scoring.personal.names._REMEMBERED", 100)
    source = bundled_names()
    model = NameModel.__new__(NameModel)
    model.__dict__.update(source.__dict__)
    model._forget()
    for start in range(0, 3000, 100):
        model.tag([" ".join(f"word{i}" for i in range(start, start + 100))])
    assert len(model._numbers) <= 202


@pytest.mark.timeout(120)
@pytest.mark.parametrize("unit", ["a", "Aa ", "1 ", "\n", "😀", "́", "-"])
def test_half_a_megabyte_of_anything(unit: str) -> None:
    bundled_names().tag([(unit * 500_000)[:500_000]])


def test_weights_are_small() -> None:
    from importlib.resources import files

    size = len((files("brandtune.scoring.personal") / "names.npz").read_bytes())
    assert size < 4_000_000
