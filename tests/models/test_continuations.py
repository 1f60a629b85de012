"""Continuations scored together are scored as each by itself; on every architecture, with and without a shared start."""

import random
from pathlib import Path

import pytest
import tiny_models
import torch

from brandtune.core.errors import DataError
from brandtune.models import continuations
from brandtune.models.continuations import score_continuations
from brandtune.models.loading import load_model

Request = tuple[list[int], list[int]]


def requests(seed: int, *, header: int, docs: int = 6) -> list[Request]:
    numbers = random.Random(seed)

    def tokens(count: int) -> list[int]:
        return [numbers.randrange(10, 8000) for _ in range(count)]

    start, found = tokens(header), []
    for _ in range(docs):
        context = start + tokens(numbers.randrange(1, 12))
        found += [(context, tokens(numbers.randrange(1, 7))) for _ in range(numbers.randrange(1, 5))]
    numbers.shuffle(found)
    return found


def alone(network: torch.nn.Module, context: list[int], continuation: list[int]) -> tuple[float, bool]:
    with torch.inference_mode():
        logits = network(input_ids=torch.tensor([[*context, *continuation]])).logits[0].float()
    scores = logits[len(context) - 1 : -1].log_softmax(dim=-1)
    wanted = torch.tensor(continuation)
    return float(scores.gather(1, wanted[:, None]).sum()), bool((scores.argmax(dim=-1) == wanted).all())


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.nn.Module]:
    folders = {
        kind: tiny_models.write_tiny_model(tmp_path_factory.mktemp(kind), kind=kind) for kind in tiny_models.CONFIGS
    }
    return {kind: load_model(str(folder), precision="fp32").network for kind, folder in folders.items()}


@pytest.mark.parametrize("kind", sorted(tiny_models.CONFIGS))
@pytest.mark.parametrize("header", [0, 1, 90])
def test_together_is_as_each_alone(networks: dict[str, torch.nn.Module], kind: str, header: int) -> None:
    asked = requests(header, header=header)
    found = score_continuations(networks[kind], asked)
    for one, (context, continuation) in zip(found, asked, strict=True):
        nats, greedy = alone(networks[kind], context, continuation)
        assert one.nats == pytest.approx(nats, abs=2e-4)
        assert one.greedy is greedy


def test_what_greedy_decoding_writes_is_told(networks: dict[str, torch.nn.Module]) -> None:
    network, context = networks["llama"], [50, 60, 70]
    with torch.inference_mode():
        best = int(network(input_ids=torch.tensor([context])).logits[0, -1].argmax())
    found = score_continuations(network, [(context, [best]), (context, [best + 1]), ([50], [60, 70])])
    assert [one.greedy for one in found][:2] == [True, False]


def test_small_groups_and_slices_change_nothing(
    networks: dict[str, torch.nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = requests(5, header=20)
    whole = score_continuations(networks["llama"], asked)
    for name, value in (("MOST_TOKENS", 30), ("MOST_TOGETHER", 3), ("MOST_LOGITS", 20_000)):
        monkeypatch.setattr(continuations, name, value)
    parts = score_continuations(networks["llama"], asked)
    assert [one.nats for one in parts] == pytest.approx([one.nats for one in whole], abs=2e-4)


def test_nothing_asked_and_nothing_to_ask_about(networks: dict[str, torch.nn.Module], tmp_path: Path) -> None:
    assert score_continuations(networks["llama"], []) == []
    for request in (([], [5]), ([5], [])):
        with pytest.raises(DataError, match="has no tokens"):
            score_continuations(networks["llama"], [request])
