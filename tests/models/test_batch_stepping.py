"""Several prompts at a time: sharing what they begin with changes nothing of what is written."""

import pytest
import torch
from test_stepping import NETWORKS, network_of

from brandtune.core.examples import Message
from brandtune.models import decoding, load_model
from brandtune.models.batch_stepping import batch_stepper_for
from brandtune.models.cache import roomy_cache
from brandtune.models.generation import generate_batch_tokens
from brandtune.models.settings import Decoding

ROWS, SHARED, PROMPT, LENGTH = 5, 6, 12, 20


@pytest.mark.parametrize("shared", [0, SHARED])
@pytest.mark.parametrize("name", NETWORKS)
@torch.inference_mode()
def test_scores_are_those_of_each_whole_sequence(name: str, shared: int) -> None:
    """With rows of different lengths, padded between the shared beginning and the rest; one row leaves half-way."""
    network = network_of(name)
    chance = torch.Generator().manual_seed(3)
    ids = torch.randint(5, 8000, (ROWS, LENGTH), generator=chance)
    ids[:, :SHARED] = ids[0, :SHARED]
    mask = torch.ones_like(ids)
    for row in range(ROWS):
        mask[row, SHARED : SHARED + row] = 0
    positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)
    expected = [network(input_ids=ids[row][mask[row] == 1][None]).logits[0] for row in range(ROWS)]
    cache = roomy_cache(network.config, capacity=LENGTH)
    network(input_ids=ids[:, :PROMPT], attention_mask=mask[:, :PROMPT], position_ids=positions[:, :PROMPT],
            past_key_values=cache, use_cache=True)  # fmt: skip
    step = batch_stepper_for(network, cache=cache, shared=shared)
    assert step is not None
    rows = torch.arange(ROWS)
    for place in range(PROMPT, LENGTH):
        if place == PROMPT + 4:
            rows = torch.tensor([0, 2, 4])
            cache.batch_select_indices(rows)
        scores = step(ids[rows, place], positions[rows, place], mask[rows, : place + 1])
        for found, row in zip(scores, rows.tolist(), strict=True):
            torch.testing.assert_close(found, expected[row][positions[row, place]], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("guide", ["", "You write for Quill & Sons. " * 12])
@pytest.mark.parametrize("again", [1, 3])
def test_the_bundled_model_writes_what_it_writes_without(guide: str, again: int, monkeypatch) -> None:
    model = load_model("starter", precision="fp32")
    told = [Message(role="system", content=guide)] if guide else []
    asked = ["My parcel is late.", "Where is my order 4711, which I was promised for Monday?", "Hello!"]
    prompts = [model.renderer.prompt([*told, Message(role="user", content=text)]) for text in asked] * again
    used = []

    def counted(network, **given):
        used.append(given["shared"])
        return batch_stepper_for(network, **given)

    monkeypatch.setattr(decoding, "batch_stepper_for", counted)
    found = generate_batch_tokens(model, prompts, decoding=Decoding(max_new_tokens=24))
    assert len(used) == 1 and (used[0] > 60) == bool(guide)
    monkeypatch.setattr(decoding, "batch_stepper_for", lambda *_, **__: None)
    assert found == generate_batch_tokens(model, prompts, decoding=Decoding(max_new_tokens=24))
