"""Rotary frequencies that follow the longest sequence of a row never make one sequence change another."""

import random

import pytest
import torch
from test_exact_packs import SHAPE, VOCABULARY
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

from brandtune.core.errors import ConfigError
from brandtune.training.forward import Forward, packs_are_exact
from brandtune.training.packing import Tokens
from brandtune.training.positions import Frequencies, frequencies_of

LIMIT = 48
LONGROPE = {
    "rope_type": "longrope", "short_factor": [1.0] * 4, "long_factor": [3.0] * 4, "rope_theta": 1e4,
    "original_max_position_embeddings": LIMIT, "partial_rotary_factor": 1.0,
}  # fmt: skip
DYNAMIC = {"rope_type": "dynamic", "factor": 4.0, "rope_theta": 1e4}
KINDS = {
    "longrope": ("phi3", {"rope_parameters": LONGROPE, "original_max_position_embeddings": LIMIT}),
    "dynamic": ("llama", {"rope_parameters": DYNAMIC, "max_position_embeddings": LIMIT}),
}
FOUND = {"longrope": Frequencies(steps=(LIMIT,)), "dynamic": Frequencies(slopes=(LIMIT,))}


def network(kind: str):
    torch.manual_seed(0)
    name, more = KINDS[kind]
    config = CONFIG_MAPPING[name](**{**SHAPE, **more})
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="eager").eval()
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    return model


def sequences() -> list[Tokens]:
    """On both sides of the limit, and at it; two of the same length."""
    numbers = random.Random(0)
    system = tuple(numbers.randrange(3, VOCABULARY) for _ in range(20))
    found = [system + tuple(numbers.randrange(3, VOCABULARY) for _ in range(n)) for n in (40, 10, 28, 40, 29, 70)]
    return [Tokens(ids, tuple(j > 15 for j in range(len(ids)))) for ids in found]


def alone(kind: str, given: list[Tokens]) -> torch.Tensor:
    """Each by a network that has met no other: dynamic frequencies depend on what came before."""
    found = []
    for sequence in given:
        ids = torch.tensor([sequence.token_ids])
        log_probs = network(kind)(input_ids=ids).logits[0].detach().log_softmax(-1)
        found.append(sum(log_probs[t - 1, ids[0, t]] for t in range(1, len(sequence)) if sequence.loss_mask[t]))
    return torch.stack(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("packed", [True, False], ids=["packed", "padded"])
@pytest.mark.parametrize("together", [1, 2], ids=["alone", "in pairs"])
def test_long_and_short_are_as_if_alone(kind, packed, together):
    model, given = network(kind), sequences()
    assert frequencies_of(model) == FOUND[kind] and packs_are_exact(model)
    forward = Forward(model, packed=packed)
    items = [tuple(given[at : at + together]) for at in range(0, len(given), together)]
    sums = torch.zeros(len(given))
    for part in forward.parts(items, max_tokens=1000):
        members = [together * index + n for index in part for n in range(together)]
        log_probs, owners = forward.log_probs([given[member] for member in members])
        assert (owners.diff() >= 0).all()
        sums[members] = torch.zeros(len(members)).index_add(0, owners, log_probs.detach())
    torch.testing.assert_close(sums, alone(kind, given), rtol=1e-5, atol=1e-5)


def test_parts_keep_to_one_side():
    forward, given = Forward(network("longrope"), packed=True), sequences()
    parts = list(forward.parts([(one,) for one in given], max_tokens=1000))
    assert sorted(sorted(part) for part in parts) == [[0, 3, 4, 5], [1, 2]]
    assert forward.size(given) == sum(forward.size([given[index] for index in part]) for part in parts)
    forward = Forward(network("dynamic"), packed=True)
    parts = list(forward.parts([(one,) for one in given], max_tokens=1000))
    assert sorted(sorted(part) for part in parts) == [[0, 3], [1, 2], [4], [5]]


def test_gradients_flow_to_both_sides():
    model, given = network("longrope"), sequences()[:2]
    parameters = [p for p in model.parameters() if p.requires_grad]

    def of(*some: Tokens) -> list[torch.Tensor]:
        return list(torch.autograd.grad(Forward(model, packed=True).log_probs(some)[0].sum(), parameters))

    for both, one, other in zip(of(*given), of(given[0]), of(given[1]), strict=True):
        torch.testing.assert_close(both, one + other, rtol=1e-4, atol=1e-4)


def test_processes_that_must_compute_alike_say_so():
    forward = Forward(network("longrope"), packed=True)
    forward.through = torch.nn.Identity()  # as when a model is divided among processes
    with pytest.raises(ConfigError, match="max_tokens to at most 48"):
        forward._log_probs(sequences()[:2])


def test_other_networks_are_as_they_were():
    assert not Frequencies() and Frequencies().groups([(3,), (99,)]) == [[0, 1]]
    assert Frequencies().groups([]) == []
