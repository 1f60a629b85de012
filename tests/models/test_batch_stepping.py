"""Several prompts at a time: sharing what they begin with changes nothing of what is written."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from scipy.stats import chisquare
from test_stepping import NETWORKS, network_of

from brandtune.core.examples import Message
from brandtune.models import decoding, generation, load_model
from brandtune.models.batch_stepping import batch_stepper_for, sampling_stepper_for
from brandtune.models.cache import roomy_cache
from brandtune.models.compiled import OFF
from brandtune.models.generation import batches, generate_batch_tokens
from brandtune.models.settings import Decoding
from brandtune.models.stepping import stepper_for

ROWS, SHARED, PROMPT, LENGTH = 5, 6, 12, 20
both_ways = pytest.mark.parametrize("compiled", ["1", "0"], ids=["kernels", "without"])


@both_ways
@pytest.mark.parametrize("shared", [0, SHARED])
@pytest.mark.parametrize("name", NETWORKS)
@torch.inference_mode()
def test_scores_are_those_of_each_whole_sequence(name: str, shared: int, compiled: str, monkeypatch) -> None:
    """With rows of different lengths, padded between the shared beginning and the rest; one row leaves half-way."""
    monkeypatch.setenv(OFF, compiled)
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
    step = batch_stepper_for(network, cache=cache, shared=shared, rows=ROWS)
    assert step is not None
    rows = torch.arange(ROWS)
    for place in range(PROMPT, LENGTH):
        if place == PROMPT + 4:
            rows = torch.tensor([0, 2, 4])
            step.keep(rows)
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
        used.append(given)
        return batch_stepper_for(network, **given)

    def counted_too(network, **given):
        used.append(given)
        return sampling_stepper_for(network, **given)

    monkeypatch.setattr(decoding, "batch_stepper_for", counted)
    monkeypatch.setattr(generation, "sampling_stepper_for", counted_too)
    found = generate_batch_tokens(model, prompts, decoding=Decoding(max_new_tokens=24))
    (given,) = used
    assert given["counts"] == [3, 3, 3] if again > 1 else (given["shared"] > 60) == bool(guide)
    monkeypatch.setattr(decoding, "batch_stepper_for", lambda *_, **__: None)
    monkeypatch.setattr(generation, "sampling_stepper_for", lambda *_, **__: None)
    assert found == generate_batch_tokens(model, prompts, decoding=Decoding(max_new_tokens=24))


@both_ways
@torch.inference_mode()
def test_sequences_after_several_prompts_score_as_alone(compiled: str, monkeypatch) -> None:
    """Prompts of different lengths with different numbers of sequences; rows leave, and with them a whole prompt."""
    monkeypatch.setenv(OFF, compiled)
    network = network_of("llama")
    chance = torch.Generator().manual_seed(4)
    prompts = [torch.randint(5, 8000, (size,), generator=chance) for size in (9, 4, 7)]
    counts, longest = [2, 1, 3], 9
    ids, mask = torch.zeros(3, longest, dtype=torch.long), torch.zeros(3, longest, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) :], mask[row, longest - len(prompt) :] = prompt, 1
    cache = roomy_cache(network.config, capacity=longest)
    positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)
    network(input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True)
    step = sampling_stepper_for(network, cache=cache, mask=mask, counts=counts, room=6)
    assert step is not None
    owners = torch.arange(3).repeat_interleave(torch.tensor(counts))
    written = torch.randint(5, 8000, (len(owners), 6), generator=chance)
    rows = torch.arange(len(owners))
    for place in range(6):
        if place == 3:
            left = torch.tensor([1, 3, 5])  # the second prompt has no sequence any more
            step.keep(left)
            rows = rows[left]
        at = torch.tensor([len(prompts[owners[row]]) + place for row in rows])
        sight = torch.cat([mask[owners[rows]], mask.new_ones(len(rows), place + 1)], dim=1)
        scores = step(written[rows, place], at, sight)
        for found, row in zip(scores, rows.tolist(), strict=True):
            whole = torch.cat([prompts[owners[row]], written[row, : place + 1]])
            torch.testing.assert_close(found, network(input_ids=whole[None]).logits[0, -1], rtol=1e-4, atol=1e-4)
    assert [len(one) for one in step.beginnings] == [9, 7]


@pytest.mark.parametrize("joined", [False, True])
@torch.inference_mode()
def test_an_adapter_that_is_trained_is_stepped_through_unmerged(joined: bool, monkeypatch) -> None:
    network = get_peft_model(network_of("llama, one key a head, biases"), LoraConfig(r=4, target_modules="all-linear"))
    for name, parameter in network.named_parameters():
        if "lora_B" in name:
            parameter.normal_(std=0.3)
    network.eval()
    monkeypatch.setattr("brandtune.models.stepping.JOINED_UP_TO", 10**9 if joined else 0)
    ids = torch.randint(5, 8000, (3, 12), generator=torch.Generator().manual_seed(5))
    expected = network(input_ids=ids).logits
    with network.disable_adapter():
        assert (network(input_ids=ids).logits - expected).abs().max() > 0.1
    cache = roomy_cache(network.config, capacity=12)
    network(input_ids=ids[:, :8], past_key_values=cache, use_cache=True)
    step = batch_stepper_for(network, cache=cache, shared=0, rows=3)
    assert step is not None
    for place in range(8, 12):
        scores = step(ids[:, place], torch.full((3,), place), torch.ones(3, place + 1))
        torch.testing.assert_close(scores, expected[:, place], rtol=1e-4, atol=1e-4)


def test_adapters_of_another_kind_go_the_long_way() -> None:
    decomposed = LoraConfig(r=4, target_modules="all-linear", use_dora=True)
    assert stepper_for(get_peft_model(network_of("llama"), decomposed).eval()) is None
    dropped = LoraConfig(r=4, target_modules="all-linear", lora_dropout=0.1)
    assert stepper_for(get_peft_model(network_of("llama"), dropped).eval()) is None


def test_draws_are_as_frequent_as_their_shares() -> None:
    shares = torch.tensor([[0.0, 0.5, 0.25, 0.125, 0.125, 0.0], [0.9, 0.0, 0.0, 0.0, 0.0, 0.1]])
    generator = torch.Generator().manual_seed(6)
    drawn = torch.stack([decoding.drawn(shares, generator) for _ in range(4000)])
    for row, wanted in enumerate(shares):
        counts = torch.bincount(drawn[:, row], minlength=6)
        assert not counts[wanted == 0].any()
        assert chisquare(counts[wanted > 0], 4000 * wanted[wanted > 0]).pvalue > 0.001


def test_the_last_word_is_drawn_where_the_random_number_is_the_highest(monkeypatch) -> None:
    monkeypatch.setattr(torch, "rand", lambda shape, **given: torch.ones(shape, dtype=given["dtype"]))
    assert decoding.drawn(torch.tensor([[0.3, 0.7, 0.0]]), torch.Generator()).tolist() == [1]


def test_the_same_prompt_given_often_does_not_make_a_batch_of_its_own() -> None:
    prompts = [[n] * 80 for n in (7, 8, 9) for _ in range(8)]
    assert [len(batch) for batch in batches(prompts, size=64)] == [24]
    families = [[n] * 70 + [m] for n in (7, 8) for m in range(8)]  # two guides, eight customers each
    assert [len(batch) for batch in batches(families, size=64)] == [8, 8]
